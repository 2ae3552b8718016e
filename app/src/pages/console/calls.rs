//! The call-list: donors whom no written message reaches.

use domain::id::{GiftId, MessageId};
use domain::money::Fen;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::calls as say};

use crate::ui::{Button, Code, EmptyState, Icon, TextField};
use crate::widgets::{amount, message_kind};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct CallsView {
    /// Who waits, longest first.
    pub rows: Vec<CallRow>,
}

/// One call to make.
#[derive(Debug, Clone)]
pub struct CallRow {
    /// The message that the call replaces.
    pub message: MessageId,
    /// About which gift.
    pub gift: GiftId,
    /// The gift's reference code.
    pub reference: String,
    /// The donor's name; empty without one.
    pub name: String,
    /// The phone; empty without one.
    pub phone: String,
    /// `gift_paid`, `transfer_wanted`, `refund_done`.
    pub kind: String,
    /// The gift's amount.
    pub amount: Fen,
    /// Since when.
    pub since: Instant,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: CallsView) -> Page {
    let lang = context.lang;
    let list = if view.rows.is_empty() {
        view! { <EmptyState title=say::empty_title(lang) text=say::empty(lang) icon=Icon::Phone /> }
            .into_any()
    } else {
        let rows = view.rows.into_iter().map(|row| line(lang, row)).collect_view();
        view! { <ul class="records records-ruled">{rows}</ul> }.into_any()
    };
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {list}
    };
    Page::console(say::title(lang), body)
}

fn line(lang: Lang, row: CallRow) -> impl IntoView {
    let action = format!("/console/calls/{}", row.message);
    let href = format!("/console/gifts/{}", row.gift);
    let note = format!("note-{}", row.message);
    let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
    let name = or(row.name, words::common::anonymous(lang));
    let phone = (!row.phone.is_empty()).then(|| {
        let href = format!("tel:{}", row.phone);
        view! { <a class="call-phone" href=href>{row.phone.clone()}</a> }
    });
    let silent = phone.is_none().then(|| view! { <span class="muted">{say::no_phone(lang)}</span> });
    view! {
        <li class="call">
            <div>
                <p class="record-head">
                    <strong>{name}</strong>
                    {phone}
                    {silent}
                </p>
                <p>
                    {message_kind(lang, &row.kind)} " · " {amount(row.amount)} " · "
                    <a href=href>
                        <Code code=row.reference />
                    </a>
                </p>
                <p class="muted">{say::since(lang)} " " {row.since.minute()}</p>
            </div>
            <form method="post" action=action class="call-form">
                <TextField id=note name="note" label=say::note(lang) optional=words::common::optional(lang) error=None />
                <div class="actions">
                    <Button label=say::done(lang) name="outcome" value="told" icon=Icon::Check />
                    <Button label=say::unreachable(lang) name="outcome" value="unreachable" />
                </div>
            </form>
        </li>
    }
}
