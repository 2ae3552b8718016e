//! Payments: one per gift, found by our own trade number, settled once.

use domain::audit::{Fields, Hash};
use domain::id::GiftId;
use domain::money::Fen;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional, insert_rows};
use crate::tx::Tx;

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct PaymentRow {
    /// Id.
    pub id: Uuid,
    /// Of which gift.
    pub gift_id: Uuid,
    /// `sandbox`, `bank_transfer`, `taken_over`.
    pub channel: String,
    /// Our trade number; for a transfer, the reference code that the donor writes on it.
    pub out_trade_no: String,
    /// The provider's own number, once paid.
    pub provider_ref: Option<String>,
    /// What is to be paid.
    pub amount_fen: i64,
    /// What the provider keeps.
    pub fee_fen: i64,
    /// `pending`, `paid`, `expired`, `reversed`.
    pub state: String,
    /// When it was asked for (µs).
    pub created_at: i64,
    /// Until when it is offered (µs).
    pub expires_at: i64,
    /// When the money came (µs).
    pub paid_at: Option<i64>,
    /// The provider's page.
    pub pay_url: Option<String>,
    /// When the provider is asked next (µs).
    pub next_query_at: Option<i64>,
    /// How often it was asked.
    pub queries: i64,
    /// [`PaymentRow::EDITION`] once the event that posts its gift covers it; 1 before, and for what was paid before
    /// events did so.
    pub edition: i64,
    /// The line of a bank statement that a payment gave up when it was taken back.
    pub released_ref: Option<String>,
}

impl PaymentRow {
    /// The edition of payments that their gift's posting covers.
    pub const EDITION: i64 = 2;

    /// The digest of a payment that was paid on the day `posted_on`, for the event that posts its gift: all but where
    /// and when it was asked about, and what may become of it later.
    #[must_use]
    pub fn digest(&self, posted_on: &str) -> Hash {
        let day = self.paid_at.map_or_else(|| posted_on.to_owned(), |at| Instant(at).date().to_string());
        Fields::new("payment")
            .id(self.id)
            .id(self.gift_id)
            .text(&self.channel)
            .text(&self.out_trade_no)
            .maybe_text(self.provider_ref.as_deref().or(self.released_ref.as_deref()))
            .int(self.amount_fen)
            .int(self.fee_fen)
            .int(self.created_at)
            .int(self.expires_at)
            .text(&day)
            .finish()
    }
}

/// Puts a payment beside its gift.
pub fn payment_add(tx: &mut Tx, row: PaymentRow) {
    tx.wait_payment(row);
}

pub(crate) async fn payments_insert(conn: &mut Conn<'_>, rows: &[PaymentRow]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into payment (id, gift_id, channel, out_trade_no, provider_ref, amount_fen, fee_fen, state, \
         created_at, expires_at, paid_at, pay_url, next_query_at, queries, edition) ",
        rows,
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(row.gift_id)
                .push_bind(&row.channel)
                .push_bind(&row.out_trade_no)
                .push_bind(row.provider_ref.as_deref())
                .push_bind(row.amount_fen)
                .push_bind(row.fee_fen)
                .push_bind(&row.state)
                .push_bind(row.created_at)
                .push_bind(row.expires_at)
                .push_bind(row.paid_at)
                .push_bind(row.pay_url.as_deref())
                .push_bind(row.next_query_at)
                .push_bind(row.queries)
                .push_bind(row.edition);
        }
    )
}

/// The payment of a channel that this number of the provider, or this line of the bank's statement, settled.
///
/// # Errors
/// As the driver.
pub async fn payment_by_provider_ref(
    conn: &mut Conn<'_>,
    channel: &str,
    provider_ref: &str,
) -> Result<Option<PaymentRow>, StoreError> {
    fetch_optional!(
        conn,
        PaymentRow,
        "select * from payment where channel = $1 and provider_ref = $2",
        channel,
        provider_ref
    )
}

/// The payment of a gift.
///
/// # Errors
/// As the driver.
pub async fn payment_of_gift(conn: &mut Conn<'_>, gift_id: GiftId) -> Result<Option<PaymentRow>, StoreError> {
    fetch_optional!(conn, PaymentRow, "select * from payment where gift_id = $1", gift_id.0)
}

/// The payment with our trade number.
///
/// # Errors
/// As the driver.
pub async fn payment_by_trade_no(conn: &mut Conn<'_>, no: &str) -> Result<Option<PaymentRow>, StoreError> {
    fetch_optional!(conn, PaymentRow, "select * from payment where out_trade_no = $1", no)
}

/// Marks a payment as paid, once; the caller puts its digest into the event that posts the gift. `None` when it was paid already or does not exist.
///
/// # Errors
/// [`StoreError::Conflict`] when the provider's number settled another payment.
pub async fn payment_settle(
    tx: &mut Tx,
    out_trade_no: &str,
    provider_ref: &str,
    fee: Fen,
    paid_at: Instant,
) -> Result<Option<PaymentRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        PaymentRow,
        "update payment set state = 'paid', provider_ref = $2, fee_fen = $3, paid_at = $4, next_query_at = null, edition = $5 \
         where out_trade_no = $1 and state in ('pending', 'expired') returning *",
        out_trade_no,
        provider_ref,
        fee.0,
        paid_at.0,
        PaymentRow::EDITION
    )
}

/// Marks a paid payment as booked by mistake; `false` when it is not paid. The line of a bank statement is free again for
/// the gift that it belongs to; a provider's number stays, so that it is never booked anew.
///
/// # Errors
/// As the driver.
pub async fn payment_reverse(tx: &mut Tx, gift_id: GiftId) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update payment set state = 'reversed', \
         released_ref = case when channel = 'bank_transfer' then provider_ref end, \
         provider_ref = case when channel = 'bank_transfer' then null else provider_ref end \
         where gift_id = $1 and state = 'paid'",
        gift_id.0
    )?;
    Ok(changed == 1)
}

/// Sets another amount than was asked for on a payment that is not booked.
///
/// # Errors
/// As the driver.
pub async fn payment_amount_set(tx: &mut Tx, gift_id: GiftId, amount: Fen) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "update payment set amount_fen = $2 where gift_id = $1 and state in ('pending', 'expired')",
        gift_id.0,
        amount.0
    )?;
    Ok(())
}

/// Keeps the provider's page of a payment.
///
/// # Errors
/// As the driver.
pub async fn payment_page_set(tx: &mut Tx, gift_id: GiftId, pay_url: &str) -> Result<(), StoreError> {
    execute!(&mut tx.conn(), "update payment set pay_url = $2 where gift_id = $1", gift_id.0, pay_url)?;
    Ok(())
}

/// Takes up to `limit` payments that are due to be asked about; each is due again only after `again`, so that a
/// crash or another node never loses one.
///
/// # Errors
/// As the driver.
pub async fn payments_claim_queries(
    tx: &mut Tx,
    now: Instant,
    again: Instant,
    limit: i64,
) -> Result<Vec<PaymentRow>, StoreError> {
    fetch_all!(
        &mut tx.conn(),
        PaymentRow,
        "update payment set next_query_at = $2, queries = queries + 1 where id in \
         (select id from payment where next_query_at <= $1 order by next_query_at limit $3) returning *",
        now.0,
        again.0,
        limit
    )
}

/// Sets when a payment is asked about next; `None` is never again. A paid payment is left alone.
///
/// # Errors
/// As the driver.
pub async fn payment_query_at(tx: &mut Tx, id: Uuid, at: Option<Instant>) -> Result<(), StoreError> {
    let at = at.map(|at| at.0);
    execute!(
        &mut tx.conn(),
        "update payment set next_query_at = $2 where id = $1 and state in ('pending', 'expired')",
        id,
        at
    )?;
    Ok(())
}

/// Marks a pending payment as expired; `false` when it is not pending any more.
///
/// # Errors
/// As the driver.
pub async fn payment_expire(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update payment set state = 'expired' where id = $1 and state = 'pending'",
        id
    )?;
    Ok(changed == 1)
}

/// When the next payment is to be asked about (µs); `None` when there is none.
///
/// # Errors
/// As the driver.
pub async fn payments_next_query(conn: &mut Conn<'_>) -> Result<Option<Instant>, StoreError> {
    let (at,) = fetch_one!(
        conn,
        (Option<i64>,),
        "select min(next_query_at) from payment where next_query_at is not null"
    )?;
    Ok(at.map(Instant))
}
