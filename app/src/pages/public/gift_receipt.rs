//! The part of a gift's page that shows its papers: receipt, earlier receipts, the invoice for tax.

use domain::giving::GiftState;
use leptos::prelude::*;
use words::{Lang, gift as say};

use super::gift::{FormerReceipt, GiftReceipt, GiftView, TaxInvoice};
use crate::ui::{Icon, LinkButton, Notice, Tone};
use crate::widgets::receipt_state;

/// What is said of a receipt that was not issued because no money is booked.
fn not_yet(lang: Lang, view: &GiftView) -> &'static str {
    match view.state {
        GiftState::Reversed => say::receipt_reversed(lang),
        _ if !view.receipt_wanted => say::receipt_waived_unpaid(lang),
        GiftState::Expired => say::receipt_expired(lang),
        _ => say::receipt_waiting(lang),
    }
}

/// What papers there are of the gift: its receipt, those before it, and the invoice for tax.
pub(super) fn receipt(lang: Lang, view: &GiftView) -> impl IntoView + use<> {
    let receipt = &view.receipt;
    // A receipt that will not come needs no word on what it is not.
    let comes = view.receipt_wanted && view.state != GiftState::Reversed;
    let kept =
        matches!(receipt, GiftReceipt::Issued { .. }) || (comes && matches!(receipt, GiftReceipt::NotYet));
    let inside = match receipt {
        GiftReceipt::NotYet => view! { <p>{not_yet(lang, view)}</p> }.into_any(),
        GiftReceipt::Waived => view! { <p>{say::receipt_waived(lang)}</p> }.into_any(),
        GiftReceipt::Elsewhere => view! { <p>{say::receipt_elsewhere(lang)}</p> }.into_any(),
        GiftReceipt::ByStaff => view! { <p>{say::receipt_by_staff(lang)}</p> }.into_any(),
        GiftReceipt::TakenBack => view! { <p>{say::receipt_taken_back(lang)}</p> }.into_any(),
        GiftReceipt::OnRequest => view! { <p>{say::receipt_on_request(lang)}</p> }.into_any(),
        GiftReceipt::Issued { issued_on, state, pdf, verify, printed_name, .. } => {
            let pdf = match pdf.clone() {
                Some(href) => {
                    view! { <LinkButton href=href label=say::receipt_open(lang) icon=Icon::Receipt /> }
                        .into_any()
                }
                None => view! { <p>{say::receipt_making(lang)}</p> }.into_any(),
            };
            let printed = printed_name.clone().map(|name| {
                view! {
                    <Notice tone=Tone::Heed title=say::name_printed_title(lang)>
                        <p>{say::name_printed(lang, name)}</p>
                    </Notice>
                }
            });
            view! {
                <p class="paper-receipt-state">
                    {receipt_state(lang, *state)}
                    <span>{words::verify::issued(lang)} " " {words::date(lang, *issued_on)}</span>
                </p>
                <div class="actions">
                    {pdf} <LinkButton href=verify.clone() label=say::receipt_verify(lang) icon=Icon::Shield />
                </div>
                {printed}
            }
            .into_any()
        }
    };
    view! {
        <div class="paper-receipt">
            <h2 class="paper-label">{say::receipt(lang)}</h2>
            {inside}
            {before(lang, &view.former)}
            {view.tax.as_ref().map(|invoice| tax(lang, invoice))}
            {kept.then(|| view! { <p class="field-help">{say::not_tax(lang)}</p> })}
        </div>
    }
}

/// The receipts that no longer stand: what became of each, and which one stands instead.
fn before(lang: Lang, former: &[FormerReceipt]) -> Option<impl IntoView + use<>> {
    let line = |receipt: &FormerReceipt| {
        let by = receipt.replaced_by.as_ref().map(|by| {
            view! {
                " · "
                {words::verify::replaced_by(lang)}
                " "
                <span class="code">{by.clone()}</span>
            }
        });
        view! {
            <li class="paper-receipt-state">
                {receipt_state(lang, receipt.state)}
                <a class="code" href=receipt.pdf.clone()>
                    {receipt.number.clone()}
                </a>
                <span class="muted">{words::date(lang, receipt.issued_on)} {by}</span>
            </li>
        }
    };
    let lines = former.iter().map(line).collect_view();
    (!former.is_empty()).then(|| {
        view! {
            <p class="paper-label">{say::receipts_former(lang)}</p>
            <ul class="records">{lines}</ul>
        }
    })
}

/// Another paper than the receipt, and the recipient's own.
fn tax(lang: Lang, invoice: &TaxInvoice) -> impl IntoView + use<> {
    let text = match invoice {
        TaxInvoice::Waiting => view! { {say::tax_waiting(lang)} }.into_any(),
        TaxInvoice::Issued { number, on } => view! {
            {say::tax_issued(lang)}
            " "
            <span class="code">{number.clone()}</span>
            " · "
            {words::date(lang, *on)}
        }
        .into_any(),
    };
    view! { <p>{text}</p> }
}
