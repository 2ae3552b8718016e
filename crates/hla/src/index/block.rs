//! Room to write rows down without asking each time whether there is enough.

use super::column::Column;
use super::outcome::Outcome;

/// A row that was found and the sum of its outcomes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) row: u32,
    pub(super) sum: Outcome,
    /// What else is to be remembered of it: in a scan out of 6 at which of A and B proteins may help, as bits; in others
    /// what was hoped for at A and B.
    pub(super) note: u8,
}

/// Rows, few enough to stay near.
pub(super) struct Block {
    seen: Vec<Seen>,
    len: usize,
}

impl Block {
    /// So many rows can be written down as long as it isn't full.
    pub(super) const ROOM: usize = 2_048;

    pub(super) fn new() -> Block {
        Block { seen: vec![Seen::default(); 2 * Block::ROOM], len: 0 }
    }

    pub(super) fn is_full(&self) -> bool {
        self.len > Block::ROOM
    }

    /// Writes down row and sum, the note in the upper byte, of those that are wanted; at most as many as there is room for.
    #[inline]
    pub(super) fn write(&mut self, rows: impl Iterator<Item = (u32, u16, bool)>) {
        let room = &mut self.seen[self.len..];
        let mut taken = 0;
        for (row, sum, wanted) in rows {
            let [sum, note] = sum.to_le_bytes();
            // Written in any case: a branch that can't be foreseen would take longer.
            room[taken] = Seen { row, sum, note };
            taken += usize::from(wanted);
        }
        self.len += taken;
    }

    /// Changes rows by their outcomes at a locus, and leaves only those with at least this sum.
    pub(super) fn refine(
        &mut self,
        numbers: &Column,
        outcomes: &[Outcome],
        lowest: Outcome,
        change: impl Fn(&mut Seen, Outcome),
    ) {
        match numbers {
            Column::Narrow(numbers) => {
                self.refined(|row| outcomes[usize::from(numbers[row])], lowest, change)
            }
            Column::Wide(numbers) => self.refined(|row| outcomes[numbers[row] as usize], lowest, change),
        }
    }

    /// The same with the sum of the outcomes at two loci.
    pub(super) fn refine_by_two(
        &mut self,
        numbers: [&Column; 2],
        [x, y]: [&[Outcome]; 2],
        lowest: Outcome,
        change: impl Fn(&mut Seen, Outcome),
    ) {
        use Column::{Narrow, Wide};
        match numbers {
            [Narrow(a), Narrow(b)] => {
                self.refined(|row| x[usize::from(a[row])] + y[usize::from(b[row])], lowest, change)
            }
            [Narrow(a), Wide(b)] => {
                self.refined(|row| x[usize::from(a[row])] + y[b[row] as usize], lowest, change)
            }
            [Wide(a), Narrow(b)] => {
                self.refined(|row| x[a[row] as usize] + y[usize::from(b[row])], lowest, change)
            }
            [Wide(a), Wide(b)] => self.refined(|row| x[a[row] as usize] + y[b[row] as usize], lowest, change),
        }
    }

    fn refined(
        &mut self,
        outcome: impl Fn(usize) -> Outcome,
        lowest: Outcome,
        change: impl Fn(&mut Seen, Outcome),
    ) {
        let mut left = 0;
        for at in 0..self.len {
            let mut seen = self.seen[at];
            let outcome = outcome(seen.row as usize);
            change(&mut seen, outcome);
            self.seen[left] = seen;
            left += usize::from(seen.sum >= lowest);
        }
        self.len = left;
    }

    /// What was written down.
    pub(super) fn rows(&mut self) -> &mut [Seen] {
        &mut self.seen[..self.len]
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }
}
