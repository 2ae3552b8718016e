//! What a list would change: comparing it with what is stored under the same source.

use super::gift::PastEntry;
use super::report::TakeoverReport;
use super::sheet::Reading;

/// What becomes of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is not stored yet and will be posted.
    New,
    /// It is stored just so.
    Unchanged,
    /// Its serial number is stored with other content. What is stored stands.
    Conflict,
}

/// The entries of a list, each with what becomes of it, in the list's order.
#[derive(Debug, Clone)]
pub struct Changes<'r> {
    /// Entry and outcome.
    pub entries: Vec<(&'r PastEntry, Change)>,
}

impl<'r> Changes<'r> {
    /// Compares by serial number. `stored` gives the digest that was kept for a serial number, `digest` computes
    /// the one of [`PastEntry::content`]: a keyed digest, since names are inside.
    #[must_use]
    pub fn of<D: PartialEq>(
        reading: &'r Reading,
        stored: impl Fn(&str) -> Option<D>,
        digest: impl Fn(&[u8]) -> D,
    ) -> Self {
        let outcome = |entry: &PastEntry| match stored(&entry.serial) {
            None => Change::New,
            Some(kept) if kept == digest(&entry.content()) => Change::Unchanged,
            Some(_) => Change::Conflict,
        };
        Self { entries: reading.entries.iter().map(|entry| (entry, outcome(entry))).collect() }
    }

    /// How many entries have this outcome.
    #[must_use]
    pub fn count(&self, change: Change) -> usize {
        self.entries.iter().filter(|(_, outcome)| *outcome == change).count()
    }

    /// The entries to post, gifts before the refunds that belong to them whatever the list's order.
    #[must_use]
    pub fn to_post(&self) -> Vec<&'r PastEntry> {
        let new =
            || self.entries.iter().filter(|(_, change)| *change == Change::New).map(|(entry, _)| *entry);
        let gifts = new().filter(|entry| entry.refund_of.is_none());
        gifts.chain(new().filter(|entry| entry.refund_of.is_some())).collect()
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
        }
    }

    /// Row by row what would happen, in the list's order: every row of the sheet stands in it once.
    #[must_use]
    pub fn plan(&self, reading: &'r Reading) -> Vec<PlannedRow<'r>> {
        let mut rows: Vec<PlannedRow<'r>> =
            self.entries.iter().map(|(entry, change)| PlannedRow::Entry(entry, *change)).collect();
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
    Bad(&'r super::report::BadRow),
    /// A row that is no entry, and why; with its line.
    Skipped(u32, super::sheet::Skipped),
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
