//! Dispatch at the lab desk: the identity checked by two, the departure, the log of the way.

use app::pages::console::lab::FormState;
use app::pages::console::lab_release::{BAGS, LabReleaseView, page};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::{Action, Actor};
use domain::id::UnitReleaseId;
use domain::refusal::{FileRefusal, Refusal};
use service::Answer;
use service::registry::desk::release_job;
use service::registry::dispatch::{release_check, release_log, release_log_file, release_ship};

use super::lab::{Came, Fields, field, named, refused};
use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::{Form, Query};
use crate::web::upload::{Incoming, Part};

#[derive(Default)]
struct Forms {
    check: FormState,
    ship: FormState,
    attach: FormState,
}

async fn view(reader: &Reader, id: UnitReleaseId, forms: Forms, done: bool) -> Answer<LabReleaseView> {
    let job = release_job(&reader.ctx, id).await?;
    let checked = [job.release.checked_by_first, job.release.checked_by_second];
    let own = match &reader.ctx.actor {
        Actor::Staff { user_id, .. } => job.release.checked_by_first == Some(user_id.0),
        _ => false,
    };
    let name = |id: uuid::Uuid| job.people.get(&id.to_string()).cloned().unwrap_or_default();
    Ok(LabReleaseView {
        id,
        state: job.release.state()?,
        units: named(&job.units),
        hospital: reader.context.lang.pick(&job.hospital.0, &job.hospital.1).to_owned(),
        own_check: own && checked[1].is_none(),
        checked_by: checked.into_iter().flatten().map(name).collect(),
        shipper: job.release.shipper,
        log: job.log,
        check: forms.check,
        ship: forms.ship,
        attach: forms.attach,
        done,
    })
}

/// A release.
pub async fn show(reader: Reader, Path(text): Path<String>, Query(came): Query<Came>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    reader.answer(view(&reader, id, Forms::default(), came.is_done()).await, page)
}

async fn after(
    reader: &Reader,
    id: UnitReleaseId,
    done: Answer<()>,
    form: Fields,
    place: fn(FormState) -> Forms,
) -> Response {
    if done.is_ok() {
        return Redirect::to(&format!("/console/lab/releases/{id}?done=1")).into_response();
    }
    let forms = match refused(done, form) {
        Ok(state) => place(state),
        Err(error) => return reader.problem(error),
    };
    match view(reader, id, forms, false).await {
        Ok(view) => reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| page(context, view)),
        Err(error) => reader.problem(error),
    }
}

/// Compares what was scanned with the order.
pub async fn check(reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    let done = async {
        let job = release_job(&reader.ctx, id).await?;
        let count = job.units.iter().map(|one| one.compartments.len()).sum::<usize>();
        let scanned: Vec<String> =
            BAGS.iter().take(count).map(|name| field(&form, name).to_owned()).collect();
        // Each bag is scanned, also where two of them are one unit's.
        if scanned.iter().any(|number| number.trim().is_empty()) {
            return Err(Refusal::Required.into());
        }
        release_check(&reader.ctx, id, &scanned).await
    };
    let done = done.await;
    after(&reader, id, done, form, |check| Forms { check, ..Forms::default() }).await
}

/// Sends it off.
pub async fn ship(reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    let done = release_ship(&reader.ctx, id, field(&form, "shipper")).await;
    after(&reader, id, done, form, |ship| Forms { ship, ..Forms::default() }).await
}

/// Bytes of a log's file: its greatest number of readings, a hundred bytes each.
const LOG_FILE: usize = 2 * 1024 * 1024;

/// Attaches the log of its way, as the logger's file.
pub async fn log_file(reader: Reader, Path(text): Path<String>, sent: Incoming) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    let done = async {
        reader.ctx.authorize(Action::WorkLab)?;
        let mut sent = sent.at_most((LOG_FILE >> 20) as u64);
        match file_of(&mut sent).await {
            Ok(bytes) => release_log_file(&reader.ctx, id, &bytes).await.map(|_| ()),
            Err(error) => {
                sent.drain().await;
                Err(error)
            }
        }
    };
    let done = done.await;
    after(&reader, id, done, Fields::new(), |attach| Forms { attach, ..Forms::default() }).await
}

async fn file_of(sent: &mut Incoming) -> Answer<Vec<u8>> {
    while let Some(part) = sent.part().await? {
        if let Part::File(file) = part {
            return file.whole(LOG_FILE).await;
        }
    }
    Err(FileRefusal::Missing.into())
}

/// Attaches the log of its way.
pub async fn log(reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    let done = async {
        reader.ctx.authorize(Action::WorkLab)?;
        release_log(&reader.ctx, id, field(&form, "log")).await.map(|_| ())
    };
    let done = done.await;
    after(&reader, id, done, form, |attach| Forms { attach, ..Forms::default() }).await
}
