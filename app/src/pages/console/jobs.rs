//! Work that did not succeed: what, how often, why, and a button to try again.

use domain::id::JobId;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::messages as say};

use crate::ui::{Button, Cell, Column, EmptyState, Icon, Mark, Place, StateMark, data_table};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct JobsView {
    /// Jobs that failed or are tried again.
    pub rows: Vec<JobRow>,
}

/// A job as a line: ids and codes only.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// Id.
    pub id: JobId,
    /// What it does, by its code.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next; `None` when it was given up.
    pub next: Option<Instant>,
    /// Why it failed, by its code.
    pub error: String,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: JobsView) -> Page {
    let lang = context.lang;
    let list = if view.rows.is_empty() {
        view! { <EmptyState text=say::failed_empty(lang) icon=Icon::Full /> }.into_any()
    } else {
        table(lang, view.rows).into_any()
    };
    let body = view! {
        <header class="desk-head">
            <h1>{say::failed_title(lang)}</h1>
        </header>
        {list}
    };
    Page::console(words::console::nav_jobs(lang), body)
}

fn table(lang: Lang, rows: Vec<JobRow>) -> impl IntoView {
    let columns = [
        Column::new(say::job(lang), Place::Lead).line(),
        Column::new(say::attempts(lang), Place::SecondEnd).number().labelled(),
        Column::new(say::next_try(lang), Place::Second).line().labelled(),
        Column::new(say::last_error(lang), Place::Whole),
        Column::new("", Place::Whole).line(),
    ];
    let rows = rows.into_iter().map(|row| {
        let action = format!("/console/jobs/{}/retry", row.id);
        let next = match row.next {
            Some(at) => Cell::new(at.minute()),
            None => Cell::new(view! { <StateMark mark=Mark::Wrong word=say::gave_up(lang) /> }),
        };
        vec![
            Cell::new(view! { <span class="code">{row.kind}</span> }),
            Cell::new(row.attempts),
            next,
            Cell::new(view! { <span class="code">{row.error}</span> }),
            Cell::new(view! {
                <form method="post" action=action>
                    <Button label=say::retry(lang) />
                </form>
            }),
        ]
    });
    data_table(say::failed_title(lang), &columns, rows)
}
