//! Notifications as they are written down: what they say, who signs them, when and after which other they go out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Sqlite, Type};

use crate::app::App;
use crate::db::Tx;
use crate::payment::{Payment, Status};
use crate::refund::Refund;
use crate::word;
use crate::world::instant;

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Event {
    #[serde(rename = "payment.paid")]
    PaymentPaid,
    #[serde(rename = "payment.closed")]
    PaymentClosed,
    /// Only sent stale, by a test option.
    #[serde(rename = "payment.pending")]
    PaymentPending,
    #[serde(rename = "refund.succeeded")]
    RefundSucceeded,
}

impl Event {
    pub(crate) const ALL: [Self; 4] =
        [Self::PaymentPaid, Self::PaymentClosed, Self::PaymentPending, Self::RefundSucceeded];

    /// The word that stands for it in the table.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::PaymentPaid => "payment.paid",
            Self::PaymentClosed => "payment.closed",
            Self::PaymentPending => "payment.pending",
            Self::RefundSucceeded => "refund.succeeded",
        }
    }
}

impl Type<Sqlite> for Event {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Decode<'_, Sqlite> for Event {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        word::read(&Self::ALL, Self::word, value)
    }
}

/// Whose key signs a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signer {
    Provider,
    Stranger,
}

impl Signer {
    pub(crate) const ALL: [Self; 2] = [Self::Provider, Self::Stranger];

    /// The word that stands for it in the table.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Stranger => "stranger",
        }
    }
}

impl Type<Sqlite> for Signer {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Decode<'_, Sqlite> for Signer {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        word::read(&Self::ALL, Self::word, value)
    }
}

/// What becomes of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    Waiting,
    Delivered,
    GivenUp,
    /// Written down and never sent: the test option "lost".
    Withheld,
}

impl Fate {
    pub(crate) const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::GivenUp, Self::Withheld];

    /// The word that stands for it in the table.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
            Self::Withheld => "withheld",
        }
    }
}

impl Type<Sqlite> for Fate {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Decode<'_, Sqlite> for Fate {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        word::read(&Self::ALL, Self::word, value)
    }
}

/// A notification about to be written down.
pub(crate) struct Notice {
    pub notify_id: String,
    pub event: Event,
    pub body: String,
    pub signer: Signer,
    pub genuine: bool,
    pub fate: Fate,
    pub due_ms: i64,
    pub after: Option<i64>,
}

/// The JSON of a notification.
#[derive(Serialize)]
struct Body<'a> {
    notify_id: &'a str,
    event: Event,
    occurred_at: Timestamp,
    merchant: &'a str,
    out_trade_no: &'a str,
    trade_no: &'a str,
    status: Status,
    currency: &'a str,
    amount_fen: i64,
    fee_fen: i64,
    refunded_fen: i64,
    fee_returned_fen: i64,
    paid_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<RefundPart<'a>>,
}

/// The refund that a `refund.succeeded` notification is about.
#[derive(Serialize)]
struct RefundPart<'a> {
    out_refund_no: &'a str,
    refund_no: &'a str,
    amount_fen: i64,
    fee_returned_fen: i64,
    refunded_at: Timestamp,
}

impl Notice {
    /// A true notification of `event`, due at once, that says how `payment` stands as it is given here.
    pub(crate) fn new(
        app: &App,
        event: Event,
        occurred_ms: i64,
        payment: &Payment,
        refund: Option<&Refund>,
    ) -> Self {
        let notify_id = app.new_id("nt");
        let body = Body {
            notify_id: &notify_id,
            event,
            occurred_at: instant(occurred_ms),
            merchant: &payment.merchant_id,
            out_trade_no: &payment.out_trade_no,
            trade_no: &payment.trade_no,
            status: payment.status(),
            currency: &payment.currency,
            amount_fen: payment.amount_fen,
            fee_fen: payment.fee_fen,
            refunded_fen: payment.refunded_fen,
            fee_returned_fen: payment.fee_returned_fen,
            paid_at: payment.paid_ms.map(instant),
            closed_at: payment.closed_ms.map(instant),
            refund: refund.map(|refund| RefundPart {
                out_refund_no: &refund.out_refund_no,
                refund_no: &refund.refund_no,
                amount_fen: refund.amount_fen,
                fee_returned_fen: refund.fee_returned_fen,
                refunded_at: instant(refund.succeeded_ms),
            }),
        };
        let body = serde_json::to_string(&body).expect("strings, numbers and instants always make JSON");
        Self {
            notify_id,
            event,
            body,
            signer: Signer::Provider,
            genuine: true,
            fate: Fate::Waiting,
            due_ms: app.now_ms(),
            after: None,
        }
    }

    /// The same, going out no earlier than `ms` from now.
    pub(crate) fn delayed(mut self, ms: i64) -> Self {
        self.due_ms += ms;
        self
    }

    /// The same, going out only once notification `id` was tried.
    pub(crate) fn after(mut self, id: Option<i64>) -> Self {
        self.after = id;
        self
    }

    /// The same, written down and never sent.
    pub(crate) fn withheld(mut self) -> Self {
        self.fate = Fate::Withheld;
        self
    }

    /// A forgery: sent once, whatever the answer.
    pub(crate) fn forged(mut self, signer: Signer) -> Self {
        self.signer = signer;
        self.genuine = false;
        self
    }

    /// Writes it down; answers its row's id.
    pub(crate) async fn queue(&self, tx: &mut Tx, payment: &Payment) -> sqlx::Result<i64> {
        sqlx::query_scalar(
            "insert into notification (notify_id, trade_no, event, url, body, signer, genuine, state, after_id, due_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
        )
        .bind(&self.notify_id)
        .bind(&payment.trade_no)
        .bind(self.event.word())
        .bind(&payment.notify_url)
        .bind(&self.body)
        .bind(self.signer.word())
        .bind(self.genuine)
        .bind(self.fate.word())
        .bind(self.after)
        .bind(self.due_ms)
        .fetch_one(&mut **tx)
        .await
    }
}
