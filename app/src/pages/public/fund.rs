//! A fund: its purpose, who receives the money, its books, its programmes, and what donors said.

use domain::fund::{Programme, Standing};
use domain::money::Fen;
use domain::time::{Date, Instant};
use leptos::prelude::*;
use words::{Lang, fund as say};

use super::figures::count;
use crate::ui::{ButtonKind, EmptyState, LinkButton, Notice, Tone};
use crate::widgets::{
    FundLine, amount, fund_bar, fund_name, fund_purpose, programme_name, programme_purpose, recipient,
    standing,
};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct FundView {
    /// The fund with its sums.
    pub line: FundLine,
    /// When the sums were read.
    pub at: Instant,
    /// Its directed programmes.
    pub programmes: Vec<Programme>,
    /// Donors' words that staff passed, newest first.
    pub words: Vec<PublicWords>,
}

/// A donor's words as anyone may read them.
#[derive(Debug, Clone)]
pub struct PublicWords {
    /// The name as the public may see it; `None` for an anonymous donor.
    pub name: Option<String>,
    /// The day of the gift.
    pub on: Date,
    /// The dedication; empty when there is none.
    pub dedication: String,
    /// The message; empty when there is none.
    pub message: String,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: FundView) -> Page {
    let lang = context.lang;
    let fund = &view.line.fund;
    let name = fund_name(lang, fund);
    let open = view.line.standing == Standing::Open;
    let action = if open {
        let href = format!("/donate?to={}", fund.code);
        view! { <LinkButton href=href label=say::give(lang, &name) kind=ButtonKind::Primary /> }.into_any()
    } else {
        let reason = words::standing_reason(lang, view.line.standing);
        view! {
            <Notice tone=Tone::Heed title=say::not_open_title(lang)>
                <p>{reason}</p>
            </Notice>
        }
        .into_any()
    };
    let body = view! {
        <div class="column-wide">
            <header class="title-block">
                <h1>{name.clone()}</h1>
                {standing(lang, view.line.standing)}
            </header>
            <p class="lead">{fund_purpose(lang, fund)}</p>
            <div class="actions">{action}</div>
            <div class="two">
                <section class="part" aria-labelledby="sums">
                    <h2 id="sums">{say::sums_title(lang)}</h2>
                    {sums(lang, &view)}
                </section>
                <section class="part" aria-labelledby="recipient">
                    <h2 id="recipient">{say::recipient_title(lang)}</h2>
                    {recipient(lang, fund.collected_by.as_ref())}
                </section>
            </div>
            <section class="part" aria-labelledby="programmes">
                <h2 id="programmes">{say::programmes_title(lang)}</h2>
                {programmes(lang, &view)}
            </section>
            <section class="part" aria-labelledby="words">
                <h2 id="words">{say::words_title(lang)}</h2>
                {public_words(lang, view.words)}
            </section>
        </div>
    };
    Page::public(name, body)
}

fn sums(lang: Lang, view: &FundView) -> AnyView {
    let sums = view.line.sums;
    if sums.received == Fen::ZERO {
        return view! { <EmptyState text=say::empty(lang) /> }.into_any();
    }
    let lines = [
        (say::received(lang), sums.received),
        (say::refunded(lang), sums.refunded.negated()),
        (say::fees(lang), sums.fees.negated()),
        (say::spent(lang), sums.spent.negated()),
    ];
    view! {
        <p class="part-lead">
            {say::sums_lead(lang, words::minute(lang, view.at))}
        </p>
        {fund_bar(lang, &view.line, sums.received)}
        <dl class="account account-keyed" data-fund=view.line.fund.code.clone()>
            {lines
                .map(|(term, sum)| {
                    view! {
                        <div>
                            <dt>{term}</dt>
                            <dd>{amount(sum)}</dd>
                        </div>
                    }
                })}
            <div class="account-total">
                <dt>{say::held(lang)}</dt>
                <dd>{amount(sums.held())}</dd>
            </div>
            <div class="account-aside">
                <dt>{say::gifts(lang)}</dt>
                <dd>{count(view.line.gifts)}</dd>
            </div>
        </dl>
    }
    .into_any()
}

fn programmes(lang: Lang, view: &FundView) -> AnyView {
    if view.programmes.is_empty() {
        return view! { <p class="muted">{say::programmes_empty(lang)}</p> }.into_any();
    }
    let open = view.line.standing == Standing::Open;
    let lines = view
        .programmes
        .iter()
        .map(|programme| {
            let name = programme_name(lang, programme);
            let href = format!("/donate?to={}/{}", view.line.fund.code, programme.code);
            let label = say::give(lang, &name);
            view! {
                <li>
                    <h3>{name}</h3>
                    <p>{programme_purpose(lang, programme)}</p>
                    {open.then(|| view! { <a href=href>{label}</a> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <p class="part-lead">{say::programmes_lead(lang)}</p>
        <ul class="programmes">{lines}</ul>
    }
    .into_any()
}

fn public_words(lang: Lang, list: Vec<PublicWords>) -> AnyView {
    if list.is_empty() {
        return view! { <p class="muted">{say::words_empty(lang)}</p> }.into_any();
    }
    let lines = list
        .into_iter()
        .map(|one| {
            let name = one.name.unwrap_or_else(|| words::common::anonymous_donor(lang).to_owned());
            let some = |text: String| Some(text).filter(|text| !text.is_empty());
            view! {
                <li>
                    <figure>
                        <blockquote>
                            {some(one.dedication).map(|text| view! { <p class="words-dedication">{text}</p> })}
                            {some(one.message).map(|text| view! { <p class="words-message">{text}</p> })}
                        </blockquote>
                        <figcaption>
                            {name} " · " <time datetime=one.on.to_string()>{words::date(lang, one.on)}</time>
                        </figcaption>
                    </figure>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="words">{lines}</ul> }.into_any()
}
