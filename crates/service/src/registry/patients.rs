//! Patients: added and changed by those who care for them; the diagnosis sealed under the patient's own key.

use domain::access::Action;
use domain::id::{HospitalId, PatientId, PersonId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Abo, PatientFacts};
use store::StoreError;
use store::hold_list::HoldLineRow;
use store::hospital::HospitalRow;
use store::matching::ReportLineRow;
use store::patient::PatientRow;

use super::reach::{Reach, hospital_known, reach};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::sealing::{open_diagnosis, seal_diagnosis};

/// A patient as those who care for them see them.
#[derive(Debug, Clone)]
pub struct PatientFile {
    /// The patient.
    pub patient: PatientRow,
    /// The diagnosis; `None` when it is not told, or its key was destroyed.
    pub diagnosis: Option<String>,
}

/// Who may read patients.
const READERS: [Action; 1] = [Action::ManagePatients];

/// Adds a patient: a doctor for the own hospital, others for the one that they name.
///
/// # Errors
/// [`UnitRefusal::CodeTaken`]; [`Refusal::ChoiceUnknown`] for an unknown hospital or person.
pub async fn patient_add(
    ctx: &Ctx,
    facts: PatientFacts,
    hospital: Option<HospitalId>,
    person: Option<PersonId>,
) -> Answer<PatientId> {
    let reach = reach(ctx, &READERS).await?;
    let hospital = match reach {
        Reach::All => hospital,
        Reach::Hospital(own) => Some(own),
    };
    let id = PatientId(ctx.id());
    let mut row = PatientRow {
        id: id.0,
        code: String::new(),
        person_id: person.map(|person| person.0),
        hospital_id: hospital.map(|hospital| hospital.0),
        hla: String::new(),
        abo: String::new(),
        weight_g: None,
        antibodies: String::new(),
        diagnosis_sealed: None,
        created_at: ctx.now.0,
        event_chain: 0,
        event_seq: 0,
    };
    write_facts(ctx, &mut row, facts).await?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                if let Some(hospital) = hospital {
                    hospital_known(&mut tx.conn(), hospital).await?;
                }
                if let Some(person) = person {
                    store::person::person_get(&mut tx.conn(), person).await?.ok_or(Refusal::ChoiceUnknown)?;
                }
                let place = tx.next_event();
                (row.event_chain, row.event_seq) = (place.chain, place.seq);
                let fact = taken(store::patient::patient_add(tx, &row).await)?;
                tx.record_facts(at.event("patient.added", ("patient", row.id)), vec![], &[fact]);
                Ok::<_, ServiceError>(id)
            })
        })
        .await
}

fn taken<T>(done: Result<T, StoreError>) -> Answer<T> {
    match done {
        Err(StoreError::Conflict { .. }) => Err(UnitRefusal::CodeTaken.into()),
        other => Ok(other?),
    }
}

/// Puts what a form meant into a row.
async fn write_facts(ctx: &Ctx, row: &mut PatientRow, facts: PatientFacts) -> Answer<()> {
    row.diagnosis_sealed = match facts.diagnosis.as_str() {
        "" => None,
        text => Some(seal_diagnosis(ctx, PatientId(row.id), text).await?),
    };
    row.code = facts.code;
    row.hla = facts.hla;
    row.abo = facts.abo.map(Abo::as_str).unwrap_or_default().to_owned();
    row.weight_g = facts.weight_g.map(i64::from);
    row.antibodies = facts.antibodies;
    Ok(())
}

/// Changes what is known of a patient; the hospital stays.
///
/// # Errors
/// [`Refusal::NotFound`], also for another hospital's; [`UnitRefusal::CodeTaken`].
pub async fn patient_change(ctx: &Ctx, id: PatientId, facts: PatientFacts) -> Answer<()> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    let row = store::patient::patient_get(&mut reader.conn(), id).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    reach.sees(row.hospital_id)?;
    // Sealed before the writer is asked; what the writer finds then is changed with it.
    let mut sealed = row;
    write_facts(ctx, &mut sealed, facts).await?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let now = store::patient::patient_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
                let (person_id, hospital_id) = (now.person_id, now.hospital_id);
                let row = PatientRow { person_id, hospital_id, ..sealed };
                let fact = taken(store::patient::patient_set(tx, &row).await)?;
                tx.record_facts(at.event("patient.changed", ("patient", row.id)), vec![], &[fact]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// The newest patients that the actor may see, below the id `before`, at most `limit`.
///
/// # Errors
/// When not allowed.
pub async fn patients(ctx: &Ctx, before: PatientId, limit: i64) -> Answer<Vec<PatientRow>> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::patient::patients_list(&mut reader.conn(), reach.hospital(), before, limit).await?)
}

/// One patient.
///
/// # Errors
/// [`Refusal::NotFound`], also for another hospital's.
pub async fn patient_file(ctx: &Ctx, id: PatientId) -> Answer<PatientFile> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    let patient = store::patient::patient_get(&mut reader.conn(), id).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    reach.sees(patient.hospital_id)?;
    let diagnosis = match &patient.diagnosis_sealed {
        Some(sealed) => open_diagnosis(ctx, id, sealed).await?,
        None => None,
    };
    Ok(PatientFile { patient, diagnosis })
}

/// The patients whose code begins as was typed, of those that the actor may see, newest first, at most `limit`.
///
/// # Errors
/// When not allowed; [`Refusal::Required`] for an empty text, and what [`domain::text::line`] refuses.
pub async fn patients_found(ctx: &Ctx, typed: &str, limit: i64) -> Answer<Vec<PatientRow>> {
    let reach = reach(ctx, &READERS).await?;
    let begin = domain::text::line(&domain::text::half_width(typed).to_ascii_uppercase(), 40)?;
    if begin.is_empty() {
        return Err(Refusal::Required.into());
    }
    let mut reader = ctx.house.db.read().await?;
    Ok(store::patient::patients_by_code(&mut reader.conn(), reach.hospital(), &begin, limit).await?)
}

/// A patient with everything that was done for them.
#[derive(Debug, Clone)]
pub struct PatientStory {
    /// The patient.
    pub file: PatientFile,
    /// The hospital, where one is named.
    pub hospital: Option<HospitalRow>,
    /// The newest searches that were kept as reports.
    pub reports: Vec<ReportLineRow>,
    /// The newest holds.
    pub holds: Vec<HoldLineRow>,
}

/// So many of the newest reports and holds are told on a patient's page.
const TOLD: i64 = 50;

/// One patient with searches, holds and releases.
///
/// # Errors
/// [`Refusal::NotFound`], also for another hospital's.
pub async fn patient_story(ctx: &Ctx, id: PatientId) -> Answer<PatientStory> {
    let file = patient_file(ctx, id).await?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let hospital = match file.patient.hospital_id {
        Some(hospital) => store::hospital::hospital_get(&mut conn, HospitalId(hospital)).await?,
        None => None,
    };
    Ok(PatientStory {
        reports: store::matching::report_lines(&mut conn, id, TOLD).await?,
        holds: store::hold_list::hold_lines_of(&mut conn, id, TOLD).await?,
        hospital,
        file,
    })
}
