//! The console of somebody who is signed in and has nothing to do there yet.

use words::console::idle as say;

use leptos::prelude::*;

use crate::ui::{EmptyState, Icon};
use crate::{Page, PageContext};

/// The page.
#[must_use]
pub fn page(context: &PageContext) -> Page {
    let lang = context.lang;
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
        </header>
        <EmptyState title=say::empty_title(lang) text=say::empty(lang) icon=Icon::Hourglass />
    };
    Page::console(say::title(lang), body)
}
