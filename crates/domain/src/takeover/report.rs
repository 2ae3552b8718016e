//! What a take-over comes to: the figures of the list, and what they change in the books.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::conflict::ConflictRow;
use super::footer::FooterDifference;
use super::gift::FundCode;
use super::reason::BadReason;

/// The figures of a list, whatever is stored already. Bad rows are in none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// How many gifts.
    pub good: usize,
    /// Their sums in fen by fund code, refunds not taken off. Only funds that were given to.
    pub sum_fen: BTreeMap<FundCode, i64>,
    /// How many refunds.
    pub refunds: usize,
    /// Their sum in fen, zero or below.
    pub refund_fen: i64,
    /// Gifts less refunds, in fen.
    pub net_fen: i64,
}

impl Totals {
    /// The sum of all gifts in fen, refunds not taken off.
    #[must_use]
    pub fn gross(&self) -> i64 {
        self.sum_fen.values().sum()
    }
}

/// A row that is not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The row's number in a spreadsheet program.
    pub line: u32,
    /// Its serial number; empty when it has none.
    pub serial: String,
    /// Everything that is wrong with it; at least one.
    pub reasons: Vec<BadReason>,
    /// Its cells as they were.
    pub cells: Vec<String>,
}

impl BadRow {
    /// The reasons in one text: `date_missing; amount_unreadable: 一百`.
    #[must_use]
    pub fn reason(&self) -> String {
        self.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl Serialize for BadRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            line: u32,
            serial: &'a str,
            reason: String,
        }
        Shown { line: self.line, serial: &self.serial, reason: self.reason() }.serialize(serializer)
    }
}

/// The report of a take-over or of its dry run; as JSON, the answer of `spark import gifts --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakeoverReport {
    /// Gifts in the list that can be taken over, whether or not they are stored already.
    pub good: usize,
    /// Their sums in fen by fund code, refunds not taken off.
    pub sum_fen: BTreeMap<FundCode, i64>,
    /// Refunds in the list that can be taken over.
    pub refunds: usize,
    /// Their sum in fen, zero or below.
    pub refund_fen: i64,
    /// Gifts less refunds, in fen.
    pub net_fen: i64,
    /// Gifts and refunds that were not stored before. `new + unchanged + conflicts == good + refunds`.
    pub new: usize,
    /// Gifts and refunds that are stored just as the list has them.
    pub unchanged: usize,
    /// Gifts and refunds that are stored with other content. What is stored stands.
    pub conflicts: usize,
    /// The rows that were not taken over.
    pub bad: Vec<BadRow>,
    /// The entries in conflict, each with what differs.
    pub conflict_rows: Vec<ConflictRow>,
    /// The figures of the footer that disagree with what was read.
    pub footer: Vec<FooterDifference>,
}

impl TakeoverReport {
    /// Whether every row is in the books: none is bad, none in conflict.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.bad.is_empty() && self.conflicts == 0
    }
}
