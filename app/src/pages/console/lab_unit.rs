//! One unit at the lab desk: a step of its process, a move of a bag, another typing.

use domain::id::UnitId;
use domain::registry::{CompartmentState, Place, Step, StepVerdict, UnitStatus};
use leptos::prelude::*;
use words::{Lang, console::lab as say};

use super::lab::{FormState, done_news};
use super::unit::typing_table;
use crate::ui::{
    Button, ButtonKind, Icon, IconMark, LinkButton, SelectField, SelectOption, TextAreaField, TextField, fact,
};
use crate::widgets::{compartment_state, place_words, unit_status};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct LabUnitView {
    /// The unit.
    pub id: UnitId,
    /// Its registry id.
    pub registry_id: String,
    /// Where it stands by the rules.
    pub status: UnitStatus,
    /// Each compartment: its state and where it lies.
    pub compartments: Vec<(CompartmentState, Option<Place>)>,
    /// Its typing.
    pub hla: String,
    /// The form of a step.
    pub step: FormState,
    /// The form of a move.
    pub moved: FormState,
    /// The form of a typing.
    pub typing: FormState,
    /// Whether the reader comes from having done something.
    pub done: bool,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: LabUnitView) -> Page {
    let lang = context.lang;
    let title = words::console::unit::title(lang, &view.registry_id);
    let body = view! {
        <a class="back" href="/console/lab">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{title.clone()}</h1>
            {unit_status(lang, view.status)}
        </header>
        {view.done.then(|| done_news(lang))}
        <p class="actions">
            <LinkButton href=format!("/console/units/{}", view.id) label=say::passport(lang) icon=Icon::List />
        </p>
        <div class="desk-columns">
            <div class="desk-main">{step(lang, &view)} {typing(lang, &view)}</div>
            <div class="desk-side">{places(lang, &view)}</div>
        </div>
    };
    Page::console(title, body)
}

pub(super) fn option(value: &str, label: &str) -> SelectOption {
    SelectOption { value: value.to_owned(), label: label.to_owned(), enabled: true }
}

fn step(lang: Lang, view: &LabUnitView) -> impl IntoView + use<> {
    let form = view.step.clone();
    let steps = Step::ALL
        .iter()
        .map(|step| {
            let label = format!("{}. {}", step.position(), words::step(lang, *step));
            option(step.as_str(), &label)
        })
        .collect();
    let verdicts = StepVerdict::ALL
        .iter()
        .map(|verdict| {
            let word = match verdict {
                StepVerdict::Passed => say::passed(lang),
                StepVerdict::Noted => say::noted(lang),
                StepVerdict::Failed => say::failed(lang),
            };
            option(verdict.as_str(), word)
        })
        .collect();
    view! {
        <section class="desk-part" id="step-part">
            <h2>{say::step_title(lang)}</h2>
            {form.news(lang)}
            <form method="post" action=format!("/console/lab/units/{}/steps", view.id) class="stack narrow" novalidate>
                <p class="field-help">{say::step_help(lang)}</p>
                <SelectField id="step" label=say::step(lang) options=steps chosen=form.get("step") error=None />
                <TextField id="operator" label=say::operator(lang) value=form.get("operator") error=None />
                <TextField
                    id="instrument"
                    label=say::instrument(lang)
                    value=form.get("instrument")
                    error=None
                    optional=say::optional(lang)
                />
                <TextField id="started" label=say::started(lang) value=form.get("started") error=None kind="datetime-local" />
                <TextField id="ended" label=say::ended(lang) value=form.get("ended") error=None kind="datetime-local" />
                <TextField
                    id="result"
                    label=say::result(lang)
                    value=form.get("result")
                    error=None
                    optional=say::optional(lang)
                />
                <SelectField id="verdict" label=say::verdict(lang) options=verdicts chosen=form.get("verdict") error=None />
                <Button label=say::record(lang) kind=ButtonKind::Primary />
            </form>
        </section>
    }
}

/// The ways in which a unit is typed.
pub(super) fn methods(lang: Lang) -> Vec<SelectOption> {
    ["dna", "serology", "mixed"].map(|word| option(word, words::typing_method(lang, word))).into()
}

fn typing(lang: Lang, view: &LabUnitView) -> impl IntoView + use<> {
    let form = view.typing.clone();
    let present = (!view.hla.is_empty()).then(|| typing_table(lang, &view.hla));
    view! {
        <section class="desk-part" id="typing-part">
            <h2>{say::typing_title(lang)}</h2>
            {present}
            {form.news(lang)}
            <form method="post" action=format!("/console/lab/units/{}/typing", view.id) class="stack narrow" novalidate>
                <TextAreaField id="hla" label=say::hla(lang) help=say::hla_help(lang) value=form.get("hla") error=None />
                <SelectField id="method" label=say::method(lang) options=methods(lang) chosen=form.get("method") error=None />
                <TextField id="typed_on" label=say::typed_on(lang) value=form.get("typed_on") error=None kind="date" />
                <Button label=say::typing_button(lang) />
            </form>
        </section>
    }
}

fn places(lang: Lang, view: &LabUnitView) -> impl IntoView + use<> {
    let form = view.moved.clone();
    let lines = (1_u8..)
        .zip(&view.compartments)
        .map(|(number, (state, place))| {
            let place = place.as_ref().map(|place| place_words(lang, place));
            let term = words::console::unit::compartment(lang, number);
            fact(&term, view! { {compartment_state(lang, *state)} <span class="fact-more">{place}</span> })
        })
        .collect_view();
    let here = (1_u8..)
        .zip(&view.compartments)
        .filter(|(_, (state, _))| state.is_here())
        .map(|(number, _)| option(&number.to_string(), &words::console::unit::compartment(lang, number)))
        .collect::<Vec<_>>();
    let field = |id: &'static str, label: &'static str| {
        view! { <TextField id=id label=label value=form.get(id) error=None width="short" /> }
    };
    let movable = (!here.is_empty()).then(|| {
        view! {
            {form.news(lang)}
            <form method="post" action=format!("/console/lab/units/{}/moves", view.id) class="stack" novalidate>
                <SelectField
                    id="compartment"
                    label=say::compartment(lang)
                    options=here
                    chosen=form.get("compartment")
                    error=None
                />
                <div class="quartet">
                    {field("tank", say::tank(lang))} {field("rack", say::rack(lang))}
                    {field("slot_box", say::slot_box(lang))} {field("slot", say::slot(lang))}
                </div>
                <Button label=say::move_button(lang) />
            </form>
        }
    });
    view! {
        <section class="desk-part" id="move-part">
            <h2>{say::move_title(lang)}</h2>
            <dl class="facts facts-dense">{lines}</dl>
            {movable}
        </section>
    }
}
