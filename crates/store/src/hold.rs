//! Holds and the compartments that they name. At most one active hold has a compartment: a unique index sees to it.

use std::collections::BTreeMap;

use domain::audit::Fields;
use domain::id::{HoldId, HospitalId, PatientId, UnitId};
use domain::registry::HoldState;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional, insert_rows};
use crate::tx::Tx;

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct HoldRow {
    /// Id.
    pub id: Uuid,
    /// For whom.
    pub patient_id: Uuid,
    /// On the ground of which report.
    pub report_id: Option<Uuid>,
    /// For which hospital.
    pub hospital_id: Option<Uuid>,
    /// [`domain::registry::HoldPurpose`].
    pub purpose: String,
    /// [`HoldState`].
    pub state: String,
    /// Why it ended, in the words of staff or as a code; empty while it is active.
    pub reason: String,
    /// Who made it.
    pub made_by: String,
    /// When (µs).
    pub made_at: i64,
    /// When it ends by itself (µs).
    pub expires_at: i64,
    /// When it ended (µs).
    pub closed_at: Option<i64>,
    /// Chain of the event that made it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

/// One compartment of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct HoldPart {
    /// The hold.
    pub hold_id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// From 1 to 5.
    pub compartment: i64,
    /// Whether the hold, or the release ordered on it, still has it.
    pub active: bool,
}

impl HoldPart {
    /// The unit.
    #[must_use]
    pub const fn unit(&self) -> UnitId {
        UnitId(self.unit_id)
    }

    /// The compartment's number; the schema lets no other in.
    #[must_use]
    pub fn number(&self) -> u8 {
        u8::try_from(self.compartment).unwrap_or(0)
    }
}

impl HoldRow {
    /// What this hold is with its parts, for the event that wrote them.
    #[must_use]
    pub fn fact(&self, parts: &[HoldPart]) -> Fact {
        let fields = Fields::new("hold")
            .id(self.id)
            .id(self.patient_id)
            .maybe_id(self.report_id)
            .maybe_id(self.hospital_id)
            .text(&self.purpose)
            .text(&self.state)
            .text(&self.reason)
            .text(&self.made_by)
            .int(self.made_at)
            .int(self.expires_at)
            .maybe_int(self.closed_at)
            .int(self.event_seq);
        let fields = parts.iter().fold(fields, |fields, part| {
            fields.id(part.unit_id).int(part.compartment).int(i64::from(part.active))
        });
        Fact::new("hold", self.id, fields)
    }
}

/// Keeps a hold with its parts, which are in the order of unit and compartment. Its fact goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when another hold has a compartment.
pub async fn hold_add(tx: &mut Tx, row: &HoldRow, parts: &[HoldPart]) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into hold (id, patient_id, report_id, hospital_id, purpose, state, reason, made_by, made_at, expires_at, \
         closed_at, event_chain, event_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        row.id,
        row.patient_id,
        row.report_id,
        row.hospital_id,
        &row.purpose,
        &row.state,
        &row.reason,
        &row.made_by,
        row.made_at,
        row.expires_at,
        row.closed_at,
        row.event_chain,
        row.event_seq
    )?;
    insert_rows!(
        &mut tx.conn(),
        "insert into hold_compartment (hold_id, unit_id, compartment, active) ",
        parts,
        |bind, part| {
            bind.push_bind(part.hold_id)
                .push_bind(part.unit_id)
                .push_bind(part.compartment)
                .push_bind(part.active);
        }
    )?;
    Ok(row.fact(parts))
}

/// One hold.
///
/// # Errors
/// As the driver.
pub async fn hold_get(conn: &mut Conn<'_>, id: HoldId) -> Result<Option<HoldRow>, StoreError> {
    fetch_optional!(conn, HoldRow, "select * from hold where id = $1", id.0)
}

/// The parts of a hold, in the order of unit and compartment.
///
/// # Errors
/// As the driver.
pub async fn hold_parts(conn: &mut Conn<'_>, id: HoldId) -> Result<Vec<HoldPart>, StoreError> {
    fetch_all!(
        conn,
        HoldPart,
        "select * from hold_compartment where hold_id = $1 order by unit_id, compartment",
        id.0
    )
}

/// Holds, of one hospital or of all, newest first below the id `before`, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn holds_list(
    conn: &mut Conn<'_>,
    hospital: Option<HospitalId>,
    before: HoldId,
    limit: i64,
) -> Result<Vec<HoldRow>, StoreError> {
    match hospital {
        Some(hospital) => fetch_all!(
            conn,
            HoldRow,
            "select * from hold where hospital_id = $1 and id < $2 order by id desc limit $3",
            hospital.0,
            before.0,
            limit
        ),
        None => fetch_all!(
            conn,
            HoldRow,
            "select * from hold where id < $1 order by id desc limit $2",
            before.0,
            limit
        ),
    }
}

/// The holds of a patient, newest first.
///
/// # Errors
/// As the driver.
pub async fn holds_of_patient(conn: &mut Conn<'_>, id: PatientId) -> Result<Vec<HoldRow>, StoreError> {
    fetch_all!(conn, HoldRow, "select * from hold where patient_id = $1 order by id desc", id.0)
}

/// The holds that name a unit, newest first.
///
/// # Errors
/// As the driver.
pub async fn holds_of_unit(conn: &mut Conn<'_>, unit: UnitId) -> Result<Vec<HoldRow>, StoreError> {
    fetch_all!(
        conn,
        HoldRow,
        "select * from hold where id in (select hold_id from hold_compartment where unit_id = $1) order by id desc",
        unit.0
    )
}

/// Active holds whose time is over, the oldest end first, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn holds_due(conn: &mut Conn<'_>, now: Instant, limit: i64) -> Result<Vec<HoldRow>, StoreError> {
    fetch_all!(
        conn,
        HoldRow,
        "select * from hold where state = 'active' and expires_at <= $1 order by expires_at limit $2",
        now.0,
        limit
    )
}

/// When the next active hold ends.
///
/// # Errors
/// As the driver.
pub async fn holds_next_due(conn: &mut Conn<'_>) -> Result<Option<Instant>, StoreError> {
    let (at,) = fetch_one!(conn, (Option<i64>,), "select min(expires_at) from hold where state = 'active'")?;
    Ok(at.map(Instant))
}

/// Active holds whose time is over and that still have a compartment of this unit.
///
/// # Errors
/// As the driver.
pub async fn holds_over_on(
    conn: &mut Conn<'_>,
    unit: UnitId,
    now: Instant,
) -> Result<Vec<HoldRow>, StoreError> {
    fetch_all!(
        conn,
        HoldRow,
        "select * from hold where state = 'active' and expires_at <= $2 \
         and id in (select hold_id from hold_compartment where unit_id = $1 and active) order by id",
        unit.0,
        now.0
    )
}

/// Holds that still have a compartment of this unit: active ones, and those on which a release is under way.
///
/// # Errors
/// As the driver.
pub async fn holds_having(conn: &mut Conn<'_>, unit: UnitId) -> Result<Vec<HoldRow>, StoreError> {
    fetch_all!(
        conn,
        HoldRow,
        "select * from hold where id in (select hold_id from hold_compartment where unit_id = $1 and active) order by id",
        unit.0
    )
}

/// Ends an active hold; `None` when it is not active any more. Its parts stay as they are.
///
/// # Errors
/// As the driver.
pub async fn hold_close(
    tx: &mut Tx,
    id: HoldId,
    state: HoldState,
    reason: &str,
    at: Instant,
) -> Result<Option<HoldRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        HoldRow,
        "update hold set state = $2, reason = $3, closed_at = $4 where id = $1 and state = 'active' returning *",
        id.0,
        state.as_str(),
        reason,
        at.0
    )
}

/// Gives an active hold another end; `None` when it is not active any more.
///
/// # Errors
/// As the driver.
pub async fn hold_prolong(tx: &mut Tx, id: HoldId, until: Instant) -> Result<Option<HoldRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        HoldRow,
        "update hold set expires_at = $2 where id = $1 and state = 'active' returning *",
        id.0,
        until.0
    )
}

/// Lets go of the compartments of a hold and gives its parts as they are then.
///
/// # Errors
/// As the driver.
pub async fn hold_let_go(tx: &mut Tx, id: HoldId) -> Result<Vec<HoldPart>, StoreError> {
    let mut conn = tx.conn();
    execute!(&mut conn, "update hold_compartment set active = $2 where hold_id = $1", id.0, false)?;
    hold_parts(&mut conn, id).await
}

/// The facts of all holds.
pub(crate) async fn facts_now(conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
    let holds = fetch_all!(&mut *conn, HoldRow, "select * from hold order by id")?;
    let parts =
        fetch_all!(conn, HoldPart, "select * from hold_compartment order by hold_id, unit_id, compartment")?;
    let mut of_hold = BTreeMap::<Uuid, Vec<HoldPart>>::new();
    for part in parts {
        of_hold.entry(part.hold_id).or_default().push(part);
    }
    let none = Vec::new();
    Ok(holds.iter().map(|hold| hold.fact(of_hold.get(&hold.id).unwrap_or(&none))).collect())
}
