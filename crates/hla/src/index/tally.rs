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

    /// The same for runs: the first row and the numbers at DRB1 of each, whose outcomes are in a table; all have the same
    /// sum `ab` at A and B. `passes` is given the row and its outcome at DRB1, and may let rows pass that are not found.
    pub(super) fn take_runs<'n, I: Copy + Into<u32> + 'n>(
        &mut self,
        runs: impl Iterator<Item = (u32, &'n [I])>,
        drb1: &[Outcome],
        ab: Outcome,
        best: &mut Vec<Seen>,
        passes: impl Fn(u32, Outcome) -> bool,
    ) {
        // Of the outcomes at DRB1, four in turn, too.
        let mut counts = [[0u32; 4]; 64];
        let mut full = best.len() + PATIENCE;
        let mut bar = self.bar.saturating_sub(ab);
        for (first, numbers) in runs {
            for (i, &number) in numbers.iter().enumerate() {
                let outcome = drb1[number.into() as usize];
                if !passes(first + i as u32, outcome) {
                    continue;
                }
                counts[usize::from(outcome & 63)][i & 3] += 1;
                if outcome >= bar {
                    best.push(Seen { row: first + i as u32, sum: ab + outcome, note: 0 });
                }
            }
            if best.len() >= full {
                self.add(&mut counts, ab);
                bar = self.bar.saturating_sub(ab);
                full = best.len() + PATIENCE;
            }
        }
        self.add(&mut counts, ab);
    }

    /// Adds counts by outcome at DRB1 and raises the bar.
    fn add(&mut self, counts: &mut [[u32; 4]; 64], ab: Outcome) {
        for (outcome, lanes) in counts.iter_mut().enumerate() {
            let count: u64 = lanes.iter().map(|&n| u64::from(n)).sum();
            if count > 0 {
                self.counts[outcome + usize::from(ab)][0] += count;
            }
            *lanes = [0; 4];
        }
        self.bar = self.bar.max(self.bar());
    }
}
