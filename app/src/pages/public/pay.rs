//! Paying: a link to the provider's page, or the account and reference code of a transfer.

use domain::fund::{Organisation, Standing};
use domain::id::Token;
use domain::money::Fen;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, pay as say};

use crate::islands::copy_button::CopyButton;
use crate::ui::{ButtonKind, Icon, LinkButton, Notice, Tone};
use crate::widgets::{PayNews, again_address, amount, organisation_name, pay_watcher, yuan};
use crate::{Page, PageContext};

/// What the page shows. A gift that is paid has no pay page: send the reader to its own.
#[derive(Debug, Clone)]
pub struct PayView {
    /// Opens the gift's own page.
    pub token: Token,
    /// What is to be paid.
    pub amount: Fen,
    /// Fund and programme, in the page's language.
    pub target: String,
    /// The target as the donate form names it.
    pub code: String,
    /// Whether the donor wants a receipt.
    pub receipt_wanted: bool,
    /// How.
    pub step: PayStep,
}

/// How a gift is paid, and how far it is.
#[derive(Debug, Clone)]
pub enum PayStep {
    /// By the provider's page.
    Provider {
        /// The address of that page; `None` until the provider has answered.
        pay_url: Option<String>,
        /// Until when it is offered.
        until: Instant,
    },
    /// By bank transfer.
    Transfer {
        /// The recipient; `bank_account` holds lines such as `开户行：…`.
        organisation: Box<Organisation>,
        /// The code for the transfer's remark.
        reference: String,
    },
    /// No money came in time.
    Expired {
        /// When the time was over.
        at: Instant,
    },
    /// The fund may not collect any more: nothing is asked for, and what comes all the same is booked.
    Closed {
        /// Why.
        standing: Standing,
    },
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: PayView) -> Page {
    let lang = context.lang;
    let expired = matches!(view.step, PayStep::Expired { .. });
    let over = expired || matches!(view.step, PayStep::Closed { .. });
    let again = again_address(&view.code, view.amount);
    let waits = matches!(view.step, PayStep::Provider { .. });
    let step = match view.step {
        PayStep::Provider { pay_url, until } => provider(lang, pay_url, until),
        PayStep::Transfer { organisation, reference } => {
            transfer(lang, view.amount, &organisation, &reference, view.receipt_wanted)
        }
        PayStep::Expired { at } => {
            over_step(lang, say::expired_title(lang), say::expired(lang, words::minute(lang, at)), again)
        }
        PayStep::Closed { standing } => {
            let why = format!(
                "{}{}{}",
                words::standing_reason(lang, standing),
                lang.pick("", " "),
                say::closed(lang)
            );
            over_step(lang, say::closed_title(lang), why, again)
        }
    };
    let own_page = format!("/gift/{}", view.token);
    let watch = (!expired)
        .then(|| pay_watcher(lang, view.token, if waits { PayNews::OnReturn } else { PayNews::Never }));
    let body = view! {
        <div class="column pay">
            <h1>{say::title(lang)}</h1>
            <p class="pay-due">
                <span class="total-label">
                    {if over { words::gift::amount(lang) } else { say::amount(lang) }}
                </span>
                <span class="total-figure">{amount(view.amount)}</span>
                <span class="pay-to">{say::to(lang)} " " {view.target}</span>
            </p>
            {step}
            {watch}
            <p class="pay-keep">
                {say::keep_before(lang)} {(lang == Lang::En).then_some(" ")} <a href=own_page>{say::gift_page(lang)}</a> {say::keep_after(lang)}
            </p>
        </div>
    };
    // Without JavaScript the page asks again by itself while the provider is awaited.
    let refresh_seconds = waits.then_some(10);
    Page { alive: !expired, private: true, refresh_seconds, ..Page::public(say::title(lang), body) }
}

fn provider(lang: Lang, pay_url: Option<String>, until: Instant) -> AnyView {
    let link = pay_url.map(|url| {
        view! {
            <div class="actions">
                <LinkButton href=url label=say::open_provider(lang) kind=ButtonKind::Primary icon=Icon::External away=true />
            </div>
            <p class="field-help">{say::open_provider_help(lang)}</p>
        }
    });
    view! {
        {link}
        <div class="pay-after">
            <p>{say::until(lang, words::minute(lang, until))}</p>
            <p>{say::waiting(lang)}</p>
            <p>
                <a class="button" href="">
                    {say::reload(lang)}
                </a>
            </p>
        </div>
    }
    .into_any()
}

fn transfer(
    lang: Lang,
    due: Fen,
    organisation: &Organisation,
    reference: &str,
    receipt_wanted: bool,
) -> AnyView {
    let lines = account_lines(&organisation.bank_account).into_iter().map(|(term, value)| {
        let label = match &term {
            Some(term) => say::copy_account(lang, term),
            None => say::copy_account(lang, say::bank_account(lang)),
        };
        let term = term.unwrap_or_else(|| say::bank_account(lang).to_owned());
        copied(lang, term, value, label)
    });
    let lines = lines.collect_view();
    let code = copied(
        lang,
        say::reference(lang).to_owned(),
        reference.to_owned(),
        say::copy_reference(lang).to_owned(),
    );
    let next = [
        say::bank_next_one(lang, yuan(due)),
        say::bank_next_two(lang).to_owned(),
        if receipt_wanted { say::bank_next_three(lang) } else { say::bank_next_three_waived(lang) }
            .to_owned(),
    ];
    view! {
        <section class="sheet" aria-labelledby="bank">
            <h2 class="sheet-title" id="bank">
                {say::bank_title(lang)}
            </h2>
            <p class="sheet-lead">{organisation_name(lang, organisation)}</p>
            <dl class="copy-lines">{lines} {code}</dl>
            <p class="field-help">{say::reference_help(lang)}</p>
        </section>
        <h2 class="next-title">{say::bank_next_title(lang)}</h2>
        <ol class="rules">{next.map(|text| view! { <li>{text}</li> })}</ol>
    }
    .into_any()
}

fn copied(lang: Lang, term: String, value: String, label: String) -> impl IntoView {
    let text = value.clone();
    view! {
        <div class="copy-line">
            <dt>{term}</dt>
            <dd>
                <span class="code">{value}</span>
                <CopyButton
                    text=text
                    label=label
                    done=words::common::copied(lang).to_owned()
                    failed=words::common::copy_failed(lang).to_owned()
                />
            </dd>
        </div>
    }
}

/// The lines of an account as `term：value`; a line without a colon is a value alone.
fn account_lines(account: &str) -> Vec<(Option<String>, String)> {
    let lines = account.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.split_once(['：', ':']) {
            Some((term, value)) if !value.trim().is_empty() => {
                (Some(term.trim().to_owned()), value.trim().to_owned())
            }
            _ => (None, line.to_owned()),
        })
        .collect()
}

/// Nothing is to be paid here any more: why, and a form to give again.
fn over_step(lang: Lang, title: &'static str, why: String, href: String) -> AnyView {
    view! {
        <Notice tone=Tone::Heed title=title>
            <p>{why}</p>
        </Notice>
        <div class="actions">
            <LinkButton href=href label=say::again(lang) kind=ButtonKind::Primary />
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_split_into_what_can_be_copied() {
        let lines = account_lines("户名：演示基金会\n 开户行: 演示银行济南分行 \n\n0000 1111 2222\n账号：");
        let owned = |term: Option<&str>, value: &str| (term.map(str::to_owned), value.to_owned());
        assert_eq!(
            lines,
            vec![
                owned(Some("户名"), "演示基金会"),
                owned(Some("开户行"), "演示银行济南分行"),
                owned(None, "0000 1111 2222"),
                owned(None, "账号："),
            ]
        );
    }
}
