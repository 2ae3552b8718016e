//! The provider's fee: parts per thousand of an amount, rounded half up to whole fen, in integers only.

/// The fee on `amount_fen` (0 or more) at `per_mille` parts per thousand.
pub(crate) fn on(amount_fen: i64, per_mille: i64) -> i64 {
    (amount_fen * per_mille + 500) / 1000
}

/// The fee given back when `refund_fen` is refunded of a payment of `amount_fen` of which `refunded_fen` was
/// refunded before. What stays is always the fee on what stays paid, so the parts of a full refund, in however many
/// steps, give exactly the whole fee back.
pub(crate) fn returned(amount_fen: i64, refunded_fen: i64, refund_fen: i64, per_mille: i64) -> i64 {
    let left = amount_fen - refunded_fen;
    on(left, per_mille) - on(left - refund_fen, per_mille)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_half_up() {
        assert_eq!(on(10_050, 6), 60); // 60.3
        assert_eq!(on(250, 6), 2); // 1.5
        assert_eq!(on(249, 6), 1); // 1.494
        assert_eq!(on(83, 6), 0); // 0.498
        assert_eq!(on(84, 6), 1); // 0.504
        assert_eq!(on(crate::fields::MAX_AMOUNT_FEN, 1000), crate::fields::MAX_AMOUNT_FEN);
    }

    #[test]
    fn a_full_refund_in_steps_returns_the_whole_fee() {
        for steps in [vec![10_050], vec![1, 10_049], vec![3350, 3350, 3350], vec![83, 84, 9883]] {
            let mut refunded = 0;
            let mut back = 0;
            for step in steps {
                let part = returned(10_050, refunded, step, 6);
                assert!((0..=step).contains(&part));
                back += part;
                refunded += step;
            }
            assert_eq!((refunded, back), (10_050, 60));
        }
    }
}
