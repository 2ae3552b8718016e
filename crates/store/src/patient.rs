//! Patients for whom units are searched: a hospital's code, a typing, no name.

use domain::audit::Fields;
use domain::id::{HospitalId, PatientId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// A patient.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct PatientRow {
    /// Id.
    pub id: Uuid,
    /// The hospital's code.
    pub code: String,
    /// The person, where one is known.
    pub person_id: Option<Uuid>,
    /// The hospital.
    pub hospital_id: Option<Uuid>,
    /// The typing as it was given.
    pub hla: String,
    /// ABO blood group, or empty.
    pub abo: String,
    /// Weight in grams.
    pub weight_g: Option<i64>,
    /// Antibodies against HLA, in the laboratory's words.
    pub antibodies: String,
    /// The diagnosis, sealed under the patient's own key.
    pub diagnosis_sealed: Option<Vec<u8>>,
    /// When it was added (µs).
    pub created_at: i64,
    /// Chain of the event that added it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl PatientRow {
    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("patient")
            .id(self.id)
            .text(&self.code)
            .maybe_id(self.person_id)
            .maybe_id(self.hospital_id)
            .text(&self.hla)
            .text(&self.abo)
            .maybe_int(self.weight_g)
            .text(&self.antibodies)
            .bytes(self.diagnosis_sealed.as_deref().unwrap_or_default())
            .int(self.created_at)
            .int(self.event_seq);
        Fact::new("patient", self.id, fields)
    }
}

/// Adds a patient. The fact goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when the code is taken.
pub async fn patient_add(tx: &mut Tx, row: &PatientRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into patient (id, code, person_id, hospital_id, hla, abo, weight_g, antibodies, diagnosis_sealed, \
         created_at, event_chain, event_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        row.id,
        &row.code,
        row.person_id,
        row.hospital_id,
        &row.hla,
        &row.abo,
        row.weight_g,
        &row.antibodies,
        row.diagnosis_sealed.as_deref(),
        row.created_at,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.fact())
}

/// Changes what is known of a patient; id, day and event of the adding stay. The fact goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when the code is taken.
pub async fn patient_set(tx: &mut Tx, row: &PatientRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "update patient set code = $2, person_id = $3, hospital_id = $4, hla = $5, abo = $6, weight_g = $7, \
         antibodies = $8, diagnosis_sealed = $9 where id = $1",
        row.id,
        &row.code,
        row.person_id,
        row.hospital_id,
        &row.hla,
        &row.abo,
        row.weight_g,
        &row.antibodies,
        row.diagnosis_sealed.as_deref()
    )?;
    Ok(row.fact())
}

/// One patient.
///
/// # Errors
/// As the driver.
pub async fn patient_get(conn: &mut Conn<'_>, id: PatientId) -> Result<Option<PatientRow>, StoreError> {
    fetch_optional!(conn, PatientRow, "select * from patient where id = $1", id.0)
}

/// The first patient with this code; each hospital has codes of its own.
///
/// # Errors
/// As the driver.
pub async fn patient_by_code(conn: &mut Conn<'_>, code: &str) -> Result<Option<PatientRow>, StoreError> {
    fetch_optional!(conn, PatientRow, "select * from patient where code = $1 order by id limit 1", code)
}

/// Patients, of one hospital or of all, newest first below the id `before`, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn patients_list(
    conn: &mut Conn<'_>,
    hospital: Option<HospitalId>,
    before: PatientId,
    limit: i64,
) -> Result<Vec<PatientRow>, StoreError> {
    match hospital {
        Some(hospital) => fetch_all!(
            conn,
            PatientRow,
            "select * from patient where hospital_id = $1 and id < $2 order by id desc limit $3",
            hospital.0,
            before.0,
            limit
        ),
        None => fetch_all!(
            conn,
            PatientRow,
            "select * from patient where id < $1 order by id desc limit $2",
            before.0,
            limit
        ),
    }
}

/// Patients whose code begins so, of one hospital or of all, newest first, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn patients_by_code(
    conn: &mut Conn<'_>,
    hospital: Option<HospitalId>,
    begin: &str,
    limit: i64,
) -> Result<Vec<PatientRow>, StoreError> {
    match hospital {
        Some(hospital) => fetch_all!(
            conn,
            PatientRow,
            "select * from patient where substr(code, 1, length($1)) = $1 and hospital_id = $2 order by id desc limit $3",
            begin,
            hospital.0,
            limit
        ),
        None => fetch_all!(
            conn,
            PatientRow,
            "select * from patient where substr(code, 1, length($1)) = $1 order by id desc limit $2",
            begin,
            limit
        ),
    }
}
