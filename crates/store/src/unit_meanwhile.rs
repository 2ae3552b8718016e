//! What happened to the units of a load while it was being loaded: asked before it is published, and taken back.

use domain::id::{BankId, ChangeId, LoadId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// A staged version of a unit that changed since.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Overtaken {
    /// The unit.
    pub unit_id: Uuid,
    /// The registry's number of it.
    pub registry_id: String,
    /// The version's place in the load.
    pub line: i64,
    /// Whether the version withdraws it.
    pub withdrawn: bool,
    /// Whether something of it was published when the load began.
    pub known: bool,
}

/// The units of which something was said one by one after the number `since` (by staff, the laboratory, or the bank's
/// own system), or whose compartments did not stay as they were: few, however many units a load stages.
async fn units_changed(conn: &mut Conn<'_>, since: i64) -> Result<Vec<Uuid>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid,),
        "select distinct c.unit_id from registry_change c where c.number > $1 \
         and (exists (select 1 from unit_version o where o.unit_id = c.unit_id and o.change_id = c.id) \
         or exists (select 1 from compartment_state s where s.unit_id = c.unit_id))",
        since
    )?;
    Ok(rows.into_iter().map(|(unit,)| unit).collect())
}

/// The staged versions of a change whose units did not stay as they were at the number `since`.
///
/// # Errors
/// As the driver.
pub async fn overtaken(
    conn: &mut Conn<'_>,
    change: ChangeId,
    since: i64,
) -> Result<Vec<Overtaken>, StoreError> {
    let units = units_changed(conn, since).await?;
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let units = crate::unit_batch::hex_list(units.into_iter());
    fetch_all!(
        conn,
        Overtaken,
        "select v.unit_id, u.registry_id, v.line, v.withdrawn, exists (select 1 from unit_version w \
         join registry_change d on d.id = w.change_id where w.unit_id = v.unit_id and d.number <= $2) as known \
         from (select unhex(value) as id from json_each($3)) changed cross join unit_version v cross join unit u \
         where v.unit_id = changed.id and v.change_id = $1 and u.id = v.unit_id order by v.line",
        change.0,
        since,
        &units
    )
}

/// The staged versions of a change whose units another bank named since: a walk over all of them.
///
/// # Errors
/// As the driver.
pub async fn taken_over(
    conn: &mut Conn<'_>,
    change: ChangeId,
    bank: BankId,
) -> Result<Vec<Overtaken>, StoreError> {
    fetch_all!(
        conn,
        Overtaken,
        "select v.unit_id, u.registry_id, v.line, v.withdrawn, false as known from unit_version v \
         join unit u on u.id = v.unit_id where v.change_id = $1 and u.bank_id <> $2 order by v.line",
        change.0,
        bank.0
    )
}

/// How often other banks named units that may be an open load's.
///
/// # Errors
/// As the driver.
pub async fn contested(conn: &mut Conn<'_>, load: LoadId) -> Result<i64, StoreError> {
    let found = fetch_optional!(conn, (i64,), "select contested from unit_load where id = $1", load.0)?;
    Ok(found.map_or(0, |(times,)| times))
}

/// Takes back what was staged of these units. The database itself refuses it once the change is published.
///
/// # Errors
/// As the driver.
pub async fn staged_drop(
    tx: &mut Tx,
    change: ChangeId,
    units: impl Iterator<Item = Uuid>,
) -> Result<(), StoreError> {
    let units = crate::unit_batch::hex_list(units);
    execute!(
        &mut tx.conn(),
        "delete from unit_version where change_id = $1 and unit_id in (select unhex(value) from json_each($2))",
        change.0,
        &units
    )
    .map(|_| ())
}
