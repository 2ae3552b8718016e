//! The match desk: a patient's typing in any notation, and the units that may match it, best first.

use domain::registry::Abo;
use domain::registry::matching::SearchProblem;
use leptos::prelude::*;
use words::{Lang, match_desk as say};

use crate::ui::{
    Button, ButtonKind, CheckField, Notice, SelectField, SelectOption, TextAreaField, TextField, Tone,
    disclosure,
};
use crate::{Page, PageContext};

/// A search as it is typed.
#[derive(Debug, Clone, Default)]
pub struct SearchTyped {
    /// The typing.
    pub hla: String,
    /// Antigens against which there are antibodies.
    pub antibodies: String,
    /// Weight in kg.
    pub weight: String,
    /// ABO blood group, or empty.
    pub abo: String,
    /// `4/6` …
    pub class: String,
    /// The boxes that are ticked, by name.
    pub ticked: Vec<&'static str>,
}

/// The boxes of the filter, in their order.
pub const BOXES: [&str; 5] =
    ["abo_compatible", "segment", "markers_clear", "cultures_clear", "haemoglobin_clear"];

/// The classes that are offered.
pub const CLASSES: [&str; 9] = ["4/6", "5/6", "6/6", "3/6", "6/8", "7/8", "8/8", "7/10", "9/10"];

/// What is wrong with a search.
#[derive(Debug, Clone, Default)]
pub struct SearchErrors {
    /// The typing or the antibodies can't be read.
    pub typing: Option<SearchProblem>,
    /// The weight can't be read.
    pub weight: bool,
}

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct MatchDeskView {
    /// What was typed.
    pub typed: SearchTyped,
    /// What is wrong with it.
    pub errors: SearchErrors,
    /// Part of the registry that was read so far, in per cent, while it can't be searched.
    pub reading: Option<u8>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: MatchDeskView) -> Page {
    let lang = context.lang;
    let reading = view.reading.map(|part| {
        view! {
            <Notice tone=Tone::Heed title=say::reading(lang).to_owned() role="status">
                <p>{say::reading_text(lang, part)}</p>
            </Notice>
        }
    });
    let fields = form(lang, &view.typed, &view.errors);
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {reading}
        {fields}
    };
    Page::console(say::title(lang), body)
}

fn option(value: &str, label: String) -> SelectOption {
    SelectOption { value: value.to_owned(), label, enabled: true }
}

fn form(lang: Lang, typed: &SearchTyped, errors: &SearchErrors) -> impl IntoView + use<> {
    let (hla_error, antibodies_error) = match &errors.typing {
        Some(SearchProblem::Hla(problem)) => (Some(words::typing_problem(lang, problem)), None),
        Some(SearchProblem::Antibodies(problem)) => (None, Some(words::typing_problem(lang, problem))),
        None => (None, None),
    };
    let weight_error = errors.weight.then(|| say::weight_wrong(lang).to_owned());
    let groups = std::iter::once(option("", say::abo_unknown(lang).to_owned()))
        .chain(Abo::ALL.iter().map(|abo| option(abo.as_str(), abo.as_str().to_owned())))
        .collect();
    let classes = CLASSES
        .iter()
        .map(|class| {
            let wide = if *class == "3/6" { say::class_wide(lang) } else { "" };
            option(class, format!("≥ {class} {wide}").trim_end().to_owned())
        })
        .collect();
    let boxes = BOXES
        .map(|name| {
            let label = box_label(lang, name).into_any();
            view! { <CheckField id=name label=label checked=typed.ticked.contains(&name) error=None /> }
        })
        .collect_view();
    let filter = view! { <div class="match-boxes">{boxes}</div> };
    view! {
        <form method="post" action="/console/match" class="stack match-form">
            <TextAreaField
                id="hla"
                label=say::hla(lang)
                help=say::hla_help(lang)
                value=typed.hla.clone()
                error=hla_error
            />
            <div class="match-row">
                <SelectField
                    id="class"
                    label=say::class(lang)
                    options=classes
                    chosen=typed.class.clone()
                    error=None
                />
                <TextField
                    id="weight"
                    label=say::weight(lang)
                    value=typed.weight.clone()
                    error=weight_error
                    inputmode="decimal"
                />
                <SelectField id="abo" label=say::abo(lang) options=groups chosen=typed.abo.clone() error=None />
            </div>
            <TextField
                id="antibodies"
                label=say::antibodies(lang)
                help=say::antibodies_help(lang)
                value=typed.antibodies.clone()
                error=antibodies_error
            />
            {disclosure(say::filter(lang), Some(say::filter_aside(lang)), !typed.ticked.is_empty(), filter)}
            <Button label=say::search(lang) kind=ButtonKind::Primary />
        </form>
    }
}

fn box_label(lang: Lang, name: &str) -> &'static str {
    match name {
        "abo_compatible" => say::box_abo(lang),
        "segment" => say::box_segment(lang),
        "markers_clear" => say::box_markers(lang),
        "cultures_clear" => say::box_cultures(lang),
        _ => say::box_haemoglobin(lang),
    }
}
