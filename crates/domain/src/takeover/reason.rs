//! Why a row of an old list is not taken over: a code with its arguments.

use std::fmt;

use crate::money::Fen;
use crate::time::Date;

/// One reason for which a row stays outside the books until somebody mends it.
///
/// [`fmt::Display`] gives the stable form of reports, `code` or `code: argument`; sentences are in `crates/words`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadReason {
    /// No serial number: the row has no identity.
    SerialMissing,
    /// The serial number stands in an earlier row already, and the first stands.
    SerialRepeated {
        /// The line of the first row with this serial number.
        first_line: u32,
    },
    /// No date.
    DateMissing,
    /// Not a date in any of the known ways of writing.
    DateUnreadable(String),
    /// A day that the calendar does not have.
    DateImpossible(String),
    /// A day after the day of the take-over.
    DateInFuture(Date),
    /// A day before the earliest that the rules allow.
    DateTooEarly(Date),
    /// No donor; an unknown one is written as 匿名, never left out.
    DonorMissing,
    /// A name with hidden characters, or longer than a name can be.
    DonorUnreadable,
    /// No amount.
    AmountMissing,
    /// Not an amount; 万元 is the only word number.
    AmountUnreadable(String),
    /// Finer than a fen.
    AmountTooFine(String),
    /// Zero.
    AmountZero,
    /// Above the largest amount that the books hold.
    AmountOverCap(String),
    /// No fund.
    FundMissing,
    /// Not a listed name of any fund.
    FundUnknown(String),
    /// A refund whose note does not name the gift by 原流水号.
    RefundNamesNoGift,
    /// A refund of a gift that is not known.
    RefundOfUnknownGift {
        /// The serial number that the note names.
        serial: String,
    },
    /// A refund of a gift whose own row is bad.
    RefundOfBadRow {
        /// The serial number that the note names.
        serial: String,
        /// The line of that row.
        line: u32,
    },
    /// More than what is left of the gift.
    RefundOverGift {
        /// What was left before this row, in fen.
        left: Fen,
    },
    /// A refund out of another fund than the gift went to.
    RefundFromOtherFund {
        /// The code of the gift's fund.
        fund: String,
    },
    /// A refund dated before its gift.
    RefundBeforeGift {
        /// The day of the gift.
        gift: Date,
    },
    /// The note calls it a refund but the amount is not negative.
    RefundNotNegative,
    /// A control character in the named column.
    Unprintable {
        /// The column's heading.
        column: String,
    },
    /// A row of totals between rows of gifts.
    TotalsInside,
}

impl BadReason {
    /// The code, the same in every language and version.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SerialMissing => "serial_missing",
            Self::SerialRepeated { .. } => "serial_repeated",
            Self::DateMissing => "date_missing",
            Self::DateUnreadable(_) => "date_unreadable",
            Self::DateImpossible(_) => "date_impossible",
            Self::DateInFuture(_) => "date_in_future",
            Self::DateTooEarly(_) => "date_too_early",
            Self::DonorMissing => "donor_missing",
            Self::DonorUnreadable => "donor_unreadable",
            Self::AmountMissing => "amount_missing",
            Self::AmountUnreadable(_) => "amount_unreadable",
            Self::AmountTooFine(_) => "amount_too_fine",
            Self::AmountZero => "amount_zero",
            Self::AmountOverCap(_) => "amount_over_cap",
            Self::FundMissing => "fund_missing",
            Self::FundUnknown(_) => "fund_unknown",
            Self::RefundNamesNoGift => "refund_names_no_gift",
            Self::RefundOfUnknownGift { .. } => "refund_of_unknown_gift",
            Self::RefundOfBadRow { .. } => "refund_of_bad_row",
            Self::RefundOverGift { .. } => "refund_over_gift",
            Self::RefundFromOtherFund { .. } => "refund_from_other_fund",
            Self::RefundBeforeGift { .. } => "refund_before_gift",
            Self::RefundNotNegative => "refund_not_negative",
            Self::Unprintable { .. } => "unprintable",
            Self::TotalsInside => "totals_inside",
        }
    }
}

impl fmt::Display for BadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        match self {
            Self::SerialRepeated { first_line } => write!(f, ": line {first_line}"),
            Self::DateInFuture(date) | Self::DateTooEarly(date) | Self::RefundBeforeGift { gift: date } => {
                write!(f, ": {date}")
            }
            Self::DateUnreadable(text)
            | Self::DateImpossible(text)
            | Self::AmountUnreadable(text)
            | Self::AmountTooFine(text)
            | Self::AmountOverCap(text)
            | Self::FundUnknown(text)
            | Self::RefundOfUnknownGift { serial: text }
            | Self::RefundFromOtherFund { fund: text }
            | Self::Unprintable { column: text } => write!(f, ": {text}"),
            Self::RefundOfBadRow { serial, line } => write!(f, ": {serial}, line {line}"),
            Self::RefundOverGift { left } => write!(f, ": {left}"),
            Self::SerialMissing
            | Self::DateMissing
            | Self::DonorMissing
            | Self::DonorUnreadable
            | Self::AmountMissing
            | Self::AmountZero
            | Self::FundMissing
            | Self::RefundNamesNoGift
            | Self::RefundNotNegative
            | Self::TotalsInside => Ok(()),
        }
    }
}

/// A cell as a reason quotes it: at most 80 characters.
pub(super) fn excerpt(cell: &str) -> String {
    let text = cell.trim();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
