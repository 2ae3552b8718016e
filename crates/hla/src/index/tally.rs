//! Counting all rows that are found, and keeping those that may be among the best.

use super::Total;
use super::block::Seen;
use super::outcome::{ONE_MOST, Outcome, least, most};

/// How many rows were found, by sum of outcomes, and how well a row must do to be among the best so far.
pub(super) struct Tally {
    /// Four in turn: many rows one after the other come out alike, and would wait for each other.
    counts: [[u64; 4]; 256],
    /// The least sum of a row that is found.
    lowest: Outcome,
    /// The least sum of a row that is kept: as many others as there is room for have it or more.
    bar: Outcome,
    room: usize,
}

/// So many rows are kept before the bar is raised again.
const PATIENCE: usize = 1_024;

impl Tally {
    /// For rows with so many possible matches; the best are kept, as many as there is room for and some more.
    pub(super) fn new(at_least: u8, room: usize) -> Tally {
        let lowest = at_least * ONE_MOST;
        Tally { counts: [[0; 4]; 256], lowest, bar: lowest, room }
    }

    /// The least sum of a row that is found.
    pub(super) fn lowest(&self) -> Outcome {
        self.lowest
    }

    /// The greatest sum that as many rows as there is room for have or exceed; the least of all when there are fewer.
    pub(super) fn bar(&self) -> Outcome {
        let mut count = 0;
        let reached = |&sum: &usize| {
            count += self.count(sum);
            count >= self.room as u64
        };
        (0..self.counts.len())
            .rev()
            .find(reached)
            .map_or(self.lowest, |sum| (sum as Outcome).max(self.lowest))
    }

    fn count(&self, sum: usize) -> u64 {
        self.counts[sum].iter().sum()
    }

    /// How many rows have this sum or a greater one.
    pub(super) fn count_from(&self, sum: Outcome) -> usize {
        (usize::from(sum)..self.counts.len()).map(|sum| self.count(sum)).sum::<u64>() as usize
    }

    /// By possible matches from 0 to `of`: how many are certain, how many potential.
    pub(super) fn totals(&self, of: u8) -> Vec<Total> {
        let mut totals = vec![Total::default(); usize::from(of) + 1];
        let found = (0..self.counts.len()).skip(self.lowest.into()).map(|sum| (sum, self.count(sum)));
        for (sum, count) in found.filter(|(_, count)| *count > 0) {
            let sum = sum as Outcome;
            let total = &mut totals[usize::from(most(sum))];
            if least(sum) == most(sum) { total.certain += count } else { total.potential += count }
        }
        totals
    }

    /// Counts rows and adds those to `best` that may be among them; `passes` leaves out what is not asked for.
    pub(super) fn take(&mut self, rows: &[Seen], best: &mut Vec<Seen>, passes: impl Fn(u32) -> bool) {
        for (i, &seen) in rows.iter().enumerate() {
            if seen.sum >= self.lowest && passes(seen.row) {
                self.counts[usize::from(seen.sum)][i & 3] += 1;
                if seen.sum >= self.bar {
                    best.push(seen);
                }
            }
        }
        self.bar = self.bar.max(self.bar());
    }

    /// The same for runs of which all rows count: the first row and the numbers at DRB1 of each, whose outcomes are in a
    /// table; all have the same sum `ab` at A and B.
    pub(super) fn take_runs<'n, I: Copy + Into<u32> + 'n>(
        &mut self,
        runs: impl Iterator<Item = (u32, &'n [I])>,
        drb1: &[Outcome],
        ab: Outcome,
        best: &mut Vec<Seen>,
    ) {
        let mut counts = [0; KINDS.len()];
        let mut full = best.len() + PATIENCE;
        let mut bar = self.bar.saturating_sub(ab);
        for (first, numbers) in runs {
            for (numbers, first) in numbers.chunks(AT_ONCE).zip((first..).step_by(AT_ONCE)) {
                let (packed, greatest) = count(numbers, drb1);
                counts.iter_mut().zip(unpacked(packed)).for_each(|(all, some)| *all += some);
                if greatest >= bar {
                    let outcomes = numbers.iter().map(|&number| drb1[number.into() as usize]);
                    let good = (first..).zip(outcomes).filter(|(_, outcome)| *outcome >= bar);
                    best.extend(good.map(|(row, outcome)| Seen { row, sum: ab + outcome, note: 0 }));
                }
                if best.len() >= full {
                    self.add(&mut counts, ab);
                    bar = self.bar.saturating_sub(ab);
                    full = best.len() + PATIENCE;
                }
            }
        }
        self.add(&mut counts, ab);
    }

    /// Adds counts by outcome at DRB1 and raises the bar.
    fn add(&mut self, counts: &mut [u64; KINDS.len()], ab: Outcome) {
        for (count, outcome) in counts.iter_mut().zip(KINDS) {
            self.counts[usize::from(ab + outcome)][0] += std::mem::take(count);
        }
        self.bar = self.bar.max(self.bar());
    }
}

/// The outcomes of one locus.
const KINDS: [Outcome; 6] = [0x00, 0x10, 0x11, 0x20, 0x21, 0x22];

/// So many bits of a word count one kind of outcome.
const WIDTH: usize = 10;

/// So many rows are counted in a word.
const AT_ONCE: usize = (1 << WIDTH) - 1;

/// By outcome: one of its kind.
const ONES: [u64; 64] = {
    let mut ones = [0; 64];
    let mut kind = 0;
    while kind < KINDS.len() {
        ones[KINDS[kind] as usize] = 1 << (WIDTH * kind);
        kind += 1;
    }
    ones
};

/// How many rows there are of each kind of outcome, in one word, and the greatest outcome. A word is added to in a
/// register, where a table of counts would be written and read again row by row.
#[inline(never)]
fn count<I: Copy + Into<u32>>(numbers: &[I], outcomes: &[Outcome]) -> (u64, Outcome) {
    numbers.iter().fold((0, 0), |(packed, greatest), &number| {
        let outcome = outcomes[number.into() as usize];
        (packed + ONES[usize::from(outcome & 63)], outcome.max(greatest))
    })
}

fn unpacked(packed: u64) -> [u64; KINDS.len()] {
    std::array::from_fn(|kind| packed >> (WIDTH * kind) & AT_ONCE as u64)
}
