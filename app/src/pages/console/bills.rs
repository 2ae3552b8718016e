//! Providers' bills beside the books: where they differ, and which days were compared.

use domain::bill::DifferenceKind;
use domain::giving::Channel;
use domain::id::GiftId;
use domain::money::Fen;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::bills as say};

use crate::ui::{EmptyState, Icon};
use crate::widgets::amount;
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct BillsView {
    /// The differences that stand, newest first.
    pub differences: Vec<DifferenceRow>,
    /// The days that were compared, newest first.
    pub days: Vec<DayRow>,
}

/// A difference as a line.
#[derive(Debug, Clone)]
pub struct DifferenceRow {
    /// The day of the bill.
    pub day: String,
    /// In what.
    pub kind: DifferenceKind,
    /// Our number of the payment or refund.
    pub number: String,
    /// The gift, where it is ours.
    pub gift: Option<GiftId>,
    /// What the books say.
    pub ours: Option<Fen>,
    /// What the bill says.
    pub theirs: Option<Fen>,
}

/// A day that was compared.
#[derive(Debug, Clone)]
pub struct DayRow {
    /// The day.
    pub day: String,
    /// The provider's channel.
    pub channel: Channel,
    /// Payments on the bill.
    pub payments: i64,
    /// Refunds on the bill.
    pub refunds: i64,
    /// What it comes to.
    pub net: Fen,
    /// When it was compared last.
    pub checked_at: Instant,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: BillsView) -> Page {
    let lang = context.lang;
    let differences = if view.differences.is_empty() && !view.days.is_empty() {
        view! { <EmptyState text=say::empty(lang) icon=Icon::Full /> }.into_any()
    } else if view.differences.is_empty() {
        ().into_any()
    } else {
        table_of_differences(lang, view.differences).into_any()
    };
    let days = if view.days.is_empty() {
        view! { <EmptyState text=say::days_empty(lang) icon=Icon::Hourglass /> }.into_any()
    } else {
        table_of_days(lang, view.days).into_any()
    };
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {differences}
        <section class="desk-part">
            <h2>{say::days(lang)}</h2>
            {days}
        </section>
    };
    Page::console(say::title(lang), body)
}

fn sum(fen: Option<Fen>) -> impl IntoView {
    fen.map(amount)
}

fn table_of_differences(lang: Lang, rows: Vec<DifferenceRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let number = match row.gift {
            Some(gift) => {
                let href = format!("/console/gifts/{gift}");
                view! { <a class="code" href=href>{row.number}</a> }.into_any()
            }
            None => view! { <span class="code">{row.number}</span> }.into_any(),
        };
        view! {
            <tr>
                <td class="when">{row.day}</td>
                <td>{words::bill_difference(lang, row.kind)}</td>
                <td>{number}</td>
                <td class="number">{sum(row.ours)}</td>
                <td class="number">{sum(row.theirs)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table table-dense">
                <caption class="hidden">{say::differences(lang)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{say::day(lang)}</th>
                        <th scope="col">{say::what(lang)}</th>
                        <th scope="col">{say::number(lang)}</th>
                        <th scope="col" class="number">
                            {say::ours(lang)}
                        </th>
                        <th scope="col" class="number">
                            {say::theirs(lang)}
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn table_of_days(lang: Lang, rows: Vec<DayRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        view! {
            <tr>
                <td class="when">{row.day}</td>
                <td>{words::channel(lang, row.channel)}</td>
                <td class="number">{row.payments}</td>
                <td class="number">{row.refunds}</td>
                <td class="number">{amount(row.net)}</td>
                <td class="when">{row.checked_at.minute()}</td>
            </tr>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table table-dense">
                <caption class="hidden">{say::days(lang)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{say::day(lang)}</th>
                        <th scope="col">{say::channel(lang)}</th>
                        <th scope="col" class="number">
                            {say::payments(lang)}
                        </th>
                        <th scope="col" class="number">
                            {say::refunds(lang)}
                        </th>
                        <th scope="col" class="number">
                            {say::net(lang)}
                        </th>
                        <th scope="col">{say::checked(lang)}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
