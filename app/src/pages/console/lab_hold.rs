//! Confirmatory typing: each unit of a hold, its typing on record, and what the typing of an attached segment said.

use domain::id::{HoldId, UnitId};
use domain::registry::TypingVerdict;
use leptos::prelude::*;
use words::{Lang, console::lab as say};

use super::lab::{FormState, done_news};
use super::lab_unit::option;
use super::unit::typing_table;
use crate::ui::{Button, ButtonKind, Icon, IconMark, Mark, SelectField, StateMark, TextField};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct LabHoldView {
    /// The hold.
    pub id: HoldId,
    /// Its units.
    pub units: Vec<LabTyping>,
    /// Whether the hold still stands: else nothing is recorded any more.
    pub open: bool,
    /// Whether the reader comes from having done something.
    pub done: bool,
}

/// A unit to be typed again.
#[derive(Debug, Clone)]
pub struct LabTyping {
    /// The unit.
    pub unit: UnitId,
    /// Its registry id and the compartments that are held.
    pub named: (String, Vec<u8>),
    /// Its typing on record.
    pub hla: String,
    /// Results so far, the last one counts: day, laboratory, verdict, typing.
    pub found: Vec<(String, String, TypingVerdict, String)>,
    /// The form.
    pub form: FormState,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: LabHoldView) -> Page {
    let lang = context.lang;
    let units = view.units.iter().map(|unit| one(lang, view.id, unit, view.open)).collect_view();
    let body = view! {
        <a class="back" href="/console/lab">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{say::confirm_title(lang)}</h1>
            <p class="desk-sentence">{say::confirm_lead(lang)}</p>
        </header>
        {view.done.then(|| done_news(lang))}
        {units}
    };
    Page::console(say::confirm_title(lang), body)
}

fn verdict(lang: Lang, verdict: TypingVerdict) -> impl IntoView {
    let mark = match verdict {
        TypingVerdict::Confirmed => Mark::Good,
        TypingVerdict::Differs => Mark::Wrong,
    };
    view! { <StateMark mark=mark word=words::typing_verdict(lang, verdict) /> }
}

fn one(lang: Lang, hold: HoldId, unit: &LabTyping, open: bool) -> impl IntoView + use<> {
    let found = unit
        .found
        .iter()
        .map(|(day, laboratory, found, hla)| {
            view! {
                <li>
                    <p class="record-head">
                        <span>{format!("{day} · {laboratory}")}</span>
                        {verdict(lang, *found)}
                    </p>
                    <p class="code typing-then">{hla.clone()}</p>
                </li>
            }
        })
        .collect_view();
    let any = !unit.found.is_empty();
    let verdicts = vec![
        option(TypingVerdict::Confirmed.as_str(), say::confirmed(lang)),
        option(TypingVerdict::Differs.as_str(), say::differs(lang)),
    ];
    let form = unit.form.clone();
    let key = unit.unit.to_string();
    let send = open.then(|| {
        view! {
            {form.news(lang)}
            <form method="post" action=format!("/console/lab/holds/{hold}/typing") class="stack narrow" novalidate>
                <input type="hidden" name="unit" value=key.clone() />
                <TextField
                    id=format!("hla-{key}")
                    name="hla"
                    label=say::hla(lang)
                    help=say::hla_help(lang)
                    value=form.get("hla")
                    error=None
                />
                <TextField
                    id=format!("laboratory-{key}")
                    name="laboratory"
                    label=say::laboratory(lang)
                    value=form.get("laboratory")
                    error=None
                />
                <TextField
                    id=format!("typed-on-{key}")
                    name="typed_on"
                    label=say::typed_on(lang)
                    value=form.get("typed_on")
                    error=None
                    kind="date"
                />
                <SelectField
                    id=format!("verdict-{key}")
                    name="verdict"
                    label=say::verdict(lang)
                    options=verdicts
                    chosen=form.get("verdict")
                    error=None
                />
                <Button label=say::confirm_button(lang) kind=ButtonKind::Primary />
            </form>
        }
    });
    view! {
        <section class="desk-part">
            <h2 class="code">{super::lab::unit_words(lang, std::slice::from_ref(&unit.named))}</h2>
            <p class="muted">{say::original(lang)}</p>
            {typing_table(lang, &unit.hla)}
            {any.then(|| view! { <h3>{say::confirm_found(lang)}</h3> <ul class="records">{found}</ul> })}
            {send}
        </section>
    }
}
