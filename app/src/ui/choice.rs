//! Choices: chips, radio lines and single boxes, all native inputs.

use leptos::prelude::*;

use super::field::described_by;

/// One of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A line under it.
    pub help: Option<String>,
}

impl Choice {
    /// A choice without a second line.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), help: None }
    }
}

/// A row of short choices to tap.
#[component]
pub fn Chips(
    /// The name that is sent.
    name: &'static str,
    /// What is asked.
    #[prop(into)]
    legend: String,
    /// The choices.
    choices: Vec<Choice>,
    /// The value that is chosen.
    #[prop(optional, into)]
    chosen: String,
) -> impl IntoView {
    let chips = choices
        .into_iter()
        .map(|choice| {
            let checked = choice.value == chosen;
            view! {
                <label class="chip">
                    <input type="radio" name=name value=choice.value checked=checked />
                    <span>{choice.label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="chips">
            <legend class="field-label">{legend}</legend>
            <div class="chips-row">{chips}</div>
        </fieldset>
    }
}

/// Choices as lines, each with room for a sentence.
#[component]
pub fn Choices(
    /// The name that is sent, and the id of the group.
    name: &'static str,
    /// What is asked.
    #[prop(into)]
    legend: String,
    /// The choices.
    choices: Vec<Choice>,
    /// The value that is chosen.
    #[prop(optional, into)]
    chosen: String,
    /// What is wrong and what to do.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// Short choices stand side by side.
    #[prop(optional)]
    inline: bool,
) -> impl IntoView {
    let lines = choices
        .into_iter()
        .map(|choice| {
            let checked = choice.value == chosen;
            view! {
                <label class="choice">
                    <input type="radio" name=name value=choice.value checked=checked />
                    <span class="choice-text">
                        <span>{choice.label}</span>
                        {choice.help.map(|help| view! { <span class="choice-help">{help}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    let class = if error.is_some() { "choices field-wrong" } else { "choices" };
    view! {
        <fieldset class=class id=name data-field=name data-inline=inline.then_some("") aria-describedby=described_by(name, false)>
            <legend class="field-label">{legend}</legend>
            <div class="choices-lines">{lines}</div>
            <p class="field-error" id=format!("{name}-error")>{error}</p>
        </fieldset>
    }
}

/// One box to tick.
#[component]
pub fn CheckField(
    /// Its id and name.
    id: &'static str,
    /// What is agreed to or said.
    label: AnyView,
    /// What is sent when it is ticked.
    #[prop(default = "on")]
    value: &'static str,
    /// Whether it is ticked.
    checked: bool,
    /// A line under it.
    #[prop(optional, into)]
    help: Option<String>,
    /// What is wrong and what to do.
    #[prop(optional_no_strip)]
    error: Option<String>,
) -> impl IntoView {
    let class = if error.is_some() { "check field-wrong" } else { "check" };
    let described = described_by(id, help.is_some());
    view! {
        <div class=class data-field=id>
            <label class="choice">
                <input
                    type="checkbox"
                    id=id
                    name=id
                    value=value
                    checked=checked
                    aria-describedby=described
                    aria-invalid=error.is_some().then_some("true")
                />
                <span class="choice-text">{label}</span>
            </label>
            {help.map(|help| view! { <p class="field-help check-help" id=format!("{id}-help")>{help}</p> })}
            <p class="field-error" id=format!("{id}-error")>{error}</p>
        </div>
    }
}
