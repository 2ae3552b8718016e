//! A gift's own page: a paper to keep, with its receipt and the path of its money.

use domain::capitals::capitals;
use domain::fund::Standing;
use domain::giving::{Channel, GiftState};
use domain::id::Token;
use domain::money::Fen;
use domain::receipt::ReceiptState;
use domain::time::{Date, Instant};
use leptos::prelude::*;
use words::{Lang, gift as say};

use super::gift_receipt::receipt;
use crate::islands::copy_button::CopyButton;
use crate::ui::{ButtonKind, LinkButton, Notice, Path, Step, StepState, Tone, fact};
use crate::widgets::{PayNews, again_address, amount, gift_state, pay_watcher, yuan};
use crate::{Page, PageContext};

/// What the page shows. Whoever has the address sees it, so it holds no contact and no number of a person.
#[derive(Debug, Clone)]
pub struct GiftView {
    /// Opens this page.
    pub token: Token,
    /// The full address of this page, to copy and keep.
    pub address: String,
    /// The QR code of that address: an `<svg>` made by this program.
    pub qr_svg: String,
    /// Our reference code.
    pub reference: String,
    /// The amount, gross.
    pub amount: Fen,
    /// What went back of it.
    pub refunded: Fen,
    /// What the provider kept; booked as the recipient's cost.
    pub fee: Fen,
    /// State.
    pub state: GiftState,
    /// Whether its fund collects today: nothing is asked for where it does not.
    pub standing: Standing,
    /// Fund and programme as the donate form names them.
    pub target: String,
    /// Whether the donor wants a receipt.
    pub receipt_wanted: bool,
    /// How it is or was paid.
    pub channel: Channel,
    /// The fund's name in the page's language.
    pub fund: String,
    /// The programme's name, when one was chosen.
    pub programme: Option<String>,
    /// The legal recipient's name.
    pub organisation: Option<String>,
    /// The donor's name as given; `None` without one.
    pub donor: Option<String>,
    /// When it was submitted.
    pub created_at: Instant,
    /// When the money came.
    pub paid_at: Option<Instant>,
    /// Money that went back: when and how much.
    pub refunds: Vec<(Date, Fen)>,
    /// The receipt.
    pub receipt: GiftReceipt,
    /// The receipts that no longer stand, oldest first.
    pub former: Vec<FormerReceipt>,
    /// The invoice for tax, where one was asked for.
    pub tax: Option<TaxInvoice>,
    /// What the donor wrote.
    pub words: Option<GiftWords>,
}

/// The receipt of a gift.
#[derive(Debug, Clone)]
pub enum GiftReceipt {
    /// The money has not come.
    NotYet,
    /// The donor waived it.
    Waived,
    /// An old gift for which one was issued elsewhere.
    Elsewhere,
    /// An old gift for which staff can issue one.
    ByStaff,
    /// The one that was issued was taken back, and none stands in its place.
    TakenBack,
    /// None was issued; staff can issue one.
    OnRequest,
    /// It was issued.
    Issued {
        /// `SP-2026-000001`.
        number: String,
        /// The day of issue.
        issued_on: Date,
        /// What it is worth now.
        state: ReceiptState,
        /// Where the PDF is; `None` while it is being made.
        pdf: Option<String>,
        /// The path of its verification page.
        verify: String,
        /// How the paper prints the name, where its letters cannot print it as it is.
        printed_name: Option<String>,
    },
}

/// A receipt that was taken back or replaced.
#[derive(Debug, Clone)]
pub struct FormerReceipt {
    /// Its number.
    pub number: String,
    /// The day of issue.
    pub issued_on: Date,
    /// What became of it.
    pub state: ReceiptState,
    /// The number of the one that took its place.
    pub replaced_by: Option<String>,
    /// Where its PDF is, marked as what it is.
    pub pdf: String,
}

/// The official invoice for tax, which the recipient issues.
#[derive(Debug, Clone)]
pub enum TaxInvoice {
    /// It is to be issued.
    Waiting,
    /// It was issued.
    Issued {
        /// Its number.
        number: String,
        /// The day.
        on: Date,
    },
}

/// What the donor wrote, and whether others can read it.
#[derive(Debug, Clone)]
pub struct GiftWords {
    /// The dedication; empty when there is none.
    pub dedication: String,
    /// The message; empty when there is none.
    pub message: String,
    /// How far staff are with it.
    pub state: WordsState,
}

/// Whether staff passed a donor's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordsState {
    /// Not read yet.
    Waiting,
    /// Public.
    Passed,
    /// Kept back.
    Held,
}

impl WordsState {
    /// The state of a word in table `gift_words`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "waiting" => Some(Self::Waiting),
            "passed" => Some(Self::Passed),
            "held" => Some(Self::Held),
            _ => None,
        }
    }
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: GiftView) -> Page {
    let lang = context.lang;
    let pending = view.state == GiftState::Pending;
    let news = if view.channel == Channel::BankTransfer { PayNews::Never } else { PayNews::AtOnce };
    let watch = pending.then(|| pay_watcher(lang, view.token, news));
    let heading = match (&view.donor, view.state) {
        (_, GiftState::Pending) => say::pending_title(lang).to_owned(),
        (_, GiftState::Reversed) => say::reversed_title(lang).to_owned(),
        (_, GiftState::Expired) => words::pay::expired_title(lang).to_owned(),
        (_, GiftState::Refunded) => say::refunded_title(lang).to_owned(),
        (Some(name), _) => say::thanks_named(lang, name),
        (None, _) => say::thanks(lang).to_owned(),
    };
    // The name in it may be that of an organisation.
    let long = heading.chars().count() > if lang == Lang::Zh { 16 } else { 28 };
    let path = path(lang, &view);
    let posted = view.state.is_posted() && view.state != GiftState::Refunded;
    let body = view! {
        <div class="column gift">
            <h1 class=long.then_some("long")>{heading}</h1>
            {pay_again(lang, &view)}
            {watch}
            {paper(lang, &view)}
            {wrote(lang, view.words, view.state)}
            <section class="part" aria-labelledby="path">
                <h2 id="path">{say::path_title(lang)}</h2>
                <Path steps=path />
                {posted.then(|| view! { <p class="aside-note">{say::next(lang)}</p> })}
            </section>
            <section class="part keep" aria-labelledby="keep">
                <div class="qr" role="img" aria-label=say::qr_label(lang) inner_html=view.qr_svg></div>
                <div>
                    <h2 id="keep">{say::keep_title(lang)}</h2>
                    <p>{say::keep(lang)}</p>
                    <p class="code keep-address">{view.address.clone()}</p>
                    <CopyButton
                        text=view.address
                        label=say::copy_link(lang).to_owned()
                        done=words::common::copied(lang).to_owned()
                        failed=words::common::copy_failed(lang).to_owned()
                    />
                </div>
            </section>
        </div>
    };
    let refresh_seconds = (pending && view.channel == Channel::Sandbox).then_some(10);
    Page { alive: true, private: true, refresh_seconds, ..Page::public(say::title(lang), body) }
}

/// What can be done about a gift whose money has not come.
fn pay_again(lang: Lang, view: &GiftView) -> Option<AnyView> {
    let again = || {
        let href = again_address(&view.target, view.amount);
        view! {
            <div class="actions">
                <LinkButton href=href label=words::pay::again(lang) kind=ButtonKind::Primary />
            </div>
        }
    };
    let standing = view.standing;
    match view.state {
        GiftState::Pending if view.standing != Standing::Open => Some(
            view! {
                <Notice tone=Tone::Heed title=words::pay::closed_title(lang)>
                    <p>
                        {words::standing_reason(lang, standing)} {lang.pick("", " ")} {words::pay::closed(lang)}
                    </p>
                </Notice>
                {again()}
            }
            .into_any(),
        ),
        GiftState::Pending => {
            let href = format!("/gift/{}/pay", view.token);
            let lead = if view.receipt_wanted { say::pending(lang) } else { say::pending_waived(lang) };
            Some(
                view! {
                    <p class="lead">{lead}</p>
                    <div class="actions">
                        <LinkButton href=href label=say::pay_now(lang) kind=ButtonKind::Primary />
                    </div>
                }
                .into_any(),
            )
        }
        GiftState::Expired => Some(again().into_any()),
        _ => None,
    }
}

/// The paper itself.
fn paper(lang: Lang, view: &GiftView) -> impl IntoView + use<> {
    let number = match &view.receipt {
        GiftReceipt::Issued { number, .. } => Some(number.clone()),
        _ => None,
    };
    let in_words = capitals(view.amount).unwrap_or_default();
    let donor = view.donor.clone().unwrap_or_else(|| words::common::anonymous_donor(lang).to_owned());
    let left = Fen(view.amount.0 - view.refunded.0);
    let refunded = (view.refunded > Fen::ZERO).then(|| {
        view! {
            {fact(say::refunded(lang), amount(view.refunded))}
            {fact(say::remaining(lang), amount(left))}
        }
    });
    let fee = (view.fee > Fen::ZERO).then(|| {
        view! {
            {fact(say::fee(lang), view! { {amount(view.fee)} <span class="fact-more">{say::fee_note(lang)}</span> })}
        }
    });
    let paid = view.paid_at.map(|at| fact(say::paid(lang), words::date(lang, at.date())));
    view! {
        <section class="paper">
            <header class="paper-head">
                <p class="paper-title">{words::site::name(lang)} " · " {say::title(lang)}</p>
                <p class="paper-number">
                    {number
                        .map(|number| {
                            view! {
                                <span class="paper-label">{say::number(lang)}</span>
                                <span class="code">{number}</span>
                            }
                        })}
                </p>
            </header>
            <div class="paper-sum">
                <p class="paper-figure">{amount(view.amount)}</p>
                <p class="paper-capitals" lang="zh-CN">
                    <span class="paper-label">"人民币"</span>
                    {in_words}
                </p>
                {gift_state(lang, view.state)}
            </div>
            <dl class="facts">
                {fact(say::donor(lang), donor)}
                {fact(say::fund(lang), view.fund.clone())}
                {view.programme.clone().map(|name| fact(say::programme(lang), name))}
                {view.organisation.clone().map(|name| fact(say::recipient(lang), name))}
                {fact(say::given(lang), words::date(lang, view.created_at.date()))}
                {paid}
                {fact(say::channel(lang), words::channel(lang, view.channel))}
                {fact(say::reference(lang), view! { <span class="code">{view.reference.clone()}</span> })}
                {refunded}
                {fee}
            </dl>
            {receipt(lang, view)}
        </section>
    }
}

fn wrote(lang: Lang, wrote: Option<GiftWords>, gift: GiftState) -> Option<impl IntoView> {
    wrote.map(|wrote| {
        let state = match wrote.state {
            // Words stand beside a gift that stands.
            WordsState::Waiting | WordsState::Passed
                if matches!(gift, GiftState::Refunded | GiftState::Reversed) =>
            {
                say::words_withdrawn(lang)
            }
            WordsState::Waiting | WordsState::Passed if !gift.is_posted() => say::words_unpaid(lang),
            WordsState::Waiting => say::words_waiting(lang),
            WordsState::Passed => say::words_passed(lang),
            WordsState::Held => say::words_held(lang),
        };
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        view! {
            <figure class="words-own">
                <blockquote>
                    {some(wrote.dedication).map(|text| view! { <p class="words-dedication">{text}</p> })}
                    {some(wrote.message).map(|text| view! { <p class="words-message">{text}</p> })}
                </blockquote>
                <figcaption>{state}</figcaption>
            </figure>
        }
    })
}

/// The path of this gift's money: only what happened, then what is still ahead.
fn path(lang: Lang, view: &GiftView) -> Vec<Step> {
    let step =
        |state, title: String, text: Option<String>, when: Option<String>| Step { state, title, text, when };
    let mut steps = vec![step(
        StepState::Done,
        say::path_intended(lang).to_owned(),
        None,
        Some(words::minute(lang, view.created_at)),
    )];
    match view.paid_at {
        _ if view.state == GiftState::Reversed => {
            let text = say::path_reversed_text(lang).to_owned();
            steps.push(step(StepState::Back, say::path_reversed(lang).to_owned(), Some(text), None));
        }
        Some(at) => {
            let text = say::path_paid_text(lang, yuan(view.amount), words::channel(lang, view.channel));
            steps.push(step(
                StepState::Done,
                say::path_paid(lang).to_owned(),
                Some(text),
                Some(words::minute(lang, at)),
            ));
            let booked = say::path_booked(lang, &view.fund);
            steps.push(step(StepState::Done, booked, Some(say::path_booked_text(lang).to_owned()), None));
        }
        None if view.state == GiftState::Expired => {
            let text = say::path_expired_text(lang).to_owned();
            steps.push(step(StepState::Back, say::path_expired(lang).to_owned(), Some(text), None));
        }
        None => steps.push(step(StepState::Now, say::path_waiting(lang).to_owned(), None, None)),
    }
    for (on, fen) in &view.refunds {
        let title = say::path_refunded(lang, yuan(*fen));
        steps.push(step(StepState::Back, title, None, Some(words::date(lang, *on))));
    }
    if !matches!(view.state, GiftState::Refunded | GiftState::Expired | GiftState::Reversed) {
        let text = say::path_family_text(lang).to_owned();
        steps.push(step(StepState::Ahead, say::path_family(lang).to_owned(), Some(text), None));
    }
    steps
}
