//! The pass over a part's units: which of them may have so many matches, and how many they have.
//!
//! Units of whose antigens at A and B so many match that one match at DRB1 is enough are looked at run by run. Where
//! DRB1 must match twice, the units that do so are mostly fewer than those runs, and are found by their DRB1.

use super::block::{Block, Seen};
use super::column::Column;
use super::outcome::{ONE_MOST, Outcome, least, most};
use super::runs::Rest;
use super::segment::Segment;
use super::sieve::Pass;
use super::tables::Tables;
use super::tally::Tally;
use super::{Class, Query};
use std::ops::Range;

/// The scan of a part.
pub(super) struct Scan<'t, 's> {
    pub(super) tables: &'t mut Tables<'s>,
    pub(super) tally: &'t mut Tally,
    pub(super) pass: &'t Pass<'s>,
    /// Rows that may be among the best.
    pub(super) best: Vec<Seen>,
}

impl<'s> Scan<'_, 's> {
    /// Counts all rows that may have so many matches in the class, and keeps those that may be among the best.
    pub(super) fn run(&mut self, query: &Query, block: &mut Block) {
        match query.class {
            Class::Six => self.six(query.at_least, block),
            Class::Eight => self.alleles(query.at_least, &[2], block),
            Class::Ten => self.alleles(query.at_least, &[2, 4], block),
        }
    }

    fn segment(&self) -> &'s Segment {
        self.tables.segment
    }

    /// Out of 6. The antigens of a run are those of all its rows, so only DRB1 is looked at row by row.
    fn six(&mut self, at_least: u8, block: &mut Block) {
        let ab = [0, 1].map(|locus| self.tables.antigens(locus));
        let drb1 = self.tables.table(3);
        let edge = self.edge(&drb1, &ab, at_least.checked_sub(2));
        // By sum at A and B, as five times the most and the least.
        let mut runs: [Vec<Range<usize>>; 25] = Default::default();
        let mut doubtful = Vec::new();
        let mut rests = Vec::new();
        let from = edge.map_or(at_least.saturating_sub(2), |edge| edge + 1);
        let segment = self.segment();
        let by_sum = |sum: u16, rows| match sum.to_le_bytes() {
            [sum, 0] => runs[usize::from(5 * most(sum) + least(sum))].push(rows),
            _ => doubtful.push((sum, rows)),
        };
        segment.runs.each(&ab, from, by_sum, |rest| rests.push(rest));
        let mut full = |scan: &mut Self, block: &mut Block| {
            (0..2).for_each(|locus| scan.help(locus, &ab[locus], block.rows()));
            scan.take(block);
        };
        // The best first, so that of most of the others it is enough to count them.
        for (sum, runs) in runs.iter().enumerate().rev().filter(|(_, runs)| !runs.is_empty()) {
            let sum = (sum / 5) as Outcome * ONE_MOST + (sum % 5) as Outcome;
            let (whole, others): (Vec<_>, Vec<_>) =
                runs.iter().cloned().partition(|rows| self.pass.lets_all(rows));
            self.runs(sum, &whole, &drb1);
            for rows in others {
                self.rows(sum.into(), rows, &drb1, block, &mut full);
            }
        }
        for (sum, rows) in doubtful {
            self.rows(sum, rows, &drb1, block, &mut full);
        }
        self.rests(&rests, &ab[0], [from, 0], &drb1, block, &mut full);
        if let Some(edge) = edge {
            segment.by_drb1.each(&drb1, &ab, (edge, 0), block, |block| full(self, block));
        }
        full(self, block);
    }

    /// Counts the rows of runs with the same sum at A and B, all of which pass.
    fn runs(&mut self, sum: Outcome, runs: &[Range<usize>], drb1: &[Outcome]) {
        let first = |rows: &Range<usize>| rows.start as u32;
        match &self.segment().numbers[3] {
            Column::Narrow(numbers) => {
                let runs = runs.iter().map(|rows| (first(rows), &numbers[rows.clone()]));
                self.tally.take_runs(runs, drb1, sum, &mut self.best);
            }
            Column::Wide(numbers) => {
                let runs = runs.iter().map(|rows| (first(rows), &numbers[rows.clone()]));
                self.tally.take_runs(runs, drb1, sum, &mut self.best);
            }
        }
    }

    /// Writes down those of these rows, all with the same sum at A and B, that are found.
    fn rows(
        &mut self,
        sum: u16,
        rows: Range<usize>,
        drb1: &[Outcome],
        block: &mut Block,
        full: &mut impl FnMut(&mut Self, &mut Block),
    ) {
        let lowest = self.tally.lowest();
        for start in rows.clone().step_by(Block::ROOM) {
            let rows = start..rows.end.min(start + Block::ROOM);
            match &self.segment().numbers[3] {
                Column::Narrow(numbers) => write(sum, rows, numbers, drb1, lowest, block),
                Column::Wide(numbers) => write(sum, rows, numbers, drb1, lowest, block),
            }
            if block.is_full() {
                full(self, block);
            }
        }
    }

    /// The same for the rows of rests that have so many possible matches at A and B; with so many more hoped for.
    fn rests(
        &mut self,
        rests: &[Rest],
        a: &[u16],
        [at_least, open]: [u8; 2],
        drb1: &[Outcome],
        block: &mut Block,
        full: &mut impl FnMut(&mut Self, &mut Block),
    ) {
        let bars = [(at_least + open) * ONE_MOST, self.tally.lowest()];
        let segment = self.segment();
        let first = segment.runs.first_rest();
        for rest in rests {
            let b = rest.b + u16::from(open * ONE_MOST);
            for start in rest.places.clone().step_by(Block::ROOM) {
                let places = start..rest.places.end.min(start + Block::ROOM);
                let rows = first + places.start..first + places.end;
                match segment.runs.rests() {
                    Column::Narrow(antigens) => {
                        let sums = antigens[places].iter().map(|&antigen| a[usize::from(antigen)] + b);
                        write_rest(sums, rows, &segment.numbers[3], drb1, bars, block);
                    }
                    Column::Wide(antigens) => {
                        let sums = antigens[places].iter().map(|&antigen| a[antigen as usize] + b);
                        write_rest(sums, rows, &segment.numbers[3], drb1, bars, block);
                    }
                }
                if block.is_full() {
                    full(self, block);
                }
            }
        }
    }

    /// Counts and keeps what is in the block, and empties it.
    fn take(&mut self, block: &mut Block) {
        let pass = self.pass;
        self.tally.take(block.rows(), &mut self.best, |row| pass.lets(row));
        block.clear();
    }

    /// The sum at A and B that needs two matches at DRB1, where rows are best found by these.
    fn edge(&self, drb1: &[Outcome], ab: &[Vec<u16>; 2], sum: Option<u8>) -> Option<u8> {
        sum.filter(|&sum| sum <= 4 && self.segment().by_drb1.is_shorter(drb1, ab, sum))
    }

    /// Between DNA typings the same protein shows the same antigen: where antigens are in doubt, proteins may help.
    fn help(&mut self, locus: usize, antigens: &[u16], rows: &mut [Seen]) {
        let doubtful = rows.iter().filter(|s| s.note >> locus & 1 != 0).count();
        if doubtful == 0 {
            return;
        }
        self.tables.expect(locus, doubtful);
        let dictionary = &self.segment().dictionaries[locus];
        let numbers = &self.segment().numbers[locus];
        for one in rows.iter_mut().filter(|s| s.note >> locus & 1 != 0) {
            let row = one.row as usize;
            let number = numbers.get(row);
            if dictionary.by_dna(number) {
                let protein = self.tables.allele(locus, row);
                let antigen = antigens[dictionary.antigen_of[number] as usize] as Outcome;
                one.sum += least(protein).saturating_sub(least(antigen));
            }
        }
    }

    /// Out of 8 or 10: A, B, DRB1 and these others. Of A and B first only what their antigens allow is known, and of the
    /// others nothing.
    fn alleles(&mut self, at_least: u8, others: &[usize], block: &mut Block) {
        let open = 2 * others.len() as u8;
        let hoped = u16::from(open * ONE_MOST);
        let bounds = [0, 1].map(|locus| self.tables.bounds(locus));
        let drb1 = self.tables.table(3);
        let others: Vec<_> = others.iter().map(|&locus| (locus, self.tables.table(locus))).collect();
        let exact = [0, 1].map(|locus| self.tables.table(locus));
        let edge = self.edge(&drb1, &bounds, at_least.checked_sub(open + 2));
        let from = edge.map_or(at_least.saturating_sub(open + 2), |edge| edge + 1);
        let mut full = |scan: &mut Self, block: &mut Block| {
            let (segment, lowest) = (scan.segment(), scan.tally.lowest());
            for (locus, table) in &others {
                // In place of what was hoped for comes what is.
                block.refine(&segment.numbers[*locus], table, lowest, |s, outcome| {
                    s.sum = s.sum - 2 * ONE_MOST + outcome;
                });
            }
            let [a, b] = &exact;
            let numbers = [&segment.numbers[0], &segment.numbers[1]];
            block.refine_by_two(numbers, [a, b], lowest, |s, both| s.sum = s.sum - s.note + both);
            scan.take(block);
        };
        let segment = self.segment();
        let mut runs = Vec::new();
        let mut rests = Vec::new();
        segment.runs.each(&bounds, from, |sum, rows| runs.push((sum, rows)), |rest| rests.push(rest));
        for (sum, rows) in runs {
            self.rows(sum + hoped, rows, &drb1, block, &mut full);
        }
        self.rests(&rests, &bounds[0], [from, open], &drb1, block, &mut full);
        if let Some(edge) = edge {
            segment.by_drb1.each(&drb1, &bounds, (edge, hoped), block, |block| full(self, block));
        }
        full(self, block);
    }
}

#[inline(never)]
fn write<I: Copy + Into<u32>>(
    ab: u16,
    rows: Range<usize>,
    numbers: &[I],
    drb1: &[Outcome],
    lowest: Outcome,
    block: &mut Block,
) {
    let first = rows.start as u32;
    block.write((first..).zip(&numbers[rows]).map(|(row, &number)| {
        let sum = ab + u16::from(drb1[number.into() as usize]);
        (row, sum, sum as u8 >= lowest)
    }));
}

/// The rows with these sums at A and B that reach the first bar with these sums and the second with DRB1.
#[inline(never)]
fn write_rest(
    sums: impl Iterator<Item = u16>,
    rows: Range<usize>,
    numbers: &Column,
    drb1: &[Outcome],
    bars: [Outcome; 2],
    block: &mut Block,
) {
    let first = rows.start as u32;
    match numbers {
        Column::Narrow(numbers) => write_sums(sums, (first..).zip(&numbers[rows]), drb1, bars, block),
        Column::Wide(numbers) => write_sums(sums, (first..).zip(&numbers[rows]), drb1, bars, block),
    }
}

#[inline]
fn write_sums<'n, I: Copy + Into<u32> + 'n>(
    sums: impl Iterator<Item = u16>,
    rows: impl Iterator<Item = (u32, &'n I)>,
    drb1: &[Outcome],
    bars: [Outcome; 2],
    block: &mut Block,
) {
    block.write(rows.zip(sums).map(|((row, &number), ab)| {
        let sum = ab + u16::from(drb1[number.into() as usize]);
        (row, sum, (ab as u8 >= bars[0]) & (sum as u8 >= bars[1]))
    }));
}
