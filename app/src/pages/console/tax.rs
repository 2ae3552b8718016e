//! Requests for tax invoices: who waits for one, and the page on which one is issued.

use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::{Date, Instant};
use leptos::prelude::*;
use words::{Lang, console::tax as say};

use crate::ui::{
    Button, ButtonKind, Cell, Code, Column, EmptyState, Icon, IconMark, Notice, Place, TextField, Tone,
    data_table, fact, pager, row_link,
};
use crate::widgets::amount;
use crate::{Page, PageContext};

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub struct TaxListView {
    /// Requests, oldest first.
    pub rows: Vec<TaxRow>,
    /// The address of the next ones.
    pub next: Option<String>,
}

/// A request as a line.
#[derive(Debug, Clone)]
pub struct TaxRow {
    /// The gift.
    pub gift: GiftId,
    /// Its reference code.
    pub reference: String,
    /// What is left of it.
    pub amount: Fen,
    /// Whether an organisation asks.
    pub organisation: bool,
    /// When the money came.
    pub paid_at: Option<Instant>,
}

/// One request.
#[derive(Debug, Clone)]
pub struct TaxView {
    /// The gift.
    pub gift: GiftId,
    /// Its reference code.
    pub reference: String,
    /// What is left of it.
    pub amount: Fen,
    /// The fund's name.
    pub fund: String,
    /// Who issues the invoice.
    pub recipient: Option<String>,
    /// Whether an organisation asks.
    pub organisation: bool,
    /// The title.
    pub title: String,
    /// The number, or its end.
    pub number: String,
    /// Whether `number` is the whole one.
    pub opened: bool,
    /// Whether an invoice can be issued now.
    pub waiting: bool,
    /// The invoice that was issued.
    pub issued: Option<(String, Date)>,
    /// The form as typed.
    pub form: TaxForm,
    /// A refusal that belongs to no field.
    pub refusal: Option<Refusal>,
}

/// What is typed of an issued invoice.
#[derive(Debug, Clone, Default)]
pub struct TaxForm {
    /// Its number.
    pub number: String,
    /// The day.
    pub issued_on: String,
    /// What is wrong with the number.
    pub number_error: Option<Refusal>,
    /// What is wrong with the day.
    pub issued_on_error: Option<Refusal>,
}

fn kind(lang: Lang, organisation: bool) -> &'static str {
    if organisation { words::common::organisation(lang) } else { words::common::person(lang) }
}

/// The list.
#[must_use]
pub fn list(context: &PageContext, view: TaxListView) -> Page {
    let lang = context.lang;
    let next = pager(say::title(lang), None, view.next.map(|href| (href, say::next(lang))));
    let list = if view.rows.is_empty() {
        view! { <EmptyState title=say::empty_title(lang) text=say::empty(lang) icon=Icon::Receipt /> }
            .into_any()
    } else {
        table(lang, view.rows).into_any()
    };
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {list}
        {next}
    };
    Page::console(say::title(lang), body)
}

fn table(lang: Lang, rows: Vec<TaxRow>) -> impl IntoView {
    let columns = [
        Column::new(say::paid(lang), Place::Third).line(),
        Column::new(words::console::list::reference(lang), Place::Lead).line(),
        Column::new(say::kind(lang), Place::ThirdEnd),
        Column::new(words::console::list::amount(lang), Place::Figure).line(),
    ];
    let rows = rows.into_iter().map(|row| {
        let href = format!("/console/tax/{}", row.gift);
        vec![
            Cell::new(view! { <span class="muted">{row.paid_at.map(Instant::minute)}</span> }),
            Cell::new(row_link(href, view! { <Code code=row.reference /> })),
            Cell::new(kind(lang, row.organisation)),
            Cell::new(amount(row.amount)),
        ]
    });
    data_table(say::title(lang), &columns, rows)
}

/// The page of one request.
#[must_use]
pub fn page(context: &PageContext, view: TaxView) -> Page {
    let lang = context.lang;
    let news = view.refusal.as_ref().map(|refusal| {
        let text = words::refusal(lang, refusal);
        view! {
            <Notice tone=Tone::Wrong role="alert">
                <p>{text}</p>
            </Notice>
        }
    });
    let gift = format!("/console/gifts/{}", view.gift);
    let number = view! { <span class="code">{view.number.clone()}</span> };
    let label = if view.opened { say::number(lang) } else { words::console::gift::tax_number(lang) };
    let body = view! {
        <a class="back" href="/console/tax">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::title(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{say::one(lang)}</h1>
        </header>
        {news}
        <section class="desk-part">
            <dl class="facts facts-dense">
                {fact(words::console::gift::tax_title(lang), view.title.clone())}
                {fact(label, number)}
                {fact(say::kind(lang), kind(lang, view.organisation))}
                {fact(words::console::list::amount(lang), amount(view.amount))}
                {fact(words::gift::fund(lang), view.fund.clone())}
                {view.recipient.clone().map(|name| fact(words::gift::recipient(lang), name))}
                {fact(
                    words::console::list::reference(lang),
                    view! { <a class="code" href=gift>{view.reference.clone()}</a> },
                )}
                {view
                    .issued
                    .clone()
                    .map(|(number, on)| {
                        view! {
                            {fact(say::invoice(lang), view! { <span class="code">{number}</span> })}
                            {fact(say::issued_on(lang), words::date(lang, on))}
                        }
                    })}
            </dl>
            {(view.waiting && !view.opened).then(|| open(lang, view.gift))}
        </section>
        {view.waiting.then(|| issue(lang, view.gift, view.form))}
    };
    Page::console(say::one(lang), body)
}

/// The whole number is shown to an answer of a form only: opening it is a deed that is written down.
fn open(lang: Lang, gift: GiftId) -> impl IntoView {
    let action = format!("/console/tax/{gift}/open");
    view! {
        <form method="post" action=action class="stack">
            <p class="field-help">{say::open_note(lang)}</p>
            <div class="actions">
                <Button label=say::open(lang) icon=Icon::Shield />
            </div>
        </form>
    }
}

fn issue(lang: Lang, gift: GiftId, form: TaxForm) -> impl IntoView {
    let action = format!("/console/tax/{gift}/issued");
    let said = |refusal: Option<&Refusal>| refusal.map(|refusal| words::refusal(lang, refusal));
    view! {
        <section class="desk-part desk-do" id="issued">
            <h2>{say::issued_title(lang)}</h2>
            <p class="field-help">{say::issued_note(lang)}</p>
            <form method="post" action=action class="stack" novalidate>
                <TextField
                    id="number"
                    label=say::invoice(lang)
                    value=form.number
                    error=said(form.number_error.as_ref())
                    width="middle"
                />
                <TextField
                    id="issued_on"
                    label=say::issued_on(lang)
                    value=form.issued_on
                    error=said(form.issued_on_error.as_ref())
                    kind="date"
                    width="short"
                />
                <Button label=say::issued_button(lang) kind=ButtonKind::Primary icon=Icon::Check />
            </form>
        </section>
    }
}
