//! Dispatch: identity checked by two, shipped, the shipper's temperatures, and what became of it.

use std::collections::BTreeSet;

use domain::access::Action;
use domain::id::{UnitId, UnitReleaseId};
use domain::refusal::{FileRefusal, Refusal, UnitRefusal};
use domain::registry::{Din, Grid, LogSummary, ReleaseState, log_read};
use store::{Conn, StoreError};

use super::reach::{Reach, needed, person, reach};
use super::releases::{Step, may_leave, moved, release_end, step, written};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// A person compares what was scanned on the bags with the order: each unit by one of its numbers, and nothing else.
/// The second check must be another person's.
///
/// # Errors
/// [`UnitRefusal::IdentityDisagrees`], [`UnitRefusal::SecondPersonNeeded`]; [`UnitRefusal::ReleaseNotInState`] when it is
/// not authorized, or two have checked it.
pub async fn release_check(ctx: &Ctx, id: UnitReleaseId, scanned: &[String]) -> Answer<()> {
    ctx.authorize(Action::WorkLab)?;
    let by = person(ctx)?;
    let (at, scanned) = (ctx.clone(), scanned.to_vec());
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let Step { mut release, parts, .. } = step(tx, id, Reach::All, ReleaseState::Shipped).await?;
                let wanted: BTreeSet<UnitId> = parts.iter().map(|part| part.unit()).collect();
                if units_of(&mut tx.conn(), &scanned).await? != wanted {
                    return Err(UnitRefusal::IdentityDisagrees.into());
                }
                match (release.checked_by_first, release.checked_by_second) {
                    (None, _) => release.checked_by_first = Some(by.0),
                    (Some(first), _) if first == by.0 => {
                        return Err(UnitRefusal::SecondPersonNeeded.into());
                    }
                    (Some(_), None) => release.checked_by_second = Some(by.0),
                    (Some(_), Some(_)) => return Err(UnitRefusal::ReleaseNotInState.into()),
                }
                let fact = written(tx, &release, ReleaseState::Authorized).await?;
                let mut event = at.event("release.checked", ("unit_release", release.id));
                event.state = Some(release.state.clone());
                tx.record_facts(event, vec![], &[fact]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// The units that these numbers name; a number that names none, or two, disagrees.
async fn units_of(conn: &mut Conn<'_>, scanned: &[String]) -> Answer<BTreeSet<UnitId>> {
    let mut units = BTreeSet::new();
    for typed in scanned.iter().filter(|typed| !typed.trim().is_empty()) {
        let plain = domain::text::half_width(typed).trim().to_owned();
        let upper = plain.to_ascii_uppercase();
        // A scanner reads the number with its check character.
        let number = match (Din::read(&upper), Grid::read(&upper)) {
            (Ok(din), _) => din.to_string(),
            (_, Ok(grid)) => grid.to_string(),
            _ => upper,
        };
        match &store::unit::units_scanned(conn, &plain, &number).await?[..] {
            [unit] => units.insert(unit.unit_id()),
            // A number of nobody, or one that is one unit's id and another's DIN.
            _ => return Err(UnitRefusal::IdentityDisagrees.into()),
        };
    }
    Ok(units)
}

/// Sends an authorized release off in a shipper, after two persons checked its identity.
///
/// # Errors
/// [`UnitRefusal::IdentityUnchecked`], [`UnitRefusal::TypingUnconfirmed`], [`UnitRefusal::ReleaseBarred`],
/// [`UnitRefusal::ReleaseNotInState`].
pub async fn release_ship(ctx: &Ctx, id: UnitReleaseId, shipper: &str) -> Answer<()> {
    ctx.authorize(Action::WorkLab)?;
    let shipper = needed(shipper, 60)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let Step { mut release, hold, parts } =
                    step(tx, id, Reach::All, ReleaseState::Shipped).await?;
                if release.checked_by_first.is_none() || release.checked_by_second.is_none() {
                    return Err(UnitRefusal::IdentityUnchecked.into());
                }
                may_leave(&at, &mut tx.conn(), &hold, &parts).await?;
                ReleaseState::Shipped.as_str().clone_into(&mut release.state);
                release.shipper = shipper;
                release.shipped_at = Some(at.now.0);
                let fact = written(tx, &release, ReleaseState::Authorized).await?;
                for part in &parts {
                    store::storage::place_leave(&mut tx.conn(), part.unit(), part.compartment).await?;
                }
                moved(&at, tx, &release, ReleaseState::Shipped, &parts, vec![fact]).await?;
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// Attaches the shipper's temperature log, once, after it left.
///
/// # Errors
/// As [`log_read`]; [`UnitRefusal::LogAttached`], [`UnitRefusal::ReleaseNotInState`] before it left,
/// [`UnitRefusal::TimeImpossible`] for readings to come or from before the order.
pub async fn release_log(ctx: &Ctx, id: UnitReleaseId, file: &str) -> Answer<LogSummary> {
    ctx.authorize(Action::WorkLab)?;
    let readings = log_read(file)?;
    let summary = LogSummary::of(&readings).ok_or(UnitRefusal::LogEmpty)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let release = store::unit_release::release_get(&mut tx.conn(), id).await?;
                let release = release.ok_or(Refusal::NotFound)?;
                if release.shipped_at.is_none() {
                    return Err(UnitRefusal::ReleaseNotInState.into());
                }
                if summary.from.0 < release.ordered_at || summary.to > at.now {
                    return Err(UnitRefusal::TimeImpossible.into());
                }
                if !store::unit_release::log_of(&mut tx.conn(), id).await?.is_empty() {
                    return Err(UnitRefusal::LogAttached.into());
                }
                let fact = match store::unit_release::log_add(tx, id, &readings).await {
                    Ok(fact) => fact,
                    Err(StoreError::Conflict { .. }) => return Err(UnitRefusal::LogAttached.into()),
                    Err(error) => return Err(error.into()),
                };
                let mut event = at.event("release.logged", ("unit_release", release.id));
                event.state = Some(release.state);
                event.detail = serde_json::json!({
                    "readings": summary.readings, "warmest_dc": summary.warmest_dc, "too_warm": summary.too_warm,
                })
                .to_string();
                tx.record_facts(event, vec![], &[fact]);
                Ok::<_, ServiceError>(summary)
            })
        })
        .await
}

/// As [`release_log`], for a logger's file in UTF-8 or GB18030.
///
/// # Errors
/// As [`release_log`]; [`FileRefusal::Missing`] for an empty file, [`FileRefusal::NotText`].
pub async fn release_log_file(ctx: &Ctx, id: UnitReleaseId, file: &[u8]) -> Answer<LogSummary> {
    ctx.authorize(Action::WorkLab)?;
    if file.is_empty() {
        return Err(FileRefusal::Missing.into());
    }
    let text = crate::takeover::text_of(file).ok_or(FileRefusal::NotText)?;
    release_log(ctx, id, &text).await
}

/// Says what became of a shipped release: infused, returned or discarded; all but the first with a reason.
///
/// # Errors
/// [`UnitRefusal::ReleaseNotInState`], or an empty reason.
pub async fn release_outcome(
    ctx: &Ctx,
    id: UnitReleaseId,
    outcome: ReleaseState,
    reason: &str,
) -> Answer<()> {
    let reach = reach(ctx, &[Action::OrderRelease, Action::WorkLab]).await?;
    if !ReleaseState::Shipped.leads_to(outcome) {
        return Err(UnitRefusal::ReleaseNotInState.into());
    }
    let reason = match outcome {
        ReleaseState::Infused => domain::text::line(reason, 200)?,
        _ => needed(reason, 200)?,
    };
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let found = step(tx, id, reach, outcome).await?;
                release_end(&at, tx, found, outcome, &reason).await
            })
        })
        .await
}
