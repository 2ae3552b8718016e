//! Files of units that left the house: who made each, when, what for, for whom, and how many units.

use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::disclosures as say};

use crate::ui::{Cell, Column, EmptyState, Icon, Mark, Place, StateMark, data_table, pager};
use crate::widgets::count;
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct DisclosuresView {
    /// Newest first.
    pub rows: Vec<DisclosureRow>,
    /// The address of the next older ones.
    pub older: Option<String>,
}

/// A file that left.
#[derive(Debug, Clone)]
pub struct DisclosureRow {
    /// When.
    pub made_at: Instant,
    /// Who made it; none for the command line.
    pub made_by: Option<String>,
    /// What for.
    pub purpose: String,
    /// To whom.
    pub receiver: String,
    /// Under which filing it went abroad; none when it stayed in the country.
    pub abroad: Option<String>,
    /// The code of the bank whose units they are.
    pub bank: String,
    /// Whether it is the bank's own copy.
    pub own: bool,
    /// `wmda`, `csv`, `fhir`.
    pub format: String,
    /// How many units.
    pub units: u64,
    /// The beginning of the file's SHA-256.
    pub digest: String,
}

/// How a file is made: the command, since files are large and leave by hand.
fn how(lang: Lang) -> impl IntoView {
    view! {
        <section class="desk-part">
            <h2>{say::how(lang)}</h2>
            <p>{say::how_text(lang)}</p>
            <p class="code command">
                "spark export units units.xml --format wmda --purpose … --to …"
            </p>
        </section>
    }
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: DisclosuresView) -> Page {
    let lang = context.lang;
    let list = if view.rows.is_empty() {
        view! { <EmptyState title=say::empty_title(lang) text=say::empty(lang) icon=Icon::Download /> }
            .into_any()
    } else {
        table(lang, view.rows)
    };
    let older = pager(say::caption(lang), None, view.older.map(|href| (href, say::older(lang))));
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {list}
        {older}
        {how(lang)}
    };
    Page::console(say::title(lang), body)
}

fn table(lang: Lang, rows: Vec<DisclosureRow>) -> AnyView {
    let columns = [
        Column::new(say::when(lang), Place::Third).line(),
        Column::new(say::receiver(lang), Place::Lead),
        Column::new(say::units(lang), Place::Figure).number(),
        Column::new(say::purpose(lang), Place::Whole),
        Column::new(say::abroad(lang), Place::Second).labelled(),
        Column::new(say::bank(lang), Place::Second).line(),
        Column::new(say::scope(lang), Place::Second),
        Column::new(say::format(lang), Place::SecondEnd).line(),
        Column::new(say::who(lang), Place::ThirdEnd).line(),
        Column::new(say::digest(lang), Place::Away).line(),
    ];
    let rows = rows.into_iter().map(|row| {
        let abroad = match row.abroad {
            Some(filing) => Cell::new(view! { <StateMark mark=Mark::Waiting word=filing /> }),
            None => Cell::none(),
        };
        vec![
            Cell::new(view! { <span class="muted">{row.made_at.minute()}</span> }),
            Cell::text(row.receiver),
            Cell::text(count(row.units)),
            Cell::text(row.purpose),
            abroad,
            Cell::text(row.bank),
            Cell::text(if row.own { say::own(lang) } else { say::shared(lang) }),
            Cell::text(row.format.to_uppercase()),
            Cell::text(row.made_by.unwrap_or_else(|| say::command_line(lang).to_owned())),
            Cell::new(view! { <span class="code">{row.digest}</span> }),
        ]
    });
    data_table(say::caption(lang), &columns, rows)
}
