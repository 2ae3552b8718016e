//! Holds: made, prolonged, cancelled, expired; each a set of compartments, all or nothing.

use domain::access::Action;
use domain::id::{HoldId, PatientId, ReportId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{CompartmentState, HoldPurpose, HoldSet, HoldState, UnitStatus, findable};
use domain::time::Instant;
use store::hold::{HoldPart, HoldRow};
use store::{Conn, StoreError, Tx};

use super::ground::report_fits;
use super::reach::{needed, reach};
use super::standing::{unit_now, units_touched};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct HoldWish {
    /// For whom.
    pub patient: PatientId,
    /// On the ground of which report: needed for all but a reservation, signed, of this patient as typed now, naming the
    /// units.
    pub report: Option<ReportId>,
    /// What for.
    pub purpose: HoldPurpose,
    /// Units and their compartments from 1; of one or two units.
    pub parts: Vec<(UnitId, u8)>,
    /// For how many days.
    pub days: u16,
}

/// Holds compartments for a patient: all that are named, or none.
///
/// # Errors
/// [`UnitRefusal::CompartmentHeld`] when another hold has one, [`UnitRefusal::CompartmentGone`],
/// [`UnitRefusal::CompartmentUnknown`], [`UnitRefusal::UnitNotAvailable`], [`UnitRefusal::UnitNotShared`],
/// [`UnitRefusal::ReportUnsigned`], [`UnitRefusal::ReportWithoutUnit`], [`UnitRefusal::ReportOutdated`],
/// [`UnitRefusal::HoldTooLong`]; [`Refusal::NotFound`] for another hospital's patient.
pub async fn hold_make(ctx: &Ctx, wish: HoldWish) -> Answer<HoldId> {
    let reach = reach(ctx, &[Action::HoldUnits]).await?;
    let set = HoldSet::new(wish.parts.iter().copied())?;
    let expires_at = ctx.house.settings.hold_days.end(wish.purpose, ctx.now, wish.days)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let patient = store::patient::patient_get(&mut tx.conn(), wish.patient).await?;
                let patient = patient.ok_or(Refusal::NotFound)?;
                reach.sees(patient.hospital_id)?;
                report_fits(&mut tx.conn(), &wish, &set, &patient).await?;
                for (unit, compartments) in set.units() {
                    for over in store::hold::holds_over_on(&mut tx.conn(), unit, at.now).await? {
                        hold_end(&at, tx, &over, HoldState::Expired, "expired").await?;
                    }
                    may_hold(&at, tx, unit, compartments, wish.patient).await?;
                }
                keep(&at, tx, &wish, &set, patient.hospital_id, expires_at).await
            })
        })
        .await
}

/// The reason that a hold carries which gave its compartments to one with a weightier purpose.
pub const ADVANCED: &str = "advanced";

/// Gives what an active hold has to a new hold of another purpose for the same patient, on the same report: nobody can
/// come between.
///
/// # Errors
/// As [`hold_make`]; [`UnitRefusal::HoldNotActive`].
pub async fn hold_advance(ctx: &Ctx, id: HoldId, purpose: HoldPurpose, days: u16) -> Answer<HoldId> {
    let reach = reach(ctx, &[Action::HoldUnits]).await?;
    let expires_at = ctx.house.settings.hold_days.end(purpose, ctx.now, days)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let old = store::hold::hold_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
                reach.sees(old.hospital_id)?;
                let old = active(&mut tx.conn(), id, at.now).await?;
                let parts = store::hold::hold_parts(&mut tx.conn(), id).await?;
                let wish = HoldWish {
                    patient: PatientId(old.patient_id),
                    report: old.report_id.map(ReportId),
                    purpose,
                    parts: parts.iter().map(|part| (part.unit(), part.number())).collect(),
                    days,
                };
                let set = HoldSet::new(wish.parts.iter().copied())?;
                let patient = store::patient::patient_get(&mut tx.conn(), wish.patient)
                    .await?
                    .ok_or(Refusal::NotFound)?;
                report_fits(&mut tx.conn(), &wish, &set, &patient).await?;
                if !hold_end(&at, tx, &old, HoldState::Cancelled, ADVANCED).await? {
                    return Err(UnitRefusal::HoldNotActive.into());
                }
                for (unit, compartments) in set.units() {
                    may_hold(&at, tx, unit, compartments, wish.patient).await?;
                }
                keep(&at, tx, &wish, &set, old.hospital_id, expires_at).await
            })
        })
        .await
}

async fn may_hold(
    ctx: &Ctx,
    tx: &mut Tx,
    unit: UnitId,
    compartments: &[u8],
    patient: PatientId,
) -> Answer<()> {
    let now = unit_now(&mut tx.conn(), unit, ctx.now).await?;
    let family = store::consent::family_has(&mut tx.conn(), unit, patient).await?;
    if !findable(now.content.ownership, now.consent, family) {
        return Err(UnitRefusal::UnitNotShared.into());
    }
    for number in compartments {
        match now.compartments.get(usize::from(*number) - 1) {
            None => return Err(UnitRefusal::CompartmentUnknown.into()),
            Some(CompartmentState::Stored) => {}
            Some(state) if state.is_here() => return Err(UnitRefusal::CompartmentHeld.into()),
            Some(_) => return Err(UnitRefusal::CompartmentGone.into()),
        }
    }
    if now.facts().standing().status != UnitStatus::Available {
        return Err(UnitRefusal::UnitNotAvailable.into());
    }
    Ok(())
}

async fn keep(
    ctx: &Ctx,
    tx: &mut Tx,
    wish: &HoldWish,
    set: &HoldSet,
    hospital: Option<uuid::Uuid>,
    expires_at: Instant,
) -> Answer<HoldId> {
    let place = tx.next_event();
    let id = HoldId(ctx.id());
    let row = HoldRow {
        id: id.0,
        patient_id: wish.patient.0,
        report_id: wish.report.map(|report| report.0),
        hospital_id: hospital,
        purpose: wish.purpose.as_str().to_owned(),
        state: HoldState::Active.as_str().to_owned(),
        reason: String::new(),
        made_by: ctx.actor.word(),
        made_at: ctx.now.0,
        expires_at: expires_at.0,
        closed_at: None,
        event_chain: place.chain,
        event_seq: place.seq,
    };
    let part = |(unit, compartment): (UnitId, u8)| HoldPart {
        hold_id: id.0,
        unit_id: unit.0,
        compartment: compartment.into(),
        active: true,
    };
    let parts: Vec<HoldPart> = set.parts().map(part).collect();
    let mut facts = match store::hold::hold_add(tx, &row, &parts).await {
        Ok(fact) => vec![fact],
        // The index has the last word, should a rule above ever be wrong.
        Err(StoreError::Conflict { .. }) => return Err(UnitRefusal::CompartmentHeld.into()),
        Err(error) => return Err(error.into()),
    };
    for part in &parts {
        let set = store::compartment::compartment_set(
            tx,
            part.unit(),
            part.number(),
            CompartmentState::Held,
            place,
        );
        facts.push(set.await?);
    }
    units_touched(ctx, tx, parts.iter().map(HoldPart::unit)).await?;
    let mut event = ctx.event("hold.made", ("hold", id.0));
    event.state = Some(row.state);
    event.detail = serde_json::json!({
        "patient": row.patient_id, "purpose": row.purpose, "expires_at": row.expires_at,
    })
    .to_string();
    tx.record_facts(event, vec![], &facts);
    Ok(id)
}

/// Gives an active hold `days` from now.
///
/// # Errors
/// [`UnitRefusal::HoldNotActive`], [`UnitRefusal::HoldTooLong`]; [`UnitRefusal::TimeImpossible`] when it would end
/// earlier than it does.
pub async fn hold_prolong(ctx: &Ctx, id: HoldId, days: u16) -> Answer<()> {
    let reach = reach(ctx, &[Action::HoldUnits]).await?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let hold = active(&mut tx.conn(), id, at.now).await?;
                reach.sees(hold.hospital_id)?;
                let purpose = HoldPurpose::from_word(&hold.purpose).ok_or(Refusal::ChoiceUnknown)?;
                let until = at.house.settings.hold_days.end(purpose, at.now, days)?;
                if until.0 <= hold.expires_at {
                    return Err(UnitRefusal::TimeImpossible.into());
                }
                let hold = store::hold::hold_prolong(tx, id, until).await?;
                let hold = hold.ok_or(UnitRefusal::HoldNotActive)?;
                let parts = store::hold::hold_parts(&mut tx.conn(), id).await?;
                let mut event = at.event("hold.prolonged", ("hold", id.0));
                event.state = Some(hold.state.clone());
                event.detail = serde_json::json!({ "expires_at": hold.expires_at }).to_string();
                tx.record_facts(event, vec![], &[hold.fact(&parts)]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// Gives an active hold up, with a reason.
///
/// # Errors
/// [`UnitRefusal::HoldNotActive`], or an empty reason.
pub async fn hold_cancel(ctx: &Ctx, id: HoldId, reason: &str) -> Answer<()> {
    let reach = reach(ctx, &[Action::HoldUnits]).await?;
    let reason = needed(reason, 200)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let hold = store::hold::hold_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
                reach.sees(hold.hospital_id)?;
                if hold_end(&at, tx, &hold, HoldState::Cancelled, &reason).await? {
                    Ok(())
                } else {
                    Err(UnitRefusal::HoldNotActive.into())
                }
            })
        })
        .await
}

/// A hold that is active and whose time is not over.
pub(super) async fn active(conn: &mut Conn<'_>, id: HoldId, now: Instant) -> Answer<HoldRow> {
    let hold = store::hold::hold_get(conn, id).await?.ok_or(Refusal::NotFound)?;
    if hold.state != HoldState::Active.as_str() || hold.expires_at <= now.0 {
        return Err(UnitRefusal::HoldNotActive.into());
    }
    Ok(hold)
}

/// Ends an active hold and lets its compartments go. `false` when it was over before.
pub(crate) async fn hold_end(
    ctx: &Ctx,
    tx: &mut Tx,
    hold: &HoldRow,
    state: HoldState,
    reason: &str,
) -> Answer<bool> {
    let id = HoldId(hold.id);
    let Some(closed) = store::hold::hold_close(tx, id, state, reason, ctx.now).await? else {
        return Ok(false);
    };
    let parts = store::hold::hold_let_go(tx, id).await?;
    let mut facts = vec![closed.fact(&parts)];
    facts.extend(compartments_set(tx, &parts, CompartmentState::Stored).await?);
    units_touched(ctx, tx, parts.iter().map(HoldPart::unit)).await?;
    let mut event = ctx.event(&format!("hold.{}", state.as_str()), ("hold", id.0));
    event.state = Some(state.as_str().to_owned());
    tx.record_facts(event, vec![], &facts);
    Ok(true)
}

/// Sets the state of every compartment of a hold under the next event.
pub(super) async fn compartments_set(
    tx: &mut Tx,
    parts: &[HoldPart],
    state: CompartmentState,
) -> Answer<Vec<store::facts::Fact>> {
    let place = tx.next_event();
    let mut facts = Vec::with_capacity(parts.len());
    for part in parts {
        let set = store::compartment::compartment_set(tx, part.unit(), part.number(), state, place);
        facts.push(set.await?);
    }
    Ok(facts)
}

/// Ends a hold whose time is over. `false` when it was over before, or was prolonged meanwhile.
///
/// # Errors
/// As the store.
pub async fn hold_expire(ctx: &Ctx, id: HoldId) -> Answer<bool> {
    ctx.authorize(Action::HoldUnits)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let hold = store::hold::hold_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
                if hold.expires_at > at.now.0 {
                    return Ok(false);
                }
                hold_end(&at, tx, &hold, HoldState::Expired, "expired").await
            })
        })
        .await
}
