//! Numbered changes of the registry: what others must see soon. Numbers are taken under the lock of the audit chain, so
//! that they become visible in their order.

use domain::id::{ChangeId, LoadId, UnitId};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_one, insert_rows};
use crate::tx::Tx;
use crate::unit_version::VersionRow;

/// What a change is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeOf {
    /// All units of a load.
    Load(LoadId),
    /// One unit.
    Unit(UnitId),
    /// The nomenclature in use: everything is derived again.
    Nomenclature,
}

/// A published change.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ChangeRow {
    /// Id.
    pub id: Uuid,
    /// 1, 2, 3 … in the order of publication.
    pub number: i64,
    /// The load, if it is one's.
    pub load_id: Option<Uuid>,
    /// The unit, if it is one's.
    pub unit_id: Option<Uuid>,
}

impl ChangeRow {
    /// What it is of.
    #[must_use]
    pub fn of(&self) -> ChangeOf {
        match (self.load_id, self.unit_id) {
            (Some(load), _) => ChangeOf::Load(LoadId(load)),
            (None, Some(unit)) => ChangeOf::Unit(UnitId(unit)),
            (None, None) => ChangeOf::Nomenclature,
        }
    }
}

/// Opens a change: what carries its id is not seen until [`change_publish`].
///
/// # Errors
/// As the driver.
pub async fn change_add(tx: &mut Tx, id: ChangeId, of: ChangeOf, at: Instant) -> Result<(), StoreError> {
    let (kind, load, unit) = match of {
        ChangeOf::Load(load) => ("load", Some(load.0), None),
        ChangeOf::Unit(unit) => ("unit", None, Some(unit.0)),
        ChangeOf::Nomenclature => ("release_of_nomenclature", None, None),
    };
    execute!(
        &mut tx.conn(),
        "insert into registry_change (id, number, kind, load_id, unit_id, at) values ($1, null, $2, $3, $4, $5)",
        id.0,
        kind,
        load,
        unit,
        at.0
    )?;
    Ok(())
}

/// Publishes a change under the next number: from the COMMIT on all that carries its id counts. Returns the number.
///
/// # Errors
/// As the driver.
pub async fn change_publish(tx: &mut Tx, id: ChangeId, at: Instant) -> Result<i64, StoreError> {
    let number = head(&mut tx.conn()).await? + 1;
    execute!(
        &mut tx.conn(),
        "update registry_change set number = $2, at = $3 where id = $1 and number is null",
        id.0,
        number,
        at.0
    )?;
    Ok(number)
}

/// Publishes a change of each of these units at once, under the next numbers in this order.
///
/// # Errors
/// As the driver.
pub async fn changes_publish(
    tx: &mut Tx,
    changes: &[(ChangeId, UnitId)],
    at: Instant,
) -> Result<(), StoreError> {
    let mut conn = tx.conn();
    let before = head(&mut conn).await?;
    let rows: Vec<(i64, ChangeId, UnitId)> =
        (before + 1..).zip(changes).map(|(number, (id, unit))| (number, *id, *unit)).collect();
    insert_rows!(
        &mut conn,
        "insert into registry_change (id, number, kind, unit_id, at) ",
        &rows,
        |bind, row| {
            bind.push_bind(row.1.0).push_bind(row.0).push_bind("unit").push_bind(row.2.0).push_bind(at.0);
        }
    )
}

/// The number of the newest published change; 0 when there is none.
///
/// # Errors
/// As the driver.
pub async fn head(conn: &mut Conn<'_>) -> Result<i64, StoreError> {
    let (number,) = fetch_one!(conn, (i64,), "select coalesce(max(number), 0) from registry_change")?;
    Ok(number)
}

/// The changes after `number` in their order, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn changes_after(
    conn: &mut Conn<'_>,
    number: i64,
    limit: i64,
) -> Result<Vec<ChangeRow>, StoreError> {
    fetch_all!(
        conn,
        ChangeRow,
        "select id, number, load_id, unit_id from registry_change where number > $1 order by number limit $2",
        number,
        limit
    )
}

/// The versions that a change carries, in the order of line and unit, after that place, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn change_versions(
    conn: &mut Conn<'_>,
    change: ChangeId,
    after: (i64, UnitId),
    limit: i64,
) -> Result<Vec<VersionRow>, StoreError> {
    fetch_all!(
        conn,
        VersionRow,
        "select * from unit_version where change_id = $1 and (line > $2 or (line = $2 and unit_id > $3)) \
         order by line, unit_id limit $4",
        change.0,
        after.0,
        after.1.0,
        limit
    )
}
