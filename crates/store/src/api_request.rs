//! What banks' systems asked and were answered, so that the same request again changes nothing. Kept for a day, proved
//! by nothing.

use domain::id::BankId;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_one, fetch_optional};
use crate::tx::Tx;

/// An answered request: table `api_request`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct RequestRow {
    /// The bank whose system asked: its next key knows the names of the one before.
    pub bank_id: Uuid,
    /// The key that asked.
    pub key_id: Uuid,
    /// What the asker called the request.
    pub idempotency_key: String,
    /// Digest of all that was asked.
    pub content: Vec<u8>,
    /// The answer's HTTP status.
    pub status: i64,
    /// The answer's body.
    pub answer: String,
    /// When it was answered (µs).
    pub at: i64,
}

/// What was answered to a bank's request of that name.
///
/// # Errors
/// As the driver.
pub async fn request_get(
    conn: &mut Conn<'_>,
    bank: BankId,
    idempotency_key: &str,
) -> Result<Option<RequestRow>, StoreError> {
    fetch_optional!(
        conn,
        RequestRow,
        "select * from api_request where bank_id = $1 and idempotency_key = $2",
        bank.0,
        idempotency_key
    )
}

/// Keeps an answer.
///
/// # Errors
/// [`StoreError::Conflict`] when there is one already.
pub async fn request_add(tx: &mut Tx, row: &RequestRow) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into api_request (bank_id, key_id, idempotency_key, content, status, answer, at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
        row.bank_id,
        row.key_id,
        &row.idempotency_key,
        &row.content,
        row.status,
        &row.answer,
        row.at
    )?;
    Ok(())
}

/// When the oldest answer was given; none when there is none.
///
/// # Errors
/// As the driver.
pub async fn request_oldest(conn: &mut Conn<'_>) -> Result<Option<Instant>, StoreError> {
    let (at,) = fetch_one!(conn, (Option<i64>,), "select min(at) from api_request")?;
    Ok(at.map(Instant))
}

/// Forgets answers from before `before`, at most `limit`; how many.
///
/// # Errors
/// As the driver.
pub async fn requests_sweep(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StoreError> {
    execute!(
        &mut tx.conn(),
        "delete from api_request where (bank_id, idempotency_key) in \
         (select bank_id, idempotency_key from api_request where at < $1 order by at limit $2)",
        before.0,
        limit
    )
}
