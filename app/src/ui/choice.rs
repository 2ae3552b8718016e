//! Choices: chips, radio lines and single boxes, all native inputs.

use leptos::prelude::*;

use super::field::{described, error_line, help_line};
use super::{Piece, Text};

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

/// A round box, in the label that was opened before.
fn radio(label: Piece, name: &'static str, choice: &Choice, chosen: &str) -> Piece {
    let tag = label.html("<input type=\"radio\"").attr("name", name).attr("value", &choice.value);
    tag.flag("checked", choice.value == chosen).html(">")
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
    let head = Piece::new("<fieldset class=\"chips\"><legend class=\"field-label\">").text(&legend);
    let chips = head.html("</legend><div class=\"chips-row\">").each(choices, |piece, choice| {
        let label = radio(piece.html("<label class=\"chip\">"), name, &choice, &chosen);
        label.html("<span>").text(&choice.label).html("</span></label>")
    });
    chips.html("</div></fieldset>").view()
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
    let class = if error.is_some() { "choices field-wrong" } else { "choices" };
    let tag = Piece::new("<fieldset").attr("class", class).attr("id", name).attr("data-field", name);
    let tag = described(tag.maybe_attr("data-inline", inline.then_some("")), name, false, false);
    let head = tag.html("><legend class=\"field-label\">").text(&legend).html("</legend>");
    let lines = head.html("<div class=\"choices-lines\">").each(choices, |piece, choice| {
        let label = radio(piece.html("<label class=\"choice\">"), name, &choice, &chosen);
        let label = label.html("<span class=\"choice-text\"><span>").text(&choice.label).html("</span>");
        let help =
            |line: Piece, help: &Text| line.html("<span class=\"choice-help\">").text(help).html("</span>");
        label.maybe(choice.help.as_ref(), help).html("</span></label>")
    });
    error_line(lines.html("</div>"), name, error.as_ref()).html("</fieldset>").view()
}

/// One box to tick.
#[component]
pub fn CheckField(
    /// Its id and name.
    id: &'static str,
    /// What is agreed to or said.
    #[prop(into)]
    label: Text,
    /// A link after it.
    #[prop(optional)]
    link: Option<Piece>,
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
    let class = if error.is_some() { "check field-wrong" } else { "check" };
    let around =
        Piece::new("<div").attr("class", class).attr("data-field", id).html("><label class=\"choice\">");
    let tag = around.html("<input type=\"checkbox\"").attr("id", id).attr("name", id).attr("value", value);
    let tag = described(tag.flag("checked", checked), id, help.is_some(), error.is_some());
    let text = tag.html("><span class=\"choice-text\">").text(&label);
    let label = text.maybe(link, |text, link| text.html(" ").piece(&link)).html("</span></label>");
    let lines = help_line(label, id, help.as_ref());
    error_line(lines, id, error.as_ref()).html("</div>").view()
}
