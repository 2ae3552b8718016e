//! How units stand at a moment: their newest version, consent, and the compartments that are not simply stored.

use std::collections::HashMap;

use domain::id::{BankId, ChangeId, UnitId};
use domain::registry::CompartmentState;
use uuid::Uuid;

use crate::compartment::CompartmentRow;
use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{fetch_all, fetch_one};
use crate::unit_version::VersionRow;

/// A bank as the search knows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct BankNumber {
    /// Id.
    pub id: Uuid,
    /// Its number in the index.
    pub number: i64,
    /// Its code.
    pub code: String,
}

impl BankNumber {
    /// The bank's id.
    #[must_use]
    pub const fn bank_id(&self) -> BankId {
        BankId(self.id)
    }
}

/// The banks with their numbers.
///
/// # Errors
/// As the driver.
pub async fn bank_numbers(conn: &mut Conn<'_>) -> Result<Vec<BankNumber>, StoreError> {
    fetch_all!(conn, BankNumber, "select id, number, code from bank order by number")
}

/// A unit with all that decides whether it may be found.
#[derive(Debug, Clone)]
pub struct UnitStanding {
    /// The registry's own number of it.
    pub registry_id: String,
    /// GRID, if it has one.
    pub grid: Option<String>,
    /// Number of its bank in the index.
    pub bank_number: u16,
    /// Code of its bank.
    pub bank_code: String,
    /// Whether a family's consent to share it stands.
    pub consented: bool,
    /// Its version that counts.
    pub version: VersionRow,
    /// Its compartments that are not simply stored.
    pub away: Vec<(u8, CompartmentState)>,
}

#[derive(sqlx_macros::FromRow)]
struct StandingRow {
    number: i64,
    registry_id: String,
    grid: Option<String>,
    bank_number: i64,
    bank_code: String,
    consents: i64,
    #[sqlx(flatten)]
    version: VersionRow,
}

/// Units asked for in one statement.
const AT_ONCE: usize = 16;

/// [`fetch_all`] with the sixteen ids of a group bound first.
macro_rules! fetch_of_16 {
    ($conn:expr, $row:ty, $sql:expr, $ids:expr $(, $arg:expr)*) => {
        fetch_all!(
            $conn, $row, $sql, $ids[0], $ids[1], $ids[2], $ids[3], $ids[4], $ids[5], $ids[6], $ids[7], $ids[8], $ids[9],
            $ids[10], $ids[11], $ids[12], $ids[13], $ids[14], $ids[15] $(, $arg)*
        )
    };
}

/// How units stand now, each by its version that counted at `number` ([`i64::MAX`]: now). Left out is a unit of which
/// nothing was published by then.
///
/// # Errors
/// As the driver.
pub async fn unit_standings(
    conn: &mut Conn<'_>,
    units: &[UnitId],
    number: i64,
) -> Result<HashMap<UnitId, UnitStanding>, StoreError> {
    let mut standings: HashMap<UnitId, (i64, UnitStanding)> = HashMap::with_capacity(units.len());
    for group in units.chunks(AT_ONCE) {
        // The last one again and again: a list of one length is prepared once.
        let ids: [Uuid; AT_ONCE] = std::array::from_fn(|at| group[at.min(group.len() - 1)].0);
        let rows = fetch_of_16!(
            &mut *conn,
            StandingRow,
            "select c.number, u.registry_id, u.grid, b.number as bank_number, b.code as bank_code, \
             (select count(*) from sharing_consent s where s.unit_id = u.id and s.revoked_at is null) as consents, v.* \
             from unit_version v join registry_change c on c.id = v.change_id join unit u on u.id = v.unit_id \
             join bank b on b.id = u.bank_id \
             where v.unit_id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
             and c.number <= $17",
            ids,
            number
        )?;
        for row in rows {
            let unit = UnitId(row.version.unit_id);
            if standings.get(&unit).is_none_or(|(newest, _)| *newest < row.number) {
                standings.insert(unit, (row.number, row.standing()?));
            }
        }
        let rows = fetch_of_16!(
            &mut *conn,
            CompartmentRow,
            "select * from compartment_state \
             where unit_id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
             order by unit_id, compartment",
            ids
        )?;
        for row in rows {
            if let Some((_, standing)) = standings.get_mut(&UnitId(row.unit_id)) {
                let number = u8::try_from(row.compartment);
                let number =
                    number.map_err(|_| inconsistent("compartment_state", "compartment", row.unit_id))?;
                standing.away.push((number, row.read()?));
            }
        }
    }
    Ok(standings.into_iter().map(|(unit, (_, standing))| (unit, standing)).collect())
}

impl StandingRow {
    fn standing(self) -> Result<UnitStanding, StoreError> {
        let bank_number = u16::try_from(self.bank_number);
        Ok(UnitStanding {
            registry_id: self.registry_id,
            grid: self.grid,
            bank_number: bank_number.map_err(|_| inconsistent("bank", "number", self.bank_number))?,
            bank_code: self.bank_code,
            consented: self.consents > 0,
            version: self.version,
            away: Vec::new(),
        })
    }
}

/// How many units there are, published or not.
///
/// # Errors
/// As the driver.
pub async fn units_count(conn: &mut Conn<'_>) -> Result<i64, StoreError> {
    let (count,) = fetch_one!(conn, (i64,), "select count(*) from unit")?;
    Ok(count)
}

/// The units that a change carries, in the order of line and unit, after that place, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn change_units(
    conn: &mut Conn<'_>,
    change: ChangeId,
    after: (i64, UnitId),
    limit: i64,
) -> Result<Vec<(i64, UnitId)>, StoreError> {
    let rows = fetch_all!(
        conn,
        (i64, Uuid),
        "select line, unit_id from unit_version where change_id = $1 and (line > $2 or (line = $2 and unit_id > $3)) \
         order by line, unit_id limit $4",
        change.0,
        after.0,
        after.1.0,
        limit
    )?;
    Ok(rows.into_iter().map(|(line, unit)| (line, UnitId(unit))).collect())
}
