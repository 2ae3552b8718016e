//! The lab desk: what waits, a unit by its bar code, and what the laboratory records.

use std::collections::BTreeMap;

use app::pages::console::lab::{FormState, LabView, ReleaseLine, TypingLine, page};
use app::pages::console::lab_hold::{LabHoldView, LabTyping, page as hold_page};
use app::pages::console::lab_unit::{LabUnitView, page as unit_page};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::{HoldId, UnitId, UnitReleaseId};
use domain::refusal::Refusal;
use domain::registry::{HoldPurpose, HoldState, Place, ReleaseState, Step, StepVerdict, TypingVerdict};
use domain::time::{Date, Instant};
use serde::Deserialize;
use service::registry::confirm::{Confirmation, confirmatory_record};
use service::registry::desk::{LabDesk, NamedUnit, ReleaseJob, lab_desk, typing_job};
use service::registry::lab::{StepDone, steps_record, typing_record};
use service::registry::standing::unit_file;
use service::registry::storage::bag_move;
use service::registry::units::unit_find;
use service::{Answer, ServiceError};

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::{Form, Query};

/// A form of any fields.
pub type Fields = BTreeMap<String, String>;

/// Says whether the reader comes from having done something.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Came {
    done: String,
}

impl Came {
    pub(super) fn is_done(&self) -> bool {
        !self.done.is_empty()
    }
}

/// What was scanned.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Scanned {
    scan: String,
}

pub(super) fn field<'f>(form: &'f Fields, name: &str) -> &'f str {
    form.get(name).map_or("", String::as_str)
}

/// What was refused, with what was typed; other errors are the page's.
pub(super) fn refused(done: Answer<()>, typed: Fields) -> Result<FormState, ServiceError> {
    match done {
        Err(ServiceError::Refused(refusal))
            if !matches!(refusal, Refusal::NotFound | Refusal::NotAllowed) =>
        {
            Ok(FormState { typed, error: Some(refusal) })
        }
        Err(error) => Err(error),
        Ok(()) => Ok(FormState::default()),
    }
}

pub(super) fn named(units: &[NamedUnit]) -> Vec<(String, Vec<u8>)> {
    units.iter().map(|one| (one.unit.registry_id.clone(), one.compartments.clone())).collect()
}

/// The desk; a number that names one unit opens its records.
pub async fn desk(reader: Reader, Query(asked): Query<Scanned>) -> Response {
    staff_only!(reader);
    let loaded = lab_desk(&reader.ctx).await;
    let scan = asked.scan.trim().to_owned();
    let mut scanned = None;
    if loaded.is_ok() && !scan.is_empty() {
        match unit_find(&reader.ctx, &scan).await {
            Ok(found) if found.len() == 1 => {
                let unit = found[0].now.unit.unit_id();
                return Redirect::to(&format!("/console/lab/units/{unit}")).into_response();
            }
            Ok(found) => scanned = Some((scan, found.len())),
            Err(ServiceError::Refused(_)) => scanned = Some((scan, 0)),
            Err(error) => return reader.problem(error),
        }
    }
    reader.answer(loaded.map(|desk| desk_view(&reader, desk, scanned)), page)
}

fn desk_view(reader: &Reader, desk: LabDesk, scanned: Option<(String, usize)>) -> LabView {
    let typing = desk.typing.iter().filter_map(|job| {
        Some(TypingLine {
            hold: HoldId(job.hold.id),
            units: named(&job.units),
            purpose: HoldPurpose::from_word(&job.hold.purpose)?,
            expires_at: Instant(job.hold.expires_at),
        })
    });
    let of = |state: ReleaseState| {
        let line = |job: &ReleaseJob| ReleaseLine {
            id: UnitReleaseId(job.release.id),
            units: named(&job.units),
            hospital: reader.context.lang.pick(&job.hospital.0, &job.hospital.1).to_owned(),
            ordered_at: Instant(job.release.ordered_at),
            checks: checks(job),
            log: job.log.is_some(),
        };
        desk.releases.iter().filter(|job| job.release.state == state.as_str()).map(line).collect()
    };
    LabView {
        scanned,
        typing: typing.collect(),
        packing: of(ReleaseState::Authorized),
        under_way: of(ReleaseState::Shipped),
    }
}

fn checks(job: &ReleaseJob) -> usize {
    [job.release.checked_by_first, job.release.checked_by_second].into_iter().flatten().count()
}

/// The forms of a unit's page, of which one may have been refused.
#[derive(Default)]
struct UnitForms {
    step: FormState,
    moved: FormState,
    typing: FormState,
}

async fn unit_view(reader: &Reader, id: UnitId, forms: UnitForms, done: bool) -> Answer<LabUnitView> {
    reader.ctx.authorize(domain::access::Action::WorkLab)?;
    let file = unit_file(&reader.ctx, id).await?;
    Ok(LabUnitView {
        id,
        registry_id: file.now.unit.registry_id,
        status: file.standing.status,
        compartments: file.now.compartments.into_iter().zip(file.now.places).collect(),
        hla: file.now.content.hla,
        step: forms.step,
        moved: forms.moved,
        typing: forms.typing,
        done,
    })
}

/// A unit's records, to be added to.
pub async fn unit(reader: Reader, Path(text): Path<String>, Query(came): Query<Came>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    let view = unit_view(&reader, id, UnitForms::default(), came.is_done()).await;
    reader.answer(view, unit_page)
}

async fn after_unit(
    reader: &Reader,
    id: UnitId,
    done: Answer<()>,
    form: Fields,
    place: fn(FormState) -> UnitForms,
) -> Response {
    if done.is_ok() {
        return Redirect::to(&format!("/console/lab/units/{id}?done=1")).into_response();
    }
    let forms = match refused(done, form) {
        Ok(state) => place(state),
        Err(error) => return reader.problem(error),
    };
    match unit_view(reader, id, forms, false).await {
        Ok(view) => reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| unit_page(context, view)),
        Err(error) => reader.problem(error),
    }
}

/// A moment as a browser's field has it: `2026-11-22T16:05`, in Shanghai.
fn moment(text: &str) -> Result<Instant, Refusal> {
    let impossible = Refusal::DateImpossible;
    let (day, clock) = text.trim().split_once(['T', ' ']).ok_or(Refusal::Required)?;
    let mut parts = clock.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute) = (parts.next().flatten(), parts.next().flatten());
    match (day.parse::<Date>()?, hour, minute) {
        (day, Some(hour @ 0..24), Some(minute @ 0..60)) => {
            Ok(day.start().plus_seconds((hour * 60 + minute) * 60))
        }
        _ => Err(impossible),
    }
}

/// Records a step of the process.
pub async fn step(reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    let done = async {
        let done = StepDone {
            step: Step::from_word(field(&form, "step")).ok_or(Refusal::ChoiceUnknown)?,
            operator: field(&form, "operator").to_owned(),
            instrument: field(&form, "instrument").to_owned(),
            started_at: moment(field(&form, "started"))?,
            ended_at: moment(field(&form, "ended"))?,
            result: field(&form, "result").to_owned(),
            verdict: StepVerdict::from_word(field(&form, "verdict")).ok_or(Refusal::ChoiceUnknown)?,
        };
        steps_record(&reader.ctx, id, vec![done]).await
    };
    let done = allowed(&reader, done).await;
    after_unit(&reader, id, done, form, |step| UnitForms { step, ..UnitForms::default() }).await
}

/// Who may not is told nothing of what was wrong with the form.
async fn allowed(reader: &Reader, deed: impl Future<Output = Answer<()>>) -> Answer<()> {
    reader.ctx.authorize(domain::access::Action::WorkLab)?;
    deed.await
}

/// Records a move of a bag.
pub async fn moved(reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    let done = async {
        let part = |name| field(&form, name).to_owned();
        let to = Place { tank: part("tank"), rack: part("rack"), box_: part("slot_box"), slot: part("slot") };
        let compartment = field(&form, "compartment").parse().map_err(|_| Refusal::ChoiceUnknown)?;
        bag_move(&reader.ctx, id, compartment, &to).await
    };
    let done = allowed(&reader, done).await;
    after_unit(&reader, id, done, form, |moved| UnitForms { moved, ..UnitForms::default() }).await
}

/// Records another typing.
pub async fn typing(reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    let done = async {
        let day = field(&form, "typed_on").parse::<Date>()?;
        typing_record(&reader.ctx, id, field(&form, "hla"), field(&form, "method"), day).await
    };
    let done = allowed(&reader, done).await;
    after_unit(&reader, id, done, form, |typing| UnitForms { typing, ..UnitForms::default() }).await
}

async fn hold_view(
    reader: &Reader,
    id: HoldId,
    refused: Option<(UnitId, FormState)>,
    done: bool,
) -> Answer<LabHoldView> {
    let job = typing_job(&reader.ctx, id).await?;
    let mut units = Vec::new();
    for one in &job.units {
        let unit = one.unit.unit_id();
        let found = job.found.iter().filter(|row| row.unit_id == unit.0);
        units.push(LabTyping {
            unit,
            named: (one.unit.registry_id.clone(), one.compartments.clone()),
            hla: unit_file(&reader.ctx, unit).await?.now.content.hla,
            found: found
                .filter_map(|row| {
                    let verdict = TypingVerdict::from_word(&row.verdict)?;
                    Some((row.typed_on.clone(), row.laboratory.clone(), verdict, row.hla.clone()))
                })
                .collect(),
            form: refused
                .as_ref()
                .filter(|(of, _)| *of == unit)
                .map(|(_, state)| state.clone())
                .unwrap_or_default(),
        });
    }
    let open = job.hold.state == HoldState::Active.as_str() && job.hold.expires_at > reader.ctx.now.0;
    Ok(LabHoldView { id, units, open, done })
}

/// A hold whose units are to be typed again.
pub async fn hold(reader: Reader, Path(text): Path<String>, Query(came): Query<Came>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse() else { return reader.not_found() };
    reader.answer(hold_view(&reader, id, None, came.is_done()).await, hold_page)
}

/// Records a confirmatory typing.
pub async fn confirm(reader: Reader, Path(text): Path<String>, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let (Ok(hold), Ok(unit)) = (text.parse::<HoldId>(), field(&form, "unit").parse::<UnitId>()) else {
        return reader.not_found();
    };
    let done = async {
        let typing = Confirmation {
            hold,
            unit,
            hla: field(&form, "hla").to_owned(),
            laboratory: field(&form, "laboratory").to_owned(),
            typed_on: field(&form, "typed_on").parse()?,
            verdict: TypingVerdict::from_word(field(&form, "verdict")).ok_or(Refusal::ChoiceUnknown)?,
        };
        confirmatory_record(&reader.ctx, typing).await
    };
    let done = allowed(&reader, done).await;
    if done.is_ok() {
        return Redirect::to(&format!("/console/lab/holds/{hold}?done=1")).into_response();
    }
    let view = match refused(done, form) {
        Ok(state) => hold_view(&reader, hold, Some((unit, state)), false).await,
        Err(error) => return reader.problem(error),
    };
    match view {
        Ok(view) => reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| hold_page(context, view)),
        Err(error) => reader.problem(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browsers_moment_is_read_in_shanghai() {
        let day: Date = "2026-11-22".parse().unwrap();
        assert_eq!(moment("2026-11-22T16:05"), Ok(day.start().plus_seconds(16 * 3600 + 5 * 60)));
        assert_eq!(moment("2026-11-22T16:05:30"), moment("2026-11-22T16:05"));
        assert_eq!(moment(""), Err(Refusal::Required));
        for wrong in ["2026-11-22T24:00", "2026-11-22Tx", "2026-02-30T10:00", "2026-11-22T10:-1"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
