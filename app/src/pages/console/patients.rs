//! Patients: a list, newest first, and a search by the hospital's code.

use domain::id::PatientId;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::patients as say, console::units as list};

use crate::islands::search_key::SearchKey;
use crate::ui::{
    Button, Cell, Column, EmptyState, Icon, LinkButton, Place, TextField, data_table, pager, row_link,
};
use crate::widgets::loci_of;
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct PatientsView {
    /// What was searched for, as typed; empty for the whole list.
    pub query: String,
    /// The patients.
    pub rows: Vec<PatientLine>,
    /// Whether the reader sees more than one hospital's.
    pub hospitals: bool,
    /// The address of the next older ones.
    pub older: Option<String>,
    /// The address of the newest, when these are not.
    pub newest: Option<String>,
}

/// A patient as a line.
#[derive(Debug, Clone)]
pub struct PatientLine {
    /// Id.
    pub id: PatientId,
    /// The hospital's code.
    pub code: String,
    /// The hospital's name.
    pub hospital: Option<String>,
    /// The typing as it is understood, or as it was given.
    pub hla: String,
    /// Blood group, or empty.
    pub abo: String,
    /// Weight in kg, where it is known.
    pub weight: Option<String>,
    /// When it was added.
    pub added_at: Instant,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: PatientsView) -> Page {
    let lang = context.lang;
    let searched = !view.query.is_empty();
    let clear = searched.then(|| view! { <a href="/console/patients">{list::clear(lang)}</a> });
    let rows = if view.rows.is_empty() {
        let (title, text) = if searched {
            (say::empty_found_title(lang), say::empty_found(lang))
        } else {
            (say::empty_title(lang), say::empty(lang))
        };
        view! { <EmptyState title=title text=text icon=Icon::Users /> }.into_any()
    } else {
        table(lang, view.rows, view.hospitals)
    };
    let heading = if searched { list::found(lang) } else { say::list(lang) };
    let pages = pager(
        say::caption(lang),
        view.newest.map(|href| (href, list::newest(lang))),
        view.older.map(|href| (href, list::older(lang))),
    );
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">
                <span>{say::lead(lang)}</span>
                {clear}
            </p>
        </header>
        <div class="actions">
            <LinkButton
                href="/console/patients/new"
                label=say::add(lang)
                kind=crate::ui::ButtonKind::Primary
                icon=Icon::Users
            />
        </div>
        <form class="filter filter-one" method="get" action="/console/patients" role="search" aria-label=say::search_label(lang)>
            <TextField
                id="q"
                label=say::code(lang)
                help=say::query_help(lang)
                value=view.query
                error=None
                kind="search"
                shortcut="/"
            />
            <div class="filter-go">
                <Button label=list::apply(lang) icon=Icon::Search />
            </div>
        </form>
        <section class="desk-part">
            <h2>{heading}</h2>
            {rows}
            {pages}
        </section>
        <SearchKey target="q".to_owned() />
    };
    Page { alive: true, ..Page::console(say::title(lang), body) }
}

fn table(lang: Lang, rows: Vec<PatientLine>, hospitals: bool) -> AnyView {
    let mut columns = vec![
        Column::new(say::code(lang), Place::Lead).line(),
        Column::new(say::weight_kg(lang), Place::SecondEnd).number().labelled(),
        Column::new(say::abo(lang), Place::Figure).line(),
        Column::new(say::loci(lang), Place::Second).clip(),
        Column::new(say::added(lang), Place::Third).line(),
    ];
    if hospitals {
        columns.insert(1, Column::new(say::hospital(lang), Place::ThirdEnd).clip());
    }
    let lines = rows.into_iter().map(|row| {
        let href = format!("/console/patients/{}", row.id);
        let loci: Vec<String> = loci_of(&row.hla).into_iter().map(|(locus, _)| locus).collect();
        let mut cells = vec![
            Cell::new(row_link(href, view! { <span class="code">{row.code}</span> })),
            row.weight.map_or_else(Cell::none, Cell::text),
            if row.abo.is_empty() { Cell::none() } else { Cell::text(row.abo) },
            if loci.is_empty() { Cell::none() } else { Cell::text(loci.join(" ")) },
            Cell::new(row.added_at.minute()),
        ];
        if hospitals {
            cells.insert(1, row.hospital.map_or_else(Cell::none, Cell::text));
        }
        cells
    });
    data_table(say::caption(lang), &columns, lines)
}
