//! One gift: who gave, how it was paid, and what may be done with it now.

use domain::giving::{Channel, GiftState};
use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::gift as say};

use super::gift_records::{self as records, Records};
use crate::islands::copy_button::CopyButton;
use crate::pages::public::gift::{GiftWords, WordsState};
use crate::ui::{
    Button, ButtonKind, Icon, IconMark, Mark, Notice, StateMark, Tag, TextField, Tone, fact, short_code,
};
use crate::widgets::{amount, gift_state, yuan};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct GiftDetailView {
    /// Id.
    pub id: GiftId,
    /// Our reference code.
    pub reference: String,
    /// State.
    pub state: GiftState,
    /// The amount, gross.
    pub amount: Fen,
    /// What was pledged, where another amount arrived.
    pub pledged: Option<Fen>,
    /// What went back of it.
    pub refunded: Fen,
    /// What the provider keeps of it now.
    pub fee: Fen,
    /// The fund's name.
    pub fund: String,
    /// The programme's name.
    pub programme: Option<String>,
    /// How it is or was paid.
    pub channel: Channel,
    /// The provider's own number, or the statement's line.
    pub provider_reference: Option<String>,
    /// When it was submitted.
    pub created_at: Instant,
    /// When the money came.
    pub paid_at: Option<Instant>,
    /// Source and serial number of an old gift.
    pub taken_over: Option<(String, String)>,
    /// Not named in public.
    pub anonymous: bool,
    /// What is known of a receipt beside those on record.
    pub other_receipt: OtherReceipt,
    /// Why no receipt was issued, where the box beside the button was not ticked.
    pub issue_error: Option<Refusal>,
    /// Who gave; `None` where the role must not see it.
    pub donor: Option<DonorDetail>,
    /// What the donor wrote.
    pub words: Option<GiftWords>,
    /// Entries, receipts, refunds, messages, audit events.
    pub records: Records,
    /// What this reader may do with this gift in this state.
    pub may: GiftActions,
    /// The refund form as typed.
    pub refund: RefundForm,
    /// The transfer form as typed.
    pub confirm: ConfirmForm,
    /// A refusal that belongs to no field.
    pub refusal: Option<Refusal>,
    /// Whether the reader comes from having done something.
    pub done: bool,
}

/// What is known of a gift's receipt beside those on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherReceipt {
    /// Nothing.
    None,
    /// The donor waived it.
    Waived,
    /// By an old list one was issued elsewhere.
    Elsewhere,
    /// An old list says something else, as it is written there.
    Unclear(String),
}

/// A donor as staff see one.
#[derive(Debug, Clone, Default)]
pub struct DonorDetail {
    /// The name; empty without one.
    pub name: String,
    /// Whether an organisation gives.
    pub organisation: bool,
    /// E-mail; empty without one.
    pub email: String,
    /// Phone; empty without one.
    pub phone: String,
    /// Title and the last four of the number, where a tax receipt is wanted.
    pub tax: Option<(String, String)>,
}

/// What may be done now: by the role, and by the gift's state.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own")]
pub struct GiftActions {
    /// Confirm that the transfer arrived.
    pub confirm_transfer: bool,
    /// Give money back.
    pub refund: bool,
    /// Issue, void and reissue receipts.
    pub receipts: bool,
    /// Issue a receipt where there is none.
    pub issue_receipt: bool,
    /// Pass or hold back the donor's words.
    pub moderate: bool,
}

/// The refund form: `POST /console/gifts/{id}/refunds`.
#[derive(Debug, Clone, Default)]
pub struct RefundForm {
    /// The hidden key: the same form sent twice is one refund.
    pub key: String,
    /// `amount` as typed.
    pub amount: String,
    /// `reason` as typed.
    pub reason: String,
    /// What is wrong with the amount.
    pub amount_error: Option<Refusal>,
    /// What is wrong with the reason.
    pub reason_error: Option<Refusal>,
}

/// The transfer form: `POST /console/gifts/{id}/transfer`.
#[derive(Debug, Clone, Default)]
pub struct ConfirmForm {
    /// `amount` as typed.
    pub amount: String,
    /// `received_on` as typed.
    pub received_on: String,
    /// `bank_reference` as typed.
    pub bank_reference: String,
    /// What is wrong with the amount.
    pub amount_error: Option<Refusal>,
    /// What is wrong with the date.
    pub received_on_error: Option<Refusal>,
    /// What is wrong with the reference.
    pub bank_reference_error: Option<Refusal>,
}

fn said(lang: Lang, refusal: Option<&Refusal>) -> Option<String> {
    refusal.map(|refusal| words::refusal(lang, refusal))
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: GiftDetailView) -> Page {
    let lang = context.lang;
    let title = say::title(lang, short_code(&view.reference));
    let news = said(lang, view.refusal.as_ref()).map(|text| {
        view! {
            <Notice tone=Tone::Wrong role="alert">
                <p>{text}</p>
            </Notice>
        }
    });
    let done = view.done.then(|| {
        view! {
            <Notice tone=Tone::Good role="status">
                <p>{words::console::done(lang)}</p>
            </Notice>
        }
    });
    let body = view! {
        <a class="back" href="/console/gifts">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{title.clone()}</h1>
            {gift_state(lang, view.state)}
        </header>
        {done}
        {news}
        <div class="desk-columns">
            <div class="desk-main">
                {payment(lang, &view)} {records::entries(lang, &view.records.entries)}
                {records::receipts(lang, &view)} {records::refunds(lang, &view.records.refunds)}
                {records::messages(lang, &view.records.messages)} {records::events(lang, &view.records.events)}
            </div>
            <div class="desk-side">
                {donor(lang, &view)} {written(lang, &view)}
                {view.may.confirm_transfer.then(|| confirm(lang, &view))}
                {view.may.refund.then(|| refund(lang, &view))}
            </div>
        </div>
    };
    Page { alive: true, ..Page::console(title, body) }
}

fn payment(lang: Lang, view: &GiftDetailView) -> impl IntoView + use<> {
    let net = match view.state {
        GiftState::Reversed => Fen::ZERO,
        _ => Fen(view.amount.0 - view.fee.0 - view.refunded.0),
    };
    let target = match &view.programme {
        Some(programme) => format!("{} · {programme}", view.fund),
        None => view.fund.clone(),
    };
    let taken = view.taken_over.clone().map(|(source, serial)| {
        view! { <p class="muted">{say::taken_over(lang, serial, source)}</p> }
    });
    view! {
        <section class="desk-part">
            <h2>{say::payment(lang)}</h2>
            <dl class="sums-line">
                <div>
                    <dt>{say::gross(lang)}</dt>
                    <dd class="sums-lead">{amount(view.amount)}</dd>
                </div>
                <div>
                    <dt>{words::fund::fees(lang)}</dt>
                    <dd>{amount(view.fee)}</dd>
                </div>
                <div>
                    <dt>{say::refunds(lang)}</dt>
                    <dd>{amount(view.refunded)}</dd>
                </div>
                <div>
                    <dt>{say::net(lang)}</dt>
                    <dd>{amount(net)}</dd>
                </div>
            </dl>
            <dl class="facts facts-dense">
                {fact(words::gift::reference(lang), reference(lang, &view.reference))}
                {fact(words::gift::fund(lang), target)}
                {fact(words::gift::channel(lang), words::channel(lang, view.channel))}
                {fact(say::created(lang), view.created_at.minute())}
                {view.pledged.map(|fen| fact(say::pledged(lang), amount(fen)))}
                {view.paid_at.map(|at| fact(say::settled(lang), at.minute()))}
                {view
                    .provider_reference
                    .clone()
                    .map(|code| {
                        view! {
                            {fact(say::provider_reference(lang), view! { <span class="code">{code}</span> })}
                        }
                    })}
            </dl>
            {taken}
        </section>
    }
}

/// The whole code, and a button that copies it.
fn reference(lang: Lang, code: &str) -> impl IntoView + use<> {
    view! {
        <span class="code-copy">
            <span class="code">{code.to_owned()}</span>
            <CopyButton
                text=code.to_owned()
                label=words::common::copy(lang).to_owned()
                done=words::common::copied(lang).to_owned()
                failed=words::common::copy_failed(lang).to_owned()
            />
        </span>
    }
}

fn donor(lang: Lang, view: &GiftDetailView) -> impl IntoView + use<> {
    let inside = match view.donor.clone() {
        None => view! { <p class="muted">{say::donor_hidden(lang)}</p> }.into_any(),
        Some(donor) => {
            let kind = if donor.organisation {
                words::common::organisation(lang)
            } else {
                words::common::person(lang)
            };
            let name = Some(donor.name).filter(|name| !name.is_empty());
            let named = name.is_some();
            let contacts =
                [donor.email, donor.phone].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
            let silent = contacts.is_empty().then(|| view! { <p class="muted">{say::no_contact(lang)}</p> });
            let tax = donor.tax.map(|(title, tail)| {
                view! {
                    <dl class="facts facts-dense">
                        {fact(say::tax_title(lang), title)}
                        {fact(say::tax_number(lang), view! { <span class="code">{tail}</span> })}
                    </dl>
                }
            });
            view! {
                <p class="donor-name">
                    {name.unwrap_or_else(|| words::common::anonymous(lang).to_owned())}
                    {named.then(|| view! { <Tag word=kind /> })}
                </p>
                {contacts.into_iter().map(|text| view! { <p class="donor-contact">{text}</p> }).collect_view()}
                {silent}
                {tax}
            }
            .into_any()
        }
    };
    view! {
        <section class="desk-part">
            <h2>{say::donor(lang)}</h2>
            {inside}
            {view.anonymous.then(|| view! { <p class="muted">{say::public_anonymous(lang)}</p> })}
        </section>
    }
}

fn written(lang: Lang, view: &GiftDetailView) -> impl IntoView + use<> {
    let action = format!("/console/gifts/{}/words", view.id);
    let inside = match view.words.clone() {
        None => view! { <p class="muted">{say::words_empty(lang)}</p> }.into_any(),
        Some(words) => {
            let (mark, word) = match words.state {
                WordsState::Waiting => (Mark::Waiting, say::words_waiting(lang)),
                WordsState::Passed => (Mark::Good, say::words_passed(lang)),
                WordsState::Held => (Mark::Off, say::words_held(lang)),
            };
            let some = |text: String| Some(text).filter(|text| !text.is_empty());
            let (pass, hold) = (words.state != WordsState::Passed, words.state != WordsState::Held);
            let buttons = view.may.moderate.then(|| {
                view! {
                    <form method="post" action=action class="actions">
                        {pass.then(|| view! { <Button label=say::pass(lang) name="verdict" value="pass" icon=Icon::Check /> })}
                        {hold.then(|| view! { <Button label=say::hold(lang) name="verdict" value="hold" icon=Icon::Ban /> })}
                    </form>
                }
            });
            view! {
                <blockquote class="words-staff">
                    {some(words.dedication).map(|text| view! { <p class="words-dedication">{text}</p> })}
                    {some(words.message).map(|text| view! { <p class="words-message">{text}</p> })}
                </blockquote>
                <p>
                    <StateMark mark=mark word=word />
                </p>
                {buttons}
            }
            .into_any()
        }
    };
    view! {
        <section class="desk-part">
            <h2>{say::words(lang)}</h2>
            {inside}
        </section>
    }
}

fn confirm(lang: Lang, view: &GiftDetailView) -> impl IntoView + use<> {
    let form = view.confirm.clone();
    let action = format!("/console/gifts/{}/transfer", view.id);
    view! {
        <section class="desk-part desk-do" id="confirm">
            <h2>{say::confirm_title(lang)}</h2>
            <p class="field-help">{say::confirm_note(lang)}</p>
            <form method="post" action=action class="stack" novalidate>
                <TextField
                    id="confirm-amount"
                    name="amount"
                    label=say::confirm_amount(lang)
                    value=form.amount
                    error=said(lang, form.amount_error.as_ref())
                    inputmode="decimal"
                    unit="¥"
                />
                <TextField
                    id="confirm-date"
                    name="received_on"
                    label=say::confirm_date(lang)
                    value=form.received_on
                    error=said(lang, form.received_on_error.as_ref())
                    kind="date"
                />
                <TextField
                    id="confirm-reference"
                    name="bank_reference"
                    label=say::confirm_bank_reference(lang)
                    help=say::confirm_bank_reference_help(lang)
                    value=form.bank_reference
                    error=said(lang, form.bank_reference_error.as_ref())
                />
                <Button label=say::confirm_button(lang) kind=ButtonKind::Primary />
            </form>
        </section>
    }
}

fn refund(lang: Lang, view: &GiftDetailView) -> impl IntoView + use<> {
    let form = view.refund.clone();
    let action = format!("/console/gifts/{}/refunds", view.id);
    // What is on its way back cannot go back again.
    let going =
        view.records.refunds.iter().filter(|refund| matches!(refund.state.as_str(), "requested" | "done"));
    let left = yuan(Fen(view.amount.0 - going.map(|refund| refund.amount.0).sum::<i64>()));
    let open = form.amount_error.is_some() || form.reason_error.is_some() || !form.amount.is_empty();
    view! {
        <section class="desk-part desk-do" id="refund">
            <details class="disclosure" open=open>
                <summary>
                    <IconMark icon=Icon::Chevron />
                    <h2>{say::refund_title(lang)}</h2>
                </summary>
                <form method="post" action=action class="stack disclosure-body" novalidate>
                    <input type="hidden" name="key" value=form.key />
                    <p class="field-help">{say::refund_note(lang)}</p>
                    <TextField
                        id="refund-amount"
                        name="amount"
                        label=say::refund_amount(lang)
                        help=say::refund_amount_help(lang, left)
                        value=form.amount
                        error=said(lang, form.amount_error.as_ref())
                        inputmode="decimal"
                        unit="¥"
                    />
                    <TextField
                        id="refund-reason"
                        name="reason"
                        label=say::reason(lang)
                        help=say::reason_help(lang)
                        value=form.reason
                        error=said(lang, form.reason_error.as_ref())
                    />
                    <Button label=say::refund_button(lang) kind=ButtonKind::Danger icon=Icon::Undo />
                </form>
            </details>
        </section>
    }
}
