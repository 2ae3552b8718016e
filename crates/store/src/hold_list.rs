//! Holds as lines of a list: for whom, of which units, how far the release has come, in one query a page.

use domain::id::{HoldId, HospitalId, PatientId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::fetch_all;

/// A hold as a line.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct HoldLineRow {
    /// Id.
    pub id: Uuid,
    /// For whom.
    pub patient_id: Uuid,
    /// The hospital's code of the patient.
    pub patient_code: String,
    /// [`domain::registry::HoldPurpose`].
    pub purpose: String,
    /// [`domain::registry::HoldState`].
    pub state: String,
    /// When it was made (µs).
    pub made_at: i64,
    /// When it ends by itself (µs).
    pub expires_at: i64,
    /// State of the release that was ordered on it.
    pub release_state: Option<String>,
    /// When that was ordered (µs).
    pub ordered_at: Option<i64>,
    /// Chinese name of the hospital, where one is named.
    pub hospital_zh: Option<String>,
    /// Its English name.
    pub hospital_en: Option<String>,
    /// How many compartments it names.
    pub compartments: i64,
    /// Registry id of its unit; the smaller one of two.
    pub first_unit: Option<String>,
    /// Registry id of its unit; the greater one of two.
    pub last_unit: Option<String>,
}

macro_rules! hold_lines {
    ($filter:literal) => {
        concat!(
            "select h.id, h.patient_id, p.code as patient_code, h.purpose, h.state, h.made_at, h.expires_at, ",
            "r.state as release_state, r.ordered_at, o.name_zh as hospital_zh, o.name_en as hospital_en, ",
            "(select count(*) from hold_compartment c where c.hold_id = h.id) as compartments, ",
            "(select min(u.registry_id) from hold_compartment c join unit u on u.id = c.unit_id where c.hold_id = h.id) ",
            "as first_unit, ",
            "(select max(u.registry_id) from hold_compartment c join unit u on u.id = c.unit_id where c.hold_id = h.id) ",
            "as last_unit from hold h join patient p on p.id = h.patient_id left join unit_release r on r.hold_id = h.id ",
            "left join hospital o on o.id = coalesce(r.hospital_id, h.hospital_id) ",
            $filter
        )
    };
}

/// Holds, of one hospital or of all, newest first below the id `before`, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn hold_lines(
    conn: &mut Conn<'_>,
    hospital: Option<HospitalId>,
    before: HoldId,
    limit: i64,
) -> Result<Vec<HoldLineRow>, StoreError> {
    match hospital {
        Some(hospital) => fetch_all!(
            conn,
            HoldLineRow,
            hold_lines!("where h.hospital_id = $1 and h.id < $2 order by h.id desc limit $3"),
            hospital.0,
            before.0,
            limit
        ),
        None => fetch_all!(
            conn,
            HoldLineRow,
            hold_lines!("where h.id < $1 order by h.id desc limit $2"),
            before.0,
            limit
        ),
    }
}

/// The holds of a patient, newest first, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn hold_lines_of(
    conn: &mut Conn<'_>,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<HoldLineRow>, StoreError> {
    fetch_all!(
        conn,
        HoldLineRow,
        hold_lines!("where h.patient_id = $1 order by h.id desc limit $2"),
        patient.0,
        limit
    )
}

/// The holds whose release is ordered and waits for a second person, of one hospital or of all, the first that was
/// ordered first, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn hold_lines_ordered(
    conn: &mut Conn<'_>,
    hospital: Option<HospitalId>,
    limit: i64,
) -> Result<Vec<HoldLineRow>, StoreError> {
    match hospital {
        Some(hospital) => fetch_all!(
            conn,
            HoldLineRow,
            hold_lines!(
                "where r.state = 'ordered' and r.hospital_id = $1 order by r.ordered_at, r.id limit $2"
            ),
            hospital.0,
            limit
        ),
        None => fetch_all!(
            conn,
            HoldLineRow,
            hold_lines!("where r.state = 'ordered' order by r.ordered_at, r.id limit $1"),
            limit
        ),
    }
}
