//! The match desk: a search that follows what is typed, and reports, in which one is kept to be compared and signed.

use app::pages::console::match_desk::{
    BOXES, Found, MatchDeskView, SearchErrors, SearchTyped, live_parts, page,
};
use app::pages::console::match_result::{self, ReportView};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::id::{PatientId, ReportId, UnitId};
use domain::refusal::Refusal;
use domain::registry::matching::{ClassWanted, Grams, HlaTyped, SearchAsked, SearchProblem};
use domain::registry::{Abo, DosePolicy};
use service::registry::patients::patient_file;
use service::registry::report::{report_get, report_make, report_pdf, report_sign};
use service::registry::search::{policies, search, search_pairs};
use service::{Answer, ServiceError};
use words::Lang;

use super::staff_only;
use crate::web::gift::pdf_response;
use crate::web::page::{Live, Reader};
use crate::web::typed::{Form, Pairs, Query};

fn value(pairs: &Pairs, name: &str) -> String {
    pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default()
}

/// The units whose boxes `unit_…` are ticked.
pub(super) fn ticked(pairs: &Pairs) -> Vec<UnitId> {
    let unit = |name: &str| name.strip_prefix("unit_").and_then(|id| id.parse().ok());
    pairs.iter().filter(|(_, value)| value == "on").filter_map(|(name, _)| unit(name)).collect()
}

/// A search as the form or the address has it.
struct Desk {
    view: MatchDeskView,
    policies: Vec<DosePolicy>,
    patient: Option<PatientId>,
    chosen: Vec<UnitId>,
    compare: bool,
}

impl Desk {
    /// What was typed. A patient's typing, weight and antibodies come from the record where the form has none: it has
    /// none when it is opened for that patient.
    async fn read(reader: &Reader, pairs: &Pairs) -> Answer<Self> {
        let ctx = &reader.ctx;
        let policies = policies(ctx).await?;
        let of = |name: &str| value(pairs, name);
        let mut typed = SearchTyped {
            hla: of("hla"),
            antibodies: of("antibodies"),
            weight: of("weight"),
            abo: of("abo"),
            class: of("class"),
            policy: of("policy"),
            ticked: BOXES.into_iter().filter(|name| of(name) == "on").collect(),
            patient: None,
        };
        if typed.class.is_empty() {
            "4/6".clone_into(&mut typed.class);
        }
        if !policies.iter().any(|policy| policy.code == typed.policy) {
            typed.policy = policies.first().map(|policy| policy.code.clone()).unwrap_or_default();
        }
        let mut patient = None;
        if !of("patient").is_empty() {
            let id: PatientId = of("patient").parse().map_err(|_| Refusal::NotFound)?;
            let row = patient_file(ctx, id).await?.patient;
            if pairs.iter().all(|(name, _)| name != "hla") {
                let grams = row.weight_g.and_then(|grams| u32::try_from(grams).ok());
                typed.weight = grams.map(|grams| Grams(grams).to_string()).unwrap_or_default();
                (typed.hla, typed.abo, typed.antibodies) = (row.hla, row.abo, row.antibodies);
            }
            typed.patient = Some((id.to_string(), row.code));
            patient = Some(id);
        }
        let mut chosen = ticked(pairs);
        let pair = of("pair");
        chosen.extend(pair.split(' ').filter_map(|id| id.parse::<UnitId>().ok()));
        let mut seen = std::collections::HashSet::new();
        chosen.retain(|unit| seen.insert(*unit));
        let codes = policies.iter().map(|policy| policy.code.clone()).collect();
        let view = MatchDeskView { typed, policies: codes, ..MatchDeskView::default() };
        Ok(Self { view, policies, patient, chosen, compare: of("compare") == "on" || !pair.is_empty() })
    }

    /// What is asked, or what of it is missing or can't be read.
    fn asked(&self) -> Answer<Result<SearchAsked, SearchErrors>> {
        let typed = &self.view.typed;
        let class: ClassWanted = typed.class.parse()?;
        let mut asked = SearchAsked::new(HlaTyped::Text(typed.hla.clone()), class);
        if !typed.weight.trim().is_empty() {
            let Ok(weight) = Grams::read_kg(&typed.weight) else {
                return Ok(Err(SearchErrors { weight: true, ..SearchErrors::default() }));
            };
            asked.weight = Some(weight);
        }
        asked.patient = self.patient;
        asked.abo = Abo::from_word(&typed.abo);
        asked.antibodies.clone_from(&typed.antibodies);
        asked.policy = self.policies.iter().find(|policy| policy.code == typed.policy).cloned();
        let ticked = |name| typed.ticked.contains(&name);
        asked.filter.abo_compatible = ticked("abo_compatible");
        asked.filter.segment = ticked("segment");
        asked.filter.markers_clear = ticked("markers_clear");
        asked.filter.cultures_clear = ticked("cultures_clear");
        asked.filter.haemoglobin_clear = ticked("haemoglobin_clear");
        if asked.filter.abo_compatible && asked.abo.is_none() {
            return Ok(Err(SearchErrors { abo: true, ..SearchErrors::default() }));
        }
        Ok(Ok(asked))
    }

    fn wrong(&mut self, errors: SearchErrors) -> StatusCode {
        self.view.errors = errors;
        StatusCode::UNPROCESSABLE_ENTITY
    }

    fn problem(&mut self, problem: SearchProblem) -> StatusCode {
        self.wrong(SearchErrors { typing: Some(problem), ..SearchErrors::default() })
    }

    /// What to answer an error with: while the registry is being read, the form with what was typed.
    fn reading(&mut self, error: ServiceError) -> Answer<StatusCode> {
        match error {
            ServiceError::Refused(Refusal::RegistryBeingRead { percent }) => {
                self.view.reading = Some(percent);
                Ok(StatusCode::SERVICE_UNAVAILABLE)
            }
            error => Err(error),
        }
    }

    /// Searches and keeps nothing.
    async fn look(&mut self, reader: &Reader) -> Answer<StatusCode> {
        let asked = match self.asked()? {
            Ok(asked) => asked,
            Err(errors) => return Ok(self.wrong(errors)),
        };
        let found = async {
            let result = match search(&reader.ctx, &asked).await? {
                Ok(result) => result,
                Err(problem) => return Ok(Err(problem)),
            };
            let pairs = match (asked.weight, &asked.policy) {
                (Some(_), Some(_)) => search_pairs(&reader.ctx, &asked).await?.unwrap_or_default(),
                _ => Vec::new(),
            };
            Ok(Ok((result, pairs)))
        };
        match found.await {
            Ok(Ok((result, pairs))) => {
                let (chosen, compare) = (self.chosen.clone(), self.compare);
                self.view.found = Some(Box::new(Found { result, pairs, chosen, compare }));
                Ok(StatusCode::OK)
            }
            Ok(Err(problem)) => Ok(self.problem(problem)),
            Err(error) => self.reading(error),
        }
    }
}

fn answer(reader: &Reader, live: Live, status: StatusCode, desk: Desk) -> Response {
    if live.0 {
        return reader.parts(|context| live_parts(context, &desk.view));
    }
    reader.page(status, |context| page(context, desk.view))
}

/// The form; for a patient that is recorded with what was found.
pub async fn show(reader: Reader, Query(pairs): Query<Pairs>) -> Response {
    staff_only!(reader);
    let read = async {
        reader.ctx.authorize(Action::SearchUnits)?;
        let mut desk = Desk::read(&reader, &pairs).await?;
        let status = match desk.patient {
            Some(_) => desk.look(&reader).await?,
            None => StatusCode::OK,
        };
        // The address was right: what is wrong in a record is no fault of whoever opens it.
        let status = if status == StatusCode::UNPROCESSABLE_ENTITY { StatusCode::OK } else { status };
        Ok((status, desk))
    };
    match read.await {
        Ok((status, desk)) => answer(&reader, Live(false), status, desk),
        Err(error) => reader.problem(error),
    }
}

/// What a search finds, as it stands in the form; nothing is kept.
pub async fn look(reader: Reader, live: Live, Form(pairs): Form<Pairs>) -> Response {
    staff_only!(reader);
    let read = async {
        reader.ctx.authorize(Action::SearchUnits)?;
        let mut desk = Desk::read(&reader, &pairs).await?;
        // Nothing is typed yet, or not any more: that is no mistake while one types.
        let status = if live.0 && desk.view.typed.hla.trim().is_empty() {
            StatusCode::OK
        } else {
            desk.look(&reader).await?
        };
        Ok((status, desk))
    };
    match read.await {
        Ok((status, desk)) => answer(&reader, live, status, desk),
        Err(error) => reader.problem(error),
    }
}

/// Searches and keeps what was found, or the chosen of it, as the draft of a report; the form again, as it was typed,
/// when it can't be read.
pub async fn keep(mut reader: Reader, Form(pairs): Form<Pairs>) -> Response {
    staff_only!(reader);
    // This address has no page of its own to come back to.
    reader.context.path = "/console/match".to_owned();
    let made = async {
        reader.ctx.authorize(Action::SearchUnits)?;
        let mut desk = Desk::read(&reader, &pairs).await?;
        let asked = match desk.asked()? {
            Ok(asked) => asked,
            Err(errors) => return Ok(Err((desk.wrong(errors), desk))),
        };
        let status = match report_make(&reader.ctx, &asked, &desk.chosen).await {
            Ok(Ok(id)) => return Ok(Ok((id, desk))),
            Ok(Err(problem)) => desk.problem(problem),
            Err(error) => desk.reading(error)?,
        };
        Ok(Err((status, desk)))
    };
    match made.await {
        Ok(Ok((id, desk))) => {
            let hold = value(&pairs, "then") == "hold" && !desk.chosen.is_empty();
            let next = if hold { hold_address(id, &desk.chosen) } else { format!("/console/reports/{id}") };
            Redirect::to(&next).into_response()
        }
        Ok(Err((status, desk))) => answer(&reader, Live(false), status, desk),
        Err(error) => reader.problem(error),
    }
}

/// Where compartments of these units of a report are chosen.
pub(super) fn hold_address(report: ReportId, units: &[UnitId]) -> String {
    let units: Vec<String> = units.iter().map(|unit| format!("unit_{unit}=on")).collect();
    format!("/console/reports/{report}/hold?{}", units.join("&"))
}

pub(super) fn report_id(text: &str) -> Answer<ReportId> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// What the page of a report shows.
pub(super) async fn report_view(reader: &Reader, id: ReportId, pairs: &Pairs) -> Answer<ReportView> {
    let report = report_get(&reader.ctx, id).await?;
    Ok(ReportView {
        id: report.id.to_string(),
        number: report.number,
        made_at: report.made_at.minute(),
        signed: report.signed.map(|(name, at)| (name, at.minute())),
        patient: report.content.asked.patient.map(|patient| patient.to_string()),
        patient_code: report.content.patient_code,
        found: report.content.result,
        chosen: ticked(pairs),
        compare: value(pairs, "compare") == "on",
        choose: false,
    })
}

/// A report: what was found, and the chosen units side by side.
pub async fn report(reader: Reader, Path(text): Path<String>, Query(pairs): Query<Pairs>) -> Response {
    staff_only!(reader);
    let view = async { report_view(&reader, report_id(&text)?, &pairs).await };
    reader.answer(view.await, match_result::page)
}

/// A report of the chosen units alone.
pub async fn chosen(reader: Reader, Path(text): Path<String>, Form(pairs): Form<Pairs>) -> Response {
    staff_only!(reader);
    let made = async {
        let report = report_get(&reader.ctx, report_id(&text)?).await?;
        let mut chosen = ticked(&pairs);
        chosen.retain(|unit| report.content.result.hits.iter().any(|hit| hit.unit == *unit));
        // The search was understood once; what it found may have changed since, so it is made again.
        report_make(&reader.ctx, &report.content.asked, &chosen).await?.map_err(|_| Refusal::NotFound.into())
    };
    match made.await {
        Ok(id) => Redirect::to(&format!("/console/reports/{id}")).into_response(),
        Err(error) => reader.problem(error),
    }
}

/// Signs a report.
pub async fn sign(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let signed = async { report_sign(&reader.ctx, report_id(&text)?).await };
    match signed.await {
        Ok(()) => Redirect::to(&format!("/console/reports/{text}")).into_response(),
        Err(error) => reader.problem(error),
    }
}

/// The paper in one of the languages.
pub async fn paper(reader: Reader, Path((text, lang)): Path<(String, String)>) -> Response {
    staff_only!(reader);
    let drawn = async {
        let lang = match lang.as_str() {
            "zh" => Lang::Zh,
            "en" => Lang::En,
            _ => return Err(Refusal::NotFound.into()),
        };
        let id = report_id(&text)?;
        let number = report_get(&reader.ctx, id).await?.number;
        Ok((number, report_pdf(&reader.ctx, id, lang).await?))
    };
    match drawn.await {
        Ok((number, bytes)) => pdf_response(&number, bytes),
        Err(error) => reader.problem(error),
    }
}
