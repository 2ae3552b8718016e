//! The privacy notice (PIPL Art 17): what is taken, why, how long, who sees it, and what one may ask for.

use leptos::prelude::*;
use words::privacy as say;

use crate::{Page, PageContext};

/// The page.
#[must_use]
pub fn page(context: &PageContext) -> Page {
    let lang = context.lang;
    let what = [
        (say::what_name(lang), say::what_name_why(lang)),
        (say::what_contact(lang), say::what_contact_why(lang)),
        (say::what_tax(lang), say::what_tax_why(lang)),
        (say::what_words(lang), say::what_words_why(lang)),
        (say::what_technical(lang), say::what_technical_why(lang)),
    ];
    let rest = [
        (say::public_title(lang), say::public(lang)),
        (say::keep_title(lang), say::keep(lang)),
        (say::share_title(lang), say::share(lang)),
        (say::rights_title(lang), say::rights(lang)),
        (say::minors_title(lang), say::minors(lang)),
        (say::cookie_title(lang), say::cookie(lang)),
    ];
    let contact = context.site.contact.clone();
    let body = view! {
        <article class="column prose">
            <h1>{say::title(lang)}</h1>
            <p class="lead">{say::lead(lang)}</p>
            <h2>{say::who_title(lang)}</h2>
            <p>{say::who(lang)}</p>
            {contact.map(|contact| view! { <p>{words::footer::contact(lang, contact)}</p> })}
            <h2>{say::what_title(lang)}</h2>
            <dl class="facts">
                {what
                    .map(|(term, why)| {
                        view! {
                            <div class="fact">
                                <dt>{term}</dt>
                                <dd>{why}</dd>
                            </div>
                        }
                    })}
            </dl>
            {rest
                .map(|(title, text)| {
                    view! {
                        <h2>{title}</h2>
                        <p>{text}</p>
                    }
                })}
        </article>
    };
    Page::public(say::title(lang), body)
}
