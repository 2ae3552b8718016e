//! One gift in the console, and what staff do with it.

use app::pages::console::gift::{
    ConfirmForm, DonorDetail, GiftActions, GiftDetailView, OtherReceipt, RefundForm, page,
};
use app::pages::console::gift_records::{
    EntryRow, EventRow, MessageRow, ReasonForm, ReceiptRow, Records, RefundRow,
};
use app::pages::public::gift::{GiftWords, WordsState};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::HEXLOWER;
use domain::access::Action;
use domain::giving::{Channel, GiftState};
use domain::id::{EntryId, GiftId};
use domain::ledger::{Account, EntryKind};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::takeover::ReceiptMark;
use domain::time::{Date, Instant};
use serde::Deserialize;
use service::gifts::{GiftFile, gift_file, words_moderate};
use service::giving::{entry_reverse, transfer_confirm};
use service::receipts::receipt_issue;
use service::{Answer, ServiceError};

use uuid::Uuid;

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::{Form, Query};

/// Says whether the reader comes from having done something.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Came {
    done: String,
}

/// What is typed into one of the page's forms, and why it was refused.
#[derive(Default)]
pub struct Typed {
    pub(super) refund: RefundForm,
    confirm: ConfirmForm,
    because: Option<(Uuid, ReasonForm)>,
    issue: Option<Refusal>,
    refusal: Option<Refusal>,
}

impl Typed {
    /// What was typed to void or reissue a receipt or to take an entry back, with what came of it.
    pub(super) fn because(id: Uuid, deed: &'static str, reason: String, done: &Answer<()>) -> Self {
        let error = match done {
            Err(ServiceError::Refused(refusal @ (Refusal::Required | Refusal::TooLong { .. }))) => {
                Some(refusal.clone())
            }
            _ => None,
        };
        let form = ReasonForm { deed, reason, error, name: String::new(), name_error: None };
        Self { because: Some((id, form)), ..Self::default() }
    }

    /// The name that a receipt is to bear, as it was typed beside the reason, and why it was refused.
    pub(super) fn named(mut self, name: String, wrong: Option<Refusal>) -> Self {
        if let Some((_, form)) = &mut self.because {
            form.name = name;
            if wrong.is_some() {
                (form.error, form.name_error) = (None, wrong);
            }
        }
        self
    }

    /// Whether a field says what is wrong.
    fn says(&self) -> bool {
        let (refund, confirm) = (&self.refund, &self.confirm);
        let errors = [
            &refund.amount_error,
            &refund.reason_error,
            &confirm.amount_error,
            &confirm.received_on_error,
            &confirm.bank_reference_error,
        ];
        errors.into_iter().any(Option::is_some)
            || self.issue.is_some()
            || self
                .because
                .as_ref()
                .is_some_and(|(_, form)| form.error.is_some() || form.name_error.is_some())
    }
}

pub(super) fn id(text: &str) -> Answer<GiftId> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// The page of a gift.
pub async fn show(reader: Reader, Path(text): Path<String>, Query(came): Query<Came>) -> Response {
    staff_only!(reader);
    let file = async { gift_file(&reader.ctx, id(&text)?).await };
    match file.await {
        Ok(file) => {
            let view = view(&reader, file, Typed::default(), !came.done.is_empty());
            reader.page(StatusCode::OK, |context| page(context, view))
        }
        Err(error) => reader.problem(error),
    }
}

/// Back to the gift, or the page again with what was refused.
pub(super) async fn after(reader: &Reader, gift: GiftId, done: Answer<()>, mut typed: Typed) -> Response {
    let refusal = match done {
        Ok(()) => return Redirect::to(&format!("/console/gifts/{gift}?done=1")).into_response(),
        Err(ServiceError::Refused(refusal @ (Refusal::NotFound | Refusal::NotAllowed))) => {
            return reader.problem(refusal.into());
        }
        Err(ServiceError::Refused(refusal)) => refusal,
        Err(error) => return reader.problem(error),
    };
    typed.refusal = (!typed.says()).then_some(refusal);
    match gift_file(&reader.ctx, gift).await {
        Ok(file) => {
            let view = view(reader, file, typed, false);
            reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| page(context, view))
        }
        Err(error) => reader.problem(error),
    }
}

/// The transfer form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Transfer {
    amount: String,
    received_on: String,
    bank_reference: String,
}

/// Confirms that a transfer arrived.
pub async fn transfer(reader: Reader, Path(text): Path<String>, Form(form): Form<Transfer>) -> Response {
    staff_only!(reader);
    let Ok(gift) = id(&text) else { return reader.not_found() };
    let (amount, day) = (Fen::read(&form.amount), form.received_on.parse::<Date>());
    let mut confirm = ConfirmForm {
        amount_error: amount.clone().err(),
        received_on_error: day.clone().err(),
        ..ConfirmForm::default()
    };
    let done = match (amount, day) {
        (Ok(amount), Ok(day)) => {
            transfer_confirm(&reader.ctx, gift, amount, &form.bank_reference, day).await.map(|_| ())
        }
        (Err(refusal), _) | (_, Err(refusal)) => Err(refusal.into()),
    };
    match &done {
        Err(ServiceError::Refused(Refusal::Required)) if confirm.amount_error.is_none() => {
            confirm.bank_reference_error = Some(Refusal::Required);
        }
        Err(ServiceError::Refused(day @ (Refusal::DateInFuture | Refusal::DateTooEarly { .. }))) => {
            confirm.received_on_error = Some(day.clone());
        }
        Err(ServiceError::Refused(sum @ (Refusal::AmountZero | Refusal::AmountOverCap { .. }))) => {
            confirm.amount_error = Some(sum.clone());
        }
        Err(ServiceError::Refused(Refusal::StatementLineUsed)) => {
            confirm.bank_reference_error = Some(Refusal::StatementLineUsed);
        }
        _ => {}
    }
    (confirm.amount, confirm.received_on, confirm.bank_reference) =
        (form.amount, form.received_on, form.bank_reference);
    after(&reader, gift, done, Typed { confirm, ..Typed::default() }).await
}

/// Why an entry or a refund is taken back.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Reverse {
    pub(super) reason: String,
}

/// Takes a wrongly booked entry back.
pub async fn reverse(
    reader: Reader,
    Path((text, entry)): Path<(String, String)>,
    Form(form): Form<Reverse>,
) -> Response {
    staff_only!(reader);
    let (Ok(gift), Ok(entry)) = (id(&text), entry.parse::<EntryId>()) else { return reader.not_found() };
    let done = entry_reverse(&reader.ctx, entry, &form.reason).await.map(|_| ());
    let typed = Typed::because(entry.0, "reverse", form.reason, &done);
    after(&reader, gift, done, typed).await
}

/// The verdict on a donor's words.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Verdict {
    verdict: String,
}

/// Passes or holds back what a donor wrote.
pub async fn words(reader: Reader, Path(text): Path<String>, Form(form): Form<Verdict>) -> Response {
    staff_only!(reader);
    let Ok(gift) = id(&text) else { return reader.not_found() };
    let done = words_moderate(&reader.ctx, gift, form.verdict == "pass").await;
    after(&reader, gift, done, Typed::default()).await
}

/// What is ticked beside the button that issues a receipt.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Issue {
    paper_seen: String,
}

/// Issues a receipt for a gift that has none.
pub async fn issue(reader: Reader, Path(text): Path<String>, Form(form): Form<Issue>) -> Response {
    staff_only!(reader);
    let Ok(gift) = id(&text) else { return reader.not_found() };
    let done = receipt_issue(&reader.ctx, gift, !form.paper_seen.is_empty()).await.map(|_| ());
    let issue = match &done {
        Err(ServiceError::Refused(refusal @ Refusal::ReceiptIssuedElsewhere)) => Some(refusal.clone()),
        _ => None,
    };
    after(&reader, gift, done, Typed { issue, ..Typed::default() }).await
}

fn view(reader: &Reader, file: GiftFile, typed: Typed, done: bool) -> GiftDetailView {
    let lang = reader.context.lang;
    let (sheet, gift) = (&file.sheet, &file.sheet.gift);
    let may = |action| reader.ctx.authorize(action).is_ok();
    let channel = Channel::from_word(&sheet.payment.channel).unwrap_or(Channel::TakenOver);
    let posted = sheet.state.is_posted();
    let may_refund = may(Action::Refund);
    // No name was given is another thing than not allowed to see it.
    let unnamed = || may(Action::ReadDonors).then(DonorDetail::default);
    let donor = sheet.person.as_ref().map(|person| DonorDetail {
        name: person.name.clone(),
        organisation: person.is_organisation,
        email: person.email.clone(),
        phone: person.phone.clone(),
        tax: file.tax.clone().map(|(title, number)| (title, tail(&number))),
    });
    let donor = donor.or_else(unnamed);
    let words = sheet.words.as_ref().map(|words| GiftWords {
        dedication: words.dedication.clone(),
        message: words.message.clone(),
        state: WordsState::from_word(&words.state).unwrap_or(WordsState::Held),
    });
    GiftDetailView {
        id: GiftId(gift.id),
        reference: sheet.payment.out_trade_no.clone(),
        state: sheet.state,
        amount: Fen(gift.amount_fen),
        refunded: Fen(gift.refunded_fen),
        fee: Fen(sheet.fee_kept_fen()),
        pledged: gift.pledged_fen.map(Fen),
        fund: lang.pick(&sheet.fund.name_zh, &sheet.fund.name_en).to_owned(),
        programme: sheet.programme.as_ref().map(|p| lang.pick(&p.name_zh, &p.name_en).to_owned()),
        channel,
        provider_reference: sheet.payment.provider_ref.clone(),
        created_at: Instant(gift.created_at),
        paid_at: sheet.payment.paid_at.map(Instant),
        taken_over: file.taken_over.clone(),
        anonymous: gift.anonymous,
        other_receipt: other_receipt(&file),
        issue_error: typed.issue,
        may: GiftActions {
            confirm_transfer: may(Action::ConfirmTransfer) && channel == Channel::BankTransfer && !posted,
            refund: may(Action::Refund) && posted && gift.refunded_fen < gift.amount_fen,
            receipts: may(Action::ManageReceipts),
            issue_receipt: may(Action::ManageReceipts)
                && posted
                && sheet.receipt().is_none()
                && gift.organisation_id.is_some()
                && gift.refunded_fen < gift.amount_fen,
            moderate: may(Action::ModerateWords) && words.is_some(),
        },
        donor,
        words,
        records: records(lang, file, may_refund, may(Action::ReverseEntry), typed.because),
        refund: RefundForm { key: reader.ctx.token().to_string(), ..typed.refund },
        confirm: typed.confirm,
        refusal: typed.refusal,
        done,
    }
}

/// What is known of a receipt beside those on record. Nobody asked the donor of an old gift whether they wanted one.
fn other_receipt(file: &GiftFile) -> OtherReceipt {
    match &file.elsewhere {
        ReceiptMark::IssuedElsewhere => OtherReceipt::Elsewhere,
        ReceiptMark::Unclear(mark) => OtherReceipt::Unclear(mark.clone()),
        ReceiptMark::None if file.taken_over.is_some() || file.sheet.gift.receipt_wanted => {
            OtherReceipt::None
        }
        ReceiptMark::None => OtherReceipt::Waived,
    }
}

/// The last four characters.
fn tail(number: &str) -> String {
    number.chars().skip(number.chars().count().saturating_sub(4)).collect()
}

/// Whether an entry may still be taken back: see [`entry_reverse`].
fn reversible(file: &GiftFile, entry: &store::ledger::EntryRow) -> bool {
    let refunds = &file.sheet.refunds;
    match entry.kind.as_str() {
        "gift" => file.sheet.state == GiftState::Paid && refunds.iter().all(|r| r.state != "requested"),
        "refund" => refunds.iter().any(|r| Some(r.id) == entry.refund_id && r.state == "done"),
        _ => false,
    }
}

fn records(
    lang: words::Lang,
    mut file: GiftFile,
    may_refund: bool,
    may_reverse: bool,
    typed: Option<(Uuid, ReasonForm)>,
) -> Records {
    let gift = file.sheet.gift.id;
    let typed = |id: Uuid| typed.as_ref().filter(|(of, _)| *of == id).map(|(_, form)| form.clone());
    let entries = std::mem::take(&mut file.entries);
    let entries = entries.into_iter().filter_map(|(entry, postings)| {
        let kind = [EntryKind::Gift, EntryKind::Refund, EntryKind::Reversal];
        let line =
            |p: store::ledger::PostingRow| Account::from_word(&p.account).map(|a| (a, Fen(p.amount_fen)));
        let reason = file.reasons.iter().find(|(id, _)| *id == entry.id);
        let reverse = may_reverse && reversible(&file, &entry);
        Some(EntryRow {
            id: EntryId(entry.id),
            typed: typed(entry.id),
            reason: reason.map(|(_, words)| words.clone()),
            reverse: reverse.then(|| format!("/console/gifts/{gift}/entries/{}/reverse", entry.id)),
            kind: kind.into_iter().find(|kind| kind.as_str() == entry.kind)?,
            booked_on: entry.booked_on.parse().ok()?,
            lines: postings.into_iter().filter_map(line).collect(),
        })
    });
    let entries = entries.collect();
    let number_of =
        |id| file.sheet.receipts.iter().find(|r| Some(r.id.0) == id).map(|r| r.number.to_string());
    let receipts = file.sheet.receipts.iter().filter_map(|receipt| {
        Some(ReceiptRow {
            id: receipt.id,
            number: receipt.number.to_string(),
            issued_on: receipt.standing.receipt.issued_on.parse().ok()?,
            name: receipt.name().map(str::to_owned),
            state: receipt.state,
            pdf: Some(format!("/console/receipts/{}", receipt.id)),
            replaced_by: number_of(receipt.standing.replaced_by_id),
            typed: typed(receipt.id.0),
        })
    });
    let receipts = receipts.collect();
    let by_hand = Channel::from_word(&file.sheet.payment.channel).is_some_and(Channel::refunds_by_hand);
    let refunds = file.sheet.refunds.into_iter().map(|refund| RefundRow {
        confirm: (may_refund && by_hand && refund.state == "requested")
            .then(|| format!("/console/gifts/{gift}/refunds/{}", refund.id)),
        typed: typed(refund.id),
        withdrawn: refund.withdrawn,
        at: Instant(refund.requested_at),
        amount: Fen(refund.amount_fen),
        reason: refund_reason(lang, refund.reason),
        state: refund.state,
    });
    let messages = file.messages.into_iter().map(|message| MessageRow {
        at: Instant(message.created_at),
        kind: message.kind,
        channel: message.channel,
        state: message.state,
    });
    let events = file.events.into_iter().map(|event| EventRow {
        seq: event.seq,
        at: Instant(event.at),
        actor: event.actor,
        kind: event.kind,
        hash: HEXLOWER.encode(event.hash.get(..6).unwrap_or_default()),
    });
    Records {
        entries,
        receipts,
        refunds: refunds.collect(),
        messages: messages.collect(),
        events: events.collect(),
    }
}

/// Why money went back. What a provider did by itself was given no reason by anybody: the store keeps a word for it.
fn refund_reason(lang: words::Lang, kept: String) -> String {
    if kept == "provider" { words::console::gift::refund_by_provider(lang).to_owned() } else { kept }
}
