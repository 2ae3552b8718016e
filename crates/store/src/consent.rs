//! Families' consents to share their stored unit, and the patients that a family names as its own.

use domain::audit::{Fields, Hash};
use domain::id::{PatientId, UnitId};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// A consent to share.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ConsentRow {
    /// Id.
    pub id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// The day of the signature.
    pub signed_on: String,
    /// Where the signed paper is found.
    pub evidence: String,
    /// Since when it counts no more (µs).
    pub revoked_at: Option<i64>,
    /// Chain of the event that recorded it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl ConsentRow {
    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("sharing_consent")
            .id(self.id)
            .id(self.unit_id)
            .text(&self.signed_on)
            .text(&self.evidence)
            .maybe_int(self.revoked_at)
            .int(self.event_seq);
        Fact::new("sharing_consent", self.id, fields)
    }
}

/// A patient for whom the owning family's unit is found, whatever its consent says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct FamilyRow {
    /// The unit.
    pub unit_id: Uuid,
    /// The patient.
    pub patient_id: Uuid,
    /// Chain of the event that recorded it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl FamilyRow {
    /// The digest for the event.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("unit_family").id(self.unit_id).id(self.patient_id).finish()
    }
}

/// Records a consent. The fact goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when one stands.
pub async fn consent_add(tx: &mut Tx, row: &ConsentRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into sharing_consent (id, unit_id, signed_on, evidence, revoked_at, event_chain, event_seq) \
         values ($1, $2, $3, $4, $5, $6, $7)",
        row.id,
        row.unit_id,
        &row.signed_on,
        &row.evidence,
        row.revoked_at,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.fact())
}

/// Withdraws the consent that stands; `None` when none does. Its fact goes into the event.
///
/// # Errors
/// As the driver.
pub async fn consent_revoke(
    tx: &mut Tx,
    unit: UnitId,
    at: Instant,
) -> Result<Option<ConsentRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        ConsentRow,
        "update sharing_consent set revoked_at = $2 where unit_id = $1 and revoked_at is null returning *",
        unit.0,
        at.0
    )
}

/// The consent that stands.
///
/// # Errors
/// As the driver.
pub async fn consent_standing(conn: &mut Conn<'_>, unit: UnitId) -> Result<Option<ConsentRow>, StoreError> {
    fetch_optional!(
        conn,
        ConsentRow,
        "select * from sharing_consent where unit_id = $1 and revoked_at is null",
        unit.0
    )
}

/// Every unit whose consent stands: what a search index needs to know.
///
/// # Errors
/// As the driver.
pub async fn consents_standing(conn: &mut Conn<'_>) -> Result<Vec<UnitId>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid,),
        "select unit_id from sharing_consent where revoked_at is null order by unit_id"
    )?;
    Ok(rows.into_iter().map(|(id,)| UnitId(id)).collect())
}

/// The consents of a unit, newest first.
///
/// # Errors
/// As the driver.
pub async fn consents_of_unit(conn: &mut Conn<'_>, unit: UnitId) -> Result<Vec<ConsentRow>, StoreError> {
    fetch_all!(conn, ConsentRow, "select * from sharing_consent where unit_id = $1 order by id desc", unit.0)
}

/// Names a patient of the owning family. The digest goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when the patient is named already.
pub async fn family_add(tx: &mut Tx, row: &FamilyRow) -> Result<Hash, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into unit_family (unit_id, patient_id, event_chain, event_seq) values ($1, $2, $3, $4)",
        row.unit_id,
        row.patient_id,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.digest())
}

/// Whether the family that owns the unit named this patient.
///
/// # Errors
/// As the driver.
pub async fn family_has(conn: &mut Conn<'_>, unit: UnitId, patient: PatientId) -> Result<bool, StoreError> {
    let found = fetch_optional!(
        conn,
        (i64,),
        "select event_seq from unit_family where unit_id = $1 and patient_id = $2",
        unit.0,
        patient.0
    )?;
    Ok(found.is_some())
}

/// The units of a patient's own family.
///
/// # Errors
/// As the driver.
pub async fn units_of_family(conn: &mut Conn<'_>, patient: PatientId) -> Result<Vec<UnitId>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid,),
        "select unit_id from unit_family where patient_id = $1 order by unit_id",
        patient.0
    )?;
    Ok(rows.into_iter().map(|(id,)| UnitId(id)).collect())
}

/// The patients that the family of a unit named.
///
/// # Errors
/// As the driver.
pub async fn family_of_unit(conn: &mut Conn<'_>, unit: UnitId) -> Result<Vec<PatientId>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid,),
        "select patient_id from unit_family where unit_id = $1 order by patient_id",
        unit.0
    )?;
    Ok(rows.into_iter().map(|(id,)| PatientId(id)).collect())
}
