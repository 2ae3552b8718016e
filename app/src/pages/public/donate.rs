//! The donate page: the form, fresh or refused, and who receives the money.

use leptos::prelude::*;
use words::donate as say;

use crate::widgets::{GiveForm, fund_name, give_form};
use crate::{Page, PageContext};

/// The page; answer 422 with it when `give.errors` is not empty.
#[must_use]
pub fn page(context: &PageContext, give: &GiveForm) -> Page {
    let lang = context.lang;
    let code = give.form.target.split('/').next().unwrap_or_default();
    let fund = give.funds.iter().find(|choice| choice.fund.code == code);
    let title = match fund {
        Some(choice) => say::title_to(lang, fund_name(lang, &choice.fund)),
        None => say::title(lang).to_owned(),
    };
    let body = view! {
        <div class="column-wide">
            <h1>{title.clone()}</h1>
            {give_form(lang, give)}
        </div>
    };
    // A refused form holds what was typed: no cache in between may keep it.
    Page { alive: true, private: !give.errors.is_empty(), ..Page::public(title, body) }
}
