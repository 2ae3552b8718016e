//! Taking over the past: the rules for reading gifts out of old spreadsheets.
//!
//! A sheet's rows come in as text ([`SheetRow`]); [`Reading::of`] says which are gifts, refunds, totals or bad;
//! [`Reading::check_footer`] holds the list's own totals against it; [`Changes::of`] compares it with what is
//! stored. Identity is (source, serial number); the first of a repeated serial number stands, good or bad.

mod amount;
mod changes;
mod conflict;
mod footer;
mod gift;
mod header;
mod label;
mod neutral;
mod reason;
mod refund;
mod report;
mod row;
mod rules;
mod sheet;
#[cfg(test)]
mod tests;
mod when;

pub use amount::read_amount;
pub use changes::{Change, Changes, PlannedRow};
pub use conflict::{Conflict, ConflictRow, Difference, StoredEntry};
pub use footer::{Figure, FooterDifference, FooterLine, FooterMismatch, Stated};
pub use gift::{FundCode, PastDonor, PastEntry, ReceiptMark, second_receipt};
pub use header::{Field, HEADER_WITHIN, Header, SheetError};
pub use label::TotalsKind;
pub use neutral::{neutralise, restore};
pub use reason::BadReason;
pub use report::{BadRow, TakeoverReport, Totals};
pub use row::{SheetRow, trimmed};
pub use rules::{ANONYMOUS, EarlierGift, Rules};
pub use sheet::{Reading, Skipped};
pub use when::{When, read_when};
