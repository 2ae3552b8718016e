//! Match reports, the signatures under them, and the confirmatory typings that follow.

use domain::audit::{Fields, Hash};
use domain::id::{HoldId, PatientId, ReportId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// A match report: what it says never changes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ReportRow {
    /// Id.
    pub id: Uuid,
    /// The search that it reports.
    pub search_id: Uuid,
    /// Its number.
    pub number: String,
    /// All that it says, as JSON.
    pub content: String,
    /// SHA-256 of the content.
    pub digest: Vec<u8>,
    /// Who made it.
    pub made_by: String,
    /// When (µs).
    pub made_at: i64,
    /// Chain of the event that wrote it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl ReportRow {
    /// The digest for the event.
    #[must_use]
    pub fn row_digest(&self) -> Hash {
        Fields::new("match_report")
            .id(self.id)
            .id(self.search_id)
            .text(&self.number)
            .text(&self.content)
            .bytes(&self.digest)
            .text(&self.made_by)
            .int(self.made_at)
            .finish()
    }
}

/// A technician's signature under a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct SignatureRow {
    /// The report.
    pub report_id: Uuid,
    /// The technician.
    pub signed_by: Uuid,
    /// When (µs).
    pub signed_at: i64,
    /// Chain of the event that wrote it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl SignatureRow {
    /// The digest for the event.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("match_signature").id(self.report_id).id(self.signed_by).int(self.signed_at).finish()
    }
}

/// What the typing of an attached segment said.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ConfirmatoryRow {
    /// Id.
    pub id: Uuid,
    /// The hold that it was done for.
    pub hold_id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// The typing.
    pub hla: String,
    /// Who typed.
    pub laboratory: String,
    /// The day.
    pub typed_on: String,
    /// [`domain::registry::TypingVerdict`].
    pub verdict: String,
    /// Who recorded it.
    pub recorded_by: String,
    /// When (µs).
    pub recorded_at: i64,
    /// Chain of the event that wrote it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl ConfirmatoryRow {
    /// The digest for the event.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("confirmatory_typing")
            .id(self.id)
            .id(self.hold_id)
            .id(self.unit_id)
            .text(&self.hla)
            .text(&self.laboratory)
            .text(&self.typed_on)
            .text(&self.verdict)
            .text(&self.recorded_by)
            .int(self.recorded_at)
            .finish()
    }
}

/// Keeps a report. The digest goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when the number is taken.
pub async fn report_add(tx: &mut Tx, row: &ReportRow) -> Result<Hash, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into match_report (id, search_id, number, content, digest, made_by, made_at, event_chain, event_seq) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id,
        row.search_id,
        &row.number,
        &row.content,
        &row.digest,
        &row.made_by,
        row.made_at,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.row_digest())
}

/// One report.
///
/// # Errors
/// As the driver.
pub async fn report_get(conn: &mut Conn<'_>, id: ReportId) -> Result<Option<ReportRow>, StoreError> {
    fetch_optional!(conn, ReportRow, "select * from match_report where id = $1", id.0)
}

/// The patient for whom a report's search was made; `None` where it was made for none.
///
/// # Errors
/// As the driver.
pub async fn report_patient(conn: &mut Conn<'_>, id: ReportId) -> Result<Option<PatientId>, StoreError> {
    let found = fetch_optional!(
        conn,
        (Option<Uuid>,),
        "select s.patient_id from match_report r join match_search s on s.id = r.search_id where r.id = $1",
        id.0
    )?;
    Ok(found.and_then(|(id,)| id).map(PatientId))
}

/// Keeps a signature. The digest goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when the report is signed.
pub async fn signature_add(tx: &mut Tx, row: &SignatureRow) -> Result<Hash, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into match_signature (report_id, signed_by, signed_at, event_chain, event_seq) values ($1, $2, $3, $4, $5)",
        row.report_id,
        row.signed_by,
        row.signed_at,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.digest())
}

/// The signature under a report; without one it is a draft.
///
/// # Errors
/// As the driver.
pub async fn signature_of(conn: &mut Conn<'_>, id: ReportId) -> Result<Option<SignatureRow>, StoreError> {
    fetch_optional!(conn, SignatureRow, "select * from match_signature where report_id = $1", id.0)
}

/// Keeps a confirmatory typing. The digest goes into the event.
///
/// # Errors
/// As the driver.
pub async fn confirmatory_add(tx: &mut Tx, row: &ConfirmatoryRow) -> Result<Hash, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into confirmatory_typing (id, hold_id, unit_id, hla, laboratory, typed_on, verdict, recorded_by, \
         recorded_at, event_chain, event_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        row.id,
        row.hold_id,
        row.unit_id,
        &row.hla,
        &row.laboratory,
        &row.typed_on,
        &row.verdict,
        &row.recorded_by,
        row.recorded_at,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.digest())
}

/// The confirmatory typings of a hold, in the order in which they were recorded: the last one of a unit counts.
///
/// # Errors
/// As the driver.
pub async fn confirmatory_of_hold(
    conn: &mut Conn<'_>,
    hold: HoldId,
) -> Result<Vec<ConfirmatoryRow>, StoreError> {
    fetch_all!(
        conn,
        ConfirmatoryRow,
        "select * from confirmatory_typing where hold_id = $1 order by event_seq, id",
        hold.0
    )
}
