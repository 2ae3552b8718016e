//! Amounts and states of the domain as marks and figures.

use domain::fund::Standing;
use domain::giving::GiftState;
use domain::money::Fen;
use domain::receipt::ReceiptState;
use leptos::prelude::*;
use words::Lang;

use crate::ui::{Mark, Money, StateMark, figure};

/// An amount to the fen: `¥1,000.00`.
pub fn amount(fen: Fen) -> impl IntoView {
    view! { <Money figure=fen.grouped() /> }
}

/// An amount with fen only where there are any: `¥1,000`.
pub fn amount_short(fen: Fen) -> impl IntoView {
    view! { <Money figure=fen.short() /> }
}

/// [`amount`] as plain text.
#[must_use]
pub fn yuan(fen: Fen) -> String {
    figure(&fen.grouped())
}

/// [`amount_short`] as plain text.
#[must_use]
pub fn yuan_short(fen: Fen) -> String {
    figure(&fen.short())
}

/// A gift's state.
pub fn gift_state(lang: Lang, state: GiftState) -> impl IntoView {
    let mark = match state {
        GiftState::Pending => Mark::Waiting,
        GiftState::Paid => Mark::Good,
        GiftState::PartlyRefunded => Mark::Part,
        GiftState::Refunded => Mark::Back,
        GiftState::Expired | GiftState::Reversed => Mark::Off,
    };
    view! { <StateMark mark=mark word=words::gift_state(lang, state) /> }
}

/// A receipt's state.
pub fn receipt_state(lang: Lang, state: ReceiptState) -> impl IntoView {
    view! { <StateMark mark=receipt_mark(state) word=words::receipt_state(lang, state) /> }
}

/// The mark of a receipt's state.
#[must_use]
pub const fn receipt_mark(state: ReceiptState) -> Mark {
    match state {
        ReceiptState::Valid => Mark::Good,
        ReceiptState::PartlyRefunded => Mark::Part,
        ReceiptState::Refunded => Mark::Back,
        ReceiptState::Void | ReceiptState::Replaced => Mark::Off,
    }
}

/// Whether a fund collects today.
pub fn standing(lang: Lang, standing: Standing) -> impl IntoView {
    let mark = match standing {
        Standing::Open => Mark::Good,
        Standing::NotSetUp => Mark::Waiting,
        Standing::CertificateOutOfForce | Standing::PlanOutOfForce => Mark::Off,
    };
    view! { <StateMark mark=mark word=words::standing(lang, standing) /> }
}

/// The donate form with a gift's target and amount. Never with a name or contact: addresses are kept and shown.
#[must_use]
pub fn again_address(target: &str, amount: Fen) -> String {
    format!("/donate?to={target}&amount={}", amount.short().replace(',', ""))
}
