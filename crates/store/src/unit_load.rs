//! Loads of files of units: opened, staged in batches, published by one change, or given up and swept.

use domain::audit::{Fields, GENESIS, Hash};
use domain::id::{BankId, LoadId};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional, insert_rows};
use crate::tx::{EventPlace, Tx};

/// A load: table `unit_load`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct LoadRow {
    /// Id.
    pub id: Uuid,
    /// Whose units.
    pub bank_id: Uuid,
    /// `full` or `differential`.
    pub kind: String,
    /// `wmda`, `csv`, `xlsx`.
    pub format: String,
    /// The file's name, without its folder.
    pub file_name: String,
    /// SHA-256 of the file; empty until it was read to its end.
    pub file_digest: Vec<u8>,
    /// `staging`, `published`, `abandoned`.
    pub state: String,
    /// When it began (µs).
    pub started_at: i64,
    /// When it last did something (µs).
    pub touched_at: i64,
    /// When it was published or given up (µs).
    pub closed_at: Option<i64>,
    /// Units that the file names.
    pub read: i64,
    /// Units that are new.
    pub added: i64,
    /// Units of which it says something else than the registry.
    pub changed: i64,
    /// Units of which it says the same.
    pub unchanged: i64,
    /// Units that it withdraws.
    pub withdrawn: i64,
    /// Units that were refused.
    pub refused: i64,
    /// The release that typings were read under; none when none was loaded.
    pub release: Option<String>,
    /// [`content_add`] over its versions in the order of their lines.
    pub content_digest: Vec<u8>,
    /// Chain of the event that published it.
    pub event_chain: Option<i64>,
    /// Number of that event.
    pub event_seq: Option<i64>,
}

impl LoadRow {
    /// The load's id.
    #[must_use]
    pub const fn load_id(&self) -> LoadId {
        LoadId(self.id)
    }

    /// The digest for the audit chain: the content's is part of it, so every version of the load is.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("unit_load")
            .id(self.id)
            .id(self.bank_id)
            .text(&self.kind)
            .text(&self.format)
            .text(&self.file_name)
            .bytes(&self.file_digest)
            .text(&self.state)
            .int(self.started_at)
            .maybe_int(self.closed_at)
            .int(self.read)
            .int(self.added)
            .int(self.changed)
            .int(self.unchanged)
            .int(self.withdrawn)
            .int(self.refused)
            .maybe_text(self.release.as_deref())
            .bytes(&self.content_digest)
            .finish()
    }
}

/// A unit that a load refused: table `unit_load_refusal`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct LoadRefusalRow {
    /// The load.
    pub load_id: Uuid,
    /// Line of its file; unique in the load.
    pub line: i64,
    /// The unit's number as far as it was read.
    pub registry_id: String,
    /// [`domain::registry::LoadRefusal`] as JSON.
    pub reason: String,
}

/// The digest of a load's content so far, and one more version.
#[must_use]
pub fn content_add(so_far: &Hash, version: &Hash) -> Hash {
    Fields::new("unit_load content").bytes(so_far).bytes(version).finish()
}

/// The digest of a load without any version.
#[must_use]
pub const fn content_none() -> Hash {
    GENESIS
}

/// The content's digest as it is kept.
///
/// # Errors
/// [`StoreError::Inconsistent`] when it is not 32 bytes.
pub fn content_of(row: &LoadRow) -> Result<Hash, StoreError> {
    row.content_digest.as_slice().try_into().map_err(|_| inconsistent("unit_load", "content_digest", row.id))
}

/// Opens a load.
///
/// # Errors
/// [`StoreError::Conflict`] when its bank has an open one.
pub async fn load_add(tx: &mut Tx, row: &LoadRow) -> Result<(), StoreError> {
    insert_rows!(
        &mut tx.conn(),
        "insert into unit_load (id, bank_id, kind, format, file_name, file_digest, state, started_at, touched_at, closed_at, \
         read, added, changed, unchanged, withdrawn, refused, release, content_digest, event_chain, event_seq) ",
        std::slice::from_ref(row),
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(row.bank_id)
                .push_bind(&row.kind)
                .push_bind(&row.format)
                .push_bind(&row.file_name)
                .push_bind(&row.file_digest)
                .push_bind(&row.state)
                .push_bind(row.started_at)
                .push_bind(row.touched_at)
                .push_bind(row.closed_at)
                .push_bind(row.read)
                .push_bind(row.added)
                .push_bind(row.changed)
                .push_bind(row.unchanged)
                .push_bind(row.withdrawn)
                .push_bind(row.refused)
                .push_bind(row.release.as_deref())
                .push_bind(&row.content_digest)
                .push_bind(row.event_chain)
                .push_bind(row.event_seq);
        }
    )
}

/// Writes how far an open load has come; false when it is not open any more: then nothing may be staged.
///
/// # Errors
/// As the driver.
pub async fn load_touch(tx: &mut Tx, row: &LoadRow) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update unit_load set touched_at = $2, read = $3, added = $4, changed = $5, unchanged = $6, withdrawn = $7, \
         refused = $8, content_digest = $9 where id = $1 and state = 'staging'",
        row.id,
        row.touched_at,
        row.read,
        row.added,
        row.changed,
        row.unchanged,
        row.withdrawn,
        row.refused,
        &row.content_digest
    )?;
    Ok(changed == 1)
}

/// Closes an open load as published; false when it is not open any more. `row` is what its digest is of.
///
/// # Errors
/// As the driver.
pub async fn load_publish(tx: &mut Tx, row: &LoadRow, place: EventPlace) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update unit_load set state = 'published', closed_at = $2, file_digest = $3, event_chain = $4, event_seq = $5 \
         where id = $1 and state = 'staging' and content_digest = $6",
        row.id,
        row.closed_at,
        &row.file_digest,
        place.chain,
        place.seq,
        &row.content_digest
    )?;
    Ok(changed == 1)
}

/// Gives an open load up; false when it is not open any more.
///
/// # Errors
/// As the driver.
pub async fn load_abandon(tx: &mut Tx, load: LoadId, at: Instant) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update unit_load set state = 'abandoned', closed_at = $2 where id = $1 and state = 'staging'",
        load.0,
        at.0
    )?;
    Ok(changed == 1)
}

/// The open load of a bank.
///
/// # Errors
/// As the driver.
pub async fn load_open(conn: &mut Conn<'_>, bank: BankId) -> Result<Option<LoadRow>, StoreError> {
    fetch_optional!(conn, LoadRow, "select * from unit_load where bank_id = $1 and state = 'staging'", bank.0)
}

/// Open loads that did nothing since `before`.
///
/// # Errors
/// As the driver.
pub async fn loads_stale(conn: &mut Conn<'_>, before: Instant) -> Result<Vec<LoadRow>, StoreError> {
    fetch_all!(
        conn,
        LoadRow,
        "select * from unit_load where state = 'staging' and touched_at < $1 order by id",
        before.0
    )
}

/// Changes of loads that were given up and are not swept yet.
///
/// # Errors
/// As the driver.
pub async fn loads_to_sweep(conn: &mut Conn<'_>) -> Result<Vec<Uuid>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid,),
        "select c.id from unit_load l join registry_change c on c.load_id = l.id \
         where l.state = 'abandoned' and c.number is null order by c.id"
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A load.
///
/// # Errors
/// As the driver.
pub async fn load_get(conn: &mut Conn<'_>, load: LoadId) -> Result<Option<LoadRow>, StoreError> {
    fetch_optional!(conn, LoadRow, "select * from unit_load where id = $1", load.0)
}

/// The newest loads, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn loads_newest(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<LoadRow>, StoreError> {
    fetch_all!(conn, LoadRow, "select * from unit_load order by id desc limit $1", limit)
}

/// Keeps refusals.
///
/// # Errors
/// As the driver.
pub async fn refusals_add(tx: &mut Tx, rows: &[LoadRefusalRow]) -> Result<(), StoreError> {
    insert_rows!(
        &mut tx.conn(),
        "insert into unit_load_refusal (load_id, line, registry_id, reason) ",
        rows,
        |bind, row| {
            bind.push_bind(row.load_id)
                .push_bind(row.line)
                .push_bind(&row.registry_id)
                .push_bind(&row.reason);
        }
    )
}

/// The refusals of a load after a line, in the order of lines, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn load_refusals(
    conn: &mut Conn<'_>,
    load: LoadId,
    after: i64,
    limit: i64,
) -> Result<Vec<LoadRefusalRow>, StoreError> {
    fetch_all!(
        conn,
        LoadRefusalRow,
        "select * from unit_load_refusal where load_id = $1 and line > $2 order by line limit $3",
        load.0,
        after,
        limit
    )
}

/// How many units of a bank stand in the registry and are not withdrawn.
///
/// # Errors
/// As the driver.
pub async fn units_standing(conn: &mut Conn<'_>, bank: BankId) -> Result<i64, StoreError> {
    let (count,) = fetch_one!(
        conn,
        (i64,),
        "select count(*) from unit u join unit_version v on v.unit_id = u.id and v.change_id = \
         (select w.change_id from unit_version w join registry_change c on c.id = w.change_id \
         where w.unit_id = u.id and c.number is not null order by c.number desc limit 1) \
         where u.bank_id = $1 and not v.withdrawn",
        bank.0
    )?;
    Ok(count)
}

/// Takes away up to `limit` versions of a change that was never published, and the units that have none left. Returns
/// how many versions there were; at 0 the change itself is gone, too.
///
/// # Errors
/// As the driver; the database itself refuses to take away what was published.
pub async fn load_sweep(tx: &mut Tx, change: Uuid, limit: i64) -> Result<usize, StoreError> {
    let units = fetch_all!(
        &mut tx.conn(),
        (Uuid,),
        "delete from unit_version where change_id = $1 and unit_id in \
         (select unit_id from unit_version where change_id = $1 order by line, unit_id limit $2) returning unit_id",
        change,
        limit
    )?;
    if units.is_empty() {
        execute!(&mut tx.conn(), "delete from registry_change where id = $1 and number is null", change)?;
        return Ok(0);
    }
    let count = units.len();
    crate::unit_batch::units_delete_bare(&mut tx.conn(), units.into_iter().map(|(id,)| id)).await?;
    Ok(count)
}
