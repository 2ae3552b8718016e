//! The states of compartments: one without a row is stored.

use domain::audit::Fields;
use domain::id::UnitId;
use domain::registry::CompartmentState;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::sql::{execute, fetch_all};
use crate::tx::{EventPlace, Tx};

/// The state of one compartment.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct CompartmentRow {
    /// The unit.
    pub unit_id: Uuid,
    /// From 1 to 5.
    pub compartment: i64,
    /// [`CompartmentState`].
    pub state: String,
    /// Chain of the event that set it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl CompartmentRow {
    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("compartment_state")
            .id(self.unit_id)
            .int(self.compartment)
            .text(&self.state)
            .int(self.event_seq);
        Fact::new("compartment_state", format!("{}/{}", self.unit_id, self.compartment), fields)
    }

    pub(crate) fn read(&self) -> Result<CompartmentState, StoreError> {
        CompartmentState::from_word(&self.state)
            .ok_or_else(|| inconsistent("compartment_state", "state", self.unit_id))
    }
}

/// Sets the state of a compartment. Its fact goes into the event at `place`.
///
/// # Errors
/// As the driver.
pub async fn compartment_set(
    tx: &mut Tx,
    unit: UnitId,
    compartment: u8,
    state: CompartmentState,
    place: EventPlace,
) -> Result<Fact, StoreError> {
    let row = CompartmentRow {
        unit_id: unit.0,
        compartment: compartment.into(),
        state: state.as_str().to_owned(),
        event_chain: place.chain,
        event_seq: place.seq,
    };
    execute!(
        &mut tx.conn(),
        "insert into compartment_state (unit_id, compartment, state, event_chain, event_seq) \
         values ($1, $2, $3, $4, $5) on conflict (unit_id, compartment) do update set state = excluded.state, \
         event_chain = excluded.event_chain, event_seq = excluded.event_seq",
        row.unit_id,
        row.compartment,
        &row.state,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.fact())
}

/// The states of the first `count` compartments of a unit, from the first. What an expired hold still has is stored:
/// it may be held again even before the worker came round.
///
/// # Errors
/// As the driver.
pub async fn compartments_of(
    conn: &mut Conn<'_>,
    unit: UnitId,
    count: usize,
    now: Instant,
) -> Result<Vec<CompartmentState>, StoreError> {
    let rows = fetch_all!(
        &mut *conn,
        CompartmentRow,
        "select * from compartment_state where unit_id = $1 order by compartment",
        unit.0
    )?;
    let over = fetch_all!(
        conn,
        (i64,),
        "select p.compartment from hold_compartment p join hold h on h.id = p.hold_id \
         where p.unit_id = $1 and p.active and h.state = 'active' and h.expires_at <= $2",
        unit.0,
        now.0
    )?;
    let mut states = vec![CompartmentState::Stored; count];
    for row in rows {
        let expired = over.iter().any(|(compartment,)| *compartment == row.compartment);
        let place = usize::try_from(row.compartment - 1).ok().and_then(|place| states.get_mut(place));
        if let (Some(state), false) = (place, expired) {
            *state = row.read()?;
        }
    }
    Ok(states)
}

/// Every compartment that is not simply stored: what a search index needs to know.
///
/// # Errors
/// As the driver.
pub async fn compartments_away(
    conn: &mut Conn<'_>,
) -> Result<Vec<(UnitId, u8, CompartmentState)>, StoreError> {
    let rows = fetch_all!(
        conn,
        CompartmentRow,
        "select * from compartment_state where state <> 'stored' order by unit_id, compartment"
    )?;
    let read = |row: &CompartmentRow| {
        let number = u8::try_from(row.compartment);
        let number = number.map_err(|_| inconsistent("compartment_state", "compartment", row.unit_id))?;
        Ok((UnitId(row.unit_id), number, row.read()?))
    };
    rows.iter().map(read).collect()
}
