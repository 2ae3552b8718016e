//! The open books: what the ledger says now, and apart from it what was published in the past.

use domain::ledger::Sums;
use domain::money::Fen;
use domain::time::{Date, Instant};
use leptos::prelude::*;
use words::{Lang, figures as say};

use crate::ui::EmptyState;
use crate::widgets::{FundLine, amount, fund_name};
use crate::{Page, PageContext};

/// A figure that was published: a statement with its date, never a sum of this ledger.
#[derive(Debug, Clone)]
pub struct PublishedFigure {
    /// The figure as it was published, in the page's language: `超过 1,000 万元`.
    pub value: String,
    /// What it counts.
    pub label: String,
    /// The day that it speaks of.
    pub as_of: Date,
    /// Where it was published.
    pub source: String,
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct FiguresView {
    /// When the sums were read.
    pub at: Instant,
    /// The funds with their sums.
    pub funds: Vec<FundLine>,
    /// Figures published in the past.
    pub published: Vec<PublishedFigure>,
}

/// Gifts received less money returned: the one meaning of "raised" on this site.
#[must_use]
pub const fn raised(sums: Sums) -> Fen {
    Fen(sums.received.0 - sums.refunded.0)
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: FiguresView) -> Page {
    let lang = context.lang;
    let live = live(lang, &view);
    let body = view! {
        <div class="column-wide">
            <h1>{say::title(lang)}</h1>
            <p class="lead">{say::lead(lang)}</p>
            <section class="part" aria-labelledby="live">
                <h2 id="live">{say::live_title(lang)}</h2>
                <p class="part-lead">{say::live_at(lang, words::minute(lang, view.at))}</p>
                {live}
                <div class="definition">
                    <h3>{say::definition_title(lang)}</h3>
                    <p>{say::definition(lang)}</p>
                </div>
            </section>
            <section class="part" aria-labelledby="published">
                <h2 id="published">{say::published_title(lang)}</h2>
                {published(lang, view.published, say::published_empty(lang))}
                <div class="definition">
                    <h3>{say::differ_title(lang)}</h3>
                    <p>{say::differ(lang)}</p>
                </div>
            </section>
        </div>
    };
    Page::public(say::title(lang), body)
}

/// Published figures side by side, each with its date and source.
pub(super) fn published(lang: Lang, figures: Vec<PublishedFigure>, empty: &'static str) -> AnyView {
    if figures.is_empty() {
        return view! { <p class="muted">{empty}</p> }.into_any();
    }
    let figures = figures
        .into_iter()
        .map(|one| {
            let source = Some(one.source).filter(|source| !source.is_empty());
            view! {
                <div class="stated">
                    <dt>{one.label}</dt>
                    <dd class="stated-value">{one.value}</dd>
                    <dd class="stated-when">
                        <time datetime=one.as_of.to_string()>
                            {words::common::as_of(lang, words::date(lang, one.as_of))}
                        </time>
                        {source.map(|source| view! { <span>{say::published_source(lang, source)}</span> })}
                    </dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="stated-row">{figures}</dl> }.into_any()
}

fn live(lang: Lang, view: &FiguresView) -> AnyView {
    let mut total = Sums::default();
    let mut gifts = 0;
    for line in &view.funds {
        total.add(line.sums);
        gifts += line.gifts;
    }
    if total == Sums::default() {
        return view! { <EmptyState text=say::empty(lang) /> }.into_any();
    }
    let rows = view
        .funds
        .iter()
        .map(|line| {
            let name = fund_name(lang, &line.fund);
            let href = format!("/funds/{}", line.fund.code);
            row(lang, view! { <a href=href>{name}</a> }.into_any(), line.sums, line.gifts)
        })
        .collect_view();
    let heads = [
        say::gifts(lang),
        words::fund::received(lang),
        words::fund::refunded(lang),
        say::raised(lang),
        words::fund::fees(lang),
        words::fund::spent(lang),
        words::fund::held(lang),
    ];
    view! {
        <p class="total">
            <span class="total-label">{say::raised(lang)}</span>
            <span class="total-figure">{amount(raised(total))}</span>
        </p>
        <div class="table-frame">
            <table class="table table-fold">
                <caption>{say::by_fund(lang)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{say::fund(lang)}</th>
                        {heads.map(|head| view! { <th scope="col" class="number">{head}</th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
                <tfoot>{row(lang, say::total(lang).into_any(), total, gifts)}</tfoot>
            </table>
        </div>
    }
    .into_any()
}

fn row(lang: Lang, name: AnyView, sums: Sums, gifts: i64) -> impl IntoView {
    let cells = [
        (words::fund::received(lang), sums.received),
        (words::fund::refunded(lang), sums.refunded),
        (say::raised(lang), raised(sums)),
        (words::fund::fees(lang), sums.fees),
        (words::fund::spent(lang), sums.spent),
        (words::fund::held(lang), sums.held()),
    ];
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td class="number" data-label=say::gifts(lang)>
                {count(gifts)}
            </td>
            {cells.map(|(label, sum)| view! { <td class="number" data-label=label>{amount(sum)}</td> })}
        </tr>
    }
}

/// A number with thousands separators.
pub(super) fn count(number: i64) -> String {
    Fen(number.saturating_mul(100)).short()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raised_is_received_less_returned_and_keeps_fees() {
        let sums = Sums { received: Fen(10_000), refunded: Fen(3_000), fees: Fen(60), spent: Fen(500) };
        assert_eq!(raised(sums), Fen(7_000));
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!((count(0), count(44_000)), ("0".to_owned(), "44,000".to_owned()));
    }
}
