//! Rows in the order of their DRB1, beside the one by antigens at A and B: most units that match by half at A and B don't
//! match at DRB1, and need not be looked at.

use super::block::Block;
use super::column::Column;
use super::outcome::{Outcome, most};
use std::ops::Range;

/// The rows of a segment by number of the meaning at DRB1, and with them their antigens at A and B.
#[derive(Debug)]
pub(super) struct ByDrb1 {
    /// By number, where its rows begin; one more than there are numbers.
    starts: Vec<u32>,
    rows: Vec<u32>,
    /// Numbers of the antigen meanings at A and B, both of the same width.
    antigens: [Column; 2],
    /// By antigen meaning at A and B, how many rows have it.
    counts: [Vec<u32>; 2],
}

impl ByDrb1 {
    /// From the numbers at DRB1, which are below `below`, and those of the antigen meanings at A and B, row by row.
    pub(super) fn new(drb1: &Column, below: usize, ab: &[[u32; 2]], antigens: [usize; 2]) -> ByDrb1 {
        let mut starts = vec![0u32; below + 1];
        (0..ab.len()).for_each(|row| starts[drb1.get(row) + 1] += 1);
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let (mut ends, mut rows) = (starts.clone(), vec![0u32; ab.len()]);
        for row in 0..ab.len() {
            let end = &mut ends[drb1.get(row)];
            rows[*end as usize] = row as u32;
            *end += 1;
        }
        let widest = antigens[0].max(antigens[1]);
        let column = |i: usize| Column::new(rows.iter().map(|&row| ab[row as usize][i]), widest);
        let counts = [0, 1].map(|i| {
            let mut counts = vec![0; antigens[i]];
            ab.iter().for_each(|numbers| counts[numbers[i] as usize] += 1);
            counts
        });
        ByDrb1 { antigens: [column(0), column(1)], starts, rows, counts }
    }

    /// Whether this is likely the shorter way to the rows with two possible matches at DRB1 and so many in sum at A and B.
    pub(super) fn is_shorter(&self, drb1: &[Outcome], ab: &[Vec<u16>; 2], sum: u8) -> bool {
        let rows = self.starts.iter().zip(&self.starts[1..]).map(|(start, end)| end - start);
        let ours: u32 = rows.zip(drb1).map(|(rows, &o)| if most(o) == 2 { rows } else { 0 }).sum();
        // As if A and B had nothing to do with each other.
        let [a, b] = [0, 1].map(|i| {
            let mut rows = [0u64; 3];
            for (&outcome, &count) in ab[i].iter().zip(&self.counts[i]) {
                rows[usize::from(most(outcome as u8).min(2))] += u64::from(count);
            }
            rows
        });
        let sums = (0..=2usize).flat_map(|i| (0..=2usize).map(move |j| (i, j)));
        let theirs: u64 = sums.filter(|(i, j)| i + j == usize::from(sum)).map(|(i, j)| a[i] * b[j]).sum();
        // A row costs about twice as much here.
        2 * u64::from(ours) * (self.rows.len() as u64) < theirs
    }

    /// The outcomes of the numbers with two possible matches, and where their rows are; neighbours that come out alike
    /// together.
    fn matching(&self, drb1: &[Outcome]) -> Vec<(Outcome, Range<usize>)> {
        let mut all: Vec<(Outcome, Range<usize>)> = Vec::new();
        let bounds = self.starts.windows(2).map(|w| w[0] as usize..w[1] as usize);
        for (&outcome, rows) in drb1.iter().zip(bounds).filter(|(outcome, _)| most(**outcome) == 2) {
            match all.last_mut() {
                Some((same, before)) if *same == outcome && before.end == rows.start => before.end = rows.end,
                _ => all.push((outcome, rows)),
            }
        }
        all
    }

    /// Writes down the rows with two possible matches at DRB1 and so many in sum at A and B, each with so much added to
    /// its sum; `full` empties the block.
    pub(super) fn each(
        &self,
        drb1: &[Outcome],
        ab: &[Vec<u16>; 2],
        sum: (u8, u16),
        block: &mut Block,
        full: impl FnMut(&mut Block),
    ) {
        let matching = self.matching(drb1);
        match &self.antigens {
            [Column::Narrow(a), Column::Narrow(b)] => {
                walk(matching, [a, b], &self.rows, ab, sum, block, full)
            }
            [Column::Wide(a), Column::Wide(b)] => walk(matching, [a, b], &self.rows, ab, sum, block, full),
            _ => {}
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let words = self.starts.len() + self.rows.len() + self.counts.iter().map(Vec::len).sum::<usize>();
        words * 4 + self.antigens.iter().map(Column::bytes).sum::<usize>()
    }
}

fn walk<I: Copy + Into<u32>>(
    matching: Vec<(Outcome, Range<usize>)>,
    antigens: [&[I]; 2],
    rows: &[u32],
    ab: &[Vec<u16>; 2],
    (sum, more): (u8, u16),
    block: &mut Block,
    mut full: impl FnMut(&mut Block),
) {
    for (outcome, range) in matching {
        for start in range.clone().step_by(Block::ROOM) {
            let range = start..range.end.min(start + Block::ROOM);
            let antigens = antigens[0][range.clone()].iter().zip(&antigens[1][range.clone()]);
            let found = rows[range].iter().zip(antigens).map(|(&row, (&a, &b))| {
                let both = ab[0][a.into() as usize] + ab[1][b.into() as usize];
                (row, both + u16::from(outcome) + more, most(both as u8) == sum)
            });
            block.write(found);
            if block.is_full() {
                full(block);
            }
        }
    }
}
