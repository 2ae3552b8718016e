//! Why an entry of a list is not what is stored under its serial number: field by field.

use serde::{Serialize, Serializer};

use super::gift::{FundCode, PastDonor, PastEntry};
use super::header::Field;
use crate::money::Fen;
use crate::time::Instant;

/// Why an entry cannot be taken over beside what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// Its serial number is stored with other content. Empty where all that differs is kept as a digest only.
    Differs(Vec<Difference>),
    /// The gift that it gives back is in conflict itself.
    GiftInConflict {
        /// The gift's serial number.
        serial: String,
    },
    /// The gift that it gives back has been given back by other means.
    NotLeft {
        /// What is left of the gift.
        left: Fen,
    },
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field.
    pub field: Field,
    /// What is stored, as a list would write it.
    pub stored: String,
    /// What the list says.
    pub listed: String,
}

/// An entry as it is stored, as far as it is kept in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// When.
    pub at: Instant,
    /// The donor; `None` where only a digest is kept (a refund's, and how an anonymous one was called).
    pub donor: Option<String>,
    /// Whether the donor is anonymous; `None` for a refund.
    pub anonymous: Option<bool>,
    /// Telephone; `None` where it is not kept.
    pub phone: Option<String>,
    /// The amount, below zero for a refund.
    pub amount: Fen,
    /// How it was paid; `None` where no event tells.
    pub method: Option<String>,
    /// The fund's code.
    pub fund: FundCode,
    /// The receipt's mark as `ReceiptMark::word` gives it; `None` where no event tells.
    pub receipt: Option<String>,
    /// The remark.
    pub note: String,
}

impl Conflict {
    /// The code, the same in every language and version.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Differs(_) => "differs",
            Self::GiftInConflict { .. } => "gift_in_conflict",
            Self::NotLeft { .. } => "not_left",
        }
    }
}

impl StoredEntry {
    /// Where the entry differs from it, in the order of a list's columns.
    #[must_use]
    pub fn differences(&self, entry: &PastEntry) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut compare = |field, stored: Option<String>, listed: String| {
            if let Some(stored) = stored.filter(|stored| *stored != listed) {
                found.push(Difference { field, stored, listed });
            }
        };
        compare(Field::Date, Some(self.at.minute()), entry.when.instant().minute());
        let anonymous = matches!(entry.donor, PastDonor::Anonymous { .. });
        let stored = match (&self.donor, self.anonymous) {
            (None, Some(stored)) if stored != anonymous => Some("匿名".to_owned()),
            (stored, _) => stored.clone(),
        };
        compare(Field::Donor, stored, entry.donor.as_written().to_owned());
        compare(Field::Phone, self.phone.clone(), entry.phone.clone());
        compare(Field::Amount, Some(self.amount.grouped()), entry.amount.grouped());
        compare(Field::Method, self.method.clone(), entry.method.clone());
        compare(Field::Fund, Some(self.fund.clone()), entry.fund.clone());
        compare(Field::Receipt, self.receipt.clone(), entry.receipt.word().to_owned());
        compare(Field::Note, Some(self.note.clone()), entry.note.clone());
        found
    }
}

/// An entry in conflict, for reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRow {
    /// Its line.
    pub line: u32,
    /// Its serial number.
    pub serial: String,
    /// Why.
    pub why: Conflict,
}

impl Serialize for ConflictRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            line: u32,
            serial: &'a str,
            reason: &'a str,
            differs: &'a [Difference],
        }
        let differs = match &self.why {
            Conflict::Differs(differs) => differs.as_slice(),
            Conflict::GiftInConflict { .. } | Conflict::NotLeft { .. } => &[],
        };
        let (line, serial, reason) = (self.line, self.serial.as_str(), self.why.code());
        Shown { line, serial, reason, differs }.serialize(serializer)
    }
}
