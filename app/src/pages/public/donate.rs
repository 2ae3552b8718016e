//! The donate page: the form, fresh or refused, and who receives the money.

use leptos::prelude::*;
use words::donate as say;

use super::error::{Problem, said};
use crate::ui::{Notice, Tone};
use crate::widgets::{GiveForm, fund_name, give_form};
use crate::{Page, PageContext};

/// The page; answer 422 with it when `give.errors` is not empty, and with `problem`'s own status when the form as it
/// stands could not be taken now.
#[must_use]
pub fn page(context: &PageContext, give: &GiveForm, problem: Option<&Problem>) -> Page {
    let lang = context.lang;
    let code = give.form.target.split('/').next().unwrap_or_default();
    let fund = give.funds.iter().find(|choice| choice.fund.code == code && !give.target_unknown());
    let title = match fund {
        Some(choice) => say::title_to(lang, fund_name(lang, &choice.fund)),
        None => say::title(lang).to_owned(),
    };
    let notice = problem.map(|problem| {
        let (_, title, text) = said(lang, problem);
        view! {
            <Notice tone=Tone::Heed title=title id="problem" role="alert">
                <p>{text} {lang.pick("", " ")} {words::error::kept(lang)}</p>
            </Notice>
        }
    });
    let body = view! {
        <div class="column-wide">
            <h1>{title.clone()}</h1>
            {notice}
            {give_form(lang, give)}
        </div>
    };
    // A refused form holds what was typed: no cache in between may keep it.
    Page {
        alive: true,
        form: give.typed_on("/donate"),
        private: problem.is_some() || !give.errors.is_empty(),
        ..Page::public(title, body)
    }
}
