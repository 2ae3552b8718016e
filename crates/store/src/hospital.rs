//! Hospitals, and which of them a doctor acts for.

use domain::audit::Fields;
use domain::id::{HospitalId, UserId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// A hospital.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct HospitalRow {
    /// Id.
    pub id: Uuid,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Whether it lies outside mainland China.
    pub abroad: bool,
}

impl HospitalRow {
    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("hospital").id(self.id).text(&self.name_zh).text(&self.name_en);
        Fact::new("hospital", self.id, fields.int(i64::from(self.abroad)))
    }
}

/// Which hospital a doctor acts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct StaffHospitalRow {
    /// The doctor.
    pub user_id: Uuid,
    /// The hospital.
    pub hospital_id: Uuid,
}

impl StaffHospitalRow {
    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("staff_hospital").id(self.user_id).id(self.hospital_id);
        Fact::new("staff_hospital", self.user_id, fields)
    }
}

/// Adds a hospital, or changes its names. Its fact goes into the event.
///
/// # Errors
/// As the driver.
pub async fn hospital_put(tx: &mut Tx, row: &HospitalRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into hospital (id, name_zh, name_en, abroad) values ($1, $2, $3, $4) \
         on conflict (id) do update set name_zh = excluded.name_zh, name_en = excluded.name_en, abroad = excluded.abroad",
        row.id,
        &row.name_zh,
        &row.name_en,
        row.abroad
    )?;
    Ok(row.fact())
}

/// All hospitals, by name.
///
/// # Errors
/// As the driver.
pub async fn hospitals(conn: &mut Conn<'_>) -> Result<Vec<HospitalRow>, StoreError> {
    fetch_all!(conn, HospitalRow, "select * from hospital order by name_zh, id")
}

/// One hospital.
///
/// # Errors
/// As the driver.
pub async fn hospital_get(conn: &mut Conn<'_>, id: HospitalId) -> Result<Option<HospitalRow>, StoreError> {
    fetch_optional!(conn, HospitalRow, "select * from hospital where id = $1", id.0)
}

/// Binds a doctor to a hospital, instead of the one before. Its fact goes into the event.
///
/// # Errors
/// As the driver.
pub async fn staff_hospital_set(tx: &mut Tx, row: StaffHospitalRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into staff_hospital (user_id, hospital_id) values ($1, $2) \
         on conflict (user_id) do update set hospital_id = excluded.hospital_id",
        row.user_id,
        row.hospital_id
    )?;
    Ok(row.fact())
}

/// The hospital that a user acts for.
///
/// # Errors
/// As the driver.
pub async fn staff_hospital(conn: &mut Conn<'_>, user: UserId) -> Result<Option<HospitalId>, StoreError> {
    let found =
        fetch_optional!(conn, (Uuid,), "select hospital_id from staff_hospital where user_id = $1", user.0)?;
    Ok(found.map(|(id,)| HospitalId(id)))
}

/// The facts of all rows of this file.
pub(crate) async fn facts_now(conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
    let mut facts: Vec<Fact> = hospitals(conn).await?.iter().map(HospitalRow::fact).collect();
    let bound = fetch_all!(conn, StaffHospitalRow, "select * from staff_hospital")?;
    facts.extend(bound.iter().map(StaffHospitalRow::fact));
    Ok(facts)
}
