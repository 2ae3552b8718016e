//! The laboratory: steps of the process, typings, and what staff say of a unit's status.

use std::collections::BTreeSet;

use domain::access::{Action, Actor};
use domain::id::UnitId;
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{
    CompartmentState, LABORATORY, OwnWord, Step, StepVerdict, UnitContent, UnitStatus, VersionSource,
    gone_for_good,
};
use domain::time::{Date, Instant};
use store::process::StepRow;
use store::{Conn, StoreError};

use super::deed::{Deed, deed};
use super::nomenclature::release_in_use;
use super::reach::needed;
use super::standing::{UnitNow, unit_seen, units_touched, version_add};
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
    let work = steps_deed(ctx, unit, steps).map_err(ServiceError::anywhere)?;
    ctx.house.writer.write(work).await.map_err(ServiceError::anywhere)
}

/// As [`steps_record`], to be done in a transaction of the caller's; refusals say at which step and field.
pub(super) fn steps_deed(ctx: &Ctx, unit: UnitId, steps: Vec<StepDone>) -> Answer<Deed<()>> {
    ctx.authorize(Action::RecordSteps)?;
    if steps.is_empty() {
        return Err(ServiceError::from(Refusal::Required).at("steps"));
    }
    if steps.len() > STEPS {
        return Err(ServiceError::from(Refusal::TooMany { max: STEPS }).at("steps"));
    }
    let mut rows = Vec::with_capacity(steps.len());
    for (index, done) in steps.iter().enumerate() {
        rows.push(step_row(ctx, unit, done).map_err(|error| error.at(&format!("steps[{index}]")))?);
    }
    let at = ctx.clone();
    Ok(deed(move |tx| {
        Box::pin(async move {
            unit_seen(&at, &mut tx.conn(), unit).await?;
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
            Ok(())
        })
    }))
}

/// Goes on only if something may have been done at a moment: not in the future, and not before computers count.
pub(super) fn moment_possible(ctx: &Ctx, at: Instant) -> Answer<()> {
    if at > ctx.now {
        return Err(UnitRefusal::TimeImpossible.into());
    }
    if at < Instant(0) {
        return Err(Refusal::DateTooEarly { earliest: Instant(0).date() }.into());
    }
    Ok(())
}

fn step_row(ctx: &Ctx, unit: UnitId, done: &StepDone) -> Answer<StepRow> {
    moment_possible(ctx, done.started_at).map_err(|error| error.at("started_at"))?;
    if done.ended_at < done.started_at || done.ended_at > ctx.now {
        return Err(ServiceError::from(UnitRefusal::TimeImpossible).at("ended_at"));
    }
    let line = |field, typed: &str, max| {
        domain::text::line(typed, max).map_err(|refusal| ServiceError::from(refusal).at(field))
    };
    Ok(StepRow {
        id: ctx.id(),
        unit_id: unit.0,
        position: done.step.position().into(),
        code: done.step.as_str().to_owned(),
        operator: needed(&done.operator, 60).map_err(|error| error.at("operator"))?,
        instrument: line("instrument", &done.instrument, 120)?,
        started_at: done.started_at.0,
        ended_at: done.ended_at.0,
        result: line("result", &done.result, 400)?,
        verdict: done.verdict.as_str().to_owned(),
        event_chain: 0,
        event_seq: 0,
    })
}

/// A typing as a laboratory made it.
#[derive(Debug, Clone)]
pub(super) struct TypingDone {
    /// The typing in any notation.
    pub(super) hla: String,
    /// How it was made: `dna`, `serology`, `mixed`.
    pub(super) method: String,
    /// When.
    pub(super) typed_on: Date,
    /// Which laboratory made it, or empty.
    pub(super) laboratory: String,
}

/// Gives a unit another typing: a new version from the laboratory; the ones before stay in its history. It is read under
/// the release in use and kept as it was understood.
///
/// # Errors
/// [`Refusal::ChoiceUnknown`] for an unknown method, [`Refusal::DateImpossible`] for a day to come,
/// [`Refusal::DateTooEarly`], [`Refusal::TypingUnreadable`], [`UnitRefusal::TypingLocusMissing`],
/// [`UnitRefusal::TypingOlder`] for a key's typing of an earlier day than the one in use: only a person says that the later
/// one is wrong.
pub async fn typing_record(ctx: &Ctx, unit: UnitId, hla: &str, method: &str, typed_on: Date) -> Answer<()> {
    let (hla, method, laboratory) = (hla.to_owned(), method.to_owned(), String::new());
    let done = TypingDone { hla, method, typed_on, laboratory };
    let work = typing_deed(ctx, unit, done).await.map_err(ServiceError::anywhere)?;
    ctx.house.writer.write(work).await.map_err(ServiceError::anywhere)
}

/// As [`typing_record`], to be done in a transaction of the caller's; refusals say at which field.
pub(super) async fn typing_deed(ctx: &Ctx, unit: UnitId, done: TypingDone) -> Answer<Deed<()>> {
    ctx.authorize(Action::RecordTypings)?;
    let at = |field: &'static str| move |error: ServiceError| error.at(field);
    let typed = needed(&done.hla, 4000).map_err(at("hla"))?;
    if !["dna", "serology", "mixed"].contains(&done.method.as_str()) {
        return Err(at("method")(Refusal::ChoiceUnknown.into()));
    }
    if done.typed_on > ctx.now.date() {
        return Err(at("typed_on")(Refusal::DateImpossible.into()));
    }
    let earliest = Instant(0).date();
    if done.typed_on < earliest {
        return Err(at("typed_on")(Refusal::DateTooEarly { earliest }.into()));
    }
    let laboratory =
        domain::text::line(&done.laboratory, 120).map_err(|refusal| at("laboratory")(refusal.into()))?;
    let release = release_in_use(ctx).await?;
    // Reading the longest typing takes milliseconds that others shall not wait for.
    let reading = tokio::task::spawn_blocking(move || {
        let typing = typing_given(&release, &typed)?;
        typing_whole(&typing)?;
        Ok::<_, ServiceError>(typing.to_string())
    });
    let hla = reading.await.map_err(|_| StoreError::Unavailable)?.map_err(at("hla"))?;
    let by_key = matches!(ctx.actor, Actor::ApiKey { .. });
    let fits = move |now: &UnitNow| {
        let older = by_key && now.content.hla_typed_on.is_some_and(|day| done.typed_on < day);
        if older { Err(at("typed_on")(UnitRefusal::TypingOlder.into())) } else { Ok(()) }
    };
    let change = move |content: &mut UnitContent| {
        content.hla = hla;
        content.hla_method = done.method;
        content.hla_typed_on = Some(done.typed_on);
        // Whoever typed before did not make this typing.
        content.details.remove(LABORATORY);
        if !laboratory.is_empty() {
            content.details.insert(LABORATORY.to_owned(), laboratory);
        }
    };
    Ok(content_deed(ctx, unit, "typing.recorded", VersionSource::Lab, fits, change))
}

/// Says that a unit is to be had, or why not: a new version from staff or the laboratory's system.
///
/// # Errors
/// [`UnitRefusal::CompartmentGone`] when it is called to be had and nothing of it is left, [`UnitRefusal::UnitSpent`] when
/// all that is left is in orders, [`UnitRefusal::CompartmentHeld`] when it is called gone and somebody holds of it,
/// [`UnitRefusal::UnitGoneForGood`] when it was destroyed or distributed and is called anything else,
/// [`UnitRefusal::StatusByPerson`] when a key lifts what a person said.
pub async fn status_set(ctx: &Ctx, unit: UnitId, status: UnitStatus, reason: &str) -> Answer<()> {
    let work = status_deed(ctx, unit, status, reason).map_err(ServiceError::anywhere)?;
    ctx.house.writer.write(work).await
}

/// As [`status_set`], to be done in a transaction of the caller's.
pub(super) fn status_deed(ctx: &Ctx, unit: UnitId, status: UnitStatus, reason: &str) -> Answer<Deed<()>> {
    ctx.authorize(Action::SetUnitStatus)?;
    let reason = domain::text::line(reason, 2).map_err(|refusal| ServiceError::from(refusal).at("reason"))?;
    let reason = reason.to_ascii_uppercase();
    let at = ctx.clone();
    Ok(deed(move |tx| {
        Box::pin(async move {
            let word = persons_word(&at, &mut tx.conn(), unit).await?;
            let said = reason.clone();
            let fits = move |now: &UnitNow| Ok(status_fits(now, status, &said, &word)?);
            let change = move |content: &mut UnitContent| {
                content.status = status;
                content.status_reason = reason;
            };
            content_deed(&at, unit, STATUS_SET, VersionSource::Staff, fits, change)(tx).await
        })
    }))
}

/// The kind of the event of a status.
const STATUS_SET: &str = "status.set";

/// What a person said last of a unit's status, where a program is about to say otherwise.
async fn persons_word(ctx: &Ctx, conn: &mut Conn<'_>, unit: UnitId) -> Answer<OwnWord> {
    if !matches!(ctx.actor, Actor::ApiKey { .. }) {
        return Ok(OwnWord::default());
    }
    let said = store::audit::events_of_kind(conn, unit.0, STATUS_SET).await?;
    let keys = store::api_key::api_keys(conn).await?;
    let keys: BTreeSet<String> = keys.iter().map(|key| key.key_id().to_string()).collect();
    let last = said.into_iter().find(|(actor, _)| !keys.contains(actor));
    let status = last.and_then(|(_, state)| UnitStatus::from_word(&state?));
    Ok(OwnWord { status: status.map(|status| (status, String::new())), ..OwnWord::default() })
}

/// Whether a unit may be said to be of a status; what a person said of it may only be made worse.
fn status_fits(
    now: &UnitNow,
    status: UnitStatus,
    reason: &str,
    persons: &OwnWord,
) -> Result<(), UnitRefusal> {
    use CompartmentState::{Held, Released};
    if gone_for_good(now.content.status, &now.content.status_reason) && !gone_for_good(status, reason) {
        return Err(UnitRefusal::UnitGoneForGood);
    }
    let mut content = UnitContent { status, ..now.content.clone() };
    persons.stands_in(&mut content);
    if content.status != status {
        return Err(UnitRefusal::StatusByPerson);
    }
    let left = now.compartments.iter().any(|state| state.is_here());
    let taken = now.compartments.iter().any(|state| matches!(state, Held | Released));
    let spent = now.compartments.iter().all(|state| state.is_spent());
    match status {
        UnitStatus::Gone if taken => Err(UnitRefusal::CompartmentHeld),
        UnitStatus::Available | UnitStatus::Reserved if !left => Err(UnitRefusal::CompartmentGone),
        UnitStatus::Available if spent => Err(UnitRefusal::UnitSpent),
        _ => Ok(()),
    }
}

/// Writes a new version of a unit with another content.
fn content_deed(
    ctx: &Ctx,
    unit: UnitId,
    kind: &'static str,
    source: VersionSource,
    fits: impl FnOnce(&UnitNow) -> Answer<()> + Send + 'static,
    change: impl FnOnce(&mut UnitContent) + Send + 'static,
) -> Deed<()> {
    let at = ctx.clone();
    deed(move |tx| {
        Box::pin(async move {
            let mut now = unit_seen(&at, &mut tx.conn(), unit).await?;
            if now.withdrawn {
                return Err(UnitRefusal::UnitNotAvailable.into());
            }
            fits(&now)?;
            change(&mut now.content);
            let digest = version_add(&at, tx, &now, source).await?;
            let mut event = at.event(kind, ("unit", unit.0));
            event.state = Some(now.content.status.as_str().to_owned());
            tx.record(event, vec![digest]);
            Ok(())
        })
    })
}
