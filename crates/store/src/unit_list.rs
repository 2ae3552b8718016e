//! Lists of units for people: the newest first, by the bank's own number, and how far the registry is.

use domain::id::UnitId;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{fetch_all, fetch_optional};
use crate::unit::UnitRow;

/// Units that a page looks at. Where a load is open, the table holds units without end of which nothing was published yet:
/// a page that looked for its last unit behind all of them would never come.
const LOOKED_AT: i64 = 2_000;

/// A page of units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The units.
    pub units: Vec<UnitRow>,
    /// The id from which the next page goes on; none on the last page. Only an open load makes a page short that has one.
    pub next: Option<UnitId>,
}

impl Listed {
    /// Of one unit more than the page takes, where there is one, and how far was looked.
    fn of(mut units: Vec<UnitRow>, limit: i64, seen_to: Option<UnitId>) -> Self {
        if units.len() as i64 <= limit {
            return Self { units, next: seen_to };
        }
        units.truncate(usize::try_from(limit).unwrap_or(0));
        let next = units.last().map(UnitRow::unit_id);
        Self { units, next }
    }
}

/// Units of which something was published, newest first below the id `before`, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn units_newest(conn: &mut Conn<'_>, before: UnitId, limit: i64) -> Result<Listed, StoreError> {
    let seen_to = fetch_optional!(
        &mut *conn,
        (Uuid,),
        "select id from unit where id < $1 order by id desc limit 1 offset $2",
        before.0,
        LOOKED_AT
    )?;
    let units = fetch_all!(
        conn,
        UnitRow,
        "select u.* from unit u where u.id < $1 and u.id >= $2 and exists (select 1 from unit_version v \
         join registry_change c on c.id = v.change_id where v.unit_id = u.id and c.number is not null) \
         order by u.id desc limit $3",
        before.0,
        seen_to.map_or(Uuid::nil(), |(id,)| id),
        limit + 1
    )?;
    Ok(Listed::of(units, limit, seen_to.map(|(id,)| UnitId(id))))
}

/// Units of which something was published, by their banks' own number for them; banks may use the same one.
///
/// # Errors
/// As the driver.
pub async fn units_by_local(
    conn: &mut Conn<'_>,
    local_id: &str,
    limit: i64,
) -> Result<Vec<UnitRow>, StoreError> {
    fetch_all!(
        conn,
        UnitRow,
        "select u.* from bank b join unit u on u.bank_id = b.id where u.local_id = $1 \
         and exists (select 1 from unit_version v join registry_change c on c.id = v.change_id \
         where v.unit_id = u.id and c.number is not null) order by u.registry_id limit $2",
        local_id,
        limit
    )
}

/// Units of one bank of which something was published, in the order of their ids after one, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn units_of_bank(
    conn: &mut Conn<'_>,
    bank: domain::id::BankId,
    after: UnitId,
    limit: i64,
) -> Result<Listed, StoreError> {
    let seen_to = fetch_optional!(
        &mut *conn,
        (Uuid,),
        "select id from unit where bank_id = $1 and id > $2 order by id limit 1 offset $3",
        bank.0,
        after.0,
        LOOKED_AT
    )?;
    let units = fetch_all!(
        conn,
        UnitRow,
        "select u.* from unit u where u.bank_id = $1 and u.id > $2 and u.id <= $3 and exists \
         (select 1 from unit_version v join registry_change c on c.id = v.change_id \
         where v.unit_id = u.id and c.number is not null) order by u.id limit $4",
        bank.0,
        after.0,
        seen_to.map_or(Uuid::max(), |(id,)| id),
        limit + 1
    )?;
    Ok(Listed::of(units, limit, seen_to.map(|(id,)| UnitId(id))))
}

/// The unit of a bank of which something was published that a text names: as its id, the registry's number, DIN, GRID or
/// the bank's own number, written just so or in one of these other `forms`. At most two, those that are written just so
/// first: whoever wants one must know that there is no other.
///
/// # Errors
/// As the driver.
pub async fn units_of_bank_named(
    conn: &mut Conn<'_>,
    bank: domain::id::BankId,
    typed: &str,
    forms: [&str; 3],
) -> Result<Vec<(UnitRow, bool)>, StoreError> {
    let id: Option<UnitId> = typed.parse().ok();
    let rows = fetch_all!(
        conn,
        Named,
        "select u.*, (u.id = $3 or u.registry_id = $2 or coalesce(u.din = $2, false) or coalesce(u.grid = $2, false) \
         or u.local_id = $2) as exact from (select id from unit where id = $3 \
         union select id from unit where registry_id in ($2, $4, $5, $6) \
         union select id from unit where din in ($2, $4, $5, $6) \
         union select id from unit where grid in ($2, $4, $5, $6) \
         union select id from unit where bank_id = $1 and local_id in ($2, $4, $5, $6)) named \
         join unit u on u.id = named.id where u.bank_id = $1 and exists (select 1 from unit_version v \
         join registry_change c on c.id = v.change_id where v.unit_id = u.id and c.number is not null) \
         order by exact desc, u.id limit 2",
        bank.0,
        typed,
        id.map_or(Uuid::nil(), |id| id.0),
        forms[0],
        forms[1],
        forms[2]
    )?;
    Ok(rows.into_iter().map(|row| (row.unit, row.exact)).collect())
}

#[derive(sqlx_macros::FromRow)]
struct Named {
    #[sqlx(flatten)]
    unit: UnitRow,
    exact: bool,
}

/// The newest published change: its number and when (µs); none while nothing was published.
///
/// # Errors
/// As the driver.
pub async fn head_with_time(conn: &mut Conn<'_>) -> Result<Option<(i64, i64)>, StoreError> {
    fetch_optional!(
        conn,
        (i64, i64),
        "select number, at from registry_change where number is not null order by number desc limit 1"
    )
}

/// A bank's code and its Chinese and English names.
///
/// # Errors
/// As the driver.
pub async fn bank_names(
    conn: &mut Conn<'_>,
    bank: domain::id::BankId,
) -> Result<Option<(String, String, String)>, StoreError> {
    fetch_optional!(
        conn,
        (String, String, String),
        "select code, name_zh, name_en from bank where id = $1",
        bank.0
    )
}
