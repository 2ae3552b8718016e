//! Loads of files of units: what each did, and each unit that it refused with line and reason.

use domain::id::LoadId;
use domain::registry::LoadRefusal;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::loads as say};

use crate::ui::{
    Cell, Column, EmptyState, Icon, IconMark, Mark, Place, StateMark, card_word, data_table, fact, row_link,
};
use crate::widgets::count;
use crate::{Page, PageContext};

/// How a load stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadStand {
    /// Under way.
    Staging,
    /// In the registry.
    Published,
    /// Given up: nothing of it is in the registry.
    Abandoned,
}

/// A load.
#[derive(Debug, Clone)]
pub struct LoadRow {
    /// Id.
    pub id: LoadId,
    /// The bank's name.
    pub bank: String,
    /// The file's name.
    pub file: String,
    /// `wmda`, `csv`, `xlsx`.
    pub format: String,
    /// Whether it names all units of the bank.
    pub full: bool,
    /// How it stands.
    pub state: LoadStand,
    /// When it began.
    pub started_at: Instant,
    /// When it last did something.
    pub touched_at: Instant,
    /// When it was over.
    pub closed_at: Option<Instant>,
    /// Units that the file names; as far as it was read.
    pub read: u64,
    /// New.
    pub added: u64,
    /// Said otherwise than before.
    pub changed: u64,
    /// Said as before.
    pub unchanged: u64,
    /// Withdrawn.
    pub withdrawn: u64,
    /// Refused.
    pub refused: u64,
    /// The nomenclature that it was read under.
    pub release: Option<String>,
}

/// The page of one load.
#[derive(Debug, Clone)]
pub struct LoadView {
    /// The load.
    pub load: LoadRow,
    /// Line, number as far as it was read, reason (`None`: one that this program does not know).
    pub refused: Vec<(i64, String, Option<LoadRefusal>)>,
    /// The address of the next ones.
    pub more: Option<String>,
}

fn stand(lang: Lang, state: LoadStand) -> impl IntoView {
    let (mark, word) = match state {
        LoadStand::Staging => (Mark::Waiting, say::staging(lang)),
        LoadStand::Published => (Mark::Good, say::published(lang)),
        LoadStand::Abandoned => (Mark::Off, say::abandoned(lang)),
    };
    view! { <StateMark mark=mark word=word /> }
}

/// How to load a file: the command, since a file of millions of units does not come through a browser.
fn how(lang: Lang) -> impl IntoView {
    view! {
        <section class="desk-part">
            <h2>{say::how(lang)}</h2>
            <p>{say::how_text(lang)}</p>
            <p class="code command">"spark import units inventory.xml --bank CN01 --dry-run"</p>
            <p class="code command">"spark import units inventory.xml --bank CN01"</p>
        </section>
    }
}

/// The list.
#[must_use]
pub fn list_page(context: &PageContext, rows: Vec<LoadRow>) -> Page {
    let lang = context.lang;
    let list = if rows.is_empty() {
        view! { <EmptyState title=say::empty_title(lang) text=say::empty(lang) /> }.into_any()
    } else {
        table(lang, rows)
    };
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {list}
        {how(lang)}
    };
    Page::console(say::title(lang), body)
}

fn table(lang: Lang, rows: Vec<LoadRow>) -> AnyView {
    let columns = [
        Column::new(say::started(lang), Place::Third).line(),
        Column::new(say::file(lang), Place::Lead).clip(),
        Column::new(say::bank(lang), Place::ThirdEnd).clip(),
        Column::new(say::state(lang), Place::Figure).line(),
        Column::new(say::read(lang), Place::Second).number().labelled(),
        Column::new(say::added(lang), Place::Second).number().labelled(),
        Column::new(say::changed(lang), Place::Second).number().labelled(),
        Column::new(say::withdrawn(lang), Place::Second).number().labelled(),
        Column::new(say::refused(lang), Place::SecondEnd).number(),
    ];
    let rows = rows.into_iter().map(|row| {
        let href = format!("/console/loads/{}", row.id);
        let number = |n: u64| if n == 0 { Cell::none() } else { Cell::text(count(n)) };
        let refused = if row.refused == 0 {
            Cell::none()
        } else {
            Cell::new(view! {
                {card_word(say::refused(lang))}
                <StateMark mark=Mark::Wrong word=count(row.refused) />
            })
        };
        vec![
            Cell::new(view! { <span class="muted">{row.started_at.minute()}</span> }),
            Cell::new(row_link(href, row.file.clone())),
            Cell::text(row.bank),
            Cell::new(stand(lang, row.state)),
            number(row.read),
            number(row.added),
            number(row.changed),
            number(row.withdrawn),
            refused,
        ]
    });
    data_table(say::caption(lang), &columns, rows)
}

/// One load.
#[must_use]
pub fn page(context: &PageContext, view: LoadView) -> Page {
    let lang = context.lang;
    let load = &view.load;
    let kind = if load.full { say::full(lang) } else { say::differential(lang) };
    let release = match &load.release {
        Some(release) => release.clone(),
        None => say::no_release(lang).to_owned(),
    };
    let under_way = (load.state == LoadStand::Staging)
        .then(|| view! { <p class="muted">{say::under_way(lang, load.touched_at.minute())}</p> });
    let sum = |term: &'static str, n: u64| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{count(n)}</dd>
            </div>
        }
    };
    let refused = if view.refused.is_empty() {
        view! { <EmptyState text=say::none_refused(lang) icon=Icon::Full /> }.into_any()
    } else {
        refusals(lang, &view)
    };
    let more = view.more.clone().map(|href| {
        view! {
            <a class="button" href=href rel="next">
                <span>{say::more(lang)}</span>
                <IconMark icon=Icon::ArrowRight />
            </a>
        }
    });
    let body = view! {
        <a class="back" href="/console/loads">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1 class="break">{load.file.clone()}</h1>
            {stand(lang, load.state)}
        </header>
        <section class="desk-part">
            <dl class="sums-line">
                {sum(say::read(lang), load.read)} {sum(say::added(lang), load.added)}
                {sum(say::changed(lang), load.changed)} {sum(say::unchanged(lang), load.unchanged)}
                {sum(say::withdrawn(lang), load.withdrawn)} {sum(say::refused(lang), load.refused)}
            </dl>
            {under_way}
            <dl class="facts facts-dense">
                {fact(say::bank(lang), load.bank.clone())}
                {fact(say::kind(lang), format!("{kind} · {}", load.format))}
                {fact(say::release(lang), release)}
                {fact(say::started(lang), load.started_at.minute())}
                {load.closed_at.map(|at| fact(say::closed(lang), at.minute()))}
            </dl>
        </section>
        <section class="desk-part">
            <h2>{say::refusals(lang)}</h2>
            {refused}
            <nav class="pager" aria-label=say::refusals(lang)>{more}</nav>
        </section>
    };
    Page::console(load.file.clone(), body)
}

fn refusals(lang: Lang, view: &LoadView) -> AnyView {
    let columns = [
        Column::new(say::line(lang), Place::Figure).number().labelled(),
        Column::new(say::id(lang), Place::Lead).line(),
        Column::new(say::reason(lang), Place::Whole),
    ];
    let rows = view.refused.iter().map(|(line, id, reason)| {
        let words = match reason {
            Some(reason) => words::load_refusal(lang, reason),
            None => say::reason_unknown(lang).to_owned(),
        };
        let id = if id.is_empty() {
            Cell::none()
        } else {
            Cell::new(view! { <span class="code">{id.clone()}</span> })
        };
        vec![Cell::text(count(line.unsigned_abs())), id, Cell::text(words)]
    });
    data_table(say::refusals(lang), &columns, rows)
}
