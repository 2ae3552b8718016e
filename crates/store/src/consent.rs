//! Families' consents to share their stored unit, and the patients that a family names as its own.

use domain::audit::{Fields, Hash};
use domain::id::{PatientId, UnitId};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::{EventPlace, Tx};

/// A consent to share.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
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
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct FamilyRow {
    /// The unit.
    pub unit_id: Uuid,
    /// The patient.
    pub patient_id: Uuid,
    /// Where it is written; empty in rows from before it was asked.
    pub evidence: String,
    /// Chain of the event that recorded it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl FamilyRow {
    /// The digest for the event.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let fields = Fields::new("unit_family").id(self.unit_id).id(self.patient_id);
        if self.evidence.is_empty() { fields.finish() } else { fields.text(&self.evidence).finish() }
    }
}

/// That a patient is no longer one of the owning family: the row of its naming stays.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct FamilyEndRow {
    /// The unit.
    pub unit_id: Uuid,
    /// The patient.
    pub patient_id: Uuid,
    /// Number of the event that named the patient.
    pub named_seq: i64,
    /// Why.
    pub reason: String,
    /// Chain of the event that recorded it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl FamilyEndRow {
    /// The digest for the event.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("unit_family_end")
            .id(self.unit_id)
            .id(self.patient_id)
            .int(self.named_seq)
            .text(&self.reason)
            .finish()
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
/// As the driver.
pub async fn family_add(tx: &mut Tx, row: &FamilyRow) -> Result<Hash, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into unit_family (unit_id, patient_id, evidence, event_chain, event_seq) values ($1, $2, $3, $4, $5)",
        row.unit_id,
        row.patient_id,
        &row.evidence,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.digest())
}

/// Records that a patient is no longer one of the owning family; `None` when it is not. The digest goes into the event
/// at `place`.
///
/// # Errors
/// As the driver.
pub async fn family_end(
    tx: &mut Tx,
    unit: UnitId,
    patient: PatientId,
    reason: &str,
    place: EventPlace,
) -> Result<Option<Hash>, StoreError> {
    let Some(named_seq) = family_named(&mut tx.conn(), unit, patient).await? else { return Ok(None) };
    let row = FamilyEndRow {
        unit_id: unit.0,
        patient_id: patient.0,
        named_seq,
        reason: reason.to_owned(),
        event_chain: place.chain,
        event_seq: place.seq,
    };
    execute!(
        &mut tx.conn(),
        "insert into unit_family_end (unit_id, patient_id, named_seq, reason, event_chain, event_seq) \
         values ($1, $2, $3, $4, $5, $6)",
        row.unit_id,
        row.patient_id,
        row.named_seq,
        &row.reason,
        row.event_chain,
        row.event_seq
    )?;
    Ok(Some(row.digest()))
}

/// The event that named this patient as one of the family that owns the unit, unless that has ended.
async fn family_named(
    conn: &mut Conn<'_>,
    unit: UnitId,
    patient: PatientId,
) -> Result<Option<i64>, StoreError> {
    let found = fetch_optional!(
        conn,
        (i64,),
        "select event_seq from unit_family f where unit_id = $1 and patient_id = $2 and not exists \
         (select 1 from unit_family_end e where e.unit_id = f.unit_id and e.patient_id = f.patient_id \
         and e.named_seq = f.event_seq)",
        unit.0,
        patient.0
    )?;
    Ok(found.map(|(seq,)| seq))
}

/// Whether the family that owns the unit names this patient.
///
/// # Errors
/// As the driver.
pub async fn family_has(conn: &mut Conn<'_>, unit: UnitId, patient: PatientId) -> Result<bool, StoreError> {
    Ok(family_named(conn, unit, patient).await?.is_some())
}

/// The units of a patient's own family.
///
/// # Errors
/// As the driver.
pub async fn units_of_family(conn: &mut Conn<'_>, patient: PatientId) -> Result<Vec<UnitId>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid,),
        "select unit_id from unit_family f where patient_id = $1 and not exists (select 1 from unit_family_end e \
         where e.unit_id = f.unit_id and e.patient_id = f.patient_id and e.named_seq = f.event_seq) order by unit_id",
        patient.0
    )?;
    Ok(rows.into_iter().map(|(id,)| UnitId(id)).collect())
}

/// The patients that the family of a unit names.
///
/// # Errors
/// As the driver.
pub async fn family_of_unit(conn: &mut Conn<'_>, unit: UnitId) -> Result<Vec<PatientId>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid,),
        "select patient_id from unit_family f where unit_id = $1 and not exists (select 1 from unit_family_end e \
         where e.unit_id = f.unit_id and e.patient_id = f.patient_id and e.named_seq = f.event_seq) order by patient_id",
        unit.0
    )?;
    Ok(rows.into_iter().map(|(id,)| PatientId(id)).collect())
}
