//! What else decides where units stand, for all units of a page at once: consents, compartments and places between two
//! ids, in one query each.

use std::collections::{HashMap, HashSet};

use domain::id::UnitId;
use domain::registry::CompartmentState;
use domain::time::Instant;
use uuid::Uuid;

use crate::compartment::CompartmentRow;
use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::fetch_all;
use crate::storage::MoveRow;

/// Our own state of the units of a page.
#[derive(Debug, Default)]
pub struct PageStandings {
    consented: HashSet<Uuid>,
    away: HashMap<Uuid, Vec<(u8, CompartmentState)>>,
    moves: HashMap<Uuid, Vec<MoveRow>>,
}

impl PageStandings {
    /// Whether the family's consent to share the unit stands.
    #[must_use]
    pub fn consented(&self, unit: UnitId) -> bool {
        self.consented.contains(&unit.0)
    }

    /// The states of the first `count` compartments of a unit, from the first.
    #[must_use]
    pub fn compartments(&self, unit: UnitId, count: usize) -> Vec<CompartmentState> {
        let mut states = vec![CompartmentState::Stored; count];
        for (number, state) in self.away.get(&unit.0).into_iter().flatten() {
            let place = usize::from(*number).checked_sub(1).and_then(|place| states.get_mut(place));
            if let Some(place) = place {
                *place = *state;
            }
        }
        states
    }

    /// The moves of a unit in the order in which they were recorded; none where they were not asked for.
    #[must_use]
    pub fn moves(&self, unit: UnitId) -> &[MoveRow] {
        self.moves.get(&unit.0).map_or(&[], Vec::as_slice)
    }
}

/// The state at `now` of the units after `after` up to `until`; what an expired hold still has is stored. The moves only
/// where `moves` asks for them: they matter while a warm tank is to be judged.
///
/// # Errors
/// As the driver.
pub async fn page_standings(
    conn: &mut Conn<'_>,
    after: UnitId,
    until: UnitId,
    now: Instant,
    moves: bool,
) -> Result<PageStandings, StoreError> {
    let mut page = PageStandings::default();
    let consented = fetch_all!(
        &mut *conn,
        (Uuid,),
        "select unit_id from sharing_consent where revoked_at is null and unit_id > $1 and unit_id <= $2",
        after.0,
        until.0
    )?;
    page.consented = consented.into_iter().map(|(unit,)| unit).collect();
    let expired = fetch_all!(
        &mut *conn,
        (Uuid, i64),
        "select p.unit_id, p.compartment from hold h join hold_compartment p on p.hold_id = h.id \
         where h.state = 'active' and h.expires_at <= $3 and p.active and p.unit_id > $1 and p.unit_id <= $2",
        after.0,
        until.0,
        now.0
    )?;
    let expired: HashSet<(Uuid, i64)> = expired.into_iter().collect();
    let away = fetch_all!(
        &mut *conn,
        CompartmentRow,
        "select * from compartment_state where unit_id > $1 and unit_id <= $2 and state <> 'stored'",
        after.0,
        until.0
    )?;
    for row in away {
        if !expired.contains(&(row.unit_id, row.compartment)) {
            let number = u8::try_from(row.compartment);
            let number = number.map_err(|_| inconsistent("compartment_state", "compartment", row.unit_id))?;
            page.away.entry(row.unit_id).or_default().push((number, row.read()?));
        }
    }
    if moves {
        let rows = fetch_all!(
            conn,
            MoveRow,
            "select * from storage_move where unit_id > $1 and unit_id <= $2 order by event_seq, id",
            after.0,
            until.0
        )?;
        for row in rows {
            page.moves.entry(row.unit_id).or_default().push(row);
        }
    }
    Ok(page)
}
