//! A provider's bill of one day against the books: what each line says beside what is booked, and where they differ.

use serde::{Deserialize, Serialize};

use crate::money::Fen;

/// In what a bill and the books differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The provider was paid under a number that is not ours.
    PaymentUnknown,
    /// The provider was paid, and it could not be booked.
    PaymentUnbooked,
    /// Another amount was paid than is booked.
    PaymentAmount,
    /// The provider keeps another fee than is booked.
    PaymentFee,
    /// The provider has it under another number of its own.
    PaymentReference,
    /// It was booked and taken back here; the provider holds the money.
    PaymentReversed,
    /// It is booked, and the provider knows nothing of it.
    PaymentMissing,
    /// Money went back out of a payment that is not ours.
    RefundUnknown,
    /// Money went back, and it could not be booked.
    RefundUnbooked,
    /// Another amount went back than is booked.
    RefundAmount,
    /// Another part of the fee came back than is booked.
    RefundFee,
    /// It was booked and taken back here; the provider gave the money back.
    RefundReversed,
    /// It is booked, and the provider knows nothing of it.
    RefundMissing,
}

impl DifferenceKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::PaymentUnknown,
        Self::PaymentUnbooked,
        Self::PaymentAmount,
        Self::PaymentFee,
        Self::PaymentReference,
        Self::PaymentReversed,
        Self::PaymentMissing,
        Self::RefundUnknown,
        Self::RefundUnbooked,
        Self::RefundAmount,
        Self::RefundFee,
        Self::RefundReversed,
        Self::RefundMissing,
    ];

    /// The word in table `bill_difference`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentUnknown => "payment_unknown",
            Self::PaymentUnbooked => "payment_unbooked",
            Self::PaymentAmount => "payment_amount",
            Self::PaymentFee => "payment_fee",
            Self::PaymentReference => "payment_reference",
            Self::PaymentReversed => "payment_reversed",
            Self::PaymentMissing => "payment_missing",
            Self::RefundUnknown => "refund_unknown",
            Self::RefundUnbooked => "refund_unbooked",
            Self::RefundAmount => "refund_amount",
            Self::RefundFee => "refund_fee",
            Self::RefundReversed => "refund_reversed",
            Self::RefundMissing => "refund_missing",
        }
    }

    /// The kind of a word in table `bill_difference`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Whether the books hold something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    /// Not yet, or it was given up.
    No,
    /// It stands in the books.
    Yes,
    /// It stood there and was taken back.
    Reversed,
}

/// A payment or refund as the bill has it, or as the books have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side<'a> {
    /// The provider's own number; refunds have none in the books.
    pub reference: Option<&'a str>,
    /// The whole amount, above zero.
    pub amount: Fen,
    /// What the provider kept of a payment, or gave back with a refund.
    pub fee: Fen,
}

/// In what a payment on the bill differs from ours: (kind, ours, theirs). Nothing when they agree.
#[must_use]
pub fn payment_differs(
    theirs: Side<'_>,
    ours: Option<(Booked, Side<'_>)>,
) -> Vec<(DifferenceKind, Option<Fen>, Option<Fen>)> {
    use DifferenceKind as Kind;
    let kinds = [Kind::PaymentUnknown, Kind::PaymentUnbooked, Kind::PaymentReversed, Kind::PaymentAmount];
    let mut found = differs(theirs, ours, kinds, Kind::PaymentFee);
    if let Some((Booked::Yes, ours)) = ours
        && ours.reference != theirs.reference
    {
        found.push((Kind::PaymentReference, Some(ours.amount), Some(theirs.amount)));
    }
    found
}

/// The same for a refund. `ours` is nothing when the payment is not ours, [`Booked::No`] when it is.
#[must_use]
pub fn refund_differs(
    theirs: Side<'_>,
    ours: Option<(Booked, Side<'_>)>,
) -> Vec<(DifferenceKind, Option<Fen>, Option<Fen>)> {
    use DifferenceKind as Kind;
    let kinds = [Kind::RefundUnknown, Kind::RefundUnbooked, Kind::RefundReversed, Kind::RefundAmount];
    differs(theirs, ours, kinds, Kind::RefundFee)
}

fn differs(
    theirs: Side<'_>,
    ours: Option<(Booked, Side<'_>)>,
    [unknown, unbooked, reversed, amount]: [DifferenceKind; 4],
    fee: DifferenceKind,
) -> Vec<(DifferenceKind, Option<Fen>, Option<Fen>)> {
    let Some((booked, ours)) = ours else { return vec![(unknown, None, Some(theirs.amount))] };
    let both = (Some(ours.amount), Some(theirs.amount));
    if ours.amount != theirs.amount {
        return vec![(amount, both.0, both.1)];
    }
    match booked {
        Booked::No => vec![(unbooked, both.0, both.1)],
        Booked::Reversed => vec![(reversed, both.0, both.1)],
        Booked::Yes if ours.fee != theirs.fee => vec![(fee, Some(ours.fee), Some(theirs.fee))],
        Booked::Yes => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_differ_is_told_apart() {
        use DifferenceKind as Kind;
        let side = |reference, amount, fee| Side { reference, amount: Fen(amount), fee: Fen(fee) };
        let theirs = side(Some("pt"), 100, 6);
        let kinds = |booked, ours| -> Vec<Kind> {
            payment_differs(theirs, Some((booked, ours))).into_iter().map(|found| found.0).collect()
        };
        assert_eq!(payment_differs(theirs, None), [(Kind::PaymentUnknown, None, Some(Fen(100)))]);
        assert_eq!(kinds(Booked::Yes, theirs), []);
        assert_eq!(kinds(Booked::No, side(None, 100, 0)), [Kind::PaymentUnbooked]);
        assert_eq!(kinds(Booked::Yes, side(Some("pt"), 99, 6)), [Kind::PaymentAmount]);
        assert_eq!(kinds(Booked::Reversed, theirs), [Kind::PaymentReversed]);
        let both = [Kind::PaymentFee, Kind::PaymentReference];
        assert_eq!(kinds(Booked::Yes, side(Some("other"), 100, 5)), both);
        let fee = refund_differs(side(None, 100, 6), Some((Booked::Yes, side(None, 100, 5))));
        assert_eq!(fee, [(Kind::RefundFee, Some(Fen(5)), Some(Fen(6)))]);
    }

    #[test]
    fn each_kind_has_a_word_of_its_own() {
        for kind in DifferenceKind::ALL {
            assert_eq!(DifferenceKind::from_word(kind.as_str()), Some(kind));
        }
    }
}
