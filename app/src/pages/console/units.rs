//! The registry's overview: how far it is, a search by any number, and the units, newest first.

use domain::id::UnitId;
use domain::registry::{Ownership, UnitStatus};
use domain::time::{Date, Instant};
use leptos::prelude::*;
use words::{Lang, console::units as say};

use crate::islands::search_key::SearchKey;
use crate::ui::{
    Button, Cell, Column, EmptyState, Icon, Place, Tag, TextField, card_word, data_table, pager, row_link,
};
use crate::widgets::{loci_of, thousandths, unit_status};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct UnitsView {
    /// What was searched for, as typed; empty for the whole list.
    pub query: String,
    /// The number of the newest change and when it was published; none for an empty registry.
    pub head: Option<(i64, Instant)>,
    /// The units.
    pub rows: Vec<UnitRow>,
    /// The address of the next older ones.
    pub older: Option<String>,
    /// The address of the newest, when these are not.
    pub newest: Option<String>,
}

/// A unit as a line.
#[derive(Debug, Clone)]
pub struct UnitRow {
    /// Id.
    pub id: UnitId,
    /// The registry's own number.
    pub registry_id: String,
    /// Its bank's code.
    pub bank: String,
    /// Where it stands by the rules.
    pub status: UnitStatus,
    /// Whose it is.
    pub ownership: Ownership,
    /// Whether its family's consent to share stands.
    pub consent: bool,
    /// When it was collected.
    pub collected_on: Option<Date>,
    /// Nucleated cells, in 10⁵; 0 when not known.
    pub tnc_e5: u32,
    /// CD34-positive cells, in 10³; 0 when not known.
    pub cd34_e3: u32,
    /// Its typing.
    pub hla: String,
    /// How many compartments may be held.
    pub free: usize,
    /// How many it has.
    pub compartments: usize,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: UnitsView) -> Page {
    let lang = context.lang;
    let searched = !view.query.is_empty();
    let head = match view.head {
        Some((number, at)) => say::at_number(lang, words::minute(lang, at), number),
        None => say::nothing_yet(lang).to_owned(),
    };
    let clear = searched.then(|| view! { <a href="/console/units">{say::clear(lang)}</a> });
    let list = if view.rows.is_empty() {
        let (title, text) = if searched {
            (say::empty_found_title(lang), say::empty_found(lang))
        } else {
            (say::empty_title(lang), say::empty(lang))
        };
        view! { <EmptyState title=title text=text /> }.into_any()
    } else {
        table(lang, view.rows)
    };
    let heading = if searched { say::found(lang) } else { say::list(lang) };
    let pages = pager(
        say::caption(lang),
        view.newest.map(|href| (href, say::newest(lang))),
        view.older.map(|href| (href, say::older(lang))),
    );
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">
                <span>{head}</span>
                {clear}
            </p>
        </header>
        <form class="filter filter-one" method="get" action="/console/units" role="search" aria-label=say::search_label(lang)>
            <TextField
                id="q"
                label=say::query(lang)
                help=say::query_help(lang)
                value=view.query
                error=None
                kind="search"
                shortcut="/"
            />
            <div class="filter-go">
                <Button label=say::apply(lang) icon=Icon::Search />
            </div>
        </form>
        <section class="desk-part">
            <h2>{heading}</h2>
            {list}
            {pages}
        </section>
        <SearchKey target="q".to_owned() />
    };
    Page { alive: true, ..Page::console(say::title(lang), body) }
}

fn table(lang: Lang, rows: Vec<UnitRow>) -> AnyView {
    let columns = [
        Column::new(say::id(lang), Place::Lead).line(),
        Column::new(say::status(lang), Place::Figure).line(),
        Column::new(say::ownership(lang), Place::Second),
        Column::new(say::tnc(lang), Place::SecondEnd).number(),
        Column::new(say::cd34(lang), Place::Away).number(),
        Column::new(say::free(lang), Place::ThirdEnd).number(),
        Column::new(say::typed(lang), Place::Away).clip(),
        Column::new(say::collected(lang), Place::Third).line(),
        Column::new(say::bank(lang), Place::Third).line(),
    ];
    data_table(say::caption(lang), &columns, rows.into_iter().map(|row| line(lang, row)))
}

fn line(lang: Lang, row: UnitRow) -> Vec<Cell> {
    let href = format!("/console/units/{}", row.id);
    let shared = (row.ownership == Ownership::Family && row.consent)
        .then(|| view! { " " <Tag word=say::shared(lang) /> });
    let figure = |text: Option<String>, head: &'static str| {
        text.map_or_else(Cell::none, |text| Cell::new(view! { {card_word(head)} {text} }))
    };
    let loci: Vec<String> = loci_of(&row.hla).into_iter().map(|(locus, _)| locus).collect();
    let loci = if loci.is_empty() { Cell::none() } else { Cell::text(loci.join(" ")) };
    vec![
        Cell::new(row_link(href, view! { <span class="code">{row.registry_id}</span> })),
        Cell::new(unit_status(lang, row.status)),
        Cell::new(view! {
            {words::unit_ownership(lang, row.ownership)}
            {shared}
        }),
        figure(thousandths(row.tnc_e5), say::tnc(lang)),
        figure(thousandths(row.cd34_e3), say::cd34(lang)),
        Cell::new(view! { {card_word(say::free(lang))} {say::of(lang, row.compartments, row.free)} }),
        loci,
        row.collected_on.map_or_else(Cell::none, |day| Cell::new(day.to_string())),
        Cell::text(row.bank),
    ]
}
