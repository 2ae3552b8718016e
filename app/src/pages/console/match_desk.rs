//! The match desk: a patient's typing in any notation at the left, the units that may match it at the right, best first.

use domain::id::UnitId;
use domain::registry::matching::{MatchHit, MatchResult, PairFound, SearchProblem};
use domain::registry::{Abo, DoseVerdict};
use leptos::prelude::*;
use words::{Lang, match_desk as say, matching};

use super::match_parts::{self as parts, Desk};
use crate::islands::live_form::LiveForm;
use crate::ui::{
    Button, ButtonKind, CheckField, EmptyState, Icon, Notice, SelectField, SelectOption, TextAreaField,
    TextField, Tone, disclosure,
};
use crate::widgets::count;
use crate::{Page, PageContext};

/// A search as it is typed.
#[derive(Debug, Clone, Default)]
pub struct SearchTyped {
    /// The patient, when one is recorded: id and code.
    pub patient: Option<(String, String)>,
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
    /// The code of the policy of doses.
    pub policy: String,
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
    /// Only units of a blood group that suits are asked for, and the patient's is not given.
    pub abo: bool,
}

impl SearchErrors {
    /// Whether anything is wrong.
    pub fn any(&self) -> bool {
        self.typing.is_some() || self.weight || self.abo
    }
}

/// What a search found, before any of it is kept.
#[derive(Debug, Clone)]
pub struct Found {
    /// The units.
    pub result: MatchResult,
    /// Units that are enough together.
    pub pairs: Vec<PairFound>,
    /// The units that are ticked.
    pub chosen: Vec<UnitId>,
    /// Whether the chosen ones stand side by side.
    pub compare: bool,
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
    /// Codes of the policies of doses in force.
    pub policies: Vec<String>,
    /// What was found.
    pub found: Option<Box<Found>>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: MatchDeskView) -> Page {
    let lang = context.lang;
    let left = fields(lang, &view);
    let right = results(context, &view);
    let lead = match &view.typed.patient {
        Some((id, code)) => view! {
            <p class="desk-sentence">
                <a href=format!("/console/patients/{id}")>{say::for_patient(lang, code)}</a>
            </p>
        }
        .into_any(),
        None => view! { <p class="desk-sentence">{say::lead(lang)}</p> }.into_any(),
    };
    // What may stand in the address says nothing about a body: the patient's id names nobody.
    let keep = ["patient", "class", "policy"].into_iter().chain(BOXES).map(str::to_owned).collect();
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            {lead}
        </header>
        <LiveForm keep=keep failed=say::live_failed(lang).to_owned()>
            <form method="post" action="/console/match" class="match-desk" data-live="" novalidate>
                {left}
                {right}
            </form>
        </LiveForm>
    };
    Page { alive: true, ..Page::console(say::title(lang), body) }
}

/// The parts that follow what is typed, without the page around them.
pub fn live_parts(context: &PageContext, view: &MatchDeskView) -> AnyView {
    let [hla, antibodies, weight, abo] = messages(context.lang, &view.errors);
    let error = |id: &'static str, text: Option<String>| view! { <p id=format!("{id}-error")>{text}</p> };
    view! {
        {read(context.lang, view)}
        {found_line(context.lang, view)}
        {error("hla", hla)}
        {error("antibodies", antibodies)}
        {error("weight", weight)}
        {error("abo", abo)}
        {results(context, view)}
    }
    .into_any()
}

fn messages(lang: Lang, errors: &SearchErrors) -> [Option<String>; 4] {
    let (hla, antibodies) = match &errors.typing {
        Some(SearchProblem::Hla(problem)) => (Some(words::typing_problem(lang, problem)), None),
        Some(SearchProblem::Antibodies(problem)) => (None, Some(words::typing_problem(lang, problem))),
        None => (None, None),
    };
    let weight = errors.weight.then(|| say::weight_wrong(lang).to_owned());
    let abo = errors.abo.then(|| say::abo_needed(lang).to_owned());
    [hla, antibodies, weight, abo]
}

fn option(value: &str, label: String) -> SelectOption {
    SelectOption { value: value.to_owned(), label, enabled: true }
}

/// The typing as it was understood: it has its place also while nothing is.
fn read(lang: Lang, view: &MatchDeskView) -> AnyView {
    let inside = view.found.as_ref().map(|found| {
        let unchecked = &found.result.antibodies_unchecked;
        let unchecked = (!unchecked.is_empty())
            .then(|| say::antibodies_unchecked(lang, unchecked.join(lang.pick("、", ", "))));
        view! {
            {parts::understood(lang, &found.result.patient)}
            {unchecked.map(|text| view! { <p class="field-help">{text}</p> })}
        }
    });
    view! { <div id="understood">{inside}</div> }.into_any()
}

/// How many were found, beside the form: where it stands above the units, they are out of sight.
fn found_line(lang: Lang, view: &MatchDeskView) -> AnyView {
    let link = view.found.as_ref().map(|found| {
        view! { <a href="#results">{say::found_line(lang, count(found.result.found()))}</a> }
    });
    view! { <p id="found-line">{link}</p> }.into_any()
}

fn fields(lang: Lang, view: &MatchDeskView) -> AnyView {
    let typed = &view.typed;
    let [hla_error, antibodies_error, weight_error, abo_error] = messages(lang, &view.errors);
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
    let policies: Vec<SelectOption> =
        view.policies.iter().map(|code| option(code, words::dose_policy(lang, code).to_owned())).collect();
    let boxes = BOXES
        .map(|name| {
            let label = box_label(lang, name);
            view! { <CheckField id=name label=label checked=typed.ticked.contains(&name) error=None /> }
        })
        .collect_view();
    let filter = view! { <div class="match-boxes">{boxes}</div> };
    let patient =
        typed.patient.clone().map(|(id, _)| view! { <input type="hidden" name="patient" value=id /> });
    let kind = if view.found.is_some() { ButtonKind::Quiet } else { ButtonKind::Primary };
    view! {
        <div class="match-patient stack">
            {patient}
            <TextAreaField
                id="hla"
                label=say::hla(lang)
                help=say::hla_help(lang)
                value=typed.hla.clone()
                error=hla_error
            />
            {read(lang, view)}
            <div class="match-row">
                <TextField
                    id="weight"
                    label=say::weight(lang)
                    value=typed.weight.clone()
                    error=weight_error
                    inputmode="decimal"
                />
                <SelectField id="abo" label=say::abo(lang) options=groups chosen=typed.abo.clone() error=abo_error />
            </div>
            <SelectField id="class" label=say::class(lang) options=classes chosen=typed.class.clone() error=None />
            <SelectField
                id="policy"
                label=say::policy(lang)
                options=policies
                chosen=typed.policy.clone()
                error=None
            />
            <TextField
                id="antibodies"
                label=say::antibodies(lang)
                help=say::antibodies_help(lang)
                value=typed.antibodies.clone()
                error=antibodies_error
            />
            {disclosure(say::filter(lang), Some(say::filter_aside(lang).into()), !typed.ticked.is_empty(), filter)}
            <div class="match-go">
                <Button label=say::search(lang) kind=kind icon=Icon::Search />
                {found_line(lang, view)}
                <p class="field-error" id="live-state" role="status"></p>
            </div>
        </div>
    }
    .into_any()
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

/// What was found, or what will stand here.
fn results(context: &PageContext, view: &MatchDeskView) -> AnyView {
    let lang = context.lang;
    let inside = match (&view.found, view.reading) {
        (_, Some(part)) => view! {
            <Notice tone=Tone::Heed title=say::reading(lang).to_owned() role="status">
                <p>{say::reading_text(lang, part)}</p>
            </Notice>
        }
        .into_any(),
        (Some(found), None) => units(context, found, view.typed.patient.is_some()),
        (None, None) => {
            let wrong = view.errors.any();
            let text = if wrong { say::waits_wrong(lang) } else { say::waits(lang) };
            view! {
                <EmptyState title=say::waits_title(lang) text=text icon=Icon::Droplet />
                {parts::legend(lang)}
            }
            .into_any()
        }
    };
    view! {
        <section class="match-units" id="results" aria-label=say::results(lang)>
            {inside}
        </section>
    }
    .into_any()
}

/// The unit of a hit or of a pair.
fn hit_of(found: &Found, unit: UnitId) -> Option<&MatchHit> {
    let of_pairs = found.pairs.iter().flat_map(|pair| [&pair.first, &pair.second]);
    found.result.hits.iter().chain(of_pairs).find(|hit| hit.unit == unit)
}

fn units(context: &PageContext, found: &Found, recorded: bool) -> AnyView {
    let lang = context.lang;
    let result = &found.result;
    let no_release = result.release.is_none().then(|| {
        view! {
            <Notice tone=Tone::Heed>
                <p>{matching::no_release(lang)}</p>
            </Notice>
        }
    });
    if result.hits.is_empty() {
        return view! {
            {no_release}
            <EmptyState title=say::nothing_title(lang) text=say::nothing(lang) icon=Icon::Inbox />
        }
        .into_any();
    }
    let desk = Desk::new(context, result, &found.chosen);
    let beside = found.compare.then(|| {
        let hits: Vec<&MatchHit> = found.chosen.iter().filter_map(|unit| hit_of(found, *unit)).collect();
        parts::beside(&desk, &hits)
    });
    let alone = result.hits.iter().any(|hit| hit.doses.single == Some(DoseVerdict::Enough));
    // A pair's units need not stand among the best: what was chosen of them goes with the form all the same.
    let elsewhere = found
        .chosen
        .iter()
        .filter(|unit| result.hits.iter().all(|hit| hit.unit != **unit))
        .map(|unit| view! { <input type="hidden" name=parts::box_of(*unit) value="on" /> })
        .collect_view();
    let hold = recorded.then(|| {
        view! {
            <button type="submit" class=ButtonKind::Quiet.class() formaction="/console/match/keep" name="then" value="hold">
                <span>{say::hold(lang)}</span>
            </button>
        }
    });
    view! {
        {no_release}
        <div class="match-sum">
            <p class="match-total" role="status">
                {say::shown(lang, result.hits.len(), count(result.found()))}
            </p>
            {parts::counts(lang, result)}
        </div>
        {beside}
        {parts::pairs(&desk, &found.pairs, !alone)}
        {parts::legend(lang)}
        {parts::hits(&desk)}
        {elsewhere}
        {parts::foot(lang, result)}
        <div class="match-acts">
            <button type="submit" class=ButtonKind::Quiet.class() name="compare" value="on" formaction="/console/match#compare">
                <span>{say::compare(lang)}</span>
            </button>
            {hold}
            <button type="submit" class=ButtonKind::Primary.class() formaction="/console/match/keep">
                <span>{say::keep(lang)}</span>
            </button>
            <p class="match-acts-help">{say::keep_help(lang)}</p>
        </div>
    }
    .into_any()
}
