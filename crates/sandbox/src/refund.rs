//! Refunds: giving a payment back, whole or in part.

use jiff::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::db::Tx;
use crate::error::{Code, Error};
use crate::fee;
use crate::payment::{Payment, State};
use crate::world::instant;

/// A row of `refund`.
#[derive(Debug, Clone, sqlx_macros::FromRow)]
pub(crate) struct Refund {
    pub refund_no: String,
    pub merchant_id: String,
    pub out_refund_no: String,
    pub trade_no: String,
    pub amount_fen: i64,
    pub fee_returned_fen: i64,
    pub reason: String,
    pub succeeded_ms: i64,
}

/// A refund as merchants are shown it.
#[derive(Debug, Serialize)]
pub(crate) struct RefundView {
    merchant: String,
    out_refund_no: String,
    refund_no: String,
    out_trade_no: String,
    trade_no: String,
    status: &'static str,
    amount_fen: i64,
    fee_returned_fen: i64,
    reason: String,
    refunded_at: Timestamp,
}

impl Refund {
    pub(crate) fn view(self, out_trade_no: String) -> RefundView {
        RefundView {
            merchant: self.merchant_id,
            out_refund_no: self.out_refund_no,
            refund_no: self.refund_no,
            out_trade_no,
            trade_no: self.trade_no,
            status: "succeeded",
            amount_fen: self.amount_fen,
            fee_returned_fen: self.fee_returned_fen,
            reason: self.reason,
            refunded_at: instant(self.succeeded_ms),
        }
    }
}

/// Gives `amount_fen` of a payment back, in the transaction that read the payment.
pub(crate) async fn make(
    tx: &mut Tx,
    app: &App,
    payment: &mut Payment,
    out_refund_no: String,
    amount_fen: i64,
    reason: String,
) -> Result<Refund, Error> {
    if payment.state != State::Paid {
        return Err(Code::PaymentNotPaid.into());
    }
    if amount_fen > payment.amount_fen - payment.refunded_fen {
        return Err(Code::RefundExceedsPaid.into());
    }
    let fee_returned_fen = if app.config.refund_returns_fee {
        fee::returned(payment.amount_fen, payment.refunded_fen, amount_fen, payment.fee_per_mille)
    } else {
        0
    };
    let refund = Refund {
        refund_no: app.new_id("rf"),
        merchant_id: payment.merchant_id.clone(),
        out_refund_no,
        trade_no: payment.trade_no.clone(),
        amount_fen,
        fee_returned_fen,
        reason,
        succeeded_ms: app.now_ms(),
    };
    payment.refunded_fen += amount_fen;
    payment.fee_returned_fen += fee_returned_fen;
    insert(tx, &refund).await?;
    sqlx::query("update payment set refunded_fen = $2, fee_returned_fen = $3 where trade_no = $1")
        .bind(&payment.trade_no)
        .bind(payment.refunded_fen)
        .bind(payment.fee_returned_fen)
        .execute(&mut **tx)
        .await?;
    Ok(refund)
}

async fn insert(tx: &mut Tx, refund: &Refund) -> sqlx::Result<()> {
    sqlx::query(
        "insert into refund (refund_no, merchant_id, out_refund_no, trade_no, amount_fen, fee_returned_fen, reason,
             succeeded_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&refund.refund_no)
    .bind(&refund.merchant_id)
    .bind(&refund.out_refund_no)
    .bind(&refund.trade_no)
    .bind(refund.amount_fen)
    .bind(refund.fee_returned_fen)
    .bind(&refund.reason)
    .bind(refund.succeeded_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The merchant's refund with this number of its own, if there is one.
pub(crate) async fn by_out_refund_no(
    from: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
    merchant: &str,
    out_refund_no: &str,
) -> Result<Option<Refund>, Error> {
    let row = sqlx::query_as("select * from refund where merchant_id = $1 and out_refund_no = $2")
        .bind(merchant)
        .bind(out_refund_no)
        .fetch_optional(from)
        .await?;
    Ok(row)
}
