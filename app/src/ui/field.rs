//! One field: label above, help before the control, the error under it, all three tied to the control.

use leptos::attr::Attribute;
use leptos::prelude::*;
use leptos::tachys::html::InertElement;

use super::attrs::{Text, attr, class, data, known};
use super::piece::Piece;

/// The ids that describe a control: its help, when there is one, and the place of its error, which is always there
/// so that the browser half can fill it.
pub(super) fn described_by(id: &str, help: bool) -> Text {
    if help { format!("{id}-help {id}-error") } else { format!("{id}-error") }.into()
}

/// Whether a control holds something wrong, for `aria-invalid`.
pub(super) fn invalid(error: Option<&String>) -> Option<Text> {
    error.map(|_| known("true"))
}

/// The line of help over a control.
pub(super) fn help_line(id: &str, help: Option<&Text>) -> Option<InertElement> {
    let line =
        |help: &Text| Piece::new("<p id=\"").value(id).html("-help\" class=\"field-help\">").text(help);
    help.map(|help| line(help).html("</p>").view())
}

/// The place of a control's error.
pub(super) fn error_line(id: &str, error: Option<&String>) -> InertElement {
    let place = Piece::new("<p id=\"").value(id).html("-error\" class=\"field-error\">");
    place.maybe(error, |place, error| place.text(error)).html("</p>").view()
}

/// The label over a control, with a word beside it.
fn label_line(id: &str, label: &str, aside: Option<&Text>) -> InertElement {
    let line = Piece::new("<label for=\"").value(id).html("\" class=\"field-label\">").text(label);
    line.maybe(aside, |line, aside| line.html("<span class=\"field-optional\">").text(aside).html("</span>"))
        .html("</label>")
        .view()
}

/// What stands around a control.
struct Frame {
    id: Text,
    label: Text,
    help: Option<Text>,
    error: Option<String>,
    optional: Option<Text>,
}

impl Frame {
    /// The attributes that every control has.
    fn control(&self, name: Option<&'static str>) -> impl Attribute + use<> {
        (
            class("input"),
            attr::id(self.id.clone()),
            attr::name(name.map_or_else(|| self.id.clone(), known)),
            attr::aria_describedby(described_by(&self.id, self.help.is_some())),
            attr::aria_invalid(invalid(self.error.as_ref())),
        )
    }

    fn around(self, control: AnyView) -> impl IntoView {
        let Self { id, label, help, error, optional } = self;
        let class_names = if error.is_some() { "field field-wrong" } else { "field" };
        view! {
            <div {..(class(class_names), data("data-field", Some(id.clone())))}>
                {label_line(&id, &label, optional.as_ref())}
                {help_line(&id, help.as_ref())}
                {control}
                {error_line(&id, error.as_ref())}
            </div>
        }
    }
}

/// A line of text.
#[component]
pub fn TextField(
    /// Its id, and its name unless one is given.
    #[prop(into)]
    id: Text,
    /// Another name than the id.
    #[prop(optional)]
    name: Option<&'static str>,
    /// The label.
    #[prop(into)]
    label: Text,
    /// What was typed.
    #[prop(optional, into)]
    value: String,
    /// Help, shown before the field.
    #[prop(optional, into)]
    help: Option<Text>,
    /// What is wrong and what to do.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// The word for "optional", when it is.
    #[prop(optional, into)]
    optional: Option<Text>,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// Which keyboard a phone shows.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A sign in front of the value.
    #[prop(optional)]
    unit: Option<&'static str>,
    /// The width that fits what is written here: `short`, `middle`; else the whole column.
    #[prop(optional)]
    width: Option<&'static str>,
    /// A key that goes here, for `aria-keyshortcuts`.
    #[prop(optional)]
    shortcut: Option<&'static str>,
) -> impl IntoView {
    let frame = Frame { id, label, help, error, optional };
    let width = width.map(known);
    let attributes = (
        frame.control(name),
        data("data-width", width.clone()),
        attr::r#type(known(kind)),
        attr::value(Text::from(value)),
        attr::inputmode(inputmode.map(known)),
        attr::autocomplete(known(autocomplete)),
        attr::aria_keyshortcuts(shortcut.map(known)),
    );
    let input = view! { <input {..attributes} /> };
    let control = match unit {
        Some(unit) => view! {
            <div {..(class("field-unit"), data("data-width", width))}>
                <span aria-hidden="true">{unit}</span>
                {input}
            </div>
        }
        .into_any(),
        None => input.into_any(),
    };
    frame.around(control)
}

/// A file to send; several where `many`.
#[component]
pub fn FileField(
    /// Its id and name.
    #[prop(into)]
    id: Text,
    /// The label.
    #[prop(into)]
    label: Text,
    /// Help, shown before the field.
    #[prop(optional, into)]
    help: Option<Text>,
    /// What is wrong and what to do.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// Endings that the browser offers first; what is sent is known by its contents.
    #[prop(optional)]
    accept: Option<&'static str>,
    /// Whether several may be chosen.
    #[prop(optional)]
    many: bool,
) -> impl IntoView {
    let frame = Frame { id, label, help, error, optional: None };
    let control = view! {
        <input class="input-file" type="file" accept=accept multiple=many required=true {..frame.control(None)} />
    };
    frame.around(control.into_any())
}

/// The text as it must stand between the tags: Leptos writes a textarea's children as they are, so that `</textarea>`
/// in what was typed would end it; and a parser drops the first line break (HTML, section 13.1.2.5).
fn inside_textarea(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if escaped.starts_with('\n') { format!("\n{escaped}") } else { escaped }
}

/// Several lines of text.
#[component]
pub fn TextAreaField(
    /// Its id, and its name unless one is given.
    #[prop(into)]
    id: Text,
    /// Another name than the id.
    #[prop(optional)]
    name: Option<&'static str>,
    /// How many lines it shows at first.
    #[prop(default = 4)]
    rows: u8,
    /// The label.
    #[prop(into)]
    label: Text,
    /// What was typed.
    #[prop(optional, into)]
    value: String,
    /// Help, shown before the field.
    #[prop(optional, into)]
    help: Option<Text>,
    /// What is wrong and what to do.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// The word for "optional", when it is.
    #[prop(optional, into)]
    optional: Option<Text>,
) -> impl IntoView {
    let frame = Frame { id, label, help, error, optional };
    let control = view! {
        <textarea rows=rows.to_string() {..frame.control(name)}>
            {inside_textarea(&value)}
        </textarea>
    };
    frame.around(control.into_any())
}

/// One line of a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectOption {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it may be chosen.
    pub enabled: bool,
}

/// A list of which one is chosen.
#[component]
pub fn SelectField(
    /// Its id, and its name unless one is given.
    #[prop(into)]
    id: Text,
    /// Another name than the id.
    #[prop(optional)]
    name: Option<&'static str>,
    /// The label.
    #[prop(into)]
    label: Text,
    /// The lines.
    options: Vec<SelectOption>,
    /// The value that is chosen.
    #[prop(optional, into)]
    chosen: String,
    /// Help, shown before the field.
    #[prop(optional, into)]
    help: Option<Text>,
    /// What is wrong and what to do.
    #[prop(optional_no_strip)]
    error: Option<String>,
) -> impl IntoView {
    let lines = options
        .into_iter()
        .map(|option| {
            let selected = option.value == chosen;
            Piece::new("<option value=\"")
                .value(&option.value)
                .html("\"")
                .html(if selected { " selected" } else { "" })
                .html(if option.enabled { ">" } else { " disabled>" })
                .text(&option.label)
                .html("</option>")
                .view()
        })
        .collect_view();
    let frame = Frame { id, label, help, error, optional: None };
    let control = view! { <select {..frame.control(name)}>{lines}</select> };
    frame.around(control.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without the empty comments by which Leptos finds its places.
    fn html(view: impl FnOnce() -> AnyView) -> String {
        Owner::new().with(|| view().to_html()).replace("<!>", "")
    }

    #[test]
    fn help_and_error_are_tied_to_the_control() {
        let html = html(|| {
            let error = Some("太长".to_owned());
            view! { <TextField id="name" label="姓名" help="写在收据上" error=error value="王\"小<明" /> }
                .into_any()
        });
        assert!(html.contains(r#"<label for="name""#), "{html}");
        assert!(html.contains(r#"aria-describedby="name-help name-error""#), "{html}");
        assert!(html.contains(r#"aria-invalid="true""#), "{html}");
        assert!(html.contains(r#"<p id="name-help" class="field-help">写在收据上</p>"#), "{html}");
        assert!(html.contains(r#"<p id="name-error" class="field-error">太长</p>"#), "{html}");
        assert!(html.contains(r#"value="王&quot;小&lt;明""#), "{html}");
    }

    #[test]
    fn a_sound_field_is_not_called_invalid_and_keeps_a_place_for_its_error() {
        let html = html(|| view! { <TextAreaField id="message" label="留言" error=None /> }.into_any());
        assert!(!html.contains("aria-invalid"), "{html}");
        assert!(html.contains(r#"aria-describedby="message-error""#), "{html}");
        assert!(html.contains(r#"<p id="message-error" class="field-error"></p>"#), "{html}");
    }

    #[test]
    fn what_was_typed_cannot_leave_its_textarea() {
        let typed = "\n</textarea><script>&amp;";
        let html =
            html(|| view! { <TextAreaField id="message" label="留言" error=None value=typed /> }.into_any());
        assert!(html.contains("\n\n&lt;/textarea&gt;&lt;script&gt;&amp;amp;</textarea>"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
    }

    #[test]
    fn the_chosen_line_is_selected_and_only_that() {
        let line =
            |value: &str| SelectOption { value: value.into(), label: value.into(), enabled: value != "c" };
        let html = html(|| {
            let options = vec![line("a"), line("b"), line("c")];
            view! { <SelectField id="target" label="捐给" options=options chosen="b" error=None /> }
                .into_any()
        });
        assert_eq!(html.matches(" selected").count(), 1, "{html}");
        assert!(html.contains(r#"<option value="b" selected"#), "{html}");
        assert!(html.contains(r#"<option value="c" disabled"#), "{html}");
    }
}
