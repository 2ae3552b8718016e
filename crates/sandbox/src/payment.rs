//! Payments: their rows, their states, and what merchants are shown of them.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Sqlite, Type};

use crate::app::App;
use crate::db::Tx;
use crate::error::{Code, Error};
use crate::word;
use crate::world::instant;

/// Where a payment stands, refunds left aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Paid,
    Closed,
}

impl State {
    pub(crate) const ALL: [Self; 3] = [Self::Pending, Self::Paid, Self::Closed];

    /// The word that stands for it in the table.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Closed => "closed",
        }
    }
}

impl Type<Sqlite> for State {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Decode<'_, Sqlite> for State {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        word::read(&Self::ALL, Self::word, value)
    }
}

/// Where a payment stands, as merchants are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Pending,
    Paid,
    Closed,
    PartiallyRefunded,
    Refunded,
}

/// A row of `payment`.
#[derive(Debug, Clone, sqlx_macros::FromRow)]
pub(crate) struct Payment {
    pub trade_no: String,
    pub merchant_id: String,
    pub out_trade_no: String,
    pub amount_fen: i64,
    pub currency: String,
    pub description: String,
    pub notify_url: String,
    pub return_url: String,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub state: State,
    pub paid_ms: Option<i64>,
    pub closed_ms: Option<i64>,
    pub fee_per_mille: i64,
    pub fee_fen: i64,
    pub refunded_fen: i64,
    pub fee_returned_fen: i64,
    pub pay_due_ms: Option<i64>,
}

/// A payment as merchants are shown it.
#[derive(Debug, Serialize)]
pub(crate) struct PaymentView {
    merchant: String,
    out_trade_no: String,
    trade_no: String,
    status: Status,
    currency: String,
    amount_fen: i64,
    fee_fen: i64,
    refunded_fen: i64,
    fee_returned_fen: i64,
    description: String,
    pay_url: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    paid_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

impl Payment {
    pub(crate) fn status(&self) -> Status {
        match self.state {
            State::Pending => Status::Pending,
            State::Closed => Status::Closed,
            State::Paid if self.refunded_fen == 0 => Status::Paid,
            State::Paid if self.refunded_fen < self.amount_fen => Status::PartiallyRefunded,
            State::Paid => Status::Refunded,
        }
    }

    pub(crate) fn view(self, app: &App) -> PaymentView {
        PaymentView {
            status: self.status(),
            pay_url: app.pay_url(&self.trade_no),
            merchant: self.merchant_id,
            out_trade_no: self.out_trade_no,
            trade_no: self.trade_no,
            currency: self.currency,
            amount_fen: self.amount_fen,
            fee_fen: self.fee_fen,
            refunded_fen: self.refunded_fen,
            fee_returned_fen: self.fee_returned_fen,
            description: self.description,
            created_at: instant(self.created_ms),
            expires_at: instant(self.expires_ms),
            paid_at: self.paid_ms.map(instant),
            closed_at: self.closed_ms.map(instant),
        }
    }

    /// Marks it paid at `now_ms`, in the database and here.
    pub(crate) async fn mark_paid(&mut self, tx: &mut Tx, now_ms: i64) -> sqlx::Result<()> {
        self.state = State::Paid;
        self.paid_ms = Some(now_ms);
        self.fee_fen = crate::fee::on(self.amount_fen, self.fee_per_mille);
        sqlx::query(
            "update payment set state = 'paid', paid_ms = $2, fee_fen = $3, pay_due_ms = null where trade_no = $1",
        )
        .bind(&self.trade_no)
        .bind(now_ms)
        .bind(self.fee_fen)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Marks it closed at `now_ms`, in the database and here. Money on its way stays on its way.
    pub(crate) async fn mark_closed(&mut self, tx: &mut Tx, now_ms: i64) -> sqlx::Result<()> {
        self.state = State::Closed;
        self.closed_ms = Some(now_ms);
        sqlx::query("update payment set state = 'closed', closed_ms = $2 where trade_no = $1")
            .bind(&self.trade_no)
            .bind(now_ms)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}

/// The payment with this number of ours.
pub(crate) async fn by_trade_no(
    from: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
    trade_no: &str,
) -> Result<Payment, Error> {
    let row = sqlx::query_as("select * from payment where trade_no = $1")
        .bind(trade_no)
        .fetch_optional(from)
        .await?;
    row.ok_or_else(|| Code::PaymentNotFound.into())
}

/// The merchant's payment with this number of its own, if there is one.
pub(crate) async fn by_out_trade_no(
    from: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
    merchant: &str,
    out_trade_no: &str,
) -> Result<Option<Payment>, Error> {
    let row = sqlx::query_as("select * from payment where merchant_id = $1 and out_trade_no = $2")
        .bind(merchant)
        .bind(out_trade_no)
        .fetch_optional(from)
        .await?;
    Ok(row)
}
