//! Holds: the list, and a new one on the ground of a report, whose doses follow what is chosen.

use app::pages::console::hold_new::{
    ChosenDoses, HoldNewView, Part, UnitDose, UnitToHold, live_parts, page as new_page, part_box,
};
use app::pages::console::holds::{HoldsView, page};
use app::pages::console::match_result;
use app::widgets::HoldLine;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::id::{HoldId, PatientId, ReportId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::matching::Grams;
use domain::registry::{CompartmentState, Dose, Figures, HoldPurpose, HoldState, ReleaseState};
use domain::time::Instant;
use serde::Deserialize;
use service::registry::hold_desk::{HoldChoices, hold_choices, hold_list, holds_waiting};
use service::registry::hold_files::set_doses;
use service::registry::holds::{HoldWish, hold_make};
use service::{Answer, ServiceError};
use store::hold_list::HoldLineRow;
use words::Lang;

use super::match_desk::{report_id, report_view, ticked};
use super::staff_only;
use crate::web::page::{Live, Reader};
use crate::web::typed::{Form, Pairs, Query};

/// Holds on one page.
const PAGE: i64 = 30;
/// So many that wait are shown.
const WAITING: i64 = 30;

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    before: String,
}

/// A hold as a line.
pub(super) fn line(lang: Lang, row: HoldLineRow) -> Option<HoldLine> {
    let mut units: Vec<String> = [row.first_unit, row.last_unit].into_iter().flatten().collect();
    units.dedup();
    let hospital = row.hospital_zh.zip(row.hospital_en);
    Some(HoldLine {
        id: HoldId(row.id),
        patient: row.patient_code,
        units,
        compartments: usize::try_from(row.compartments).unwrap_or_default(),
        purpose: HoldPurpose::from_word(&row.purpose)?,
        state: HoldState::from_word(&row.state)?,
        release: row.release_state.as_deref().and_then(ReleaseState::from_word),
        hospital: hospital.map(|(zh, en)| lang.pick(&zh, &en).to_owned()),
        made_at: Instant(row.made_at),
        expires_at: Instant(row.expires_at),
    })
}

/// The list.
pub async fn list(reader: Reader, Query(asked): Query<Asked>) -> Response {
    staff_only!(reader);
    let view = async {
        let lang = reader.context.lang;
        let before: Option<HoldId> = asked.before.parse().ok();
        let (rows, more) = hold_list(&reader.ctx, before, PAGE).await?;
        let waiting = holds_waiting(&reader.ctx, WAITING).await?;
        let older = rows.last().filter(|_| more).map(|row| format!("/console/holds?before={}", row.id));
        Ok(HoldsView {
            waiting: waiting.into_iter().filter_map(|row| line(lang, row)).collect(),
            lines: rows.into_iter().filter_map(|row| line(lang, row)).collect(),
            older,
            newest: before.map(|_| "/console/holds".to_owned()),
        })
    };
    reader.answer(view.await, page)
}

/// A hold as it is being put together.
struct Choosing {
    choices: HoldChoices,
    patient: PatientId,
    chosen: Vec<(UnitId, u8)>,
    purpose: HoldPurpose,
    days: String,
    action: String,
}

impl Choosing {
    async fn read(reader: &Reader, report: ReportId, units: &[UnitId], form: &Pairs) -> Answer<Self> {
        let choices = hold_choices(&reader.ctx, report, units).await?;
        // A search for nobody that is recorded is no ground.
        let patient = choices.patient.as_ref().ok_or(UnitRefusal::ReportUnsigned)?;
        let of =
            |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default();
        let boxes = choices
            .units
            .iter()
            .flat_map(|unit| (1..).zip(&unit.compartments).map(|(number, _)| (unit.unit, number)));
        let query: Vec<String> = units.iter().map(|unit| format!("unit_{unit}=on")).collect();
        Ok(Self {
            patient: PatientId(patient.id),
            chosen: boxes.filter(|(unit, number)| of(&part_box(*unit, *number)) == "on").collect(),
            purpose: HoldPurpose::from_word(of("purpose")).unwrap_or(HoldPurpose::Reservation),
            days: of("days").trim().to_owned(),
            action: format!("/console/reports/{report}/hold?{}", query.join("&")),
            choices,
        })
    }

    /// The days that are asked for: without a word the most.
    fn days(&self, reader: &Reader) -> Result<u16, UnitRefusal> {
        let most = reader.ctx.house.settings.hold_days.of(self.purpose);
        match domain::text::half_width(&self.days).as_str() {
            "" => Ok(most),
            typed => typed.parse().map_err(|_| UnitRefusal::HoldTooLong { days: most }),
        }
    }

    async fn make(&self, reader: &Reader) -> Answer<HoldId> {
        let wish = HoldWish {
            patient: self.patient,
            report: Some(self.choices.report.id),
            purpose: self.purpose,
            parts: self.chosen.clone(),
            days: self.days(reader)?,
        };
        hold_make(&reader.ctx, wish).await
    }

    /// What can still be had of what is chosen.
    fn to_be_had(&self) -> Vec<(UnitId, u8)> {
        let state = |unit: UnitId, number: u8| {
            let of = self.choices.units.iter().find(|choice| choice.unit == unit)?;
            of.compartments.get(usize::from(number) - 1).map(|(state, _)| *state)
        };
        let stored = |part: &&(UnitId, u8)| state(part.0, part.1) == Some(CompartmentState::Stored);
        self.chosen.iter().filter(stored).copied().collect()
    }

    async fn doses(&self, reader: &Reader) -> Answer<ChosenDoses> {
        let chosen = self.to_be_had();
        if chosen.is_empty() {
            return Ok(ChosenDoses::default());
        }
        let weight = self.choices.weight_g();
        let sets = set_doses(&reader.ctx, &chosen, weight).await?;
        let sum = sets.iter().fold(Figures::default(), |sum, set| Figures {
            volume_ul: sum.volume_ul.saturating_add(set.figures.volume_ul),
            tnc_e5: sum.tnc_e5.saturating_add(set.figures.tnc_e5),
            cd34_e3: sum.cd34_e3.saturating_add(set.figures.cd34_e3),
        });
        let together = weight.filter(|_| sets.len() > 1).and_then(|grams| Dose::of(sum, grams));
        let units = sets
            .into_iter()
            .map(|set| {
                let named = self.choices.units.iter().find(|unit| unit.unit == set.unit);
                let numbers = chosen.iter().filter(|(unit, _)| *unit == set.unit);
                UnitDose {
                    registry_id: named.map(|unit| unit.registry_id.clone()).unwrap_or_default(),
                    compartments: numbers.map(|(_, number)| *number).collect(),
                    dose: set.dose,
                    verdicts: set.verdicts,
                }
            })
            .collect();
        Ok(ChosenDoses { units, together })
    }

    async fn view(self, reader: &Reader, error: Option<Refusal>) -> Answer<HoldNewView> {
        let days_of = reader.ctx.house.settings.hold_days;
        let doses = self.doses(reader).await?;
        let end = self.days(reader).and_then(|days| days_of.end(self.purpose, reader.ctx.now, days));
        let error = error.or_else(|| end.as_ref().err().map(|refusal| (*refusal).into()));
        let report = &self.choices.report;
        let class = report.content.result.class.class;
        let unit = |choice: &service::registry::hold_desk::UnitChoice| {
            let hit = report.content.result.hits.iter().find(|hit| hit.unit == choice.unit);
            UnitToHold {
                unit: choice.unit,
                registry_id: choice.registry_id.clone(),
                matches: hit.map(|hit| format!("{}/{}", hit.matches, class.of())).unwrap_or_default(),
                compartments: (1..)
                    .zip(&choice.compartments)
                    .map(|(number, (state, figures))| Part {
                        state: *state,
                        figures: *figures,
                        chosen: self.chosen.contains(&(choice.unit, number)),
                    })
                    .collect(),
            }
        };
        Ok(HoldNewView {
            report: report.id.to_string(),
            report_number: report.number.clone(),
            signed: report.signed.is_some(),
            patient: self.choices.patient.as_ref().map(|patient| patient.code.clone()).unwrap_or_default(),
            weight: self.choices.weight_g().map(|grams| Grams(grams).to_string()),
            units: self.choices.units.iter().map(unit).collect(),
            purpose: self.purpose.as_str().to_owned(),
            most: HoldPurpose::ALL.iter().map(|purpose| (*purpose, days_of.of(*purpose))).collect(),
            until: end.ok().map(|at| at.minute()),
            action: self.action,
            days: self.days,
            error,
            doses,
        })
    }
}

/// The report again, with the word that one or two of its units must be chosen.
async fn choose_again(reader: &Reader, report: ReportId, pairs: &Pairs) -> Response {
    match report_view(reader, report, pairs).await {
        Ok(view) => {
            let view = match_result::ReportView { choose: true, ..view };
            reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| match_result::page(context, view))
        }
        Err(error) => reader.problem(error),
    }
}

/// Whether what is wrong is which units were chosen on the report.
fn of_units(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::Refused(Refusal::Unit(UnitRefusal::HoldEmpty | UnitRefusal::HoldTooManyUnits))
    )
}

/// Where compartments of one or two units of a report are chosen.
pub async fn choose(reader: Reader, Path(text): Path<String>, Query(pairs): Query<Pairs>) -> Response {
    staff_only!(reader);
    let Ok(report) = report_id(&text) else { return reader.not_found() };
    let view = async {
        Choosing::read(&reader, report, &ticked(&pairs), &Pairs::new()).await?.view(&reader, None).await
    };
    match view.await {
        Err(error) if of_units(&error) => choose_again(&reader, report, &pairs).await,
        view => reader.answer(view, new_page),
    }
}

/// Holds what is chosen, or tells what it would be: while it is chosen, and where a button asks for nothing more.
pub async fn make(
    reader: Reader,
    Path(text): Path<String>,
    live: Live,
    Query(pairs): Query<Pairs>,
    Form(form): Form<Pairs>,
) -> Response {
    staff_only!(reader);
    let Ok(report) = report_id(&text) else { return reader.not_found() };
    let look = live.0 || form.iter().any(|(name, value)| name == "deed" && value == "look");
    let done = async {
        reader.ctx.authorize(Action::HoldUnits)?;
        let units = ticked(&pairs);
        let choosing = Choosing::read(&reader, report, &units, &form).await?;
        if look {
            return Ok(Err((StatusCode::OK, choosing.view(&reader, None).await?)));
        }
        match choosing.make(&reader).await {
            Ok(hold) => Ok(Ok(hold)),
            Err(ServiceError::Refused(refusal @ Refusal::Unit(_))) => {
                // Read anew: what somebody else took meanwhile is seen, and what was chosen is kept.
                let choosing = Choosing::read(&reader, report, &units, &form).await?;
                let view = choosing.view(&reader, Some(refusal)).await?;
                Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, view)))
            }
            Err(error) => Err(error),
        }
    };
    match done.await {
        Ok(Ok(hold)) => Redirect::to(&format!("/console/holds/{hold}?done=1")).into_response(),
        Ok(Err((_, view))) if live.0 => reader.parts(|context| live_parts(context, &view)),
        Ok(Err((status, view))) => reader.page(status, |context| new_page(context, view)),
        Err(error) if of_units(&error) => choose_again(&reader, report, &pairs).await,
        Err(error) => reader.problem(error),
    }
}
