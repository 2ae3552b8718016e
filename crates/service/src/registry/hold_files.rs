//! Holds as they are read, and the doses of the compartments that they name.

use domain::access::{Action, allows};
use domain::id::{HoldId, PatientId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Dose, DosePolicy, DoseVerdict, Figures, HoldSet};
use store::Conn;
use store::confirmatory::ConfirmatoryRow;
use store::hold::{HoldPart, HoldRow};
use store::patient::PatientRow;
use store::unit_release::ReleaseRow;

use super::reach::{Reach, reach};
use super::standing::unit_now;
use crate::context::Ctx;
use crate::error::Answer;

/// A hold with all that belongs to it.
#[derive(Debug, Clone)]
pub struct HoldFile {
    /// The hold.
    pub hold: HoldRow,
    /// For whom; whoever does not care for patients is told the code alone.
    pub patient: PatientRow,
    /// Its compartments.
    pub parts: Vec<HoldPart>,
    /// The confirmatory typings, oldest first.
    pub confirmatory: Vec<ConfirmatoryRow>,
    /// The release that was ordered on it.
    pub release: Option<ReleaseRow>,
    /// The doses of each unit's chosen compartments.
    pub doses: Vec<SetDose>,
}

/// What the chosen compartments of one unit are for a patient.
#[derive(Debug, Clone)]
pub struct SetDose {
    /// The unit.
    pub unit: UnitId,
    /// What is in the chosen compartments.
    pub figures: Figures,
    /// That per kg; `None` without a weight.
    pub dose: Option<Dose>,
    /// Against each policy in force.
    pub verdicts: Vec<(DosePolicy, DoseVerdict)>,
}

/// Who may read holds.
pub(super) const READERS: [Action; 1] = [Action::ReadHolds];

/// The newest holds that the actor may see, below the id `before`, at most `limit`.
///
/// # Errors
/// When not allowed.
pub async fn holds(ctx: &Ctx, before: HoldId, limit: i64) -> Answer<Vec<HoldRow>> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::hold::holds_list(&mut reader.conn(), reach.hospital(), before, limit).await?)
}

/// The holds that name a unit, newest first, of those that the actor may see.
///
/// # Errors
/// When not allowed.
pub async fn holds_of_unit(ctx: &Ctx, unit: UnitId) -> Answer<Vec<HoldRow>> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    let mut holds = store::hold::holds_of_unit(&mut reader.conn(), unit).await?;
    holds.retain(|hold| reach.sees(hold.hospital_id).is_ok());
    Ok(holds)
}

/// One hold with all that belongs to it.
///
/// # Errors
/// [`Refusal::NotFound`], also for another hospital's.
pub async fn hold_file(ctx: &Ctx, id: HoldId) -> Answer<HoldFile> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let hold = store::hold::hold_get(&mut conn, id).await?.ok_or(Refusal::NotFound)?;
    reach.sees(hold.hospital_id)?;
    let patient = store::patient::patient_get(&mut conn, PatientId(hold.patient_id)).await?;
    let patient = patient.ok_or(Refusal::NotFound)?;
    let patient = as_seen(ctx, patient);
    let parts = store::hold::hold_parts(&mut conn, id).await?;
    let set = HoldSet::new(parts.iter().map(|part| (part.unit(), part.number())))?;
    Ok(HoldFile {
        confirmatory: store::confirmatory::confirmatory_of_hold(&mut conn, id).await?,
        release: store::unit_release::release_of_hold(&mut conn, id).await?,
        doses: doses(ctx, &mut conn, &set, weight(&patient)).await?,
        hold,
        patient,
        parts,
    })
}

/// What a chosen set would be for a patient, before it is held.
///
/// # Errors
/// As [`HoldSet::new`]; [`Refusal::NotFound`] for an unknown unit, and for one that the actor may not find.
pub async fn set_doses(ctx: &Ctx, parts: &[(UnitId, u8)], weight_g: Option<u32>) -> Answer<Vec<SetDose>> {
    ctx.authorize(Action::SearchUnits)?;
    let set = HoldSet::new(parts.iter().copied())?;
    let reach = reach(ctx, &[Action::SearchUnits]).await?;
    let mut reader = ctx.house.db.read().await?;
    for (unit, _) in set.units() {
        may_find(ctx, &mut reader.conn(), unit, reach).await?;
    }
    doses(ctx, &mut reader.conn(), &set, weight_g).await
}

/// Goes on only if a search of the actor may find a unit: for anybody, or for a patient of its family whom they care for.
async fn may_find(ctx: &Ctx, conn: &mut Conn<'_>, unit: UnitId, reach: Reach) -> Answer<()> {
    if allows(&ctx.actor, Action::ReadRegistry) || unit_now(conn, unit, ctx.now).await?.facts().is_shared() {
        return Ok(());
    }
    for patient in store::consent::family_of_unit(conn, unit).await? {
        let patient = store::patient::patient_get(conn, patient).await?;
        if patient.is_some_and(|patient| reach.sees(patient.hospital_id).is_ok()) {
            return Ok(());
        }
    }
    Err(Refusal::NotFound.into())
}

/// A patient as the actor may see them: typing, weight and the like are for those who care for patients.
fn as_seen(ctx: &Ctx, patient: PatientRow) -> PatientRow {
    if allows(&ctx.actor, Action::ManagePatients) {
        return patient;
    }
    PatientRow {
        person_id: None,
        hla: String::new(),
        abo: String::new(),
        weight_g: None,
        antibodies: String::new(),
        diagnosis_sealed: None,
        ..patient
    }
}

fn weight(patient: &PatientRow) -> Option<u32> {
    patient.weight_g.and_then(|grams| u32::try_from(grams).ok())
}

async fn doses(ctx: &Ctx, conn: &mut Conn<'_>, set: &HoldSet, weight_g: Option<u32>) -> Answer<Vec<SetDose>> {
    let policies = store::dose_policy::dose_policies(conn, ctx.now.date()).await?;
    let policies = policies.iter().map(|row| row.policy()).collect::<Result<Vec<_>, _>>()?;
    let units = set.units().count();
    let mut doses = Vec::with_capacity(units);
    for (unit, compartments) in set.units() {
        let content = unit_now(conn, unit, ctx.now).await?.content;
        let figures = content.figures_of(compartments).ok_or(UnitRefusal::CompartmentUnknown)?;
        let dose = weight_g.and_then(|grams| Dose::of(figures, grams));
        let verdicts = match dose {
            Some(dose) => policies.iter().map(|p| (p.clone(), p.verdict(dose, units))).collect(),
            None => Vec::new(),
        };
        doses.push(SetDose { unit, figures, dose, verdicts });
    }
    Ok(doses)
}
