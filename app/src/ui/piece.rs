//! HTML that holds nothing but texts, as one piece.
//!
//! A view of its own for each element costs some microseconds for a handful of them, and a form has hundreds. What the
//! compiler does for elements without any value (an inert element), this does for those whose values are all texts. Markup
//! comes from the source alone; every value goes through one of the two escapes.

use html_escape::{encode_double_quoted_attribute_to_string, encode_text_to_string};
use leptos::tachys::html::InertElement;

/// One element with what is in it, as it is written.
pub(crate) struct Piece(String);

impl Piece {
    /// Begins with markup.
    pub(crate) fn new(markup: &'static str) -> Self {
        let mut html = String::with_capacity(192);
        html.push_str(markup);
        Self(html)
    }

    /// Goes on with markup.
    pub(crate) fn html(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Goes on with a value between double quotes.
    pub(crate) fn value(mut self, value: &str) -> Self {
        encode_double_quoted_attribute_to_string(value, &mut self.0);
        self
    }

    /// Goes on with a text between tags.
    pub(crate) fn text(mut self, text: &str) -> Self {
        encode_text_to_string(text, &mut self.0);
        self
    }

    /// Goes on with what `more` adds where there is a `value`.
    pub(crate) fn maybe<T>(self, value: Option<T>, more: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => more(self, value),
            None => self,
        }
    }

    /// The view.
    pub(crate) fn view(self) -> InertElement {
        InertElement::new(self.0)
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
