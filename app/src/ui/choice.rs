//! Choices: chips, radio lines and single boxes, all native inputs.

use leptos::prelude::*;

use super::attrs::{Text, attr, class, data, known};
use super::field::{described_by, error_line, help_line, invalid};
use super::piece::Piece;

/// One of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: Text,
    /// What is read.
    pub label: Text,
    /// A line under it.
    pub help: Option<Text>,
}

impl Choice {
    /// A choice without a second line.
    pub fn new(value: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self { value: value.into(), label: label.into(), help: None }
    }
}

/// The beginning of a line with a round box.
fn radio(label: &'static str, name: &'static str, value: &str, checked: bool) -> Piece {
    let line =
        Piece::new(label).html("<input type=\"radio\" name=\"").html(name).html("\" value=\"").value(value);
    line.html(if checked { "\" checked>" } else { "\">" })
}

/// A row of short choices to tap.
#[component]
pub fn Chips(
    /// The name that is sent.
    name: &'static str,
    /// What is asked.
    #[prop(into)]
    legend: Text,
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
            radio("<label class=\"chip\">", name, &choice.value, checked)
                .html("<span>")
                .text(&choice.label)
                .html("</span></label>")
                .view()
        })
        .collect_view();
    view! {
        <fieldset {..class("chips")}>
            <legend {..class("field-label")}>{legend}</legend>
            <div {..class("chips-row")}>{chips}</div>
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
    legend: Text,
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
            radio("<label class=\"choice\">", name, &choice.value, checked)
                .html("<span class=\"choice-text\"><span>")
                .text(&choice.label)
                .html("</span>")
                .maybe(choice.help, |line, help| {
                    line.html("<span class=\"choice-help\">").text(&help).html("</span>")
                })
                .html("</span></label>")
                .view()
        })
        .collect_view();
    let attributes = (
        class(if error.is_some() { "choices field-wrong" } else { "choices" }),
        attr::id(known(name)),
        data("data-field", Some(known(name))),
        data("data-inline", inline.then_some(known(""))),
        attr::aria_describedby(described_by(name, false)),
    );
    view! {
        <fieldset {..attributes}>
            <legend {..class("field-label")}>{legend}</legend>
            <div {..class("choices-lines")}>{lines}</div>
            {error_line(name, error.as_ref())}
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
    help: Option<Text>,
    /// What is wrong and what to do.
    #[prop(optional_no_strip)]
    error: Option<String>,
) -> impl IntoView {
    let around = class(if error.is_some() { "check field-wrong" } else { "check" });
    let attributes = (
        attr::r#type(known("checkbox")),
        attr::id(known(id)),
        attr::name(known(id)),
        attr::value(known(value)),
        attr::checked(checked),
        attr::aria_describedby(described_by(id, help.is_some())),
        attr::aria_invalid(invalid(error.as_ref())),
    );
    view! {
        <div {..(around, data("data-field", Some(known(id))))}>
            <label {..class("choice")}>
                <input {..attributes} />
                <span {..class("choice-text")}>{label}</span>
            </label>
            {help_line(id, help.as_ref())}
            {error_line(id, error.as_ref())}
        </div>
    }
}
