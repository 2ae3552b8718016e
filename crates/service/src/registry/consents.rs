//! Families' consents to share their stored unit: recorded, withdrawn at any time, and whom the family names itself.

use domain::access::Action;
use domain::id::{HoldId, PatientId, UnitId, UnitReleaseId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{HoldState, Ownership, ReleaseState, VersionSource};
use domain::time::{Date, Instant};
use store::consent::{ConsentRow, FamilyRow};
use store::{StoreError, Tx};

use super::holds::hold_end;
use super::reach::{Reach, needed};
use super::releases::{release_end, step};
use super::standing::{UnitNow, unit_now, units_touched, version_add};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// The reason that holds and releases carry which a withdrawn consent ended.
pub const WITHDRAWN: &str = "consent_withdrawn";

/// The reason that holds and releases carry of a patient who turned out to be no one of the family.
pub const NO_FAMILY: &str = "no_family";

/// What a withdrawn consent, or the end of a naming, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Active holds.
    pub holds: usize,
    /// Releases that had not left.
    pub releases: usize,
}

/// Records a signed consent to share a family's unit. From the commit on an unrelated search may find it.
///
/// # Errors
/// [`UnitRefusal::UnitNotFamily`], [`UnitRefusal::ConsentStands`], [`UnitRefusal::ConsentWithdrawnSince`],
/// [`UnitRefusal::ConsentPaperWithdrawn`]; [`Refusal::DateImpossible`] for a day to come.
pub async fn consent_record(ctx: &Ctx, unit: UnitId, signed_on: Date, evidence: &str) -> Answer<()> {
    ctx.authorize(Action::ManageConsents)?;
    let evidence = needed(evidence, 200)?;
    if signed_on > ctx.now.date() {
        return Err(Refusal::DateImpossible.into());
    }
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let now = of_family(&at, tx, unit).await?;
                is_new(tx, unit, signed_on, &evidence).await?;
                let place = tx.next_event();
                let row = ConsentRow {
                    id: at.id(),
                    unit_id: unit.0,
                    signed_on: signed_on.to_string(),
                    evidence,
                    revoked_at: None,
                    event_chain: place.chain,
                    event_seq: place.seq,
                };
                let fact = match store::consent::consent_add(tx, &row).await {
                    Ok(fact) => fact,
                    Err(StoreError::Conflict { .. }) => return Err(UnitRefusal::ConsentStands.into()),
                    Err(error) => return Err(error.into()),
                };
                let digest = version_add(&at, tx, &now, VersionSource::Consent).await?;
                let mut event = at.event("consent.recorded", ("unit", unit.0));
                event.detail = serde_json::json!({ "consent": row.id }).to_string();
                tx.record_facts(event, vec![digest], &[fact]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// What a family withdrew does not come back by its old paper: it signs anew, and later.
async fn is_new(tx: &mut Tx, unit: UnitId, signed_on: Date, evidence: &str) -> Answer<()> {
    let plain = |paper: &str| domain::text::half_width(paper).to_lowercase();
    for consent in store::consent::consents_of_unit(&mut tx.conn(), unit).await? {
        let Some(revoked_at) = consent.revoked_at else { continue };
        if signed_on < Instant(revoked_at).date() {
            return Err(UnitRefusal::ConsentWithdrawnSince.into());
        }
        if plain(&consent.evidence) == plain(evidence) {
            return Err(UnitRefusal::ConsentPaperWithdrawn.into());
        }
    }
    Ok(())
}

async fn of_family(ctx: &Ctx, tx: &mut Tx, unit: UnitId) -> Answer<UnitNow> {
    let now = unit_now(&mut tx.conn(), unit, ctx.now).await?;
    if now.content.ownership != Ownership::Family {
        return Err(UnitRefusal::UnitNotFamily.into());
    }
    Ok(now)
}

/// Withdraws the consent that stands: the change that tells every node, and the end of what strangers hold of the unit
/// and has not left, are one transaction. What is held for the family's own patients stays.
///
/// # Errors
/// [`UnitRefusal::ConsentMissing`] when none stands.
pub async fn consent_withdraw(ctx: &Ctx, unit: UnitId) -> Answer<Ended> {
    ctx.authorize(Action::ManageConsents)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let now = unit_now(&mut tx.conn(), unit, at.now).await?;
                let revoked = store::consent::consent_revoke(tx, unit, at.now).await?;
                let revoked = revoked.ok_or(UnitRefusal::ConsentMissing)?;
                let digest = version_add(&at, tx, &now, VersionSource::Consent).await?;
                let mut event = at.event("consent.withdrawn", ("unit", unit.0));
                event.detail = serde_json::json!({ "consent": revoked.id }).to_string();
                tx.record_facts(event, vec![digest], &[revoked.fact()]);
                end_of_strangers(&at, tx, unit, WITHDRAWN).await
            })
        })
        .await
}

async fn end_of_strangers(ctx: &Ctx, tx: &mut Tx, unit: UnitId, reason: &str) -> Answer<Ended> {
    let mut ended = Ended { holds: 0, releases: 0 };
    for hold in store::hold::holds_having(&mut tx.conn(), unit).await? {
        if store::consent::family_has(&mut tx.conn(), unit, PatientId(hold.patient_id)).await? {
            continue;
        }
        if hold_end(ctx, tx, &hold, HoldState::Cancelled, reason).await? {
            ended.holds += 1;
            continue;
        }
        let release = store::unit_release::release_of_hold(&mut tx.conn(), HoldId(hold.id)).await?;
        let Some(release) = release else { continue };
        if release.state()?.leads_to(ReleaseState::Cancelled) {
            let id = UnitReleaseId(release.id);
            let found = step(tx, id, Reach::All, ReleaseState::Cancelled).await?;
            release_end(ctx, tx, found, ReleaseState::Cancelled, reason).await?;
            ended.releases += 1;
        }
    }
    Ok(ended)
}

/// Names a patient of the owning family: the unit is found for that patient, whatever the consent says. `evidence` is
/// where it is written.
///
/// # Errors
/// [`UnitRefusal::UnitNotFamily`], [`Refusal::NotFound`] for an unknown patient; `false` when it is named already.
pub async fn family_name(ctx: &Ctx, unit: UnitId, patient: PatientId, evidence: &str) -> Answer<bool> {
    ctx.authorize(Action::ManageConsents)?;
    let evidence = needed(evidence, 200)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                of_family(&at, tx, unit).await?;
                store::patient::patient_get(&mut tx.conn(), patient).await?.ok_or(Refusal::NotFound)?;
                if store::consent::family_has(&mut tx.conn(), unit, patient).await? {
                    return Ok(false);
                }
                let place = tx.next_event();
                let row = FamilyRow {
                    unit_id: unit.0,
                    patient_id: patient.0,
                    evidence,
                    event_chain: place.chain,
                    event_seq: place.seq,
                };
                let digest = store::consent::family_add(tx, &row).await?;
                units_touched(&at, tx, [unit]).await?;
                let mut event = at.event("family.named", ("unit", unit.0));
                event.detail = serde_json::json!({ "patient": patient }).to_string();
                tx.record(event, vec![digest]);
                Ok::<_, ServiceError>(true)
            })
        })
        .await
}

/// Takes a patient back who was named wrongly: from then on a stranger like others. What the patient held of the unit
/// and has not left ends, unless the family shares it.
///
/// # Errors
/// [`Refusal::NotFound`] when the patient is not named; [`Refusal::Required`] without a reason.
pub async fn family_unname(ctx: &Ctx, unit: UnitId, patient: PatientId, reason: &str) -> Answer<Ended> {
    ctx.authorize(Action::ManageConsents)?;
    let reason = needed(reason, 200)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let place = tx.next_event();
                let digest = store::consent::family_end(tx, unit, patient, &reason, place).await?;
                let digest = digest.ok_or(Refusal::NotFound)?;
                units_touched(&at, tx, [unit]).await?;
                let mut event = at.event("family.unnamed", ("unit", unit.0));
                event.detail = serde_json::json!({ "patient": patient }).to_string();
                tx.record(event, vec![digest]);
                let now = unit_now(&mut tx.conn(), unit, at.now).await?;
                if now.facts().is_shared() {
                    return Ok(Ended { holds: 0, releases: 0 });
                }
                end_of_strangers(&at, tx, unit, NO_FAMILY).await
            })
        })
        .await
}

/// The consents of a unit, newest first.
///
/// # Errors
/// When not allowed.
pub async fn consents(ctx: &Ctx, unit: UnitId) -> Answer<Vec<ConsentRow>> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::consent::consents_of_unit(&mut reader.conn(), unit).await?)
}
