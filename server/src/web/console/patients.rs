//! Patients: the list, one that is added or changed, and the page of one with searches, holds and releases.

use std::collections::HashMap;

use app::pages::console::patient::{PatientView, ReportLine, page as patient_page};
use app::pages::console::patient_form::{PatientFormView, page as form_page};
use app::pages::console::patients::{PatientLine, PatientsView, page};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::id::{HospitalId, PatientId, ReportId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::matching::{Grams, HlaTyped};
use domain::registry::{PatientField, PatientForm};
use domain::time::Instant;
use serde::Deserialize;
use service::registry::hospitals::hospitals;
use service::registry::patients::{
    PatientStory, patient_add, patient_change, patient_file, patient_story, patients, patients_found,
};
use service::registry::reach::{Reach, reach};
use service::registry::search::typing_understood;
use service::{Answer, Ctx, ServiceError};
use store::matching::ReportLineRow;
use store::patient::PatientRow;

use super::holds::line;
use super::lab::Came;
use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::{Form, Query};

/// Patients on one page.
const PAGE: i64 = 30;

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    q: String,
    before: String,
}

/// A patient's form with the hospital for which it is meant.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    #[serde(flatten)]
    form: PatientForm,
    hospital: String,
}

fn kilograms(row: &PatientRow) -> Option<String> {
    let grams = row.weight_g.and_then(|grams| u32::try_from(grams).ok())?;
    Some(Grams(grams).to_string())
}

/// The list; the newest first, or those whose code begins as was typed.
pub async fn list(reader: Reader, Query(asked): Query<Asked>) -> Response {
    staff_only!(reader);
    reader.answer(list_view(&reader, asked).await, page)
}

async fn list_view(reader: &Reader, asked: Asked) -> Answer<PatientsView> {
    let ctx = &reader.ctx;
    let query = asked.q.trim().to_owned();
    let before: Option<PatientId> = asked.before.parse().ok();
    let mut rows = if query.is_empty() {
        patients(ctx, before.unwrap_or(PatientId(uuid::Uuid::max())), PAGE + 1).await?
    } else {
        match patients_found(ctx, &query, PAGE).await {
            Ok(found) => found,
            // What can't be a code finds nothing.
            Err(ServiceError::Refused(Refusal::TooLong { .. } | Refusal::TextUnprintable)) => Vec::new(),
            Err(error) => return Err(error),
        }
    };
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let all = reach(ctx, &[Action::ManagePatients]).await? == Reach::All;
    let names: HashMap<uuid::Uuid, String> = hospital_names(reader).await?.into_iter().collect();
    let older = rows.last().filter(|_| more).map(|row| format!("/console/patients?before={}", row.id));
    let line = |row: PatientRow| PatientLine {
        id: PatientId(row.id),
        weight: kilograms(&row),
        hospital: row.hospital_id.and_then(|id| names.get(&id).cloned()),
        code: row.code,
        hla: understood(ctx, row.hla),
        abo: row.abo,
        added_at: Instant(row.created_at),
    };
    Ok(PatientsView {
        rows: rows.into_iter().map(line).collect(),
        hospitals: all,
        older,
        newest: before.map(|_| "/console/patients".to_owned()),
        query,
    })
}

/// A typing as it is understood; as it was given where it can't be read, or not yet.
fn understood(ctx: &Ctx, given: String) -> String {
    match typing_understood(ctx, &HlaTyped::Text(given.clone())) {
        Ok(Ok(read)) => read.gl,
        Ok(Err(_)) | Err(_) => given,
    }
}

async fn hospital_names(reader: &Reader) -> Answer<Vec<(uuid::Uuid, String)>> {
    let lang = reader.context.lang;
    let rows = hospitals(&reader.ctx).await?;
    Ok(rows.into_iter().map(|row| (row.id, lang.pick(&row.name_zh, &row.name_en).to_owned())).collect())
}

/// What a form of a new patient is filled in with.
async fn new_view(reader: &Reader, typed: Typed) -> Answer<PatientFormView> {
    let reach = reach(&reader.ctx, &[Action::ManagePatients]).await?;
    let names = hospital_names(reader).await?;
    let own = reach.hospital();
    let own_hospital = own.and_then(|own| names.iter().find(|(id, _)| *id == own.0)).map(|(_, n)| n.clone());
    let choices = names.into_iter().filter(|_| own.is_none()).map(|(id, name)| (id.to_string(), name));
    Ok(PatientFormView {
        typed: typed.form,
        hospital: typed.hospital,
        hospitals: choices.collect(),
        own_hospital,
        ..PatientFormView::default()
    })
}

/// The form of a new patient, empty.
pub async fn new(reader: Reader) -> Response {
    staff_only!(reader);
    reader.answer(new_view(&reader, Typed::default()).await, form_page)
}

/// Which field a refusal of the use case belongs to.
fn field_of(error: ServiceError) -> Answer<(PatientField, Refusal)> {
    match error {
        ServiceError::Refused(refusal @ Refusal::Unit(UnitRefusal::CodeTaken)) => {
            Ok((PatientField::Code, refusal))
        }
        error => Err(error),
    }
}

/// Adds a patient.
pub async fn add(reader: Reader, Form(typed): Form<Typed>) -> Response {
    staff_only!(reader);
    let done = async {
        // Who may not is told nothing of what was wrong with the form.
        reach(&reader.ctx, &[Action::ManagePatients]).await?;
        let facts = match typed.form.read() {
            Ok(facts) => facts,
            Err(errors) => return Ok(Err(errors)),
        };
        let hospital = match typed.hospital.as_str() {
            "" => None,
            id => Some(id.parse::<HospitalId>().map_err(|_| Refusal::ChoiceUnknown)?),
        };
        match patient_add(&reader.ctx, facts, hospital, None).await {
            Ok(id) => Ok(Ok(id)),
            Err(error) => field_of(error).map(|wrong| Err([wrong].into())),
        }
    };
    match done.await {
        Ok(Ok(id)) => Redirect::to(&format!("/console/patients/{id}?done=1")).into_response(),
        Ok(Err(errors)) => match new_view(&reader, typed).await {
            Ok(view) => {
                let view = PatientFormView { errors, ..view };
                reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| form_page(context, view))
            }
            Err(error) => reader.problem(error),
        },
        Err(error) => reader.problem(error),
    }
}

/// The form of a patient as it is on record.
pub async fn change_form(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let view = async {
        let id: PatientId = text.parse().map_err(|_| Refusal::NotFound)?;
        let file = patient_file(&reader.ctx, id).await?;
        let (weight, row) = (kilograms(&file.patient), file.patient);
        let typed = PatientForm {
            code: row.code.clone(),
            hla: row.hla,
            abo: row.abo,
            weight: weight.unwrap_or_default(),
            antibodies: row.antibodies,
            diagnosis: file.diagnosis.unwrap_or_default(),
        };
        Ok(PatientFormView { patient: Some((id.to_string(), row.code)), typed, ..PatientFormView::default() })
    };
    reader.answer(view.await, form_page)
}

/// Changes what is known of a patient.
pub async fn change(reader: Reader, Path(text): Path<String>, Form(typed): Form<Typed>) -> Response {
    staff_only!(reader);
    let done = async {
        let id: PatientId = text.parse().map_err(|_| Refusal::NotFound)?;
        let code = patient_file(&reader.ctx, id).await?.patient.code;
        let facts = match typed.form.read() {
            Ok(facts) => facts,
            Err(errors) => return Ok(Err((code, errors))),
        };
        match patient_change(&reader.ctx, id, facts).await {
            Ok(()) => Ok(Ok(())),
            Err(error) => field_of(error).map(|wrong| Err((code, [wrong].into()))),
        }
    };
    match done.await {
        Ok(Ok(())) => Redirect::to(&format!("/console/patients/{text}?done=1")).into_response(),
        Ok(Err((code, errors))) => {
            let patient = Some((text, code));
            let view = PatientFormView { patient, typed: typed.form, errors, ..PatientFormView::default() };
            reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| form_page(context, view))
        }
        Err(error) => reader.problem(error),
    }
}

/// A patient with everything that was done for them.
pub async fn show(reader: Reader, Path(text): Path<String>, Query(came): Query<Came>) -> Response {
    staff_only!(reader);
    let view = async {
        let id: PatientId = text.parse().map_err(|_| Refusal::NotFound)?;
        let story = patient_story(&reader.ctx, id).await?;
        view(&reader, id, story, came.is_done())
    };
    reader.answer(view.await, patient_page)
}

fn view(reader: &Reader, id: PatientId, story: PatientStory, done: bool) -> Answer<PatientView> {
    let lang = reader.context.lang;
    let PatientStory { file, hospital, reports, holds } = story;
    let row = file.patient;
    let read = match typing_understood(&reader.ctx, &HlaTyped::Text(row.hla.clone())) {
        Ok(read) => Some(read),
        Err(ServiceError::Refused(Refusal::RegistryBeingRead { .. } | Refusal::NotAllowed)) => None,
        Err(error) => return Err(error),
    };
    Ok(PatientView {
        id,
        weight: kilograms(&row),
        code: row.code,
        hospital: hospital.map(|row| lang.pick(&row.name_zh, &row.name_en).to_owned()),
        hla: row.hla,
        read,
        abo: row.abo,
        antibodies: row.antibodies,
        diagnosis: file.diagnosis,
        added_at: Instant(row.created_at),
        reports: reports.into_iter().map(report).collect(),
        holds: holds.into_iter().filter_map(|row| line(lang, row)).collect(),
        done,
    })
}

fn report(row: ReportLineRow) -> ReportLine {
    ReportLine {
        id: ReportId(row.id),
        number: row.number,
        made_at: Instant(row.made_at),
        class: format!("≥ {}/{}", row.at_least, row.class),
        totals: serde_json::from_str(&row.totals).unwrap_or_default(),
        of: u8::try_from(row.class).unwrap_or_default(),
        signed_by: row.signed_by,
    }
}
