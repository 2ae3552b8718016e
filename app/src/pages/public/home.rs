//! The first page: one sentence, the giving form, published figures, the funds, how a gift travels, disclosures.

use domain::money::Fen;
use domain::time::Date;
use leptos::prelude::*;
use words::{Lang, home as say};

use super::figures::{PublishedFigure, published};
use crate::ui::{EmptyState, Icon, IconMark};
use crate::widgets::{FundLine, GiveForm, give_form, travel};
use crate::{Page, PageContext};

/// What the first page shows.
#[derive(Debug, Clone)]
pub struct HomeView {
    /// The giving form.
    pub give: GiveForm,
    /// Figures published in the past.
    pub published: Vec<PublishedFigure>,
    /// The funds with their sums.
    pub funds: Vec<FundLine>,
    /// The latest disclosures, newest first.
    pub disclosures: Vec<Disclosed>,
}

/// A published report.
#[derive(Debug, Clone)]
pub struct Disclosed {
    /// The day of publication.
    pub on: Date,
    /// Its title.
    pub title: String,
    /// Where it is.
    pub href: String,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: HomeView) -> Page {
    let lang = context.lang;
    let form = view.give.typed_on("/");
    let whole = view.funds.iter().map(|line| line.sums.received).max().unwrap_or(Fen::ZERO);
    let funds = view.funds.iter().map(|line| line.view(lang, whole)).collect_view();
    let body = view! {
        <section class="hero">
            <h1>{say::title(lang)}</h1>
            <p class="lead">{say::lead(lang)}</p>
        </section>
        <section aria-labelledby="give-title">
            <h2 class="hidden" id="give-title">
                {say::give_title(lang)}
            </h2>
            {give_form(lang, &view.give)}
        </section>
        <section class="band" aria-labelledby="published-title">
            <div class="band-head">
                <h2 id="published-title">{say::published_title(lang)}</h2>
                <p>{say::published_note(lang)}</p>
                <a class="onward" href="/figures">
                    {say::live_link(lang)}
                    <IconMark icon=Icon::ArrowRight />
                </a>
            </div>
            {published(lang, view.published, say::published_empty(lang))}
        </section>
        <section class="part" aria-labelledby="funds-title">
            <h2 id="funds-title">{say::funds_title(lang)}</h2>
            <p class="part-lead">{say::funds_lead(lang)}</p>
            <ul class="fund-lines">{funds}</ul>
        </section>
        <section class="part" aria-labelledby="how-title">
            <h2 id="how-title">{say::how_title(lang)}</h2>
            {travel(lang)}
        </section>
        <section class="part" aria-labelledby="disclosures-title">
            <h2 id="disclosures-title">{say::disclosures_title(lang)}</h2>
            {disclosures(lang, view.disclosures)}
        </section>
    };
    Page { alive: true, form, ..Page::public(words::nav::home(lang), body) }
}

fn disclosures(lang: Lang, list: Vec<Disclosed>) -> AnyView {
    if list.is_empty() {
        return view! { <EmptyState text=say::disclosures_empty(lang) /> }.into_any();
    }
    let lines = list
        .into_iter()
        .map(|one| {
            view! {
                <li>
                    <time datetime=one.on.to_string()>{words::date(lang, one.on)}</time>
                    <a href=one.href>{one.title}</a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="dated">{lines}</ul> }.into_any()
}
