//! The laboratory: steps of the process, typings, and what staff say of a unit's status.

use domain::access::Action;
use domain::id::UnitId;
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Step, StepVerdict, UnitContent, UnitStatus, VersionSource, gone_for_good};
use domain::time::{Date, Instant};
use store::process::StepRow;

use super::nomenclature::release_in_use;
use super::reach::{authorize_any, needed};
use super::standing::{UnitNow, unit_now, units_touched, version_add};
use super::typing::{typing_given, typing_whole};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// A step or test as it was done.
#[derive(Debug, Clone)]
pub struct StepDone {
    /// Which.
    pub step: Step,
    /// Who did it.
    pub operator: String,
    /// With what, or empty.
    pub instrument: String,
    /// When it began.
    pub started_at: Instant,
    /// When it ended.
    pub ended_at: Instant,
    /// What came out, or empty.
    pub result: String,
    /// How it came out.
    pub verdict: StepVerdict,
}

/// Steps that may be recorded at once.
pub const STEPS: usize = 200;

/// Records steps of a unit, all or none. The same step again corrects what was recorded before.
///
/// # Errors
/// [`UnitRefusal::TimeImpossible`] when a step ends before it begins or in the future, [`Refusal::Required`] without an
/// operator, [`Refusal::NotFound`] for an unknown unit.
pub async fn steps_record(ctx: &Ctx, unit: UnitId, steps: Vec<StepDone>) -> Answer<()> {
    ctx.authorize(Action::WorkLab)?;
    if steps.is_empty() || steps.len() > STEPS {
        return Err(Refusal::Required.into());
    }
    let mut rows = Vec::with_capacity(steps.len());
    for done in steps {
        if done.ended_at < done.started_at || done.ended_at > ctx.now {
            return Err(UnitRefusal::TimeImpossible.into());
        }
        rows.push(StepRow {
            id: ctx.id(),
            unit_id: unit.0,
            position: done.step.position().into(),
            code: done.step.as_str().to_owned(),
            operator: needed(&done.operator, 60)?,
            instrument: domain::text::line(&done.instrument, 120)?,
            started_at: done.started_at.0,
            ended_at: done.ended_at.0,
            result: domain::text::line(&done.result, 400)?,
            verdict: done.verdict.as_str().to_owned(),
            event_chain: 0,
            event_seq: 0,
        });
    }
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                unit_now(&mut tx.conn(), unit, at.now).await?;
                let place = tx.next_event();
                for row in &mut rows {
                    (row.event_chain, row.event_seq) = (place.chain, place.seq);
                }
                store::process::steps_insert(&mut tx.conn(), &rows).await?;
                units_touched(&at, tx, [unit]).await?;
                let digests = rows.iter().map(StepRow::digest).collect();
                let mut event = at.event("steps.recorded", ("unit", unit.0));
                let codes: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
                event.detail = serde_json::json!({ "steps": codes }).to_string();
                tx.record(event, digests);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// Gives a unit another typing: a new version from the laboratory; the ones before stay in its history. It is read under
/// the release in use and kept as it was understood.
///
/// # Errors
/// [`Refusal::ChoiceUnknown`] for an unknown method, [`Refusal::DateImpossible`] for a day to come,
/// [`Refusal::TypingUnreadable`], [`UnitRefusal::TypingLocusMissing`].
pub async fn typing_record(ctx: &Ctx, unit: UnitId, hla: &str, method: &str, typed_on: Date) -> Answer<()> {
    ctx.authorize(Action::WorkLab)?;
    let hla = needed(hla, 4000)?;
    if !["dna", "serology", "mixed"].contains(&method) {
        return Err(Refusal::ChoiceUnknown.into());
    }
    if typed_on > ctx.now.date() {
        return Err(Refusal::DateImpossible.into());
    }
    let typing = typing_given(&*release_in_use(ctx).await?, &hla)?;
    typing_whole(&typing).map_err(Refusal::from)?;
    let (hla, method) = (typing.to_string(), method.to_owned());
    let change = move |content: &mut UnitContent| {
        content.hla = hla;
        content.hla_method = method;
        content.hla_typed_on = Some(typed_on);
        Ok(())
    };
    content_change(ctx, unit, "typing.recorded", VersionSource::Lab, |_| Ok(()), change).await
}

/// Says that a unit is to be had, or why not: a new version from staff.
///
/// # Errors
/// [`UnitRefusal::CompartmentGone`] when it is called to be had and nothing of it is left, [`UnitRefusal::CompartmentHeld`]
/// when it is called gone and somebody holds of it, [`UnitRefusal::UnitGoneForGood`] when it was destroyed or distributed
/// and is called anything else.
pub async fn status_set(ctx: &Ctx, unit: UnitId, status: UnitStatus, reason: &str) -> Answer<()> {
    authorize_any(ctx, &[Action::WorkLab, Action::ManageConsents])?;
    let reason = domain::text::line(reason, 2)?.to_ascii_uppercase();
    let for_good = gone_for_good(status, &reason);
    let fits = move |now: &UnitNow| {
        if gone_for_good(now.content.status, &now.content.status_reason) && !for_good {
            return Err(UnitRefusal::UnitGoneForGood);
        }
        let left = now.compartments.iter().any(|state| state.is_here());
        let taken = now.compartments.iter().any(|state| {
            use domain::registry::CompartmentState::{Held, Released};
            matches!(state, Held | Released)
        });
        match status {
            UnitStatus::Gone if taken => Err(UnitRefusal::CompartmentHeld),
            UnitStatus::Available | UnitStatus::Reserved if !left => Err(UnitRefusal::CompartmentGone),
            _ => Ok(()),
        }
    };
    let change = move |content: &mut UnitContent| {
        content.status = status;
        content.status_reason = reason;
        Ok(())
    };
    content_change(ctx, unit, "status.set", VersionSource::Staff, fits, change).await
}

/// Writes a new version of a unit with another content, checked as a load's is.
async fn content_change(
    ctx: &Ctx,
    unit: UnitId,
    kind: &'static str,
    source: VersionSource,
    fits: impl FnOnce(&UnitNow) -> Result<(), UnitRefusal> + Send + 'static,
    change: impl FnOnce(&mut UnitContent) -> Result<(), UnitRefusal> + Send + 'static,
) -> Answer<()> {
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let mut now = unit_now(&mut tx.conn(), unit, at.now).await?;
                if now.withdrawn {
                    return Err(UnitRefusal::UnitNotAvailable.into());
                }
                fits(&now)?;
                change(&mut now.content)?;
                let digest = version_add(&at, tx, &now, source).await?;
                let mut event = at.event(kind, ("unit", unit.0));
                event.state = Some(now.content.status.as_str().to_owned());
                tx.record(event, vec![digest]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}
