//! Searching units for a patient: the index finds, the database confirms what is told at the moment when it is told.

mod patient;
mod tell;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::access::Action;
use domain::id::{PatientId, UnitId};
use domain::refusal::Refusal;
use domain::registry::matching::{
    ClassTotal, HlaTyped, MatchHit, MatchResult, PairFound, SearchAsked, SearchProblem, TypingProblem,
    TypingUnderstood,
};
use domain::registry::{DosePolicy, UnitStatus};
use hla::index::{DoublePolicy, Filter, Found, Hit, Query, QueryError};
use hla::rules::Profile;

use store::dose_policy::DosePolicyRow;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::registry::live::{Typings, View, unit_of};
use crate::registry::reach::reach;

pub(crate) use patient::{Antibody, PatientTyping, antibodies_read, problem, typing_read};
pub(crate) use tell::{Teller, Unit, among};

/// More units than this are not told in full.
pub const MOST: usize = 500;

/// Pairs of units that are told.
const PAIRS: usize = 20;

/// How often a search is made again because what it found had just changed, and how long the index may take to see it.
const ATTEMPTS: usize = 3;
const PATIENCE: Duration = Duration::from_millis(500);

/// A patient's typing as the release in use understands it, or what is wrong with it.
///
/// # Errors
/// When not allowed; [`Refusal::RegistryBeingRead`].
pub fn typing_understood(ctx: &Ctx, typed: &HlaTyped) -> Answer<Result<TypingUnderstood, TypingProblem>> {
    ctx.authorize(Action::SearchUnits)?;
    let view = ctx.house.registry.current()?;
    Ok(typing_read(view.release(), typed).map(|read| read.understood))
}

/// Everything of a search that is read once: patient, antibodies, query.
struct Prepared {
    view: Arc<View>,
    asked: SearchAsked,
    patient: PatientTyping,
    antibodies: Vec<Antibody>,
    query: Query,
}

/// Units for a patient: every one counted, the best told in full, each confirmed against the database.
///
/// # Errors
/// When not allowed; [`Refusal::RegistryBeingRead`]; [`Refusal::ChoiceUnknown`] for a bank that there is not;
/// [`Refusal::Required`] for a dose per kg without a weight or a blood group that suits without the patient's;
/// [`Refusal::NotFound`] for a patient of another hospital.
pub async fn search(ctx: &Ctx, asked: &SearchAsked) -> Answer<Result<MatchResult, SearchProblem>> {
    ctx.authorize(Action::SearchUnits)?;
    if let Some(patient) = asked.patient {
        patient_known(ctx, patient).await?;
    }
    let mut attempt = 1;
    loop {
        let prepared = match prepare(ctx, asked)? {
            Ok(prepared) => prepared,
            Err(problem) => return Ok(Err(problem)),
        };
        let (view, typing, query) =
            (Arc::clone(&prepared.view), prepared.patient.typing.clone(), prepared.query.clone());
        let found = ctx.house.registry.run(move || view.snapshot.search(&typing, &query)).await?;
        let found = found.map_err(refused)?;
        let (result, changed) = confirmed(ctx, &prepared, found).await?;
        if !changed || attempt == ATTEMPTS {
            return Ok(Ok(result));
        }
        attempt += 1;
        ctx.house.registry.catch_up(PATIENCE).await;
    }
}

/// The best pairs of units that are enough together under the policy that is asked for.
///
/// # Errors
/// As [`search`]; [`Refusal::Required`] without a weight or a policy.
pub async fn search_pairs(ctx: &Ctx, asked: &SearchAsked) -> Answer<Result<Vec<PairFound>, SearchProblem>> {
    ctx.authorize(Action::SearchUnits)?;
    let policy = asked.policy.as_ref().ok_or(Refusal::Required)?;
    let double = DoublePolicy {
        // Together they must reach what a single one must.
        tnc_per_kg: u64::from(policy.single_tnc_e5) * 100_000,
        each_tnc_per_kg: u64::from(policy.each_of_two_tnc_e5) * 100_000,
        each_cd34_per_kg: u64::from(policy.each_of_two_cd34_e3) * 1_000,
        top: PAIRS,
    };
    let prepared = match prepare(ctx, asked)? {
        Ok(prepared) => prepared,
        Err(problem) => return Ok(Err(problem)),
    };
    let (view, typing, query) =
        (Arc::clone(&prepared.view), prepared.patient.typing.clone(), prepared.query.clone());
    let pairs = ctx.house.registry.run(move || view.snapshot.search_double(&typing, &query, &double)).await?;
    let pairs = pairs.map_err(refused)?;
    let hits: Vec<Hit> = pairs.iter().flat_map(|pair| [pair.first.clone(), pair.second.clone()]).collect();
    let (told, _, _) = told(ctx, &prepared, &hits).await?;
    let told: HashMap<UnitId, MatchHit> = told.into_iter().map(|hit| (hit.unit, hit)).collect();
    let of = |hit: &Hit| told.get(&unit_of(hit.key)).cloned();
    let pairs = pairs.iter().filter_map(|pair| {
        let dose = u32::try_from(pair.tnc_per_kg / 100_000).unwrap_or(u32::MAX);
        Some(PairFound { first: of(&pair.first)?, second: of(&pair.second)?, tnc_e5_per_kg: dose })
    });
    Ok(Ok(pairs.collect()))
}

pub(crate) fn refused(error: QueryError) -> ServiceError {
    match error {
        QueryError::NoWeight => Refusal::Required.into(),
        // Neither can be: the typing was checked when it was read, the class when it was parsed.
        QueryError::Contradictory(_) | QueryError::TooMany => Refusal::ChoiceUnknown.into(),
    }
}

fn prepare(ctx: &Ctx, asked: &SearchAsked) -> Answer<Result<Prepared, SearchProblem>> {
    let view = ctx.house.registry.current()?;
    let mut asked = asked.clone();
    asked.top = asked.top.min(MOST);
    let patient = match typing_read(view.release(), &asked.hla) {
        Ok(patient) => patient,
        Err(problem) => return Ok(Err(SearchProblem::Hla(problem))),
    };
    let antibodies = match antibodies_read(view.release(), &asked.antibodies) {
        Ok(antibodies) => antibodies,
        Err(problem) => return Ok(Err(problem)),
    };
    let query = asked.index(|code| view.banks.get(code).copied())?;
    Ok(Ok(Prepared { view, asked, patient, antibodies, query }))
}

/// The result with its hits as the database has them, and whether something had changed since the index saw it.
async fn confirmed(ctx: &Ctx, prepared: &Prepared, found: Found) -> Answer<(MatchResult, bool)> {
    let (mut hits, changed, number) = told(ctx, prepared, &found.hits).await?;
    let own = own_units(ctx, prepared).await?;
    hits.retain(|hit| own.iter().all(|own| own.unit != hit.unit));
    hits.splice(0..0, own);
    let totals = found.totals.iter().enumerate().rev().filter(|(_, t)| t.certain + t.potential > 0);
    let asked = &prepared.asked;
    let unchecked = prepared.antibodies.iter().filter(|antibody| !antibody.is_checked());
    let result = MatchResult {
        class: asked.class,
        patient: prepared.patient.understood.clone(),
        weight: asked.weight,
        abo: asked.abo,
        filter: asked.filter.clone(),
        antibodies: prepared.antibodies.iter().map(|antibody| antibody.against.clone()).collect(),
        antibodies_unchecked: unchecked.map(|antibody| antibody.against.clone()).collect(),
        release: found.release.as_deref().map(str::to_owned),
        registry_number: number,
        policy: asked.policy.clone(),
        totals: totals
            .map(|(matches, total)| ClassTotal {
                matches: u8::try_from(matches).unwrap_or(u8::MAX),
                certain: total.certain,
                potential: total.potential,
            })
            .collect(),
        hits,
    };
    Ok((result, changed))
}

/// Hits as the database has them at one moment, those left out that are otherwise by now; whether there were such; and
/// the registry's number at that moment.
async fn told(ctx: &Ctx, prepared: &Prepared, found: &[Hit]) -> Answer<(Vec<MatchHit>, bool, i64)> {
    let ids: Vec<UnitId> = found.iter().map(|hit| unit_of(hit.key)).collect();
    let mut reader = ctx.house.db.read().await?;
    reader.snapshot().await?;
    let read = async {
        let number = store::change::head(&mut reader.conn()).await?;
        Ok::<_, store::StoreError>((
            number,
            store::standing::unit_standings(&mut reader.conn(), &ids, i64::MAX).await?,
        ))
    };
    let read = read.await;
    reader.snapshot_end().await?;
    drop(reader);
    let (number, mut rows) = read?;
    let release = prepared.view.release();
    let mut typings = Typings::new(Arc::clone(release));
    let profile = Profile::new(release, &prepared.patient.typing).map_err(|c| refused(c.into()))?;
    let teller = Teller::new(release, &prepared.asked, &prepared.antibodies);
    let (mut hits, mut changed) = (Vec::with_capacity(found.len()), false);
    for hit in found {
        let id = unit_of(hit.key);
        let unit = rows.remove(&id).map(|row| Unit::new(id, row, &mut typings)).transpose()?;
        let fresh = unit.as_ref().and_then(|u| Profile::new(release, &u.stored.typing).ok());
        let fresh = fresh.map(|unit| profile.compare(&unit));
        match unit {
            Some(unit) if unit.is_as(hit, fresh.as_ref()) => hits.push(teller.tell(hit, &unit, false)),
            _ => changed = true,
        }
    }
    Ok((hits, changed, number))
}

/// The units that the patient's own family has stored, whatever they are like, straight from the database.
async fn own_units(ctx: &Ctx, prepared: &Prepared) -> Answer<Vec<MatchHit>> {
    let Some(patient) = prepared.asked.patient else { return Ok(Vec::new()) };
    let mut reader = ctx.house.db.read().await?;
    let ids = store::consent::units_of_family(&mut reader.conn(), patient).await?;
    let rows = store::standing::unit_standings(&mut reader.conn(), &ids, i64::MAX).await?;
    drop(reader);
    let release = prepared.view.release();
    let mut typings = Typings::new(Arc::clone(release));
    let units = rows.into_iter().map(|(id, row)| Unit::new(id, row, &mut typings));
    let mut units = units.collect::<Result<Vec<Unit>, _>>()?;
    units.retain(|unit| unit.standing.status != UnitStatus::Gone);
    let query = Query { at_least: 0, filter: Filter::default(), top: units.len(), ..prepared.query.clone() };
    let found = among(release, &units, &prepared.patient.typing, &query).map_err(refused)?;
    let teller = Teller::new(release, &prepared.asked, &prepared.antibodies);
    let told = found.hits.iter().filter_map(|hit| {
        let unit = units.iter().find(|unit| unit.id == unit_of(hit.key))?;
        Some(MatchHit { behind_by: None, ..teller.tell(hit, unit, true) })
    });
    Ok(told.collect())
}

/// The policies of doses that are in force today.
///
/// # Errors
/// When not allowed.
pub async fn policies(ctx: &Ctx) -> Answer<Vec<DosePolicy>> {
    ctx.authorize(Action::SearchUnits)?;
    let mut reader = ctx.house.db.read().await?;
    let policies = store::dose_policy::dose_policies(&mut reader.conn(), ctx.now.date()).await?;
    Ok(policies.iter().map(DosePolicyRow::policy).collect::<Result<_, _>>()?)
}

/// A doctor sees patients of the own hospital; the registry's people see all.
pub(crate) async fn patient_known(ctx: &Ctx, patient: PatientId) -> Answer<()> {
    let mut reader = ctx.house.db.read().await?;
    let patient = store::patient::patient_get(&mut reader.conn(), patient).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    reach(ctx, &[Action::SearchUnits]).await?.sees(patient.hospital_id)
}
