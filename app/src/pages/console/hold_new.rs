//! A new hold: a set of compartments of one or two units, all or nothing, and what their cells are per kg.

use domain::id::UnitId;
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{CompartmentState, Dose, DosePolicy, DoseVerdict, Figures, HoldPurpose};
use leptos::prelude::*;
use words::{Lang, console::holds as say};

use crate::islands::live_form::LiveForm;
use crate::ui::{Button, ButtonKind, Choice, Choices, Icon, IconMark, Notice, Text, TextField, Tone};
use crate::widgets::{asked_of, dose_bars, dose_verdict, hundredths, thousandths};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct HoldNewView {
    /// Id of the report.
    pub report: String,
    /// Its number.
    pub report_number: String,
    /// Whether it is signed: else only a reservation may rest on it.
    pub signed: bool,
    /// The patient's code.
    pub patient: String,
    /// The patient's weight in kg, where it is known.
    pub weight: Option<String>,
    /// Where the form goes: the report with the units in question.
    pub action: String,
    /// The units.
    pub units: Vec<UnitToHold>,
    /// Purpose as chosen.
    pub purpose: String,
    /// Days as typed.
    pub days: String,
    /// The most days of each purpose.
    pub most: Vec<(HoldPurpose, u16)>,
    /// When it would end.
    pub until: Option<String>,
    /// What is wrong, if it was not held.
    pub error: Option<Refusal>,
    /// What the chosen compartments are.
    pub doses: ChosenDoses,
}

/// A unit with its compartments.
#[derive(Debug, Clone)]
pub struct UnitToHold {
    /// Which.
    pub unit: UnitId,
    /// Its number.
    pub registry_id: String,
    /// How it matches: `5/6`.
    pub matches: String,
    /// Each compartment from the first.
    pub compartments: Vec<Part>,
}

/// A compartment to choose.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Where it stands.
    pub state: CompartmentState,
    /// What is in it.
    pub figures: Figures,
    /// Whether it is chosen, or was, before somebody else had it.
    pub chosen: bool,
}

/// What a set of compartments is for the patient.
#[derive(Debug, Clone, Default)]
pub struct ChosenDoses {
    /// Each unit: number, compartments, dose per kg, verdict under each policy.
    pub units: Vec<UnitDose>,
    /// The dose of all together, where there are two.
    pub together: Option<Dose>,
}

/// What the chosen compartments of one unit are.
#[derive(Debug, Clone)]
pub struct UnitDose {
    /// Its number.
    pub registry_id: String,
    /// Which compartments.
    pub compartments: Vec<u8>,
    /// Per kg; none without a weight.
    pub dose: Option<Dose>,
    /// Against each policy in force.
    pub verdicts: Vec<(DosePolicy, DoseVerdict)>,
}

/// The name of the box of a compartment.
#[must_use]
pub fn part_box(unit: UnitId, number: u8) -> String {
    format!("part_{unit}_{number}")
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: HoldNewView) -> Page {
    let lang = context.lang;
    let title = say::new_title(lang);
    let back = format!("/console/reports/{}", view.report);
    let weight = match &view.weight {
        Some(weight) => say::weight_is(lang, weight),
        None => say::weight_unknown(lang).to_owned(),
    };
    let body = view! {
        <a class="back" href=back>
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back_report(lang, &view.report_number)}</span>
        </a>
        <header class="desk-head">
            <h1>{title}</h1>
            <p class="desk-sentence">
                <span>{say::for_patient(lang, &view.patient)}</span>
                <span>{weight}</span>
            </p>
        </header>
        <LiveForm keep=Vec::new() failed=words::match_desk::live_failed(lang).to_owned()>
            {form(lang, &view)}
        </LiveForm>
    };
    Page { alive: true, ..Page::console(title, body) }
}

/// The parts that follow what is chosen.
pub fn live_parts(context: &PageContext, view: &HoldNewView) -> AnyView {
    view! {
        {doses(context.lang, view)}
        {until(context.lang, view)}
        <p id="days-error">{days_error(context.lang, view)}</p>
    }
    .into_any()
}

fn days_error(lang: Lang, view: &HoldNewView) -> Option<String> {
    let error = view.error.as_ref()?;
    matches!(error, Refusal::Unit(UnitRefusal::HoldTooLong { .. })).then(|| words::refusal(lang, error))
}

fn form(lang: Lang, view: &HoldNewView) -> AnyView {
    let units = view.units.iter().map(|unit| one_unit(lang, unit)).collect_view();
    let refused = view
        .error
        .as_ref()
        .filter(|error| !matches!(error, Refusal::Unit(UnitRefusal::HoldTooLong { .. })))
        .map(|error| {
            let raced = matches!(
                error,
                Refusal::Unit(
                    UnitRefusal::CompartmentHeld
                        | UnitRefusal::CompartmentGone
                        | UnitRefusal::UnitNotAvailable
                )
            );
            let said = words::refusal(lang, error);
            view! {
                <Notice id="refused" tone=Tone::Wrong title=say::not_held(lang).to_owned() role="alert">
                    <p>{said}</p>
                    {raced.then(|| view! { <p>{say::raced(lang)}</p> })}
                </Notice>
            }
        });
    let purposes = view
        .most
        .iter()
        .map(|(purpose, most)| Choice {
            help: Some(Text::from(if purpose.needs_signed_report() && !view.signed {
                say::purpose_unsigned(lang, most)
            } else {
                say::purpose_most(lang, most)
            })),
            ..Choice::new(purpose.as_str(), words::hold_purpose(lang, *purpose))
        })
        .collect();
    view! {
        <form method="post" action=view.action.clone() class="hold-form" data-live="" novalidate>
            <div class="hold-choose">
                {refused}
                {units}
                <p class="field-help">{say::all_or_nothing(lang)}</p>
            </div>
            <div class="hold-side">
                {doses(lang, view)}
                <p class="no-script">
                    <Button label=say::count_doses(lang) name="deed" value="look" />
                </p>
                <Choices
                    name="purpose"
                    legend=say::purpose(lang)
                    choices=purposes
                    chosen=view.purpose.clone()
                    error=None
                />
                <TextField
                    id="days"
                    label=say::days(lang)
                    help=say::days_help(lang)
                    value=view.days.clone()
                    error=days_error(lang, view)
                    inputmode="numeric"
                    width="short"
                />
                {until(lang, view)}
                <Button label=say::make(lang) kind=ButtonKind::Primary icon=Icon::Check />
                <p class="field-error" id="live-state" role="status"></p>
            </div>
        </form>
    }
    .into_any()
}

fn one_unit(lang: Lang, unit: &UnitToHold) -> AnyView {
    let parts = (1..)
        .zip(&unit.compartments)
        .map(|(number, part)| {
            let free = part.state == CompartmentState::Stored;
            let tnc = thousandths(part.figures.tnc_e5).unwrap_or_else(|| "—".to_owned());
            let cd34 = thousandths(part.figures.cd34_e3).unwrap_or_else(|| "—".to_owned());
            let lost = (part.chosen && !free)
                .then(|| view! { <span class="hold-part-lost">{say::part_lost(lang)}</span> });
            let state = if free { "free" } else { "taken" };
            view! {
                <label class="hold-part" data-state=state data-lost=(part.chosen && !free).then_some("")>
                    <input
                        type="checkbox"
                        name=part_box(unit.unit, number)
                        value="on"
                        checked=part.chosen && free
                        disabled=!free
                    />
                    <span class="hold-part-number">{number}</span>
                    <span class="hold-part-text">
                        <span class="hold-part-figures">{say::part_figures(lang, cd34, tnc)}</span>
                        <span class="hold-part-state">{words::compartment_state(lang, part.state)}</span>
                        {lost}
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="hold-parts">
            <legend>
                <span class="hit-class">{unit.matches.clone()}</span>
                " "
                <span class="code">{unit.registry_id.clone()}</span>
            </legend>
            <div class="hold-parts-row">{parts}</div>
        </fieldset>
    }
    .into_any()
}

fn until(lang: Lang, view: &HoldNewView) -> AnyView {
    let text = view.until.as_ref().map(|at| say::would_end(lang, at));
    view! { <p id="hold-until" class="hold-until">{text}</p> }.into_any()
}

/// What the chosen compartments are, unit by unit, and together.
fn doses(lang: Lang, view: &HoldNewView) -> AnyView {
    let inside = if view.doses.units.is_empty() {
        view! { <p class="muted">{say::none_chosen(lang)}</p> }.into_any()
    } else {
        let units = view.doses.units.len();
        let lines = view.doses.units.iter().map(|unit| unit_dose(lang, unit, units)).collect_view();
        let together = view.doses.together.map(|dose| {
            view! {
                <p class="hold-together">
                    {say::together(lang, hundredths(dose.cd34_e3), hundredths(dose.tnc_e5))}
                </p>
            }
        });
        view! {
            {lines}
            {together}
        }
        .into_any()
    };
    view! {
        <section class="hold-doses" id="hold-doses" aria-live="polite" aria-label=say::dose_title(lang)>
            <h2>{say::dose_title(lang)}</h2>
            {inside}
        </section>
    }
    .into_any()
}

/// One unit's dose as bars against the first policy, and its verdict under each.
pub(super) fn unit_dose(lang: Lang, unit: &UnitDose, units: usize) -> AnyView {
    let numbers: Vec<String> = unit.compartments.iter().map(u8::to_string).collect();
    let name = words::console::lab::unit_parts(lang, &unit.registry_id, numbers.join(", "));
    let Some(dose) = unit.dose else {
        return view! {
            <div class="hold-dose">
                <p class="code">{name}</p>
                <p class="muted">{words::match_desk::dose_no_weight(lang)}</p>
            </div>
        }
        .into_any();
    };
    let asked = unit.verdicts.first().map(|(policy, _)| asked_of(policy, units));
    let verdicts = unit
        .verdicts
        .iter()
        .map(|(policy, verdict)| {
            let word = words::dose_policy(lang, &policy.code).to_owned();
            view! {
                <li title=policy.source.clone()>
                    <span>{word}</span>
                    {dose_verdict(lang, *verdict)}
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="hold-dose">
            <p class="code">{name}</p>
            {dose_bars(lang, dose, asked)}
            <ul class="hold-verdicts">{verdicts}</ul>
        </div>
    }
    .into_any()
}
