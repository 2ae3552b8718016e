//! Pages for what did not work: each says what to do.

use domain::refusal::Refusal;
use leptos::prelude::*;
use words::error as say;

use crate::{Page, PageContext};

/// What did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// 404, and 403 where the thing itself is a secret.
    NotFound,
    /// 422 or 409: a refusal that has no form of its own to stand in.
    Refused(Refusal),
    /// 429.
    TooMany {
        /// Seconds until the next attempt counts.
        seconds: i64,
    },
    /// 403 by the cross-site guard.
    CrossSite,
    /// 503.
    Unavailable,
    /// 500.
    Broken,
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct ErrorView {
    /// What did not work.
    pub problem: Problem,
    /// The request's id, for whoever asks for help.
    pub request_id: Option<String>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: ErrorView) -> Page {
    let lang = context.lang;
    let (code, title, text) = match &view.problem {
        Problem::NotFound => ("404", say::not_found_title(lang), say::not_found(lang).to_owned()),
        Problem::Refused(refusal) => ("422", say::refused_title(lang), words::refusal(lang, refusal)),
        Problem::TooMany { seconds } => (
            "429",
            say::too_many_title(lang),
            words::refusal(lang, &Refusal::TooManyAttempts { seconds: *seconds }),
        ),
        Problem::CrossSite => ("403", say::cross_site_title(lang), say::cross_site(lang).to_owned()),
        Problem::Unavailable => ("503", say::unavailable_title(lang), say::unavailable(lang).to_owned()),
        Problem::Broken => ("500", say::broken_title(lang), say::broken(lang).to_owned()),
    };
    let body = view! {
        <div class="column error-page">
            <p class="error-code">{code}</p>
            <h1>{title}</h1>
            <p class="lead">{text}</p>
            {view.request_id.map(|id| view! { <p class="muted">{say::request(lang, id)}</p> })}
            <p>
                <a href="/">{words::common::back_home(lang)}</a>
            </p>
        </div>
    };
    Page { private: true, ..Page::public(title, body) }
}
