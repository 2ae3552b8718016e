//! What a list would change: comparing it with what is stored under the same source.

use std::collections::{BTreeMap, HashMap};

use super::conflict::{Conflict, ConflictRow, StoredEntry};
use super::gift::PastEntry;
use super::report::{BadRow, TakeoverReport};
use super::sheet::{Reading, Skipped};

/// What becomes of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is not stored yet and will be posted.
    New,
    /// It is stored just so.
    Unchanged,
    /// Its serial number is stored with other content, or it gives back what is no longer there. What is stored
    /// stands.
    Conflict,
}

/// What becomes of each entry of a [`Reading`], in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    outcomes: Vec<Change>,
    /// Why the entry at a place is in conflict.
    conflicts: BTreeMap<usize, Conflict>,
}

impl Changes {
    /// Compares by serial number. `stored` gives the digest that was kept for a serial number, `digest` computes
    /// the one of [`PastEntry::content`]: a keyed digest, since names are inside.
    ///
    /// A refund of a gift that is in conflict is in conflict too: it was meant for another gift than the stored one.
    #[must_use]
    pub fn of<D: PartialEq>(
        reading: &Reading,
        stored: impl Fn(&str) -> Option<D>,
        digest: impl Fn(&[u8]) -> D,
    ) -> Self {
        let outcome = |entry: &PastEntry| match stored(&entry.serial) {
            None => Change::New,
            Some(kept) if kept == digest(&entry.content()) => Change::Unchanged,
            Some(_) => Change::Conflict,
        };
        let mut outcomes: Vec<Change> = reading.entries.iter().map(outcome).collect();
        let by_serial: HashMap<&str, Change> =
            reading.entries.iter().map(|entry| entry.serial.as_str()).zip(outcomes.iter().copied()).collect();
        let mut conflicts = BTreeMap::new();
        for (place, (entry, outcome)) in reading.entries.iter().zip(&mut outcomes).enumerate() {
            if *outcome == Change::Conflict {
                conflicts.insert(place, Conflict::Differs(Vec::new()));
            }
            let Some(serial) = entry.refund_of.as_deref() else { continue };
            if *outcome == Change::New && by_serial.get(serial) == Some(&Change::Conflict) {
                *outcome = Change::Conflict;
                conflicts.insert(place, Conflict::GiftInConflict { serial: serial.to_owned() });
            }
        }
        Self { outcomes, conflicts }
    }

    /// Serial numbers that are stored with other content: [`Changes::explain`] wants what is stored of each.
    #[must_use]
    pub fn unexplained(&self, reading: &Reading) -> Vec<String> {
        let differing = self.conflicts.iter().filter(|(_, why)| matches!(why, Conflict::Differs(_)));
        differing.map(|(place, _)| reading.entries[*place].serial.clone()).collect()
    }

    /// Says of each entry that is stored with other content what differs.
    pub fn explain(&mut self, reading: &Reading, stored: &BTreeMap<String, StoredEntry>) {
        for (place, why) in &mut self.conflicts {
            let entry = &reading.entries[*place];
            if let (Conflict::Differs(differs), Some(stored)) = (why, stored.get(&entry.serial)) {
                *differs = stored.differences(entry);
            }
        }
    }

    /// The entries in conflict, in the list's order.
    #[must_use]
    pub fn conflicts(&self, reading: &Reading) -> Vec<ConflictRow> {
        let row = |(place, why): (&usize, &Conflict)| {
            let entry = &reading.entries[*place];
            ConflictRow { line: entry.line, serial: entry.serial.clone(), why: why.clone() }
        };
        self.conflicts.iter().map(row).collect()
    }

    /// Each entry with what becomes of it, in the list's order.
    pub fn entries<'r>(&self, reading: &'r Reading) -> impl Iterator<Item = (&'r PastEntry, Change)> {
        reading.entries.iter().zip(self.outcomes.iter().copied())
    }

    /// How many entries have this outcome.
    #[must_use]
    pub fn count(&self, change: Change) -> usize {
        self.outcomes.iter().filter(|outcome| **outcome == change).count()
    }

    /// The places (in [`Reading::entries`]) of the entries to post, gifts before the refunds that belong to them
    /// whatever the list's order.
    #[must_use]
    pub fn to_post(&self, reading: &Reading) -> Vec<usize> {
        let new = |refunds: bool| {
            let wanted = move |(_, (entry, change)): &(usize, (&PastEntry, Change))| {
                *change == Change::New && entry.refund_of.is_some() == refunds
            };
            self.entries(reading).enumerate().filter(wanted).map(|(place, _)| place)
        };
        new(false).chain(new(true)).collect()
    }

    /// Turns the new entry at `place` into a conflict, when the books cannot take it.
    pub fn set_conflict(&mut self, place: usize, why: Conflict) {
        self.outcomes[place] = Change::Conflict;
        self.conflicts.insert(place, why);
    }

    /// The report of the take-over.
    #[must_use]
    pub fn report(&self, reading: &Reading) -> TakeoverReport {
        let totals = reading.totals.clone();
        TakeoverReport {
            good: totals.good,
            sum_fen: totals.sum_fen,
            refunds: totals.refunds,
            refund_fen: totals.refund_fen,
            net_fen: totals.net_fen,
            new: self.count(Change::New),
            unchanged: self.count(Change::Unchanged),
            conflicts: self.count(Change::Conflict),
            bad: reading.bad.clone(),
            conflict_rows: self.conflicts(reading),
            footer: reading.check_footer().err().map(|mismatch| mismatch.differences).unwrap_or_default(),
        }
    }

    /// Row by row what would happen, in the list's order: every row of the sheet stands in it once.
    #[must_use]
    pub fn plan<'r>(&self, reading: &'r Reading) -> Vec<PlannedRow<'r>> {
        let mut rows: Vec<PlannedRow<'r>> =
            self.entries(reading).map(|(entry, change)| PlannedRow::Entry(entry, change)).collect();
        rows.extend(reading.bad.iter().map(PlannedRow::Bad));
        rows.extend(reading.skipped.iter().map(|(line, kind)| PlannedRow::Skipped(*line, *kind)));
        rows.sort_by_key(PlannedRow::line);
        rows
    }
}

/// One row of a dry run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlannedRow<'r> {
    /// A gift or refund, and what becomes of it.
    Entry(&'r PastEntry, Change),
    /// A row that stays outside.
    Bad(&'r BadRow),
    /// A row that is no entry, and why; with its line.
    Skipped(u32, Skipped),
}

impl PlannedRow<'_> {
    /// Its line in the sheet.
    #[must_use]
    pub const fn line(&self) -> u32 {
        match self {
            Self::Entry(entry, _) => entry.line,
            Self::Bad(bad) => bad.line,
            Self::Skipped(line, _) => *line,
        }
    }
}
