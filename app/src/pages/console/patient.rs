//! A patient: typing as understood, weight and diagnosis, searches kept as reports, holds and releases.

use domain::access::Action;
use domain::id::{PatientId, ReportId};
use domain::registry::matching::{ClassTotal, TypingProblem, TypingUnderstood};
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::patients as say, match_desk as desk};

use super::lab::done_news;
use super::match_parts::understood;
use crate::ui::{
    ButtonKind, Cell, Column, Icon, IconMark, LinkButton, Mark, Place, StateMark, data_table, disclosure,
    fact, row_link,
};
use crate::widgets::{HoldLine, count, hold_table};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct PatientView {
    /// Id.
    pub id: PatientId,
    /// The hospital's code.
    pub code: String,
    /// The hospital's name.
    pub hospital: Option<String>,
    /// The typing as it was given.
    pub hla: String,
    /// The typing as the release in use understands it; none while the registry is being read.
    pub read: Option<Result<TypingUnderstood, TypingProblem>>,
    /// Blood group, or empty.
    pub abo: String,
    /// Weight in kg, where it is known.
    pub weight: Option<String>,
    /// Antibodies, or empty.
    pub antibodies: String,
    /// The diagnosis, where it is told.
    pub diagnosis: Option<String>,
    /// When it was added.
    pub added_at: Instant,
    /// Searches that were kept.
    pub reports: Vec<ReportLine>,
    /// Holds.
    pub holds: Vec<HoldLine>,
    /// Whether the reader comes from having done something.
    pub done: bool,
}

/// A report as a line.
#[derive(Debug, Clone)]
pub struct ReportLine {
    /// Id.
    pub id: ReportId,
    /// Its number.
    pub number: String,
    /// When it was made.
    pub made_at: Instant,
    /// What was searched: `≥ 4/6`.
    pub class: String,
    /// Units found, by class, best first.
    pub totals: Vec<ClassTotal>,
    /// Out of how many.
    pub of: u8,
    /// Who signed it.
    pub signed_by: Option<String>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: PatientView) -> Page {
    let lang = context.lang;
    let title = say::page_title(lang, &view.code);
    let search = context.may(Action::SearchUnits).then(|| {
        view! {
            <LinkButton
                href=format!("/console/match?patient={}", view.id)
                label=say::search_for(lang)
                kind=ButtonKind::Primary
                icon=Icon::Search
            />
        }
    });
    let body = view! {
        <a class="back" href="/console/patients">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{title.clone()}</h1>
            {view.hospital.clone().map(|name| view! { <p class="desk-sentence">{name}</p> })}
        </header>
        {view.done.then(|| done_news(lang))}
        <div class="actions">
            {search}
            <LinkButton
                href=format!("/console/patients/{}/change", view.id)
                label=say::change(lang)
                icon=Icon::Replace
            />
        </div>
        <div class="desk-columns">
            <div class="desk-main">
                {reports(lang, &view)}
                <section class="desk-part">
                    <h2>{say::holds(lang)}</h2>
                    {if view.holds.is_empty() {
                        view! { <p class="muted">{say::holds_empty(lang)}</p> }.into_any()
                    } else {
                        hold_table(lang, say::holds(lang), view.holds.clone(), false)
                    }}
                </section>
            </div>
            <div class="desk-side">{typing(lang, &view)} {facts(lang, &view)}</div>
        </div>
    };
    Page::console(title, body)
}

fn typing(lang: Lang, view: &PatientView) -> AnyView {
    let inside = match &view.read {
        Some(Ok(read)) => {
            let given = view! { <p class="code break">{view.hla.clone()}</p> };
            view! {
                {understood(lang, read)}
                {disclosure(say::as_given(lang), None, false, given)}
            }
            .into_any()
        }
        Some(Err(problem)) => {
            let text = words::typing_problem(lang, problem);
            view! {
                <p class="code break">{view.hla.clone()}</p>
                <p>
                    <StateMark mark=Mark::Wrong word=say::unreadable(lang, text) />
                </p>
            }
            .into_any()
        }
        None => view! { <p class="code break">{view.hla.clone()}</p> }.into_any(),
    };
    view! {
        <section class="desk-part">
            <h2>{words::console::unit::typing(lang)}</h2>
            {inside}
        </section>
    }
    .into_any()
}

fn facts(lang: Lang, view: &PatientView) -> AnyView {
    let told = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
    let weight = view.weight.as_ref().map_or_else(|| "—".to_owned(), |weight| format!("{weight} kg"));
    view! {
        <section class="desk-part">
            <h2>{say::facts(lang)}</h2>
            <dl class="facts">
                {fact(words::matching::paper_weight(lang), weight)}
                {fact(desk::abo(lang), told(&view.abo))}
                {fact(desk::antibodies(lang), told(&view.antibodies))}
                {fact(say::diagnosis(lang), told(view.diagnosis.as_deref().unwrap_or_default()))}
                {fact(say::added(lang), view.added_at.minute())}
            </dl>
        </section>
    }
    .into_any()
}

fn reports(lang: Lang, view: &PatientView) -> AnyView {
    let inside = if view.reports.is_empty() {
        view! { <p class="muted">{say::reports_empty(lang)}</p> }.into_any()
    } else {
        let columns = [
            Column::new(say::number(lang), Place::Lead).line(),
            Column::new(say::signed(lang), Place::Figure).line(),
            Column::new(desk::class(lang), Place::SecondEnd).line(),
            Column::new(say::found(lang), Place::Second),
            Column::new(say::made(lang), Place::Third).line(),
        ];
        let rows = view.reports.iter().map(|report| {
            let href = format!("/console/reports/{}", report.id);
            let signed = match &report.signed_by {
                Some(name) => {
                    view! { <StateMark mark=Mark::Good word=say::signed_by(lang, name) /> }.into_any()
                }
                None => view! { <StateMark mark=Mark::Waiting word=desk::unsigned(lang) /> }.into_any(),
            };
            let found: Vec<String> = report
                .totals
                .iter()
                .take(3)
                .map(|total| {
                    format!("{}/{}: {}", total.matches, report.of, count(total.certain + total.potential))
                })
                .collect();
            let found = if found.is_empty() {
                Cell::text(say::found_none(lang))
            } else {
                Cell::text(found.join(" · "))
            };
            vec![
                Cell::new(row_link(href, view! { <span class="code">{report.number.clone()}</span> })),
                Cell::new(signed),
                Cell::text(report.class.clone()),
                found,
                Cell::new(report.made_at.minute()),
            ]
        });
        data_table(say::reports(lang), &columns, rows)
    };
    view! {
        <section class="desk-part">
            <h2>{say::reports(lang)}</h2>
            {inside}
        </section>
    }
    .into_any()
}
