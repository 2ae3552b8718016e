//! The way through a long list that is read by key: back to the newest, on to what follows.

use leptos::prelude::*;

use super::{Icon, IconMark};

/// Links below a list called `label`: each an address with its words. Without any there is nothing.
#[must_use]
pub fn pager(
    label: &'static str,
    newest: Option<(String, &'static str)>,
    next: Option<(String, &'static str)>,
) -> Option<AnyView> {
    if newest.is_none() && next.is_none() {
        return None;
    }
    let newest = newest.map(|(href, words)| view! { <a class="button" href=href>{words}</a> });
    let next = next.map(|(href, words)| {
        view! {
            <a class="button" href=href rel="next">
                <span>{words}</span>
                <IconMark icon=Icon::ArrowRight />
            </a>
        }
    });
    Some(view! { <nav class="pager" aria-label=label>{newest} {next}</nav> }.into_any())
}
