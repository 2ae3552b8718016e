//! Counted attempts: one row for each purpose and keyed digest of what is limited, shared by all nodes.
//!
//! A count is read and written inside one command of the writer. Commands of all nodes run one after the other, so no
//! attempt is ever counted over another.

use domain::time::Instant;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_optional};
use crate::tx::Tx;

/// A count of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Count {
    /// When the counting began, or what the purpose keeps there (µs).
    pub period_start: i64,
    /// Attempts since then.
    pub count: i64,
}

/// The count for a subject.
///
/// # Errors
/// As the driver.
pub async fn limit_get(
    conn: &mut Conn<'_>,
    purpose: &str,
    subject: &[u8],
) -> Result<Option<Count>, StoreError> {
    fetch_optional!(
        conn,
        Count,
        "select period_start, count from rate_limit where purpose = $1 and subject = $2",
        purpose,
        subject.to_vec()
    )
}

/// Sets the count for a subject.
///
/// # Errors
/// As the driver.
pub async fn limit_put(
    tx: &mut Tx,
    purpose: &str,
    subject: &[u8],
    period_start: Instant,
    count: i64,
) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into rate_limit (purpose, subject, period_start, count) values ($1, $2, $3, $4) \
         on conflict (purpose, subject) do update set period_start = excluded.period_start, count = excluded.count",
        purpose,
        subject.to_vec(),
        period_start.0,
        count
    )?;
    Ok(())
}

/// Forgets the count for a subject.
///
/// # Errors
/// As the driver.
pub async fn limit_clear(tx: &mut Tx, purpose: &str, subject: &[u8]) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "delete from rate_limit where purpose = $1 and subject = $2",
        purpose,
        subject.to_vec()
    )?;
    Ok(())
}

/// Forgets counts that began before `before`; how many.
///
/// # Errors
/// As the driver.
pub async fn limits_sweep(tx: &mut Tx, before: Instant) -> Result<u64, StoreError> {
    execute!(&mut tx.conn(), "delete from rate_limit where period_start < $1", before.0)
}
