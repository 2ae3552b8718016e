//! Units: an identity that never changes, and versions of what is known of it, of which the newest published one counts.

use std::ops::ControlFlow;

use domain::audit::{Fields, Hash};
use domain::id::{BankId, UnitId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{fetch_all, fetch_optional, insert_rows};
use crate::unit_version::VersionRow;

/// Which unit: table `unit`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct UnitRow {
    /// Id.
    pub id: Uuid,
    /// The registry's own unique number of it.
    pub registry_id: String,
    /// Whose stock it is in.
    pub bank_id: Uuid,
    /// Donation identification number, 13 characters.
    pub din: Option<String>,
    /// GRID, 19 characters.
    pub grid: Option<String>,
    /// The bank's own number, or empty.
    pub local_id: String,
}

impl UnitRow {
    /// The unit's id.
    #[must_use]
    pub const fn unit_id(&self) -> UnitId {
        UnitId(self.id)
    }

    /// The digest of all that names it, for its versions to keep.
    #[must_use]
    pub fn identity(&self) -> Hash {
        Fields::new("unit")
            .id(self.id)
            .text(&self.registry_id)
            .id(self.bank_id)
            .maybe_text(self.din.as_deref())
            .maybe_text(self.grid.as_deref())
            .text(&self.local_id)
            .finish()
    }

    /// The bank.
    #[must_use]
    pub const fn bank(&self) -> BankId {
        BankId(self.bank_id)
    }
}

/// Adds identities.
///
/// # Errors
/// As the driver, also when one of their numbers is taken.
pub async fn units_insert(conn: &mut Conn<'_>, rows: &[UnitRow]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into unit (id, registry_id, bank_id, din, grid, local_id) ",
        rows,
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(&row.registry_id)
                .push_bind(row.bank_id)
                .push_bind(row.din.as_deref())
                .push_bind(row.grid.as_deref())
                .push_bind(&row.local_id);
        }
    )
}

/// A unit by its id, whether or not anything of it was published.
///
/// # Errors
/// As the driver.
pub async fn unit_get(conn: &mut Conn<'_>, id: UnitId) -> Result<Option<UnitRow>, StoreError> {
    fetch_optional!(conn, UnitRow, "select * from unit where id = $1", id.0)
}

/// A unit by any of its numbers: the registry's, DIN or GRID.
///
/// # Errors
/// As the driver.
pub async fn unit_by_number(conn: &mut Conn<'_>, number: &str) -> Result<Option<UnitRow>, StoreError> {
    fetch_optional!(
        conn,
        UnitRow,
        "select * from unit where registry_id = $1 or din = $1 or grid = $1 limit 1",
        number
    )
}

/// The units that bear this text as the registry's number, or `number` as any, at most two: whoever wants one must know
/// that there is no other.
///
/// # Errors
/// As the driver.
pub async fn units_scanned(
    conn: &mut Conn<'_>,
    text: &str,
    number: &str,
) -> Result<Vec<UnitRow>, StoreError> {
    fetch_all!(
        conn,
        UnitRow,
        "select * from unit where registry_id = $1 or registry_id = $2 or din = $2 or grid = $2 limit 2",
        text,
        number
    )
}

/// The version of a unit that counted when the registry stood at `number` ([`i64::MAX`]: now). A withdrawn one is told
/// as such; none when nothing of the unit was published by then.
///
/// # Errors
/// As the driver.
pub async fn unit_version_at(
    conn: &mut Conn<'_>,
    unit: UnitId,
    number: i64,
) -> Result<Option<VersionRow>, StoreError> {
    fetch_optional!(
        conn,
        VersionRow,
        "select v.* from unit_version v join registry_change c on c.id = v.change_id \
         where v.unit_id = $1 and c.number <= $2 order by c.number desc limit 1",
        unit.0,
        number
    )
}

/// Every published version of a unit with its change's number and moment, newest first.
///
/// # Errors
/// As the driver.
pub async fn unit_history(
    conn: &mut Conn<'_>,
    unit: UnitId,
) -> Result<Vec<(i64, i64, VersionRow)>, StoreError> {
    let rows = fetch_all!(
        conn,
        Numbered,
        "select c.number, c.at, v.* from unit_version v join registry_change c on c.id = v.change_id \
         where v.unit_id = $1 and c.number is not null order by c.number desc",
        unit.0
    )?;
    Ok(rows.into_iter().map(|row| (row.number, row.at, row.version)).collect())
}

#[derive(sqlx_macros::FromRow)]
struct Numbered {
    number: i64,
    at: i64,
    #[sqlx(flatten)]
    version: VersionRow,
}

#[derive(sqlx_macros::FromRow)]
struct Published {
    number: i64,
    registry_id: String,
    bank_id: Uuid,
    din: Option<String>,
    grid: Option<String>,
    local_id: String,
    #[sqlx(flatten)]
    version: VersionRow,
}

impl Published {
    fn split(self) -> (UnitRow, VersionRow) {
        let id = self.version.unit_id;
        let Self { registry_id, bank_id, din, grid, local_id, version, .. } = self;
        (UnitRow { id, registry_id, bank_id, din, grid, local_id }, version)
    }
}

/// Rows read at once by [`units_page`].
const PAGE: i64 = 4000;

/// Units in the order of their ids.
#[derive(Debug, Default)]
pub struct UnitPage {
    /// The units, each with the version that counts.
    pub units: Vec<(UnitRow, VersionRow)>,
    /// After which id the next page begins; none when this is the last one.
    pub next: Option<UnitId>,
}

/// The units after the id `after` as the registry stood at `number`, withdrawn ones too, in the order of their ids: as
/// many as a few thousand versions are of.
///
/// # Errors
/// As the driver.
pub async fn units_page(conn: &mut Conn<'_>, number: i64, after: UnitId) -> Result<UnitPage, StoreError> {
    let mut rows = fetch_all!(
        conn,
        Published,
        "select c.number, u.registry_id, u.bank_id, u.din, u.grid, u.local_id, v.* from unit_version v \
         join registry_change c on c.id = v.change_id join unit u on u.id = v.unit_id \
         where v.unit_id > $1 and c.number <= $2 order by v.unit_id limit $3",
        after.0,
        number,
        PAGE
    )?;
    let whole = (rows.len() as i64) < PAGE;
    if !whole && let Some(last) = rows.last().map(|row| row.version.unit_id) {
        // The last unit may go on beyond this page: it is read again with the next one.
        let cut = rows.partition_point(|row| row.version.unit_id < last);
        if cut == 0 {
            return Err(inconsistent("unit_version", "unit_id", last));
        }
        rows.truncate(cut);
    }
    let next = rows.last().map(|row| UnitId(row.version.unit_id)).filter(|_| !whole);
    let mut newest: Vec<Published> = Vec::with_capacity(rows.len());
    for row in rows {
        match newest.last_mut() {
            Some(kept) if kept.version.unit_id == row.version.unit_id => {
                if kept.number <= row.number {
                    *kept = row;
                }
            }
            _ => newest.push(row),
        }
    }
    Ok(UnitPage { units: newest.into_iter().map(Published::split).collect(), next })
}

/// Every unit as the registry stood at `number`, withdrawn ones too, in the order of their ids, a page at a time; `each`
/// may end it. Needs the memory of one page.
///
/// # Errors
/// As the driver.
pub async fn units_each(
    conn: &mut Conn<'_>,
    number: i64,
    mut each: impl FnMut(UnitRow, VersionRow) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut after = UnitId(Uuid::nil());
    loop {
        let page = units_page(conn, number, after).await?;
        for (unit, version) in page.units {
            if each(unit, version).is_break() {
                return Ok(());
            }
        }
        let Some(next) = page.next else { return Ok(()) };
        after = next;
    }
}
