//! The outbox: every message to donors, newest first.

use domain::id::{GiftId, MessageId};
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::messages as say};

use crate::ui::{
    Cell, Code, Column, EmptyState, Icon, Notice, Place, StateMark, Tone, data_table, pager, row_link,
};
use crate::widgets::{message_channel, message_kind, message_mark, message_state};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct MessagesView {
    /// Messages, newest first.
    pub rows: Vec<OutboxRow>,
    /// The address of the next older ones.
    pub older: Option<String>,
    /// Whether letters wait because no mail server is set up.
    pub no_mail: bool,
}

/// A message as a line: no name and no address, which stand on the gift's page.
#[derive(Debug, Clone)]
pub struct OutboxRow {
    /// Id.
    pub id: MessageId,
    /// When it was asked for.
    pub at: Instant,
    /// About which gift.
    pub gift: GiftId,
    /// The gift's reference code.
    pub reference: String,
    /// `gift_paid`, `transfer_wanted`, `refund_done`.
    pub kind: String,
    /// `email`, `sms`, `call`.
    pub channel: String,
    /// `waiting`, `sent`, `failed`, `done`.
    pub state: String,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: MessagesView) -> Page {
    let lang = context.lang;
    let older =
        pager(say::title(lang), None, view.older.map(|href| (href, words::console::list::older(lang))));
    let no_mail = view.no_mail.then(|| {
        view! {
            <Notice tone=Tone::Wrong title=say::no_mail_title(lang)>
                <p>{say::no_mail(lang)}</p>
            </Notice>
        }
    });
    let list = if view.rows.is_empty() {
        view! { <EmptyState title=say::empty_title(lang) text=say::empty(lang) icon=Icon::Mail /> }.into_any()
    } else {
        table(lang, view.rows).into_any()
    };
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {no_mail}
        {list}
        {older}
    };
    Page::console(say::title(lang), body)
}

fn table(lang: Lang, rows: Vec<OutboxRow>) -> impl IntoView {
    let columns = [
        Column::new(say::created(lang), Place::Third).line(),
        Column::new(words::console::list::reference(lang), Place::Third).line(),
        Column::new(say::kind(lang), Place::Lead),
        Column::new(say::channel(lang), Place::ThirdEnd),
        Column::new(say::state(lang), Place::Figure).line(),
    ];
    let rows = rows.into_iter().map(|row| {
        let href = format!("/console/gifts/{}", row.gift);
        let word = message_state(lang, &row.state);
        vec![
            Cell::new(view! { <span class="muted">{row.at.minute()}</span> }),
            Cell::new(row_link(href, view! { <Code code=row.reference /> })),
            Cell::new(message_kind(lang, &row.kind)),
            Cell::new(message_channel(lang, &row.channel)),
            Cell::new(view! { <StateMark mark=message_mark(&row.state) word=word /> }),
        ]
    });
    data_table(say::title(lang), &columns, rows)
}
