//! What watches over an unpaid gift's page.

use domain::giving::GiftState;
use domain::id::Token;
use leptos::prelude::*;
use words::{Lang, pay as say};

use crate::islands::pay_watcher::PayWatcher;

/// When a page says that it looks for the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayNews {
    /// Not at all: a transfer takes days, and staff confirm it.
    Never,
    /// Once the donor comes back to it from paying elsewhere.
    OnReturn,
    /// At once: this is where providers send donors back to.
    AtOnce,
}

/// Loads the page again once the gift is no longer pending.
pub fn pay_watcher(lang: Lang, token: Token, news: PayNews) -> impl IntoView {
    let address = format!("/gift/{token}/state");
    let said = |words: &str| if news == PayNews::Never { String::new() } else { words.to_owned() };
    view! {
        <PayWatcher
            address=address
            state=GiftState::Pending.as_str().to_owned()
            says=news == PayNews::AtOnce
            looking=said(say::looking(lang))
            not_yet=said(say::not_yet(lang))
        />
    }
}
