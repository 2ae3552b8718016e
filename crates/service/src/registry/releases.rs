//! Releases: ordered by one person, authorized by another, cancelled before they leave. What leaves is in `dispatch`.

use std::collections::BTreeSet;

use domain::access::Action;
use domain::id::{HoldId, HospitalId, PatientId, UnitId, UnitReleaseId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{HoldState, LogSummary, ReleaseState, TypingVerdict};
use store::facts::Fact;
use store::hold::{HoldPart, HoldRow};
use store::unit_release::ReleaseRow;
use store::{Conn, StoreError, Tx};

use super::holds::{active, compartments_set};
use super::reach::{Reach, hospital_known, needed, person, reach};
use super::standing::{release_bars, unit_now, units_touched};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// A release with all that belongs to it.
#[derive(Debug, Clone)]
pub struct ReleaseFile {
    /// The release.
    pub release: ReleaseRow,
    /// The hold on which it was ordered.
    pub hold: HoldRow,
    /// Its compartments.
    pub parts: Vec<HoldPart>,
    /// What the shipper's log says; `None` when none is attached.
    pub log: Option<LogSummary>,
}

/// Orders the release of a hold to a hospital: the hold's own, unless another is named.
///
/// # Errors
/// [`UnitRefusal::HoldNotActive`], [`UnitRefusal::HospitalNeeded`], [`UnitRefusal::TypingUnconfirmed`],
/// [`UnitRefusal::ReleaseBarred`]; [`Refusal::NotFound`] for another hospital's hold.
pub async fn release_order(ctx: &Ctx, hold: HoldId, hospital: Option<HospitalId>) -> Answer<UnitReleaseId> {
    let reach = reach(ctx, &[Action::OrderRelease]).await?;
    let by = person(ctx)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let row = store::hold::hold_get(&mut tx.conn(), hold).await?.ok_or(Refusal::NotFound)?;
                reach.sees(row.hospital_id)?;
                let row = active(&mut tx.conn(), hold, at.now).await?;
                let to = hospital.or(row.hospital_id.map(HospitalId)).ok_or(UnitRefusal::HospitalNeeded)?;
                hospital_known(&mut tx.conn(), to).await?;
                reach.sees(Some(to.0))?;
                let parts = store::hold::hold_parts(&mut tx.conn(), hold).await?;
                may_leave(&at, &mut tx.conn(), &row, &parts).await?;
                let closed = store::hold::hold_close(tx, hold, HoldState::Released, "", at.now).await?;
                let closed = closed.ok_or(UnitRefusal::HoldNotActive)?;
                let place = tx.next_event();
                let release = ReleaseRow {
                    id: at.id(),
                    hold_id: hold.0,
                    hospital_id: to.0,
                    award_id: None,
                    state: ReleaseState::Ordered.as_str().to_owned(),
                    ordered_by: by.0,
                    ordered_at: at.now.0,
                    authorized_by: None,
                    authorized_at: None,
                    checked_by_first: None,
                    checked_by_second: None,
                    shipper: String::new(),
                    shipped_at: None,
                    outcome_reason: String::new(),
                    closed_at: None,
                    event_chain: place.chain,
                    event_seq: place.seq,
                };
                let fact = match store::unit_release::release_add(tx, &release).await {
                    Ok(fact) => fact,
                    Err(StoreError::Conflict { .. }) => return Err(UnitRefusal::HoldNotActive.into()),
                    Err(error) => return Err(error.into()),
                };
                let facts = vec![fact, closed.fact(&parts)];
                moved(&at, tx, &release, ReleaseState::Ordered, &parts, facts).await?;
                Ok(UnitReleaseId(release.id))
            })
        })
        .await
}

/// The last confirmatory typing of each unit must agree, and with the typing that the unit has now.
async fn confirmed(conn: &mut Conn<'_>, hold: HoldId, parts: &[HoldPart]) -> Answer<()> {
    let typings = store::confirmatory::confirmatory_of_hold(conn, hold).await?;
    let units: BTreeSet<UnitId> = parts.iter().map(HoldPart::unit).collect();
    for unit in units {
        let last = typings.iter().rev().find(|typing| typing.unit_id == unit.0);
        let last = last.filter(|typing| typing.verdict == TypingVerdict::Confirmed.as_str());
        let last = last.ok_or(UnitRefusal::TypingUnconfirmed)?;
        let confirmed = store::confirmatory::hla_before(conn, unit, last.event_seq).await?;
        if confirmed != store::confirmatory::hla_before(conn, unit, i64::MAX).await? {
            return Err(UnitRefusal::TypingUnconfirmed.into());
        }
    }
    Ok(())
}

/// Each unit's typing must be confirmed and nothing may bar its release: asked again at each step until it has left.
pub(super) async fn may_leave(
    ctx: &Ctx,
    conn: &mut Conn<'_>,
    hold: &HoldRow,
    parts: &[HoldPart],
) -> Answer<()> {
    confirmed(conn, HoldId(hold.id), parts).await?;
    for part in parts {
        let unit = unit_now(conn, part.unit(), ctx.now).await?;
        // A hold outlives versions: the newest may have fewer compartments than it names.
        if usize::from(part.number()) > unit.compartments.len() {
            return Err(UnitRefusal::CompartmentUnknown.into());
        }
        if !release_bars(conn, &unit, PatientId(hold.patient_id)).await?.is_empty() {
            return Err(UnitRefusal::ReleaseBarred.into());
        }
    }
    Ok(())
}

/// Records that a release came to `state`, its compartments with it.
pub(super) async fn moved(
    ctx: &Ctx,
    tx: &mut Tx,
    release: &ReleaseRow,
    state: ReleaseState,
    parts: &[HoldPart],
    mut facts: Vec<Fact>,
) -> Answer<()> {
    facts.extend(compartments_set(tx, parts, state.compartments()).await?);
    units_touched(ctx, tx, parts.iter().map(HoldPart::unit)).await?;
    let mut event = ctx.event(&format!("release.{}", state.as_str()), ("unit_release", release.id));
    event.state = Some(state.as_str().to_owned());
    event.detail = serde_json::json!({ "hold": release.hold_id }).to_string();
    tx.record_facts(event, vec![], &facts);
    Ok(())
}

/// What a step of a release needs: the release, its hold and parts, seen by the actor, in the state `from`.
pub(super) struct Step {
    pub(super) release: ReleaseRow,
    pub(super) hold: HoldRow,
    pub(super) parts: Vec<HoldPart>,
}

pub(super) async fn step(tx: &mut Tx, id: UnitReleaseId, reach: Reach, next: ReleaseState) -> Answer<Step> {
    let mut conn = tx.conn();
    let release = store::unit_release::release_get(&mut conn, id).await?.ok_or(Refusal::NotFound)?;
    reach.sees(Some(release.hospital_id))?;
    if !release.state()?.leads_to(next) {
        return Err(UnitRefusal::ReleaseNotInState.into());
    }
    let hold = HoldId(release.hold_id);
    Ok(Step {
        hold: store::hold::hold_get(&mut conn, hold).await?.ok_or(Refusal::NotFound)?,
        parts: store::hold::hold_parts(&mut conn, hold).await?,
        release,
    })
}

/// Writes a release that came from `was`.
pub(super) async fn written(tx: &mut Tx, release: &ReleaseRow, was: ReleaseState) -> Answer<Fact> {
    match store::unit_release::release_set(tx, release, was).await {
        Ok(fact) => Ok(fact.ok_or(UnitRefusal::ReleaseNotInState)?),
        // The schema has the last word on two persons.
        Err(StoreError::Impossible { .. }) => Err(UnitRefusal::SecondPersonNeeded.into()),
        Err(error) => Err(error.into()),
    }
}

/// Authorizes a release that another person ordered.
///
/// # Errors
/// [`UnitRefusal::SecondPersonNeeded`], [`UnitRefusal::TypingUnconfirmed`], [`UnitRefusal::ReleaseBarred`],
/// [`UnitRefusal::ReleaseNotInState`].
pub async fn release_authorize(ctx: &Ctx, id: UnitReleaseId) -> Answer<()> {
    ctx.authorize(Action::AuthorizeRelease)?;
    let by = person(ctx)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let Step { mut release, hold, parts } =
                    step(tx, id, Reach::All, ReleaseState::Authorized).await?;
                if release.ordered_by == by.0 {
                    return Err(UnitRefusal::SecondPersonNeeded.into());
                }
                may_leave(&at, &mut tx.conn(), &hold, &parts).await?;
                ReleaseState::Authorized.as_str().clone_into(&mut release.state);
                release.authorized_by = Some(by.0);
                release.authorized_at = Some(at.now.0);
                let fact = written(tx, &release, ReleaseState::Ordered).await?;
                moved(&at, tx, &release, ReleaseState::Authorized, &parts, vec![fact]).await?;
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// Gives up a release that has not left; its compartments are free again and its hold stays closed.
///
/// # Errors
/// [`UnitRefusal::ReleaseNotInState`] once it has left, or an empty reason.
pub async fn release_cancel(ctx: &Ctx, id: UnitReleaseId, reason: &str) -> Answer<()> {
    let reach = reach(ctx, &[Action::OrderRelease, Action::AuthorizeRelease]).await?;
    let reason = needed(reason, 200)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let found = step(tx, id, reach, ReleaseState::Cancelled).await?;
                release_end(&at, tx, found, ReleaseState::Cancelled, &reason).await
            })
        })
        .await
}

/// Ends a release and lets its compartments go, each to the state that the end gives it.
pub(super) async fn release_end(
    ctx: &Ctx,
    tx: &mut Tx,
    found: Step,
    state: ReleaseState,
    reason: &str,
) -> Answer<()> {
    let Step { mut release, hold, .. } = found;
    let was = release.state()?;
    state.as_str().clone_into(&mut release.state);
    reason.clone_into(&mut release.outcome_reason);
    release.closed_at = Some(ctx.now.0);
    let fact = written(tx, &release, was).await?;
    let parts = store::hold::hold_let_go(tx, HoldId(hold.id)).await?;
    let facts = vec![fact, hold.fact(&parts)];
    moved(ctx, tx, &release, state, &parts, facts).await
}

/// Who may read releases.
const READERS: [Action; 1] = [Action::ReadHolds];

/// The newest releases that the actor may see, below the id `before`, at most `limit`.
///
/// # Errors
/// When not allowed.
pub async fn releases(ctx: &Ctx, before: UnitReleaseId, limit: i64) -> Answer<Vec<ReleaseRow>> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::unit_release::releases_list(&mut reader.conn(), reach.hospital(), before, limit).await?)
}

/// One release with all that belongs to it.
///
/// # Errors
/// [`Refusal::NotFound`], also for another hospital's.
pub async fn release_file(ctx: &Ctx, id: UnitReleaseId) -> Answer<ReleaseFile> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let release = store::unit_release::release_get(&mut conn, id).await?.ok_or(Refusal::NotFound)?;
    reach.sees(Some(release.hospital_id))?;
    let hold = HoldId(release.hold_id);
    Ok(ReleaseFile {
        hold: store::hold::hold_get(&mut conn, hold).await?.ok_or(Refusal::NotFound)?,
        parts: store::hold::hold_parts(&mut conn, hold).await?,
        log: LogSummary::of(&store::unit_release::log_of(&mut conn, id).await?),
        release,
    })
}
