//! The call-list: donors whom no written message reaches.

use domain::id::{GiftId, MessageId};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::calls as say};

use crate::ui::{Button, Code, EmptyState, Icon, Tag, TextAreaField};
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
    /// The e-mail address; empty without one.
    pub email: String,
    /// Why the written message did not go out, by its code; empty when there was none.
    pub why: String,
    /// The language in which the donor gave.
    pub lang: Lang,
    /// `gift_paid`, `transfer_wanted`, `refund_done`.
    pub kind: String,
    /// The gift's amount, or what went back; `None` where the books do not say which.
    pub amount: Option<Fen>,
    /// Since when.
    pub since: Instant,
    /// How often somebody called in vain, and when last.
    pub tries: Option<(i64, Instant)>,
    /// The note as typed, or as it was left with the last try.
    pub note: String,
    /// What is wrong with what was sent.
    pub error: Option<Refusal>,
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
    let href = format!("/console/gifts/{}", row.gift);
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let name = some(&row.name).unwrap_or_else(|| words::common::anonymous(lang).to_owned());
    let phone = some(&row.phone).map(|phone| {
        let href = format!("tel:{phone}");
        view! { <a class="call-phone" href=href>{phone}</a> }
    });
    let silent = phone.is_none().then(|| view! { <span class="muted">{say::no_phone(lang)}</span> });
    let email = some(&row.email).map(|email| {
        let href = format!("mailto:{email}");
        view! { <p class="donor-contact"><a href=href>{email}</a></p> }
    });
    let why = some(&row.why).map(|code| view! { <p>{say::mail_failed(lang, why(lang, &code))}</p> });
    let tried = row.tries.map(|(tries, at)| {
        let note = some(&row.note).map(|note| format!(" · {note}"));
        view! { <p>{say::tried(lang, at.minute(), tries)} {note}</p> }
    });
    let speaks = match row.lang {
        Lang::Zh => say::speaks_zh(lang),
        Lang::En => say::speaks_en(lang),
    };
    view! {
        <li class="call">
            <div>
                <p class="record-head">
                    <strong>{name}</strong>
                    {phone}
                    {silent}
                    <Tag word=speaks />
                </p>
                {email}
                {why}
                <p>
                    {message_kind(lang, &row.kind)}
                    {row.amount.map(|fen| view! { " · " {amount(fen)} })} " · "
                    <a href=href>
                        <Code code=row.reference.clone() />
                    </a>
                </p>
                <p class="muted">{say::since(lang)} " " {row.since.minute()}</p>
                {tried}
            </div>
            {outcome(lang, &row)}
        </li>
    }
}

/// What came of the call. Nobody gives up who has not tried.
fn outcome(lang: Lang, row: &CallRow) -> impl IntoView + use<> {
    let action = format!("/console/calls/{}", row.message);
    let note = format!("note-{}", row.message);
    let typed = if row.error.is_some() { row.note.clone() } else { String::new() };
    let error = row.error.as_ref().map(|refusal| words::refusal(lang, refusal));
    let give_up = row
        .tries
        .is_some()
        .then(|| view! { <Button label=say::give_up(lang) name="outcome" value="given_up" /> });
    view! {
        <form method="post" action=action class="call-form" novalidate>
            // Of several lines, so that Enter makes one and chooses no outcome.
            <TextAreaField
                id=note
                name="note"
                rows=2
                label=say::note(lang)
                optional=words::common::optional(lang)
                value=typed
                error=error
            />
            <div class="actions">
                <Button label=say::done(lang) name="outcome" value="told" icon=Icon::Check />
                <Button label=say::unreachable(lang) name="outcome" value="unreachable" />
                {give_up}
            </div>
        </form>
    }
}

/// Why a written message did not go out, for somebody who has the donor on the phone; the code stands beside it where
/// whoever runs the system needs it.
fn why(lang: Lang, code: &str) -> String {
    let words = match code {
        "no_contact" => return say::why_no_contact(lang).to_owned(),
        "no_channel" => return say::why_no_channel(lang).to_owned(),
        "mail_address" => return say::why_address(lang).to_owned(),
        "mail_from" | "mail_smtp" | "mail_folder" => say::why_settings(lang),
        "smtp_timeout" | "smtp_tls" | "smtp_connection" | "no_mail_server" | "no_connection" | "tls" => {
            say::why_away(lang)
        }
        // Our own server's word or the recipient's: a wrong password of ours is a refusal, too.
        _ if code.starts_with("smtp_4") => say::why_put_off(lang),
        _ if code.starts_with("smtp_5") => say::why_refused(lang),
        _ => say::why_other(lang),
    };
    format!("{words}{}{code}{}", lang.pick("（", " ("), lang.pick("）", ")"))
}

#[cfg(test)]
mod tests {
    use super::why;
    use words::Lang;

    #[test]
    fn a_failed_message_is_explained_and_keeps_its_code_for_the_operator() {
        assert_eq!(why(Lang::Zh, "no_contact"), "没有联系方式");
        assert_eq!(why(Lang::Zh, "smtp_550"), "邮件服务器拒收（smtp_550）");
        assert_eq!(why(Lang::Zh, "smtp_451"), "邮件服务器暂时不收（smtp_451）");
        assert_eq!(
            why(Lang::En, "no_connection"),
            "the mail or text-message service was away (no_connection)"
        );
        assert_eq!(why(Lang::En, "quota"), "another reason (quota)");
    }
}
