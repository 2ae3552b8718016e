//! The steps of units' processes as they were done. Corrections are later rows.

use domain::audit::{Fields, Hash};
use domain::id::UnitId;
use domain::registry::{Step, StepRecord, StepVerdict};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{fetch_all, insert_rows};

/// One step as it was done.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct StepRow {
    /// Id.
    pub id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// Place in the catalogue, from 1.
    pub position: i64,
    /// [`Step`].
    pub code: String,
    /// Who did it.
    pub operator: String,
    /// With what, or empty.
    pub instrument: String,
    /// When it began (µs).
    pub started_at: i64,
    /// When it ended (µs).
    pub ended_at: i64,
    /// What came out, or empty.
    pub result: String,
    /// [`StepVerdict`].
    pub verdict: String,
    /// Chain of the event that recorded it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl StepRow {
    /// The digest for the event.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("process_step")
            .id(self.id)
            .id(self.unit_id)
            .int(self.position)
            .text(&self.code)
            .text(&self.operator)
            .text(&self.instrument)
            .int(self.started_at)
            .int(self.ended_at)
            .text(&self.result)
            .text(&self.verdict)
            .finish()
    }

    /// What the rules need of it.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] for words that no step has.
    pub fn record(&self) -> Result<StepRecord, StoreError> {
        let wrong = |column| inconsistent("process_step", column, self.id);
        Ok(StepRecord {
            step: Step::from_word(&self.code).ok_or_else(|| wrong("code"))?,
            started_at: Instant(self.started_at),
            ended_at: Instant(self.ended_at),
            verdict: StepVerdict::from_word(&self.verdict).ok_or_else(|| wrong("verdict"))?,
        })
    }
}

/// Records steps. Their digests go into the event whose place they carry.
///
/// # Errors
/// As the driver.
pub async fn steps_insert(conn: &mut Conn<'_>, rows: &[StepRow]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into process_step (id, unit_id, position, code, operator, instrument, started_at, ended_at, result, \
         verdict, event_chain, event_seq) ",
        rows,
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(row.unit_id)
                .push_bind(row.position)
                .push_bind(&row.code)
                .push_bind(&row.operator)
                .push_bind(&row.instrument)
                .push_bind(row.started_at)
                .push_bind(row.ended_at)
                .push_bind(&row.result)
                .push_bind(&row.verdict)
                .push_bind(row.event_chain)
                .push_bind(row.event_seq);
        }
    )
}

/// All records of a unit, in the order in which they were made; those of one event as its rows' ids are ordered.
///
/// # Errors
/// As the driver.
pub async fn steps_of_unit(conn: &mut Conn<'_>, unit: UnitId) -> Result<Vec<StepRow>, StoreError> {
    fetch_all!(
        conn,
        StepRow,
        "select * from process_step where unit_id = $1 order by event_chain, event_seq, position, id",
        unit.0
    )
}
