//! Pages for what did not work: each says what to do.

use domain::refusal::Refusal;
use leptos::prelude::*;
use words::{Lang, error as say};

use crate::ui::{Button, ButtonKind, TextAreaField, TextField};
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
    /// 400, 415 or 422: what came is no form of ours.
    Malformed,
    /// 413.
    TooLarge,
    /// 405.
    WrongMethod,
    /// 503.
    Unavailable,
    /// 500.
    Broken,
}

/// What the reader may do again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// Open this address of ours.
    Open(String),
    /// Send this form, with what was typed into it.
    Send {
        /// Where it goes.
        action: String,
        /// Names and texts, in their order.
        fields: Vec<(String, String)>,
    },
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct ErrorView {
    /// What did not work.
    pub problem: Problem,
    /// The request's id, for whoever asks for help.
    pub request_id: Option<String>,
    /// What may be done again.
    pub again: Option<Again>,
}

/// The code, the title and the words for a problem.
#[must_use]
pub fn said(lang: Lang, problem: &Problem) -> (&'static str, &'static str, String) {
    let (code, title, text) = match problem {
        Problem::NotFound => ("404", say::not_found_title(lang), say::not_found(lang)),
        Problem::CrossSite => ("403", say::cross_site_title(lang), say::cross_site(lang)),
        Problem::Malformed => ("400", say::malformed_title(lang), say::malformed(lang)),
        Problem::TooLarge => ("413", say::too_large_title(lang), say::too_large(lang)),
        Problem::WrongMethod => ("405", say::wrong_method_title(lang), say::wrong_method(lang)),
        Problem::Unavailable => ("503", say::unavailable_title(lang), say::unavailable(lang)),
        Problem::Broken => ("500", say::broken_title(lang), say::broken(lang)),
        Problem::Refused(refusal) => {
            return ("422", say::refused_title(lang), words::refusal(lang, refusal));
        }
        Problem::TooMany { seconds } => {
            let refusal = Refusal::TooManyAttempts { seconds: *seconds };
            return ("429", say::too_many_title(lang), words::refusal(lang, &refusal));
        }
    };
    (code, title, text.to_owned())
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: ErrorView) -> Page {
    let lang = context.lang;
    let (code, title, text) = said(lang, &view.problem);
    let body = view! {
        <div class="column error-page">
            <p class="error-code">{code}</p>
            <h1>{title}</h1>
            <p class="lead">{text}</p>
            {view.again.map(|again| once_more(lang, again))}
            {view.request_id.map(|id| view! { <p class="muted">{say::request(lang, id)}</p> })}
            <p>
                <a href="/">{words::common::back_home(lang)}</a>
            </p>
        </div>
    };
    Page { private: true, ..Page::public(title, body) }
}

/// The way to try again: a link, or the form with everything that was typed, open to be changed.
fn once_more(lang: Lang, again: Again) -> AnyView {
    let (action, fields) = match again {
        Again::Open(address) => {
            return view! {
                <p>
                    <a class="button" href=address>
                        {say::try_again(lang)}
                    </a>
                </p>
            }
            .into_any();
        }
        Again::Send { action, fields } => (action, fields),
    };
    let fields = fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| {
        match label(lang, &name) {
            Some(label) => kept(name, label, text),
            None => view! { <input type="hidden" name=name value=text /> }.into_any(),
        }
    });
    view! {
        <form method="post" action=action class="stack" novalidate>
            <p>{say::kept(lang)}</p>
            {fields.collect_view()}
            <Button label=say::send_again(lang) kind=ButtonKind::Primary />
        </form>
    }
    .into_any()
}

/// Several lines want room for them.
fn kept(name: String, label: &'static str, text: String) -> AnyView {
    if name == "message" {
        return view! { <TextAreaField id=name label=label value=text error=None /> }.into_any();
    }
    view! { <TextField id=name label=label value=text error=None /> }.into_any()
}

/// What people type is shown under its name; what they chose or what the page itself put there goes along unseen.
fn label(lang: Lang, name: &str) -> Option<&'static str> {
    use words::{console, field};
    Some(match name {
        "reason" => console::gift::reason(lang),
        "note" => console::calls::note(lang),
        "bank_reference" => console::gift::confirm_bank_reference(lang),
        "received_on" => console::gift::confirm_date(lang),
        "amount" => field::amount(lang),
        "name" => field::name(lang),
        "email" => field::email(lang),
        "phone" => field::phone(lang),
        "dedication" => field::dedication(lang),
        "message" => field::message(lang),
        "tax_title" => field::tax_title(lang),
        "tax_number" => field::tax_number(lang),
        "number" => words::verify::number(lang),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_under_its_name_and_the_rest_goes_along() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let fields = vec![pair("reason", "重复\"付款"), pair("key", "k1"), pair("amount", "")];
        let again = Again::Send { action: "/console/gifts/x/refunds".into(), fields };
        let html = Owner::new().with(|| once_more(Lang::Zh, again).to_html());
        assert!(html.contains(r#"action="/console/gifts/x/refunds""#), "{html}");
        assert!(html.contains(r#"<label for="reason""#) && html.contains("重复&quot;付款"), "{html}");
        assert!(html.contains(r#"<input type="hidden" name="key" value="k1""#), "{html}");
        assert!(!html.contains("amount"), "nothing was typed there: {html}");
    }
}
