//! Refunds: asked for, confirmed by the provider, posted once.

use domain::audit::Fields;
use domain::id::{GiftId, RefundId};
use domain::money::Fen;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional};
use crate::tx::Tx;

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct RefundRow {
    /// Id.
    pub id: Uuid,
    /// Out of which gift.
    pub gift_id: Uuid,
    /// Our number for it.
    pub out_refund_no: String,
    /// How much goes back.
    pub amount_fen: i64,
    /// Why, in the words of staff.
    pub reason: String,
    /// Who asked.
    pub requested_by: String,
    /// When (µs).
    pub requested_at: i64,
    /// `requested`, `done`, `failed`, `reversed`.
    pub state: String,
    /// When the money went back (µs).
    pub done_at: Option<i64>,
    /// When the provider is asked next (µs).
    pub next_query_at: Option<i64>,
    /// How often it was asked.
    pub queries: i64,
    /// What is set aside for it while it waits: what it will cost its fund.
    pub promised_fen: i64,
    /// How much of its fee the provider gave back.
    pub fee_returned_fen: i64,
    /// Why staff withdrew it before its money was sent.
    pub withdrawn: Option<String>,
}

impl RefundRow {
    /// What this row is, for the event that wrote it: all but when it is asked about.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("refund")
            .id(self.id)
            .id(self.gift_id)
            .text(&self.out_refund_no)
            .int(self.amount_fen)
            .text(&self.reason)
            .text(&self.requested_by)
            .int(self.requested_at)
            .text(&self.state)
            .maybe_int(self.done_at)
            .int(self.promised_fen)
            .int(self.fee_returned_fen);
        // Only where it was withdrawn: facts from before knew of no such reason.
        let fields = match &self.withdrawn {
            Some(reason) => fields.text(reason),
            None => fields,
        };
        Fact::new("refund", self.id, fields)
    }
}

/// Keeps a request for a refund. Its fact goes into the event.
///
/// # Errors
/// As the driver.
pub async fn refund_add(tx: &mut Tx, row: &RefundRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into refund (id, gift_id, out_refund_no, amount_fen, reason, requested_by, requested_at, state, \
         done_at, next_query_at, queries, promised_fen, fee_returned_fen) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        row.id,
        row.gift_id,
        &row.out_refund_no,
        row.amount_fen,
        &row.reason,
        &row.requested_by,
        row.requested_at,
        &row.state,
        row.done_at,
        row.next_query_at,
        row.queries,
        row.promised_fen,
        row.fee_returned_fen
    )?;
    Ok(row.fact())
}

/// What goes or went back of a gift.
///
/// # Errors
/// As the driver.
pub async fn refund_total(conn: &mut Conn<'_>, gift: GiftId) -> Result<i64, StoreError> {
    let (sum,) = fetch_one!(
        conn,
        (i64,),
        "select cast(coalesce(sum(amount_fen), 0) as bigint) from refund where gift_id = $1 and state in ('requested', 'done')",
        gift.0
    )?;
    Ok(sum)
}

/// Marks a refund as done, with what came back of the fee, once; `None` when it is not waiting.
///
/// # Errors
/// As the driver.
pub async fn refund_settle(
    tx: &mut Tx,
    out_refund_no: &str,
    at: Instant,
    fee_returned: Fen,
) -> Result<Option<RefundRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        RefundRow,
        "update refund set state = 'done', done_at = $2, fee_returned_fen = $3, next_query_at = null \
         where out_refund_no = $1 and state = 'requested' returning *",
        out_refund_no,
        at.0,
        fee_returned.0
    )
}

/// Marks a waiting refund as failed; `None` when it is not waiting.
///
/// # Errors
/// As the driver.
pub async fn refund_fail(tx: &mut Tx, id: RefundId) -> Result<Option<RefundRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        RefundRow,
        "update refund set state = 'failed', next_query_at = null where id = $1 and state = 'requested' returning *",
        id.0
    )
}

/// Marks a waiting refund as withdrawn by staff; `None` when it is not waiting.
///
/// # Errors
/// As the driver.
pub async fn refund_withdraw(
    tx: &mut Tx,
    id: RefundId,
    reason: &str,
) -> Result<Option<RefundRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        RefundRow,
        "update refund set state = 'failed', withdrawn = $2, next_query_at = null \
         where id = $1 and state = 'requested' returning *",
        id.0,
        reason
    )
}

/// Refunds after the id `after`, in the order of their ids, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn refunds_after(
    conn: &mut Conn<'_>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<RefundRow>, StoreError> {
    fetch_all!(conn, RefundRow, "select * from refund where id > $1 order by id limit $2", after, limit)
}

/// Marks a refund that is done as booked by mistake; `None` when it is not done.
///
/// # Errors
/// As the driver.
pub async fn refund_reverse(tx: &mut Tx, id: RefundId) -> Result<Option<RefundRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        RefundRow,
        "update refund set state = 'reversed' where id = $1 and state = 'done' returning *",
        id.0
    )
}

/// The refunds of a gift, oldest first.
///
/// # Errors
/// As the driver.
pub async fn refunds_of_gift(conn: &mut Conn<'_>, gift: GiftId) -> Result<Vec<RefundRow>, StoreError> {
    fetch_all!(conn, RefundRow, "select * from refund where gift_id = $1 order by id", gift.0)
}

/// One refund by our number.
///
/// # Errors
/// As the driver.
pub async fn refund_by_no(conn: &mut Conn<'_>, no: &str) -> Result<Option<RefundRow>, StoreError> {
    fetch_optional!(conn, RefundRow, "select * from refund where out_refund_no = $1", no)
}

/// Takes up to `limit` refunds that are due to be sent or asked about; each is due again only after `again`.
///
/// # Errors
/// As the driver.
pub async fn refunds_claim_queries(
    tx: &mut Tx,
    now: Instant,
    again: Instant,
    limit: i64,
) -> Result<Vec<RefundRow>, StoreError> {
    fetch_all!(
        &mut tx.conn(),
        RefundRow,
        "update refund set next_query_at = $2, queries = queries + 1 where id in \
         (select id from refund where next_query_at <= $1 order by next_query_at limit $3) returning *",
        now.0,
        again.0,
        limit
    )
}

/// When the next refund is to be sent or asked about (µs); `None` when there is none.
///
/// # Errors
/// As the driver.
pub async fn refunds_next_query(conn: &mut Conn<'_>) -> Result<Option<Instant>, StoreError> {
    let (at,) = fetch_one!(
        conn,
        (Option<i64>,),
        "select min(next_query_at) from refund where next_query_at is not null"
    )?;
    Ok(at.map(Instant))
}

/// Sets when a waiting refund is sent or asked about next; `None` leaves it to staff.
///
/// # Errors
/// As the driver.
pub async fn refund_query_at(tx: &mut Tx, id: RefundId, at: Option<Instant>) -> Result<(), StoreError> {
    let at = at.map(|at| at.0);
    execute!(
        &mut tx.conn(),
        "update refund set next_query_at = $2 where id = $1 and state = 'requested'",
        id.0,
        at
    )?;
    Ok(())
}

/// One refund.
///
/// # Errors
/// As the driver.
pub async fn refund_get(conn: &mut Conn<'_>, id: RefundId) -> Result<Option<RefundRow>, StoreError> {
    fetch_optional!(conn, RefundRow, "select * from refund where id = $1", id.0)
}
