//! One field: label above, help before the control, the error under it, all three tied to the control.

use leptos::prelude::*;

use super::{Piece, Text};

/// The line of help over a control.
pub(super) fn help_line(piece: Piece, id: &str, help: Option<&Text>) -> Piece {
    piece.maybe(help, |piece, help| {
        piece.html("<p id=\"").value(id).html("-help\" class=\"field-help\">").text(help).html("</p>")
    })
}

/// The place of a control's error.
pub(super) fn error_line(piece: Piece, id: &str, error: Option<&String>) -> Piece {
    let place = piece.html("<p id=\"").value(id).html("-error\" class=\"field-error\">");
    place.maybe(error, |place, error| place.text(error)).html("</p>")
}

/// Ties an open tag to what describes its control: its help, when there is one, and the place of its error, which is
/// always there so that the browser half can fill it.
pub(super) fn described(piece: Piece, id: &str, help: bool, error: bool) -> Piece {
    let piece = piece.html(" aria-describedby=\"");
    let piece = if help { piece.value(id).html("-help ") } else { piece };
    piece.value(id).html("-error\"").maybe_attr("aria-invalid", error.then_some("true"))
}

/// What stands around a control.
struct Frame {
    id: Text,
    name: Option<&'static str>,
    label: Text,
    help: Option<Text>,
    error: Option<String>,
    optional: Option<Text>,
}

impl Frame {
    /// All that stands before the control.
    fn open(&self) -> Piece {
        let class = if self.error.is_some() { "field field-wrong" } else { "field" };
        let field = Piece::new("<div").attr("class", class).attr("data-field", &self.id).html(">");
        let label =
            field.html("<label").attr("for", &self.id).html(" class=\"field-label\">").text(&self.label);
        let label = label.maybe(self.optional.as_ref(), |label, word| {
            label.html("<span class=\"field-optional\">").text(word).html("</span>")
        });
        help_line(label.html("</label>"), &self.id, self.help.as_ref())
    }

    /// The attributes that every control has, in its open tag.
    fn control(&self, tag: Piece) -> Piece {
        let tag = tag.attr("id", &self.id).attr("name", self.name.unwrap_or(&self.id));
        described(tag, &self.id, self.help.is_some(), self.error.is_some())
    }

    /// All that stands after the control.
    fn close(&self, piece: Piece) -> AnyView {
        error_line(piece, &self.id, self.error.as_ref()).html("</div>").view()
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
    let frame = Frame { id, name, label, help, error, optional };
    let sign = |piece: Piece, unit: &str| {
        let piece = piece.html("<div class=\"field-unit\"").maybe_attr("data-width", width);
        piece.html("><span aria-hidden=\"true\">").text(unit).html("</span>")
    };
    let tag = frame.open().maybe(unit, sign).html("<input class=\"input\"");
    let tag = frame.control(tag.maybe_attr("data-width", width)).attr("type", kind).attr("value", &value);
    let tag = tag.maybe_attr("inputmode", inputmode).attr("autocomplete", autocomplete);
    let input = tag.maybe_attr("aria-keyshortcuts", shortcut).html(">");
    frame.close(if unit.is_some() { input.html("</div>") } else { input })
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
    let frame = Frame { id, name: None, label, help, error, optional: None };
    let tag = frame.control(frame.open().html("<input class=\"input input-file\" type=\"file\""));
    frame.close(tag.maybe_attr("accept", accept).flag("multiple", many).html(" required>"))
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
    let frame = Frame { id, name, label, help, error, optional };
    let tag = frame.control(frame.open().html("<textarea class=\"input\"")).attr("rows", &rows.to_string());
    // A parser drops the first line break (HTML, section 13.1.2.5).
    let inside = tag.html(if value.starts_with('\n') { ">\n" } else { ">" }).text(&value);
    frame.close(inside.html("</textarea>"))
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
    let frame = Frame { id, name, label, help, error, optional: None };
    let select = frame.control(frame.open().html("<select class=\"input\"")).html(">");
    let lines = select.each(options, |piece, option| {
        let tag = piece.html("<option").attr("value", &option.value).flag("selected", option.value == chosen);
        tag.flag("disabled", !option.enabled).html(">").text(&option.label).html("</option>")
    });
    frame.close(lines.html("</select>"))
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
