//! Sessions of signed-in staff, kept in the database so that every node knows them.

use domain::time::Instant;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_optional};
use crate::tx::Tx;

/// Keeps a session that must be new. `false` when the id is taken: the caller draws another.
///
/// # Errors
/// As the driver.
pub async fn session_add(tx: &mut Tx, id: &str, data: &str, expires_at: Instant) -> Result<bool, StoreError> {
    let added = execute!(
        &mut tx.conn(),
        "insert into session (id, data, expires_at) values ($1, $2, $3) on conflict (id) do nothing",
        id,
        data,
        expires_at.0
    )?;
    Ok(added == 1)
}

/// Changes a session that is there. `false` when it is gone: a sign-out on another node must not be undone.
///
/// # Errors
/// As the driver.
pub async fn session_set(tx: &mut Tx, id: &str, data: &str, expires_at: Instant) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update session set data = $2, expires_at = $3 where id = $1",
        id,
        data,
        expires_at.0
    )?;
    Ok(changed == 1)
}

/// A session that has not expired: its data and when it expires.
///
/// # Errors
/// As the driver.
pub async fn session_get(
    conn: &mut Conn<'_>,
    id: &str,
    now: Instant,
) -> Result<Option<(String, Instant)>, StoreError> {
    let found = fetch_optional!(
        conn,
        (String, i64),
        "select data, expires_at from session where id = $1 and expires_at > $2",
        id,
        now.0
    )?;
    Ok(found.map(|(data, expires_at)| (data, Instant(expires_at))))
}

/// Ends a session.
///
/// # Errors
/// As the driver.
pub async fn session_end(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    execute!(&mut tx.conn(), "delete from session where id = $1", id)?;
    Ok(())
}

/// Forgets sessions that have expired; how many.
///
/// # Errors
/// As the driver.
pub async fn sessions_sweep(tx: &mut Tx, now: Instant) -> Result<u64, StoreError> {
    execute!(&mut tx.conn(), "delete from session where expires_at <= $1", now.0)
}
