//! HTML that holds nothing but texts, as one piece.
//!
//! Erased views cost an allocation or more for each element and each attribute, and a form has hundreds. What the compiler
//! does for elements without any value (an inert element), this does for those whose values are all texts. Markup comes
//! from the source alone, and every value goes through one of the two escapes. What was weighed:
//! docs/decisions/0009-what-is-only-text-is-one-piece.md.

use html_escape::{encode_double_quoted_attribute_to_string, encode_text_to_string};
use leptos::prelude::{AnyView, IntoAny, Oco};
use leptos::tachys::html::InertElement;

/// A text that is borrowed where the compiler knows it.
pub type Text = Oco<'static, str>;

/// HTML as far as it is written.
pub struct Piece(String);

impl Piece {
    /// Begins with markup.
    #[must_use]
    pub fn new(markup: &'static str) -> Self {
        let mut html = String::with_capacity(256);
        html.push_str(markup);
        Self(html)
    }

    /// Goes on with markup.
    #[must_use]
    pub fn html(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Goes on with an attribute. The tag before it is still open.
    #[must_use]
    pub fn attr(self, name: &'static str, value: &str) -> Self {
        self.html(" ").html(name).html("=\"").value(value).html("\"")
    }

    /// Goes on with an attribute where it has a value.
    #[must_use]
    pub fn maybe_attr(self, name: &'static str, value: Option<&str>) -> Self {
        self.maybe(value, |piece, value| piece.attr(name, value))
    }

    /// Goes on with an attribute without a value, such as `checked`.
    #[must_use]
    pub fn flag(self, name: &'static str, set: bool) -> Self {
        if set { self.html(" ").html(name) } else { self }
    }

    /// Goes on with a value between double quotes.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        encode_double_quoted_attribute_to_string(value, &mut self.0);
        self
    }

    /// Goes on with a text between tags.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        encode_text_to_string(text, &mut self.0);
        self
    }

    /// Goes on with what `more` adds where there is a `value`.
    #[must_use]
    pub fn maybe<T>(self, value: Option<T>, more: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => more(self, value),
            None => self,
        }
    }

    /// Goes on with what `more` adds for each of `values`.
    #[must_use]
    pub fn each<T>(self, values: impl IntoIterator<Item = T>, more: impl FnMut(Self, T) -> Self) -> Self {
        values.into_iter().fold(self, more)
    }

    /// Goes on with another piece.
    #[must_use]
    pub fn piece(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// The view.
    #[must_use]
    pub fn view(self) -> AnyView {
        InertElement::new(self.0).into_any()
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::*;

    use super::*;

    #[test]
    fn values_stay_between_their_quotes_and_texts_between_their_tags() {
        let odd = "\"><script>alert('a & b')</script>";
        let piece = Piece::new("<p id=\"")
            .value(odd)
            .html("\">")
            .text(odd)
            .maybe(Some(1), |piece, _| piece.html("<b>").text("<").html("</b>"));
        let html = Owner::new()
            .with(|| piece.maybe(None::<u8>, |piece, _| piece.html("no")).html("</p>").view().to_html());
        assert_eq!(
            html,
            "<p id=\"&quot;&gt;&lt;script&gt;alert('a &amp; b')&lt;/script&gt;\">\
             \"&gt;&lt;script&gt;alert('a &amp; b')&lt;/script&gt;<b>&lt;</b></p>"
        );
    }
}
