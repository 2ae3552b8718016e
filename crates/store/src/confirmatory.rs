//! What a hold stands on: the report that it names, and the typings of attached segments that confirm it.

use domain::audit::{Fields, Hash};
use domain::id::{HoldId, ReportId, UnitId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// What the typing of an attached segment said.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
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

/// What a hold asks of a match report.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReportGround {
    /// Whom it is for.
    pub patient_id: Option<Uuid>,
    /// Whether a technician signed it.
    pub signed: bool,
    /// What it says, as JSON.
    pub content: String,
}

/// What a hold asks of a match report; `None` when there is no such report.
///
/// # Errors
/// As the driver.
pub async fn report_ground(conn: &mut Conn<'_>, id: ReportId) -> Result<Option<ReportGround>, StoreError> {
    fetch_optional!(
        conn,
        ReportGround,
        "select s.patient_id, g.report_id is not null as signed, r.content from match_report r \
         join match_search s on s.id = r.search_id left join match_signature g on g.report_id = r.id where r.id = $1",
        id.0
    )
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

/// The typing of a unit as its newest version said it before an event; `None` when nothing was published by then.
///
/// # Errors
/// As the driver.
pub async fn hla_before(
    conn: &mut Conn<'_>,
    unit: UnitId,
    event_seq: i64,
) -> Result<Option<String>, StoreError> {
    let found = fetch_optional!(
        conn,
        (String,),
        "select v.hla from unit_version v join registry_change c on c.id = v.change_id \
         left join unit_load l on l.id = c.load_id where v.unit_id = $1 and c.number is not null \
         and coalesce(v.event_seq, l.event_seq) < $2 order by c.number desc limit 1",
        unit.0,
        event_seq
    )?;
    Ok(found.map(|(hla,)| hla))
}
