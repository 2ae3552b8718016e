//! Holds: those whose release waits for a second person, then all of them, newest first.

use leptos::prelude::*;
use words::console::{holds as say, units as list};

use crate::ui::{EmptyState, Icon, pager};
use crate::widgets::{HoldLine, hold_table};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct HoldsView {
    /// Holds whose release waits for a second person.
    pub waiting: Vec<HoldLine>,
    /// The holds.
    pub lines: Vec<HoldLine>,
    /// The address of the next older ones.
    pub older: Option<String>,
    /// The address of the newest, when these are not.
    pub newest: Option<String>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: HoldsView) -> Page {
    let lang = context.lang;
    let waiting = (!view.waiting.is_empty()).then(|| {
        view! {
            <section class="desk-part">
                <h2>{say::waiting(lang)}</h2>
                {hold_table(lang, say::waiting(lang), view.waiting, true)}
            </section>
        }
    });
    let lines = if view.lines.is_empty() {
        view! { <EmptyState title=say::empty_title(lang) text=say::empty(lang) icon=Icon::Package /> }
            .into_any()
    } else {
        hold_table(lang, say::caption(lang), view.lines, true)
    };
    let pages = pager(
        say::caption(lang),
        view.newest.map(|href| (href, list::newest(lang))),
        view.older.map(|href| (href, list::older(lang))),
    );
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {waiting}
        <section class="desk-part">
            <h2>{say::list(lang)}</h2>
            {lines}
            {pages}
        </section>
    };
    Page::console(say::title(lang), body)
}
