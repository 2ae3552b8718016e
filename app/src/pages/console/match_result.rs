//! The page of a report: the result of a search as it was found, a draft until a technician signs it.

use domain::access::Action;
use domain::id::UnitId;
use domain::registry::matching::{MatchHit, MatchResult};
use leptos::prelude::*;
use words::{Lang, match_desk as say, matching};

use super::match_parts::{self as parts, Desk};
use crate::ui::{Button, ButtonKind, EmptyState, Icon, IconMark, Mark, Notice, StateMark, Tone, fact};
use crate::widgets::count;
use crate::{Page, PageContext};

/// What the page of a report shows.
#[derive(Debug, Clone)]
pub struct ReportView {
    /// Its id, as its address has it.
    pub id: String,
    /// Its number on paper.
    pub number: String,
    /// When it was made.
    pub made_at: String,
    /// Who signed it, and when.
    pub signed: Option<(String, String)>,
    /// Id of the patient, where one is recorded.
    pub patient: Option<String>,
    /// The code under which the patient is known.
    pub patient_code: Option<String>,
    /// What was found.
    pub found: MatchResult,
    /// The units that are ticked.
    pub chosen: Vec<UnitId>,
    /// Whether they stand side by side.
    pub compare: bool,
    /// Whether a hold was asked for without a unit, or of too many.
    pub choose: bool,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: ReportView) -> Page {
    let lang = context.lang;
    let title = say::report_title(lang, &view.number);
    let state = match &view.signed {
        Some(_) => view! { <StateMark mark=Mark::Good word=say::signed(lang) /> }.into_any(),
        None => view! { <StateMark mark=Mark::Waiting word=say::unsigned(lang) /> }.into_any(),
    };
    let body = view! {
        <header class="desk-head">
            <h1>{title.clone()}</h1>
            {state}
        </header>
        {standing(context, &view)}
        <div class="report-head">{papers(context, &view)} {asked(lang, &view)}</div>
        {found(context, &view)}
    };
    Page::console(title, body)
}

fn standing(context: &PageContext, view: &ReportView) -> AnyView {
    let lang = context.lang;
    if let Some((name, at)) = &view.signed {
        let said = matching::paper_signed(lang, at, name);
        return view! {
            <Notice tone=Tone::Good role="status">
                <p>{said}</p>
            </Notice>
        }
        .into_any();
    }
    let sign = context.may(Action::SignReports).then(|| {
        view! {
            <form method="post" action=format!("/console/reports/{}/sign", view.id) class="stack">
                <p>{say::sign_help(lang)}</p>
                <Button label=say::sign(lang) kind=ButtonKind::Primary icon=Icon::Check />
            </form>
        }
    });
    view! {
        <Notice tone=Tone::Heed title=matching::paper_draft(lang).to_owned() role="status">
            <p>{say::draft(lang)}</p>
            {sign}
        </Notice>
    }
    .into_any()
}

/// The report on paper, and the way back to the desk.
fn papers(context: &PageContext, view: &ReportView) -> AnyView {
    let lang = context.lang;
    let papers = ["zh", "en"].map(|paper| {
        let label = if paper == "zh" { say::pdf_zh(lang) } else { say::pdf_en(lang) };
        view! {
            <a class="button" href=format!("/console/reports/{}/{paper}", view.id)>
                <IconMark icon=Icon::Printer />
                <span>{label}</span>
            </a>
        }
    });
    let again = match &view.patient {
        Some(patient) => format!("/console/match?patient={patient}"),
        None => "/console/match".to_owned(),
    };
    view! {
        <nav class="actions report-papers" aria-label=say::papers(lang)>
            {papers.collect_view()}
            <a class="button" href=again>
                <IconMark icon=Icon::Search />
                <span>{say::again(lang)}</span>
            </a>
        </nav>
    }
    .into_any()
}

/// What was asked, as it stands on the paper.
fn asked(lang: Lang, view: &ReportView) -> AnyView {
    let found = &view.found;
    let none = || "—".to_owned();
    let code = view.patient_code.clone().unwrap_or_else(none);
    let patient = match &view.patient {
        Some(id) => view! { <a class="code" href=format!("/console/patients/{id}")>{code}</a> }.into_any(),
        None => view! { <span class="code">{code}</span> }.into_any(),
    };
    let antibodies = match found.antibodies.join(lang.pick("、", ", ")) {
        list if list.is_empty() => none(),
        list => list,
    };
    view! {
        <dl class="facts report-facts">
            {fact(matching::paper_code(lang), patient)}
            {fact(matching::paper_date(lang), view.made_at.clone())}
            {fact(matching::paper_class(lang), format!("≥ {}", found.class))}
            {fact(matching::paper_weight(lang), found.weight.map_or_else(none, |weight| format!("{weight} kg")))}
            {fact(matching::paper_abo(lang), found.abo.map_or_else(none, |abo| abo.as_str().to_owned()))}
            {fact(matching::paper_antibodies(lang), antibodies)}
            {fact(matching::paper_patient(lang), parts::understood(lang, &found.patient))}
        </dl>
    }
    .into_any()
}

fn found(context: &PageContext, view: &ReportView) -> AnyView {
    let lang = context.lang;
    let found = &view.found;
    let no_release = found.release.is_none().then(|| {
        view! {
            <Notice tone=Tone::Heed>
                <p>{matching::no_release(lang)}</p>
            </Notice>
        }
    });
    if found.hits.is_empty() {
        return view! {
            {no_release}
            <EmptyState title=say::nothing_title(lang) text=say::nothing(lang) icon=Icon::Inbox />
        }
        .into_any();
    }
    let desk = Desk::new(context, found, &view.chosen);
    let side_by_side = view.compare.then(|| {
        let hits: Vec<&MatchHit> =
            view.chosen.iter().filter_map(|unit| found.hits.iter().find(|hit| hit.unit == *unit)).collect();
        parts::beside(&desk, &hits)
    });
    let choose = view.choose.then(|| {
        view! {
            <Notice tone=Tone::Wrong role="alert">
                <p>{say::hold_choose(lang)}</p>
            </Notice>
        }
    });
    let id = &view.id;
    let may_hold = context.may(Action::HoldUnits);
    let hold = (may_hold && view.patient.is_some()).then(|| {
        view! {
            <button type="submit" class=ButtonKind::Primary.class() formaction=format!("/console/reports/{id}/hold")>
                <span>{say::hold(lang)}</span>
            </button>
        }
    });
    let help = if view.patient.is_some() { say::report_help(lang) } else { say::hold_nobody(lang) };
    view! {
        {no_release}
        {choose}
        {side_by_side}
        <form method="get" action=format!("/console/reports/{id}#compare") class="match-found">
            <div class="match-sum">
                <p class="match-total">{say::shown(lang, found.hits.len(), count(found.found()))}</p>
                {parts::counts(lang, found)}
            </div>
            {parts::legend(lang)}
            {parts::hits(&desk)}
            {parts::foot(lang, found)}
            <div class="match-acts">
                <button type="submit" class=ButtonKind::Quiet.class() name="compare" value="on">
                    <span>{say::compare(lang)}</span>
                </button>
                <button
                    type="submit"
                    class=ButtonKind::Quiet.class()
                    formmethod="post"
                    formaction=format!("/console/reports/{id}/chosen")
                >
                    <span>{say::report(lang)}</span>
                </button>
                {hold}
                <p class="match-acts-help">{help}</p>
            </div>
        </form>
    }
    .into_any()
}
