//! Loads of files of units: what each did, and each unit that it refused with line and reason.

use domain::id::LoadId;
use domain::registry::LoadRefusal;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::loads as say};

use super::load_form::{UploadForm, upload_form};
use super::load_run::{UploadRun, now, uploads};
use crate::ui::{
    Cell, Column, EmptyState, Icon, IconMark, LinkButton, Mark, Place, StateMark, card_word, data_table,
    fact, pager, row_link,
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

/// What was refused.
#[derive(Debug, Clone, Default)]
pub struct Refused {
    /// Line, number as far as it was read, reason (`None`: one that this program does not know).
    pub lines: Vec<(i64, String, Option<LoadRefusal>)>,
    /// How many there are in all.
    pub total: u64,
    /// The address of the next ones.
    pub more: Option<String>,
}

/// The page of one load.
#[derive(Debug, Clone)]
pub struct LoadView {
    /// The load.
    pub load: LoadRow,
    /// The upload that it came by, if it came so.
    pub upload: Option<UploadRun>,
    /// What it refused.
    pub refused: Refused,
}

/// The page of all.
#[derive(Debug, Clone, Default)]
pub struct LoadsView {
    /// The loads, newest first.
    pub rows: Vec<LoadRow>,
    /// Uploads that became no load.
    pub uploads: Vec<UploadRun>,
    /// The form, for whoever may send a file.
    pub form: Option<UploadForm>,
}

fn stand(lang: Lang, state: LoadStand) -> impl IntoView {
    let (mark, word) = match state {
        LoadStand::Staging => (Mark::Waiting, say::staging(lang)),
        LoadStand::Published => (Mark::Good, say::published(lang)),
        LoadStand::Abandoned => (Mark::Off, say::abandoned(lang)),
    };
    view! { <StateMark mark=mark word=word /> }
}

/// The list.
#[must_use]
pub fn list_page(context: &PageContext, view: LoadsView) -> Page {
    let lang = context.lang;
    let list = if view.rows.is_empty() {
        view! { <EmptyState title=say::empty_title(lang) text=say::empty(lang) /> }.into_any()
    } else {
        table(lang, view.rows)
    };
    let to_form = view.form.is_some().then(|| {
        view! { <LinkButton href="#upload" label=words::console::upload::title(lang) icon=Icon::Upload /> }
    });
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
            {to_form}
        </header>
        {list}
        {uploads(lang, view.uploads)}
        {view.form.map(|form| upload_form(lang, form))}
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

/// The way back to the list.
pub(super) fn back(lang: Lang) -> impl IntoView {
    view! {
        <a class="back" href="/console/loads">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
    }
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
    let staging = load.state == LoadStand::Staging;
    let alive = staging && view.upload.is_some();
    let under_way = (staging && !alive)
        .then(|| view! { <p class="muted">{say::under_way(lang, load.touched_at.minute())}</p> });
    let sum = |term: &'static str, n: u64| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{count(n)}</dd>
            </div>
        }
    };
    let sent_by = view.upload.as_ref().map(|run| fact(words::console::upload::by(lang), run.by.clone()));
    let body = view! {
        {back(lang)}
        <header class="desk-head">
            <h1 class="break">{load.file.clone()}</h1>
            {stand(lang, load.state)}
        </header>
        <section class="desk-part">
            {view.upload.as_ref().map(|run| now(lang, run))}
            <dl class="sums-line counts">
                {sum(say::read(lang), load.read)} {sum(say::added(lang), load.added)}
                {sum(say::changed(lang), load.changed)} {sum(say::unchanged(lang), load.unchanged)}
                {sum(say::withdrawn(lang), load.withdrawn)} {sum(say::refused(lang), load.refused)}
            </dl>
            {under_way}
            <dl class="facts facts-dense">
                {fact(say::bank(lang), load.bank.clone())}
                {fact(say::kind(lang), format!("{kind} · {}", load.format))}
                {fact(say::release(lang), release)} {sent_by}
                {fact(say::started(lang), load.started_at.minute())}
                {load.closed_at.map(|at| fact(say::closed(lang), at.minute()))}
            </dl>
        </section>
        {refused_part(lang, load.id, view.refused)}
    };
    Page { alive, ..Page::console(load.file.clone(), body) }
}

/// What was refused: each with line and reason, and all of it as a file.
pub(super) fn refused_part(lang: Lang, id: LoadId, refused: Refused) -> AnyView {
    use words::console::upload;
    if refused.lines.is_empty() {
        return view! {
            <section class="desk-part">
                <h2>{say::refusals(lang)}</h2>
                <EmptyState text=say::none_refused(lang) icon=Icon::Full />
            </section>
        }
        .into_any();
    }
    let more = refused.more.clone().map(|href| (href, say::more(lang)));
    view! {
        <section class="desk-part">
            <div class="part-head">
                <h2>{say::refusals(lang)}</h2>
                <span class="muted">{upload::refused_all(lang, count(refused.total))}</span>
                <LinkButton
                    href=format!("/console/loads/{id}/refusals.csv")
                    label=upload::download(lang)
                    icon=Icon::Download
                />
            </div>
            {refusals(lang, &refused)}
            {pager(say::refusals(lang), None, more)}
        </section>
    }
    .into_any()
}

fn refusals(lang: Lang, refused: &Refused) -> AnyView {
    let columns = [
        Column::new(say::line(lang), Place::Figure).number().labelled(),
        Column::new(say::id(lang), Place::Lead).line(),
        Column::new(say::reason(lang), Place::Whole),
    ];
    let rows = refused.lines.iter().map(|(line, id, reason)| {
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
