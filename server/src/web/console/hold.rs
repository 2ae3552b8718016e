//! A hold: its page, and what is done with it and with its release.

use app::pages::console::hold::{HeldUnit, HoldActions, HoldView, ReleaseNow, StoryLine, page};
use app::pages::console::hold_deeds::HoldForms;
use app::pages::console::hold_new::UnitDose;
use app::pages::console::lab::FormState;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::{Action, Actor};
use domain::id::{HoldId, HospitalId, UnitReleaseId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{HoldPurpose, ReleaseState, TypingVerdict};
use domain::time::Instant;
use service::Answer;
use service::registry::dispatch::release_outcome;
use service::registry::hold_desk::{HoldStory, hold_story};
use service::registry::holds::{hold_advance, hold_cancel, hold_prolong};
use service::registry::releases::{release_authorize, release_cancel, release_file, release_order};
use store::audit::EventRow;

use super::lab::{Came, Fields, field, refused};
use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::{Form, Query};

async fn view(reader: &Reader, id: HoldId, forms: HoldForms, done: bool) -> Answer<HoldView> {
    let story = hold_story(&reader.ctx, id).await?;
    let context = &reader.context;
    let lang = context.lang;
    let purpose = HoldPurpose::from_word(&story.file.hold.purpose).ok_or(Refusal::ChoiceUnknown)?;
    let patient = story.file.patient.id.to_string();
    let may = HoldActions {
        hold: context.may(Action::HoldUnits),
        order: context.may(Action::OrderRelease),
        authorize: context.may(Action::AuthorizeRelease),
        lab: context.may(Action::WorkLab),
    };
    let name = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let hospitals = story.hospitals.iter().map(|row| (row.id.to_string(), name(&row.name_zh, &row.name_en)));
    let report = story.file.hold.report_id.zip(story.report_number.clone());
    Ok(HoldView {
        id,
        patient: (context.may(Action::ManagePatients).then_some(patient), story.file.patient.code.clone()),
        purpose,
        state: story.state(reader.ctx.now)?,
        expires_at: Instant(story.file.hold.expires_at),
        report: report.map(|(id, number)| (context.may(Action::SearchUnits).then(|| id.to_string()), number)),
        signed: story.signed,
        hospital: story.hospital.as_ref().map(|row| name(&row.name_zh, &row.name_en)),
        units: units(&story, context.may(Action::ReadRegistry)),
        release: release(&story, &reader.ctx.actor)?,
        story: story.events.iter().map(|event| told(&story, event)).collect(),
        may,
        hospitals: hospitals.collect(),
        most_days: reader.ctx.house.settings.hold_days.of(purpose),
        forms,
        done,
    })
}

fn units(story: &HoldStory, open: bool) -> Vec<HeldUnit> {
    let of = |named: &service::registry::desk::NamedUnit| {
        let id = named.unit.unit_id();
        let dose = story.file.doses.iter().find(|dose| dose.unit == id);
        let typings = story.file.confirmatory.iter().filter(|typing| typing.unit_id == id.0);
        HeldUnit {
            open: open.then(|| id.to_string()),
            dose: UnitDose {
                registry_id: named.unit.registry_id.clone(),
                compartments: named.compartments.clone(),
                dose: dose.and_then(|dose| dose.dose),
                verdicts: dose.map(|dose| dose.verdicts.clone()).unwrap_or_default(),
            },
            typings: typings
                .filter_map(|typing| {
                    let verdict = TypingVerdict::from_word(&typing.verdict)?;
                    Some((typing.typed_on.clone(), typing.laboratory.clone(), verdict))
                })
                .collect(),
            confirmed: !story.unconfirmed.contains(&id),
            bars: story.bars.iter().find(|(unit, _)| *unit == id).map(|(_, b)| b.clone()).unwrap_or_default(),
        }
    };
    story.units.iter().map(of).collect()
}

fn release(story: &HoldStory, actor: &Actor) -> Answer<Option<ReleaseNow>> {
    let Some(row) = &story.file.release else { return Ok(None) };
    let own = matches!(actor, Actor::Staff { user_id, .. } if user_id.0 == row.ordered_by);
    Ok(Some(ReleaseNow {
        id: UnitReleaseId(row.id),
        state: row.state()?,
        checks: [row.checked_by_first, row.checked_by_second].into_iter().flatten().count(),
        shipper: row.shipper.clone(),
        reason: row.outcome_reason.clone(),
        log: story.log,
        own,
    }))
}

fn told(story: &HoldStory, event: &EventRow) -> StoryLine {
    let release = story.file.release.as_ref();
    let more = match event.kind.as_str() {
        "hold.cancelled" => story.file.hold.reason.clone(),
        "release.infused" | "release.returned" | "release.discarded" | "release.cancelled" => {
            release.map(|row| row.outcome_reason.clone()).unwrap_or_default()
        }
        "release.shipped" => release.map(|row| row.shipper.clone()).unwrap_or_default(),
        _ => String::new(),
    };
    StoryLine {
        kind: event.kind.clone(),
        at: Instant(event.at),
        by: story.people.get(&event.actor).cloned().unwrap_or_default(),
        more,
    }
}

/// A hold.
pub async fn show(reader: Reader, Path(text): Path<String>, Query(came): Query<Came>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    reader.answer(view(&reader, id, HoldForms::default(), came.is_done()).await, page)
}

/// The hold's page after a deed: told that it is done, or with the form that was refused.
async fn after(
    reader: &mut Reader,
    id: HoldId,
    done: Answer<()>,
    form: Fields,
    place: fn(FormState) -> HoldForms,
) -> Response {
    if done.is_ok() {
        return Redirect::to(&format!("/console/holds/{id}?done=1")).into_response();
    }
    let forms = match refused(done, form) {
        Ok(state) => place(state),
        Err(error) => return reader.problem(error),
    };
    // The deed's own address has no page to come back to.
    reader.context.path = format!("/console/holds/{id}");
    match view(reader, id, forms, false).await {
        Ok(view) => reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| page(context, view)),
        Err(error) => reader.problem(error),
    }
}

/// Gives a hold more days.
pub async fn prolong(mut reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse::<HoldId>() else { return reader.not_found() };
    let done = async {
        reader.ctx.authorize(Action::HoldUnits)?;
        let days = domain::text::half_width(field(&form, "days"));
        let most = reader.ctx.house.settings.hold_days.transplant;
        let days = days.trim().parse().map_err(|_| UnitRefusal::HoldTooLong { days: most })?;
        hold_prolong(&reader.ctx, id, days).await
    };
    let done = done.await;
    after(&mut reader, id, done, form, |prolong| HoldForms { prolong, ..HoldForms::default() }).await
}

/// Gives a hold up.
pub async fn cancel(mut reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse::<HoldId>() else { return reader.not_found() };
    let done = hold_cancel(&reader.ctx, id, field(&form, "reason")).await;
    after(&mut reader, id, done, form, |cancel| HoldForms { cancel, ..HoldForms::default() }).await
}

/// Gives what a reservation has to a hold of a weightier purpose, for as long as that may last.
pub async fn advance(mut reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse::<HoldId>() else { return reader.not_found() };
    let done = async {
        reader.ctx.authorize(Action::HoldUnits)?;
        let purpose = HoldPurpose::from_word(field(&form, "purpose")).ok_or(Refusal::ChoiceUnknown)?;
        let days = reader.ctx.house.settings.hold_days.of(purpose);
        hold_advance(&reader.ctx, id, purpose, days).await
    };
    match done.await {
        Ok(next) => Redirect::to(&format!("/console/holds/{next}?done=1")).into_response(),
        Err(error) => {
            let place = |advance| HoldForms { advance, ..HoldForms::default() };
            after(&mut reader, id, Err(error), form, place).await
        }
    }
}

/// Orders a release.
pub async fn order(mut reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse::<HoldId>() else { return reader.not_found() };
    let done = async {
        reader.ctx.authorize(Action::OrderRelease)?;
        let hospital = match field(&form, "hospital") {
            "" => None,
            id => Some(id.parse::<HospitalId>().map_err(|_| Refusal::ChoiceUnknown)?),
        };
        release_order(&reader.ctx, id, hospital).await.map(|_| ())
    };
    let done = done.await;
    after(&mut reader, id, done, form, |order| HoldForms { order, ..HoldForms::default() }).await
}

/// The hold on which a release was ordered.
async fn hold_of(reader: &Reader, release: UnitReleaseId) -> Answer<HoldId> {
    Ok(HoldId(release_file(&reader.ctx, release).await?.hold.id))
}

/// Authorizes a release that another ordered.
pub async fn authorize(mut reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse::<UnitReleaseId>() else { return reader.not_found() };
    let hold = match hold_of(&reader, id).await {
        Ok(hold) => hold,
        Err(error) => return reader.problem(error),
    };
    let done = release_authorize(&reader.ctx, id).await;
    after(&mut reader, hold, done, form, |authorize| HoldForms { authorize, ..HoldForms::default() }).await
}

/// Gives a release up that has not left.
pub async fn abandon(mut reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse::<UnitReleaseId>() else { return reader.not_found() };
    let hold = match hold_of(&reader, id).await {
        Ok(hold) => hold,
        Err(error) => return reader.problem(error),
    };
    let done = release_cancel(&reader.ctx, id, field(&form, "reason")).await;
    after(&mut reader, hold, done, form, |abandon| HoldForms { abandon, ..HoldForms::default() }).await
}

/// Says what became of a release that was shipped.
pub async fn outcome(mut reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse::<UnitReleaseId>() else { return reader.not_found() };
    let hold = match hold_of(&reader, id).await {
        Ok(hold) => hold,
        Err(error) => return reader.problem(error),
    };
    let done = match ReleaseState::from_word(field(&form, "outcome")) {
        Some(outcome) => release_outcome(&reader.ctx, id, outcome, field(&form, "reason")).await,
        None => Err(Refusal::ChoiceUnknown.into()),
    };
    after(&mut reader, hold, done, form, |outcome| HoldForms { outcome, ..HoldForms::default() }).await
}
