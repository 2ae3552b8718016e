//! Verifying a receipt: by the token of its QR code, or by number and amount.

use domain::money::Fen;
use domain::receipt::ReceiptState;
use domain::refusal::Refusal;
use domain::time::{Date, Instant};
use leptos::prelude::*;
use words::{Lang, verify as say};

use crate::ui::{Button, ButtonKind, Notice, StateMark, TextField, Tone, fact};
use crate::widgets::{amount, receipt_mark, yuan};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct VerifyView {
    /// What was found, or the form.
    pub outcome: Outcome,
    /// What was typed into the form.
    pub number: String,
    /// What was typed into the form.
    pub amount: String,
    /// What is wrong with the number as typed.
    pub number_error: Option<Refusal>,
    /// What is wrong with the amount as typed.
    pub amount_error: Option<Refusal>,
}

impl VerifyView {
    /// The empty form.
    #[must_use]
    pub const fn fresh() -> Self {
        Self {
            outcome: Outcome::Form,
            number: String::new(),
            amount: String::new(),
            number_error: None,
            amount_error: None,
        }
    }

    /// The result for a token.
    #[must_use]
    pub fn found(receipt: VerifiedReceipt) -> Self {
        Self { outcome: Outcome::Found(receipt), ..Self::fresh() }
    }
}

/// What the look-up gave.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Nothing was asked yet.
    Form,
    /// Nothing was found: no such number, or another amount; never which of the two.
    NotFound,
    /// Too many questions from here.
    TooMany {
        /// Seconds until the next one is answered.
        seconds: i64,
    },
    /// The receipt.
    Found(VerifiedReceipt),
}

/// A receipt as anyone may see it: no contact, and the name masked by `domain::text::masked_name`.
#[derive(Debug, Clone)]
pub struct VerifiedReceipt {
    /// When it was looked up.
    pub checked_at: Instant,
    /// What it is worth at that moment.
    pub state: ReceiptState,
    /// `SP-2026-000001`.
    pub number: String,
    /// Its amount.
    pub amount: Fen,
    /// What of the gift went back.
    pub refunded: Fen,
    /// The day of issue.
    pub issued_on: Date,
    /// The legal recipient's name.
    pub organisation: String,
    /// The fund's name.
    pub fund: String,
    /// `王**`; `None` for an anonymous donor.
    pub masked_donor: Option<String>,
    /// The number of the receipt that took its place.
    pub replaced_by: Option<String>,
    /// The number of the receipt whose place it takes.
    pub replaces: Option<String>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: VerifyView) -> Page {
    let lang = context.lang;
    let found = matches!(view.outcome, Outcome::Found(_));
    let news = match &view.outcome {
        Outcome::Form => ().into_any(),
        Outcome::NotFound => view! {
            <Notice tone=Tone::Wrong title=say::not_found_title(lang) role="alert">
                <p>{say::not_found(lang)}</p>
            </Notice>
        }
        .into_any(),
        Outcome::TooMany { seconds } => {
            let text = words::refusal(lang, &Refusal::TooManyAttempts { seconds: *seconds });
            view! {
                <Notice tone=Tone::Heed role="alert">
                    <p>{text}</p>
                </Notice>
            }
            .into_any()
        }
        Outcome::Found(receipt) => result(lang, receipt).into_any(),
    };
    let form = (!found).then(|| form(lang, view));
    let body = view! {
        <div class="column verify">
            <h1>{say::title(lang)}</h1>
            {(!found).then(|| view! { <p class="lead">{say::lead(lang)}</p> })}
            {news}
            {form}
            {found
                .then(|| {
                    view! {
                        <p>
                            <a href="/verify">{say::another(lang)}</a>
                        </p>
                    }
                })}
            <div class="definition">
                <h2>{say::what_title(lang)}</h2>
                <p>{say::what(lang)}</p>
            </div>
        </div>
    };
    Page { private: found, ..Page::public(say::title(lang), body) }
}

fn form(lang: Lang, view: VerifyView) -> impl IntoView {
    let error = |refusal: Option<Refusal>| refusal.map(|refusal| words::refusal(lang, &refusal));
    view! {
        <form method="post" action="/verify" class="stack" novalidate>
            <TextField
                id="number"
                label=say::number(lang)
                help=say::number_help(lang, "SP-2026-000001")
                value=view.number
                error=error(view.number_error)
                width="middle"
            />
            <TextField
                id="amount"
                label=say::amount(lang)
                help=say::amount_help(lang)
                value=view.amount
                error=error(view.amount_error)
                inputmode="decimal"
                unit="¥"
                width="short"
            />
            <Button label=say::button(lang) kind=ButtonKind::Primary />
        </form>
    }
}

/// The number before or after a receipt in its chain, where there is one.
fn linked(label: &'static str, number: Option<String>) -> Option<impl IntoView> {
    number.map(|number| fact(label, view! { <span class="code">{number}</span> }))
}

fn result(lang: Lang, receipt: &VerifiedReceipt) -> impl IntoView + use<> {
    let left = Fen(receipt.amount.0 - receipt.refunded.0);
    let (title, text) = match receipt.state {
        ReceiptState::Valid => (say::valid(lang), say::valid_text(lang).to_owned()),
        ReceiptState::Void => (say::void(lang), say::void_text(lang).to_owned()),
        ReceiptState::Replaced => (say::replaced(lang), say::replaced_text(lang).to_owned()),
        ReceiptState::PartlyRefunded => {
            (say::partly_refunded(lang), say::partly_refunded_text(lang, yuan(left)))
        }
        ReceiptState::Refunded => (say::refunded(lang), say::refunded_text(lang).to_owned()),
    };
    let stands = matches!(receipt.state, ReceiptState::Valid | ReceiptState::PartlyRefunded);
    let donor = receipt.masked_donor.clone();
    let note = donor.is_some().then(|| view! { <span class="fact-more">{say::donor_note(lang)}</span> });
    let donor = donor.unwrap_or_else(|| words::common::anonymous_donor(lang).to_owned());
    view! {
        <section class="paper verdict" data-stands=stands.then_some("")>
            <header class="verdict-head">
                <StateMark mark=receipt_mark(receipt.state) word=title />
                <p>{text}</p>
                <p class="muted">{say::checked(lang, words::minute(lang, receipt.checked_at))}</p>
            </header>
            <dl class="facts">
                {fact(say::number(lang), view! { <span class="code">{receipt.number.clone()}</span> })}
                {linked(say::replaced_by(lang), receipt.replaced_by.clone())}
                {linked(say::replaces(lang), receipt.replaces.clone())}
                {fact(say::amount(lang), amount(receipt.amount))}
                {fact(words::gift::recipient(lang), receipt.organisation.clone())}
                {fact(words::gift::fund(lang), receipt.fund.clone())}
                {fact(say::issued(lang), words::date(lang, receipt.issued_on))}
                {fact(say::donor(lang), view! { {donor} {note} })}
            </dl>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(masked_donor: Option<&str>, state: ReceiptState) -> String {
        let receipt = VerifiedReceipt {
            checked_at: Instant(0),
            state,
            number: "SP-2026-000001".into(),
            amount: Fen(10_050),
            refunded: Fen(5_000),
            issued_on: Instant(0).date(),
            organisation: "演示基金会".into(),
            fund: "救助基金".into(),
            masked_donor: masked_donor.map(str::to_owned),
            replaced_by: (state == ReceiptState::Replaced).then(|| "SP-2026-000003".into()),
            replaces: None,
        };
        Owner::new().with(|| result(Lang::Zh, &receipt).to_html())
    }

    #[test]
    fn an_anonymous_donor_has_no_name_and_no_note_about_one() {
        let anonymous = html(None, ReceiptState::Valid);
        assert!(
            anonymous.contains("一位不愿留名的捐赠人") && !anonymous.contains("只显示第一个字"),
            "{anonymous}"
        );
        let named = html(Some("王**"), ReceiptState::Valid);
        assert!(named.contains("王**") && named.contains("只显示第一个字"), "{named}");
    }

    #[test]
    fn only_a_receipt_that_stands_is_shown_as_standing() {
        for (state, stands) in [
            (ReceiptState::Valid, true),
            (ReceiptState::PartlyRefunded, true),
            (ReceiptState::Refunded, false),
            (ReceiptState::Void, false),
            (ReceiptState::Replaced, false),
        ] {
            assert_eq!(html(None, state).contains("data-stands"), stands, "{state:?}");
        }
        let replaced = html(None, ReceiptState::Replaced);
        assert!(replaced.contains("SP-2026-000003") && replaced.contains("由此收据取代"), "{replaced}");
        assert!(html(None, ReceiptState::PartlyRefunded).contains("¥50.50"));
    }
}
