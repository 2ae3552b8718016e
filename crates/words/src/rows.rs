//! Why a row of an old list is not taken over, as a sentence that says what to do.

use domain::takeover::BadReason;

use crate::bad_row as say;
use crate::{Lang, date};

/// The sentence for one reason. Reports for machines keep the code, which [`BadReason`] prints by itself.
#[must_use]
pub fn bad_reason(lang: Lang, reason: &BadReason) -> String {
    let plain = match reason {
        BadReason::SerialRepeated { first_line } => return say::serial_repeated(lang, first_line),
        BadReason::DateUnreadable(text) => return say::date_unreadable(lang, text),
        BadReason::DateImpossible(text) => return say::date_impossible(lang, text),
        BadReason::DateInFuture(day) => return say::date_in_future(lang, date(lang, *day)),
        BadReason::DateTooEarly(day) => return say::date_too_early(lang, date(lang, *day)),
        BadReason::AmountUnreadable(text) => return say::amount_unreadable(lang, text),
        BadReason::AmountTooFine(text) => return say::amount_too_fine(lang, text),
        BadReason::AmountOverCap(text) => return say::amount_over_cap(lang, text),
        BadReason::FundUnknown(text) => return say::fund_unknown(lang, text),
        BadReason::RefundOfUnknownGift { serial } => return say::refund_of_unknown_gift(lang, serial),
        BadReason::RefundOfBadRow { serial, line } => return say::refund_of_bad_row(lang, line, serial),
        BadReason::RefundOverGift { left } => {
            return say::refund_over_gift(lang, format!("¥{}", left.grouped()));
        }
        BadReason::RefundFromOtherFund { fund } => return say::refund_from_other_fund(lang, fund),
        BadReason::RefundBeforeGift { gift } => return say::refund_before_gift(lang, date(lang, *gift)),
        BadReason::Unprintable { column } => return say::unprintable(lang, column),
        BadReason::SerialMissing => say::serial_missing(lang),
        BadReason::DateMissing => say::date_missing(lang),
        BadReason::DonorMissing => say::donor_missing(lang),
        BadReason::DonorUnreadable => say::donor_unreadable(lang),
        BadReason::AmountMissing => say::amount_missing(lang),
        BadReason::AmountZero => say::amount_zero(lang),
        BadReason::FundMissing => say::fund_missing(lang),
        BadReason::RefundNamesNoGift => say::refund_names_no_gift(lang),
        BadReason::RefundNotNegative => say::refund_not_negative(lang),
        BadReason::TotalsInside => say::totals_inside(lang),
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_stand_where_they_belong() {
        let reason = BadReason::RefundOfBadRow { serial: "2021-07".into(), line: 12 };
        assert_eq!(
            bad_reason(Lang::Zh, &reason),
            "要退的捐赠 2021-07 在第 12 行，那一行本身有问题。请先改好那一行。"
        );
        assert!(bad_reason(Lang::En, &reason).contains("2021-07 to be returned stands in line 12"));
    }
}
