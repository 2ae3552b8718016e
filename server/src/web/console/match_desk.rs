//! The match desk: a search is kept as the draft of a report, so that its page can be opened, compared and signed.

use app::pages::console::match_desk::{BOXES, MatchDeskView, SearchErrors, SearchTyped, page};
use app::pages::console::match_result::{self, ReportView};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::id::{ReportId, UnitId};
use domain::refusal::Refusal;
use domain::registry::Abo;
use domain::registry::matching::{ClassWanted, Grams, HlaTyped, SearchAsked};
use service::Answer;
use service::registry::report::{report_get, report_make, report_pdf, report_sign};
use service::registry::search::policies;
use words::Lang;

use super::staff_only;
use crate::web::gift::pdf_response;
use crate::web::page::Reader;
use crate::web::typed::{Form, Pairs, Query};

/// The form, empty.
pub async fn show(reader: Reader) -> Response {
    staff_only!(reader);
    let allowed = reader.ctx.authorize(Action::SearchUnits);
    reader.answer(allowed, |context, ()| page(context, MatchDeskView::default()))
}

fn typed(pairs: &Pairs) -> SearchTyped {
    let of = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    SearchTyped {
        hla: of("hla"),
        antibodies: of("antibodies"),
        weight: of("weight"),
        abo: of("abo"),
        class: of("class"),
        ticked: BOXES.into_iter().filter(|name| of(name) == "on").collect(),
    }
}

/// What was typed as a search; the second is whether the weight can't be read.
fn asked(typed: &SearchTyped) -> Answer<(SearchAsked, bool)> {
    let class: ClassWanted = if typed.class.is_empty() { "4/6" } else { &typed.class }.parse()?;
    let mut asked = SearchAsked::new(HlaTyped::Text(typed.hla.clone()), class);
    let weight = (!typed.weight.trim().is_empty()).then(|| Grams::read_kg(&typed.weight));
    asked.weight = weight.clone().and_then(Result::ok);
    asked.abo = Abo::from_word(&typed.abo);
    asked.antibodies = typed.antibodies.clone();
    let ticked = |name| typed.ticked.contains(&name);
    asked.filter.abo_compatible = ticked("abo_compatible");
    asked.filter.segment = ticked("segment");
    asked.filter.markers_clear = ticked("markers_clear");
    asked.filter.cultures_clear = ticked("cultures_clear");
    asked.filter.haemoglobin_clear = ticked("haemoglobin_clear");
    Ok((asked, weight.is_some_and(|read| read.is_err())))
}

/// Searches and keeps what was found; the form again, as it was typed, when it can't be read.
pub async fn search(reader: Reader, Form(pairs): Form<Pairs>) -> Response {
    staff_only!(reader);
    let typed = typed(&pairs);
    let refused = |errors, reading, status| {
        let view = MatchDeskView { typed: typed.clone(), errors, reading };
        reader.page(status, |context| page(context, view))
    };
    let made = async {
        let (mut asked, weight) = asked(&typed)?;
        if weight {
            return Ok(Err(SearchErrors { weight, ..SearchErrors::default() }));
        }
        asked.policy = policies(&reader.ctx).await?.into_iter().next();
        let made = report_make(&reader.ctx, &asked, &[]).await?;
        Ok(made.map_err(|problem| SearchErrors { typing: Some(problem), ..SearchErrors::default() }))
    };
    match made.await {
        Ok(Ok(id)) => Redirect::to(&format!("/console/reports/{id}")).into_response(),
        Ok(Err(errors)) => refused(errors, None, StatusCode::UNPROCESSABLE_ENTITY),
        Err(service::ServiceError::Refused(Refusal::RegistryBeingRead { percent })) => {
            refused(SearchErrors::default(), Some(percent), StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(error) => reader.problem(error),
    }
}

fn id(text: &str) -> Answer<ReportId> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// The places of the boxes `unit_0`, `unit_1` … that are ticked.
fn ticked(pairs: &Pairs) -> Vec<usize> {
    let place = |name: &str| name.strip_prefix("unit_").and_then(|place| place.parse().ok());
    pairs.iter().filter(|(_, value)| value == "on").filter_map(|(name, _)| place(name)).collect()
}

/// A report: what was found, and the chosen units side by side.
pub async fn report(reader: Reader, Path(text): Path<String>, Query(pairs): Query<Pairs>) -> Response {
    staff_only!(reader);
    let view = async {
        let report = report_get(&reader.ctx, id(&text)?).await?;
        Ok(ReportView {
            id: report.id.to_string(),
            number: report.number,
            made_at: report.made_at.minute(),
            signed: report.signed.map(|(name, at)| (name, at.minute())),
            patient_code: report.content.patient_code,
            found: report.content.result,
            compare: ticked(&pairs),
        })
    };
    reader.answer(view.await, match_result::page)
}

/// A report of the chosen units alone.
pub async fn chosen(reader: Reader, Path(text): Path<String>, Form(pairs): Form<Pairs>) -> Response {
    staff_only!(reader);
    let made = async {
        let report = report_get(&reader.ctx, id(&text)?).await?;
        let hits = report.content.result.hits;
        let chosen: Vec<UnitId> =
            ticked(&pairs).into_iter().filter_map(|place| hits.get(place)).map(|hit| hit.unit).collect();
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
    let signed = async { report_sign(&reader.ctx, id(&text)?).await };
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
        let id = id(&text)?;
        let number = report_get(&reader.ctx, id).await?.number;
        Ok((number, report_pdf(&reader.ctx, id, lang).await?))
    };
    match drawn.await {
        Ok((number, bytes)) => pdf_response(&number, bytes),
        Err(error) => reader.problem(error),
    }
}
