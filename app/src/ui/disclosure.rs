//! Something optional, folded away.

use leptos::prelude::*;

use super::attrs::{Text, attr, class};
use super::{Icon, IconMark};

/// A native `<details>`: works by itself, and opens for whoever searches the page. `aside` is a word beside the
/// title; `open` stands for something inside that is filled in or wrong.
pub fn disclosure(title: &'static str, aside: Option<Text>, open: bool, inside: impl IntoAny) -> AnyView {
    view! {
        <details {..(class("disclosure"), attr::open(open))}>
            <summary>
                <IconMark icon=Icon::Chevron />
                <span>{title}</span>
                {aside.map(|aside| view! { <span {..class("field-optional")}>{aside}</span> })}
            </summary>
            <div {..class("disclosure-body")}>{inside.into_any()}</div>
        </details>
    }
    .into_any()
}
