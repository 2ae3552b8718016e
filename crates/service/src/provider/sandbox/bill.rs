//! The sandbox's bill of a day: lines of JSON with a total at the end that must be their sum.

use domain::money::Fen;
use domain::time::Date;
use serde::Deserialize;

use super::wire::instant;
use crate::giving::Settlement;
use crate::provider::{Bill, BilledRefund, ProviderError, RefundTold};

/// A line. Sums have the sign of their effect on our balance.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    Payment {
        at: String,
        trade_no: String,
        out_trade_no: String,
        amount_fen: i64,
        fee_fen: i64,
    },
    Refund {
        at: String,
        out_trade_no: String,
        out_refund_no: String,
        amount_fen: i64,
        #[serde(default)]
        fee_fen: i64,
    },
    Total {
        date: String,
        complete: bool,
        payments: usize,
        refunds: usize,
        amount_fen: i64,
        fee_fen: i64,
        net_fen: i64,
    },
}

/// Reads the bill of `day`. One that was cut off, or whose total is not the sum of its lines, is not believed.
pub(super) fn read_bill(text: &[u8], day: Date) -> Result<Bill, ProviderError> {
    const UNREADABLE: ProviderError = ProviderError::Untrusted("unreadable bill");
    let text = std::str::from_utf8(text).map_err(|_| UNREADABLE)?;
    let mut bill = Bill::default();
    let (mut amount, mut fee, mut total) = (0i64, 0i64, None);
    for line in text.lines() {
        if total.is_some() {
            return Err(ProviderError::Untrusted("lines after the bill's total"));
        }
        let line = serde_json::from_str(line).map_err(|_| UNREADABLE)?;
        let (of_line, fee_of_line) = match line {
            Line::Payment { at, trade_no, out_trade_no, amount_fen, fee_fen } => {
                bill.payments.push(Settlement {
                    out_trade_no,
                    provider_ref: trade_no,
                    amount: Fen(amount_fen),
                    fee: Fen(fee_fen),
                    paid_at: instant(&at).ok_or(UNREADABLE)?,
                });
                (amount_fen, fee_fen)
            }
            Line::Refund { at, out_trade_no, out_refund_no, amount_fen, fee_fen } => {
                let negated = |fen: i64| fen.checked_neg().map(Fen).ok_or(UNREADABLE);
                let told = RefundTold {
                    out_refund_no,
                    amount: negated(amount_fen)?,
                    fee_returned: negated(fee_fen)?,
                    done_at: instant(&at).ok_or(UNREADABLE)?,
                };
                bill.refunds.push(BilledRefund { out_trade_no, told });
                (amount_fen, fee_fen)
            }
            Line::Total { date, complete, payments, refunds, amount_fen, fee_fen, net_fen } => {
                if !complete {
                    return Err(ProviderError::Unavailable("bill_incomplete".to_owned()));
                }
                bill.net = Fen(net_fen);
                total = Some((date, payments, refunds, amount_fen, fee_fen, net_fen));
                continue;
            }
        };
        amount = amount.checked_add(of_line).ok_or(UNREADABLE)?;
        fee = fee.checked_add(fee_of_line).ok_or(UNREADABLE)?;
    }
    let sum =
        (day.to_string(), bill.payments.len(), bill.refunds.len(), amount, fee, amount.saturating_sub(fee));
    if total == Some(sum) {
        Ok(bill)
    } else {
        Err(ProviderError::Untrusted("the bill's total is not its sum"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BILL: &str = concat!(
        r#"{"kind":"payment","at":"2026-01-01T02:00:00Z","trade_no":"pt","out_trade_no":"G1","amount_fen":10050,"fee_fen":60,"net_fen":9990}"#,
        "\n",
        r#"{"kind":"refund","at":"2026-01-01T03:00:00Z","trade_no":"pt","out_trade_no":"G1","refund_no":"rf","out_refund_no":"R1","amount_fen":-5000,"fee_fen":-30,"net_fen":-4970}"#,
        "\n",
        r#"{"kind":"total","date":"2026-01-01","complete":true,"payments":1,"refunds":1,"amount_fen":5050,"fee_fen":30,"net_fen":5020}"#,
        "\n",
    );

    #[test]
    fn a_bill_is_read_only_when_it_is_whole() {
        let day: Date = "2026-01-01".parse().unwrap();
        let bill = read_bill(BILL.as_bytes(), day).unwrap();
        assert_eq!((bill.payments[0].fee, bill.refunds[0].told.fee_returned), (Fen(60), Fen(30)));
        assert_eq!((bill.refunds[0].told.amount, bill.net), (Fen(5_000), Fen(5_020)));
        let lines: Vec<&str> = BILL.lines().collect();
        let without = |left: usize| {
            let kept = lines.iter().enumerate().filter(|(place, _)| *place != left);
            kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
        };
        for left in 0..3 {
            assert!(matches!(read_bill(without(left).as_bytes(), day), Err(ProviderError::Untrusted(_))));
        }
        assert!(matches!(read_bill(BILL.as_bytes(), day.next()), Err(ProviderError::Untrusted(_))));
        let early = BILL.replace("\"complete\":true", "\"complete\":false");
        assert!(matches!(read_bill(early.as_bytes(), day), Err(ProviderError::Unavailable(_))));
    }
}
