//! The sign-in of staff.

use domain::refusal::Refusal;
use leptos::prelude::*;
use words::sign_in as say;

use super::error::{Problem, said};
use crate::ui::{Button, ButtonKind, Notice, TextField, Tone};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct SignInView {
    /// The account that was typed. The password is never shown again.
    pub name: String,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// What else stood in the way, and passes by itself.
    pub problem: Option<Problem>,
    /// Where to go afterwards: a path of this site.
    pub next: String,
    /// Why one is here, when one was signed out.
    pub signed_out: Option<SignedOut>,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOut {
    /// By the button.
    Asked,
    /// By half an hour without activity.
    Idle,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: SignInView) -> Page {
    let lang = context.lang;
    let refusal = view.refusal.map(|refusal| words::refusal(lang, &refusal));
    let out = view.signed_out.map(|why| match why {
        SignedOut::Asked => say::out(lang),
        SignedOut::Idle => say::idle(lang),
    });
    let body = view! {
        <div class="column sign-in">
            <h1>{say::title(lang)}</h1>
            <p class="lead">{say::lead(lang)}</p>
            {out
                .map(|text| {
                    view! {
                        <Notice role="status">
                            <p>{text}</p>
                        </Notice>
                    }
                })}
            {refusal
                .map(|text| {
                    view! {
                        <Notice tone=Tone::Wrong role="alert">
                            <p>{text}</p>
                        </Notice>
                    }
                })}
            {view
                .problem
                .map(|problem| {
                    let (_, title, text) = said(lang, &problem);
                    view! {
                        <Notice tone=Tone::Heed title=title role="alert">
                            <p>{text}</p>
                        </Notice>
                    }
                })}
            <form method="post" action="/sign-in" class="stack">
                <input type="hidden" name="next" value=view.next />
                <TextField id="name" label=say::name(lang) value=view.name error=None autocomplete="username" />
                <TextField
                    id="password"
                    label=say::password(lang)
                    error=None
                    kind="password"
                    autocomplete="current-password"
                />
                <Button label=say::button(lang) kind=ButtonKind::Primary />
            </form>
        </div>
    };
    Page { private: true, ..Page::public(say::title(lang), body) }
}
