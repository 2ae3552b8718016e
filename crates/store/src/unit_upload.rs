//! Files of units that staff sent through the browser: how far each is being read, and how that ended.

use domain::id::LoadId;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional, insert_rows};
use crate::tx::Tx;

/// An upload: table `unit_upload`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct UploadRow {
    /// Id; the load that it becomes bears the same.
    pub id: Uuid,
    /// The code of the bank whose units they are.
    pub bank: String,
    /// The file's name as it was sent.
    pub file_name: String,
    /// Its bytes.
    pub size: i64,
    /// [`domain::registry::UploadAsked`] as JSON.
    pub asked: String,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// [`domain::registry::UploadState`]'s word.
    pub state: String,
    /// Who sent it, as an event names its actor.
    pub started_by: String,
    /// When its reading began (µs).
    pub started_at: i64,
    /// When it last did something (µs).
    pub touched_at: i64,
    /// When it was over (µs).
    pub closed_at: Option<i64>,
    /// Bytes read so far.
    pub bytes: i64,
    /// Units read so far.
    pub read: i64,
    /// Units refused so far.
    pub refused: i64,
    /// Whether somebody asked to stop it.
    pub stop_asked: bool,
    /// [`domain::registry::UploadEnd`] as JSON; empty while it runs.
    pub ended: String,
}

impl UploadRow {
    /// The upload's id.
    #[must_use]
    pub const fn load_id(&self) -> LoadId {
        LoadId(self.id)
    }
}

/// A unit that a trial would refuse: table `unit_upload_refusal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRefusal {
    /// The how many-th refusal it is: unique in its upload.
    pub place: i64,
    /// Its line; several units may stand on one.
    pub line: i64,
    /// The unit's number as far as it was read.
    pub registry_id: String,
    /// [`domain::registry::LoadRefusal`] as JSON.
    pub reason: String,
}

/// Begins an upload.
///
/// # Errors
/// [`StoreError::Conflict`] when one of this bank is running.
pub async fn upload_add(tx: &mut Tx, row: &UploadRow) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into unit_upload (id, bank, file_name, size, asked, dry_run, state, started_by, started_at, touched_at, \
         closed_at, bytes, read, refused, stop_asked, ended) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        row.id,
        &row.bank,
        &row.file_name,
        row.size,
        &row.asked,
        row.dry_run,
        &row.state,
        &row.started_by,
        row.started_at,
        row.touched_at,
        row.closed_at,
        row.bytes,
        row.read,
        row.refused,
        row.stop_asked,
        &row.ended
    )?;
    Ok(())
}

/// Closes running uploads that did nothing since `before`: their program is gone.
///
/// # Errors
/// As the driver.
pub async fn uploads_lapse(
    tx: &mut Tx,
    before: Instant,
    at: Instant,
    ended: &str,
) -> Result<u64, StoreError> {
    execute!(
        &mut tx.conn(),
        "update unit_upload set state = 'stopped', closed_at = $2, ended = $3 where state = 'running' and touched_at < $1",
        before.0,
        at.0,
        ended
    )
}

/// How far a running upload is: bytes, units and refused units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UploadProgress {
    /// Bytes read.
    pub bytes: i64,
    /// Units read.
    pub read: i64,
    /// Units refused.
    pub refused: i64,
}

/// Writes how far a running upload is, with what a trial refused since the last time. Whether it goes on: it does not
/// when somebody asked to stop it, or when it is not running any more.
///
/// # Errors
/// As the driver.
pub async fn upload_touch(
    tx: &mut Tx,
    id: LoadId,
    at: Instant,
    now: UploadProgress,
    refusals: &[UploadRefusal],
) -> Result<bool, StoreError> {
    let found = fetch_optional!(
        &mut tx.conn(),
        (bool,),
        "update unit_upload set touched_at = $2, bytes = $3, read = $4, refused = $5 \
         where id = $1 and state = 'running' returning stop_asked",
        id.0,
        at.0,
        now.bytes,
        now.read,
        now.refused
    )?;
    let Some((stop,)) = found else { return Ok(false) };
    refusals_add(tx, id, refusals).await?;
    Ok(!stop)
}

async fn refusals_add(tx: &mut Tx, id: LoadId, rows: &[UploadRefusal]) -> Result<(), StoreError> {
    insert_rows!(
        &mut tx.conn(),
        "insert into unit_upload_refusal (upload_id, place, line, registry_id, reason) ",
        rows,
        |bind, row| {
            bind.push_bind(id.0)
                .push_bind(row.place)
                .push_bind(row.line)
                .push_bind(&row.registry_id)
                .push_bind(&row.reason);
        }
    )
}

/// Closes a running upload; false when it is not running any more.
///
/// # Errors
/// As the driver.
pub async fn upload_close(
    tx: &mut Tx,
    id: LoadId,
    at: Instant,
    state: &str,
    ended: &str,
) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update unit_upload set state = $2, closed_at = $3, ended = $4 where id = $1 and state = 'running'",
        id.0,
        state,
        at.0,
        ended
    )?;
    Ok(changed == 1)
}

/// Asks a running upload to stop; false when it is not running.
///
/// # Errors
/// As the driver.
pub async fn upload_ask_stop(tx: &mut Tx, id: LoadId) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update unit_upload set stop_asked = $2 where id = $1 and state = 'running'",
        id.0,
        true
    )?;
    Ok(changed == 1)
}

/// An upload.
///
/// # Errors
/// As the driver.
pub async fn upload_get(conn: &mut Conn<'_>, id: LoadId) -> Result<Option<UploadRow>, StoreError> {
    fetch_optional!(conn, UploadRow, "select * from unit_upload where id = $1", id.0)
}

/// The running upload of a bank.
///
/// # Errors
/// As the driver.
pub async fn upload_running(conn: &mut Conn<'_>, bank: &str) -> Result<Option<UploadRow>, StoreError> {
    fetch_optional!(conn, UploadRow, "select * from unit_upload where bank = $1 and state = 'running'", bank)
}

/// The newest uploads that became no load: trials, and those that never came so far; at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn uploads_alone(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<UploadRow>, StoreError> {
    fetch_all!(
        conn,
        UploadRow,
        "select u.* from unit_upload u where not exists (select 1 from unit_load l where l.id = u.id) \
         order by u.id desc limit $1",
        limit
    )
}

/// What a trial refused after a place, in that order, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn upload_refusals(
    conn: &mut Conn<'_>,
    id: LoadId,
    after: i64,
    limit: i64,
) -> Result<Vec<UploadRefusal>, StoreError> {
    let rows = fetch_all!(
        conn,
        (i64, i64, String, String),
        "select place, line, registry_id, reason from unit_upload_refusal where upload_id = $1 and place > $2 \
         order by place limit $3",
        id.0,
        after,
        limit
    )?;
    Ok(rows
        .into_iter()
        .map(|(place, line, registry_id, reason)| UploadRefusal { place, line, registry_id, reason })
        .collect())
}

/// Takes away up to `limit` refusals of uploads that were over before `before`; when there are none left, up to `limit`
/// of those uploads themselves. How many rows went.
///
/// # Errors
/// As the driver.
pub async fn uploads_sweep(tx: &mut Tx, before: Instant, limit: i64) -> Result<u64, StoreError> {
    let refusals = execute!(
        &mut tx.conn(),
        "delete from unit_upload_refusal where (upload_id, place) in (select r.upload_id, r.place \
         from unit_upload_refusal r join unit_upload u on u.id = r.upload_id where u.closed_at < $1 limit $2)",
        before.0,
        limit
    )?;
    if refusals > 0 {
        return Ok(refusals);
    }
    execute!(
        &mut tx.conn(),
        "delete from unit_upload where id in (select id from unit_upload where closed_at < $1 limit $2)",
        before.0,
        limit
    )
}
