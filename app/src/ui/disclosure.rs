//! Something optional, folded away.

use leptos::prelude::*;

use super::{Icon, IconMark, Piece, Text};

/// A native `<details>`: works by itself, and opens for whoever searches the page. `aside` is a word beside the
/// title; `open` stands for something inside that is filled in or wrong.
pub fn disclosure(title: &'static str, aside: Option<Text>, open: bool, inside: impl IntoAny) -> AnyView {
    let title = Piece::new("<span>").text(title).html("</span>");
    let title = title.maybe(aside, |piece, aside| {
        piece.html("<span class=\"field-optional\">").text(&aside).html("</span>")
    });
    let title = title.view();
    view! {
        <details class="disclosure" open=open>
            <summary>
                <IconMark icon=Icon::Chevron />
                {title}
            </summary>
            <div class="disclosure-body">{inside.into_any()}</div>
        </details>
    }
    .into_any()
}
