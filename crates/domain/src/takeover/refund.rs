//! Refund rows: which gift they name, and whether it can bear them.

use std::collections::{HashMap, HashSet};

use super::gift::{FundCode, PastEntry};
use super::reason::{BadReason, excerpt};
use super::row::SheetRow;
use super::rules::{EarlierGift, Rules};
use crate::money::Fen;
use crate::time::Date;

/// The words in a refund's note before the serial number of its gift.
const NAMES_GIFT: &str = "原流水号";
/// The word that a refund's note begins with.
const REFUND: &str = "退款";

/// What a serial number stands for in the sheet.
pub(super) enum Named {
    Gift { fund: FundCode, date: Date, left: Fen },
    Refund,
    Bad { line: u32 },
}

impl Named {
    pub(super) fn of(entry: &PastEntry) -> Self {
        match entry.refund_of {
            Some(_) => Self::Refund,
            None => Self::Gift { fund: entry.fund.clone(), date: entry.when.date, left: entry.amount },
        }
    }
}

/// The serial number of the gift that a refund's note names; `None` for a gift.
pub(super) fn gift_named_in(note: &str, amount: Fen) -> Result<Option<String>, BadReason> {
    let serial = note.split_once(NAMES_GIFT).map(|(_, rest)| {
        let rest =
            rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '：' | '为' | '是'));
        let end =
            rest.find(|c: char| c.is_whitespace() || "，,；;。、(（)）".contains(c)).unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    match (serial.filter(|serial| !serial.is_empty()), amount < Fen::ZERO) {
        (Some(serial), true) => Ok(Some(serial)),
        (None, true) => Err(BadReason::RefundNamesNoGift),
        (Some(_), false) if note.trim_start().starts_with(REFUND) => Err(BadReason::RefundNotNegative),
        (_, false) => Ok(None),
    }
}

/// Settles each refund against its gift, in the sheet's order; a gift may stand below its refund.
pub(super) fn settle_refunds<'r>(
    entries: Vec<(&'r SheetRow, PastEntry)>,
    mut named: HashMap<String, Named>,
    rules: &Rules,
) -> Vec<(&'r SheetRow, Result<PastEntry, BadReason>)> {
    let in_sheet: HashSet<String> = entries.iter().map(|(_, entry)| entry.serial.clone()).collect();
    let mut settled = Vec::with_capacity(entries.len());
    for (row, entry) in entries {
        let outcome = match &entry.refund_of {
            None => Ok(()),
            Some(gift) => {
                if !named.contains_key(gift)
                    && let Some(earlier) = rules.earlier.get(gift)
                {
                    named.insert(gift.clone(), earlier.as_named(&in_sheet));
                }
                settle(&entry, gift, named.get_mut(gift))
            }
        };
        settled.push((row, outcome.map(|()| entry)));
    }
    settled
}

fn settle(refund: &PastEntry, gift: &str, named: Option<&mut Named>) -> Result<(), BadReason> {
    let (fund, date, left) = match named {
        Some(Named::Gift { fund, date, left }) => (fund, *date, left),
        Some(Named::Bad { line }) => {
            return Err(BadReason::RefundOfBadRow { serial: excerpt(gift), line: *line });
        }
        Some(Named::Refund) | None => return Err(BadReason::RefundOfUnknownGift { serial: excerpt(gift) }),
    };
    if *fund != refund.fund {
        return Err(BadReason::RefundFromOtherFund { fund: fund.clone() });
    }
    if refund.when.date < date {
        return Err(BadReason::RefundBeforeGift { gift: date });
    }
    let after = Fen(left.0 + refund.amount.0);
    if after < Fen::ZERO {
        return Err(BadReason::RefundOverGift { left: *left });
    }
    *left = after;
    Ok(())
}

impl EarlierGift {
    /// The gift with what earlier lists took off it, leaving out what this sheet brings again.
    fn as_named(&self, in_sheet: &HashSet<String>) -> Named {
        let taken: i64 = self
            .refunded
            .iter()
            .filter(|(serial, _)| !in_sheet.contains(*serial))
            .map(|(_, fen)| fen.0)
            .sum();
        Named::Gift { fund: self.fund.clone(), date: self.date, left: Fen(self.amount.0 - taken) }
    }
}
