//! The mail folder of a demonstration: what would have been sent, opened in the browser.

use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::mail as say};

use crate::ui::{Cell, Column, EmptyState, Icon, IconMark, Place, data_table, fact, row_link};
use crate::{Page, PageContext};

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub struct MailFolderView {
    /// Letters, newest first.
    pub letters: Vec<LetterHead>,
}

/// A letter as a line.
#[derive(Debug, Clone)]
pub struct LetterHead {
    /// Its name in the address.
    pub id: String,
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// When.
    pub at: Instant,
}

/// A letter.
#[derive(Debug, Clone)]
pub struct LetterView {
    /// Head.
    pub head: LetterHead,
    /// The body as plain text.
    pub body: String,
    /// Attachments: name and address.
    pub attachments: Vec<(String, String)>,
}

/// The list.
#[must_use]
pub fn folder(context: &PageContext, view: MailFolderView) -> Page {
    let lang = context.lang;
    let list = if view.letters.is_empty() {
        view! { <EmptyState title=say::empty_title(lang) text=say::empty(lang) /> }.into_any()
    } else {
        table(lang, view.letters).into_any()
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

fn table(lang: Lang, letters: Vec<LetterHead>) -> impl IntoView {
    let columns = [
        Column::new(say::subject(lang), Place::Lead),
        Column::new(say::to(lang), Place::Third),
        Column::new(say::at(lang), Place::ThirdEnd).line(),
    ];
    let rows = letters.into_iter().map(|letter| {
        let href = format!("/console/mail/{}", letter.id);
        vec![
            Cell::new(row_link(href, letter.subject)),
            Cell::text(letter.to),
            Cell::new(view! { <span class="muted">{letter.at.minute()}</span> }),
        ]
    });
    data_table(say::title(lang), &columns, rows)
}

/// One letter.
#[must_use]
pub fn letter(context: &PageContext, view: LetterView) -> Page {
    let lang = context.lang;
    let subject = view.head.subject.clone();
    let attached = (!view.attachments.is_empty()).then(|| {
        let links = view
            .attachments
            .iter()
            .cloned()
            .map(|(name, href)| {
                view! {
                    <li>
                        <a href=href>
                            <IconMark icon=Icon::Paperclip />
                            {name}
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <h2 class="paper-label">{say::attachments(lang)}</h2>
            <ul class="attachments">{links}</ul>
        }
    });
    let body = view! {
        <a class="back" href="/console/mail">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{subject.clone()}</h1>
        </header>
        <dl class="facts facts-dense">
            {fact(say::to(lang), view.head.to)}
            {fact(say::at(lang), view.head.at.minute())}
        </dl>
        <div class="letter">{linked(&view.body)}</div>
        {attached}
    };
    Page::console(subject, body)
}

/// The text with its addresses as links; everything else is text.
fn linked(text: &str) -> impl IntoView + use<> {
    let mut parts: Vec<AnyView> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("http://").or_else(|| rest.find("https://")) {
        // The nearer of the two, whichever scheme it has.
        let start = rest.find("https://").map_or(start, |other| other.min(start));
        let address = &rest[start..];
        let end =
            address.find(|c: char| c.is_whitespace() || "，。；）<>\"".contains(c)).unwrap_or(address.len());
        parts.push(rest[..start].to_owned().into_any());
        let address = address[..end].to_owned();
        parts.push(view! { <a href=address.clone()>{address.clone()}</a> }.into_any());
        rest = &rest[start + end..];
    }
    parts.push(rest.to_owned().into_any());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_letter_are_links_and_nothing_else_is_markup() {
        let html = Owner::new().with(|| {
            let text = "看 https://a.cn/g/1，<b>或</b> http://b.cn\nhttps://c.cn/";
            view! { <div>{linked(text)}</div> }.to_html().replace("<!>", "")
        });
        assert!(html.contains(r#"<a href="https://a.cn/g/1">https://a.cn/g/1</a>"#), "{html}");
        assert!(
            html.contains(r#"<a href="http://b.cn">"#) && html.contains(r#"<a href="https://c.cn/">"#),
            "{html}"
        );
        assert!(!html.contains("<b>"), "{html}");
    }
}
