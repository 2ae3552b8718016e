//! Where a unit stands now: its newest version, compartments, consent, places and process together.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::audit::Hash;
use domain::id::{ChangeId, PatientId, UnitId};
use domain::refusal::Refusal;
use domain::registry::{
    Bar, COMPARTMENTS, CompartmentState, Excursion, Place, StepRecord, Trace, UnitContent, UnitFacts,
    UnitStanding, VersionSource, stays_of,
};
use domain::time::Instant;
use store::change::{ChangeOf, change_add, change_publish};
use store::process::StepRow;
use store::storage::{ExcursionRow, MoveRow};
use store::unit::UnitRow;
use store::unit_version::VersionRow;
use store::{Conn, Tx};

use crate::context::Ctx;
use crate::error::Answer;

/// A unit as it is now.
#[derive(Debug, Clone)]
pub struct UnitNow {
    /// Which.
    pub unit: UnitRow,
    /// What its newest version says.
    pub content: UnitContent,
    /// Whether that version withdraws it.
    pub withdrawn: bool,
    /// Whether its family's consent to share stands.
    pub consent: bool,
    /// Each compartment's state.
    pub compartments: Vec<CompartmentState>,
    /// Where each compartment lies; `None` where nobody said, and for what has left.
    pub places: Vec<Option<Place>>,
    /// Whether it lay too warm.
    pub too_warm: bool,
}

impl UnitNow {
    /// What the rules ask.
    #[must_use]
    pub fn facts(&self) -> UnitFacts<'_> {
        UnitFacts {
            content: &self.content,
            withdrawn: self.withdrawn,
            consent: self.consent,
            compartments: &self.compartments,
            too_warm: self.too_warm,
        }
    }
}

/// All that is known of a unit: its passport.
#[derive(Debug, Clone)]
pub struct UnitFile {
    /// The unit as it is now.
    pub now: UnitNow,
    /// Where it stands by the rules.
    pub standing: UnitStanding,
    /// Why its release to a stranger would be barred; empty when it would not.
    pub release_bars: Vec<Bar>,
    /// What the process says.
    pub trace: Trace,
    /// The records of the process, in the order in which they were made.
    pub steps: Vec<StepRow>,
    /// The moves, oldest first.
    pub moves: Vec<MoveRow>,
    /// The patients whom the owning family named.
    pub family: Vec<PatientId>,
}

/// The passport of a unit.
///
/// # Errors
/// [`Refusal::NotFound`] when nothing of it was published.
pub async fn unit_file(ctx: &Ctx, unit: UnitId) -> Answer<UnitFile> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let now = unit_now(&mut conn, unit, ctx.now).await?;
    let steps = store::process::steps_of_unit(&mut conn, unit).await?;
    let trace = trace_of(&steps)?;
    Ok(UnitFile {
        standing: now.facts().standing(),
        release_bars: now.facts().release_bars(&trace, false),
        moves: store::storage::moves_of_unit(&mut conn, unit).await?,
        family: store::consent::family_of_unit(&mut conn, unit).await?,
        now,
        trace,
        steps,
    })
}

/// Reads a unit as it is now, if the actor may know it.
pub(super) async fn unit_seen(ctx: &Ctx, conn: &mut Conn<'_>, id: UnitId) -> Answer<UnitNow> {
    let unit = unit_now(conn, id, ctx.now).await?;
    super::reach::bank_seen(ctx, unit.unit.bank())?;
    Ok(unit)
}

/// Reads a unit as it is now.
pub(crate) async fn unit_now(conn: &mut Conn<'_>, id: UnitId, now: Instant) -> Answer<UnitNow> {
    let unit = store::unit::unit_get(conn, id).await?.ok_or(Refusal::NotFound)?;
    let version = store::unit::unit_version_at(conn, id, i64::MAX).await?.ok_or(Refusal::NotFound)?;
    let content = version.content()?;
    let moves = store::storage::moves_of_unit(conn, id).await?;
    let compartments = store::compartment::compartments_of(conn, id, content.compartments.len(), now).await?;
    let places = places(&content, &moves, &compartments);
    Ok(UnitNow {
        consent: store::consent::consent_standing(conn, id).await?.is_some(),
        too_warm: too_warm(conn, &unit, &moves).await?,
        withdrawn: version.withdrawn,
        compartments,
        places,
        unit,
        content,
    })
}

/// Our own moves count more than what the bank's file says.
fn places(content: &UnitContent, moves: &[MoveRow], states: &[CompartmentState]) -> Vec<Option<Place>> {
    let of = |(number, (compartment, state)): (i64, (&domain::registry::Compartment, &CompartmentState))| {
        let mut own = moves.iter().filter(|row| row.compartment == number).peekable();
        if !state.is_here() {
            return None;
        }
        match own.peek() {
            Some(_) => own.find(|row| row.current).map(MoveRow::place),
            None => compartment.place.clone(),
        }
    };
    (1..).zip(content.compartments.iter().zip(states)).map(of).collect()
}

async fn too_warm(conn: &mut Conn<'_>, unit: &UnitRow, moves: &[MoveRow]) -> Answer<bool> {
    let open = store::storage::excursions_open(conn, unit.bank()).await?;
    let open = open.iter().map(ExcursionRow::read).collect::<Result<Vec<Excursion>, _>>()?;
    lay_too_warm(conn, &open, unit.unit_id(), moves).await
}

/// Whether it lay in a tank while that was too warm, of its bank's tanks that were (`open`): by every version of it, since
/// the newest may tell another place. Its versions are read only where some tank was too warm.
pub(super) async fn lay_too_warm(
    conn: &mut Conn<'_>,
    open: &[Excursion],
    unit: UnitId,
    moves: &[MoveRow],
) -> Answer<bool> {
    if open.is_empty() {
        return Ok(false);
    }
    let mut said = Vec::new();
    for (_, at, row) in store::unit::unit_history(conn, unit).await?.into_iter().rev() {
        said.push((Instant(at), row.content()?));
    }
    let frozen = said.iter().find_map(|(_, content)| content.frozen_on);
    let frozen = frozen.map_or(Instant(i64::MIN), domain::time::Date::start);
    let compartment_lay_so = |number: u8| {
        let places = said.iter().filter_map(|(at, content)| {
            let compartment = content.compartments.get(usize::from(number) - 1)?;
            Some((*at, compartment.place.as_ref()?.tank.as_str()))
        });
        let own = moves.iter().filter(|row| row.compartment == i64::from(number));
        let own: Vec<_> = own.map(|row| (Instant(row.moved_at), row.tank.as_str())).collect();
        let stays = stays_of(frozen, places, &own);
        stays.iter().any(|stay| open.iter().any(|excursion| excursion.spoils(stay)))
    };
    Ok((1..=COMPARTMENTS).any(compartment_lay_so))
}

/// What the records of a process say.
pub(crate) fn trace_of(steps: &[StepRow]) -> Answer<Trace> {
    Ok(Trace::read(steps.iter().map(StepRow::record).collect::<Result<Vec<StepRecord>, _>>()?))
}

/// Why a unit in a release order for `patient` may not leave.
pub(crate) async fn release_bars(conn: &mut Conn<'_>, now: &UnitNow, patient: PatientId) -> Answer<Vec<Bar>> {
    let unit = now.unit.unit_id();
    let trace = trace_of(&store::process::steps_of_unit(conn, unit).await?)?;
    let family = store::consent::family_has(conn, unit, patient).await?;
    Ok(now.facts().release_bars(&trace, family))
}

/// Tells every node that something about units is not as it was: they read them anew.
pub(crate) async fn units_touched(
    ctx: &Ctx,
    tx: &mut Tx,
    units: impl IntoIterator<Item = UnitId>,
) -> Answer<()> {
    let units: BTreeMap<UnitId, ()> = units.into_iter().map(|unit| (unit, ())).collect();
    for unit in units.into_keys() {
        let change = ChangeId(ctx.id());
        change_add(tx, change, ChangeOf::Unit(unit), ctx.now).await?;
        change_publish(tx, change, ctx.now).await?;
    }
    Ok(())
}

/// Writes and publishes a new version of one unit. The digest goes into the next event.
pub(crate) async fn version_add(
    ctx: &Ctx,
    tx: &mut Tx,
    unit: &UnitNow,
    source: VersionSource,
) -> Answer<Hash> {
    let change = ChangeId(ctx.id());
    let id = unit.unit.unit_id();
    let place = tx.next_event();
    let row = VersionRow::new(id, change, source, &unit.content, unit.withdrawn, Some(place)).of(&unit.unit);
    change_add(tx, change, ChangeOf::Unit(id), ctx.now).await?;
    store::unit_version::versions_insert(&mut tx.conn(), std::slice::from_ref(&row)).await?;
    change_publish(tx, change, ctx.now).await?;
    Ok(row.digest())
}
