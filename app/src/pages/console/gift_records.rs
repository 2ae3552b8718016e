//! What is on record about a gift: journal entries, receipts, refunds, messages, audit events.

use domain::id::{EntryId, ReceiptId};
use domain::ledger::{Account, EntryKind};
use domain::money::Fen;
use domain::receipt::ReceiptState;
use domain::refusal::Refusal;
use domain::time::{Date, Instant};
use leptos::prelude::*;
use words::{Lang, console::gift as say};

use super::gift::{GiftDetailView, OtherReceipt};
use crate::ui::{
    Button, ButtonKind, Cell, CheckField, Column, Icon, LinkButton, Mark, Moment, Place, StateMark,
    TextField, data_table, disclosure, timeline,
};
use crate::widgets::{amount, message_channel, message_kind, message_mark, message_state, receipt_state};

/// All records of a gift, each in the order in which it happened.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Journal entries.
    pub entries: Vec<EntryRow>,
    /// Receipts.
    pub receipts: Vec<ReceiptRow>,
    /// Refunds.
    pub refunds: Vec<RefundRow>,
    /// Messages.
    pub messages: Vec<MessageRow>,
    /// Audit events.
    pub events: Vec<EventRow>,
}

/// A journal entry.
#[derive(Debug, Clone)]
pub struct EntryRow {
    /// Id, as `spark ledger reverse` takes it.
    pub id: EntryId,
    /// What it records.
    pub kind: EntryKind,
    /// The day in the books.
    pub booked_on: Date,
    /// Its postings: debit above zero, credit below.
    pub lines: Vec<(Account, Fen)>,
    /// Why staff made it, where they said so.
    pub reason: Option<String>,
    /// Where staff take it back; `None` where they may not, or it cannot be.
    pub reverse: Option<String>,
    /// What was typed to take it back, when that was refused.
    pub typed: Option<ReasonForm>,
}

/// A receipt.
#[derive(Debug, Clone)]
pub struct ReceiptRow {
    /// Id.
    pub id: ReceiptId,
    /// `SP-2026-000001`.
    pub number: String,
    /// The day of issue.
    pub issued_on: Date,
    /// The name that it bears, where it bears one and the reader may see it.
    pub name: Option<String>,
    /// What it is worth now.
    pub state: ReceiptState,
    /// Where the PDF is; `None` while it is being made.
    pub pdf: Option<String>,
    /// The number of the receipt that took its place.
    pub replaced_by: Option<String>,
    /// What was typed into one of its forms, when that was refused.
    pub typed: Option<ReasonForm>,
}

/// A form that asks why: `POST /console/receipts/{id}/{deed}`, and where an entry or a refund is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonForm {
    /// `void`, `reissue`, `reverse` or `withdraw`.
    pub deed: &'static str,
    /// `reason` as typed.
    pub reason: String,
    /// What is wrong with it.
    pub error: Option<Refusal>,
    /// `name` as typed, where a receipt is to bear another name.
    pub name: String,
    /// What is wrong with that.
    pub name_error: Option<Refusal>,
}

/// Money that went back.
#[derive(Debug, Clone)]
pub struct RefundRow {
    /// Where staff confirm that they sent it back; `None` when the provider does so by itself.
    pub confirm: Option<String>,
    /// What was typed to withdraw it, when that was refused.
    pub typed: Option<ReasonForm>,
    /// Why it was withdrawn.
    pub withdrawn: Option<String>,
    /// When it was asked for.
    pub at: Instant,
    /// How much.
    pub amount: Fen,
    /// Why.
    pub reason: String,
    /// `requested`, `done`, `failed`, `reversed`.
    pub state: String,
}

/// A message to the donor.
#[derive(Debug, Clone)]
pub struct MessageRow {
    /// When it was asked for.
    pub at: Instant,
    /// `gift_paid`, `transfer_wanted`, `refund_done`.
    pub kind: String,
    /// `email`, `sms`, `call`.
    pub channel: String,
    /// `waiting`, `sent`, `failed`, `done`.
    pub state: String,
}

/// An audit event.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Its number in the chain.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// `public`, `system`, or the display name of a member of staff.
    pub actor: String,
    /// `gift.paid` …
    pub kind: String,
    /// The first characters of its hash.
    pub hash: String,
}

fn part(title: &'static str, inside: AnyView) -> impl IntoView {
    view! {
        <section class="desk-part">
            <h2>{title}</h2>
            {inside}
        </section>
    }
}

fn nothing(text: &'static str) -> AnyView {
    view! { <p class="muted">{text}</p> }.into_any()
}

/// The entries, debit and credit side by side.
pub(super) fn entries(lang: Lang, list: &[EntryRow]) -> impl IntoView + use<> {
    if list.is_empty() {
        return part(say::entries(lang), nothing(say::entries_empty(lang)));
    }
    let tables = list
        .iter()
        .map(|entry| {
            let caption = say::entry(lang, entry.booked_on, words::entry_kind(lang, entry.kind));
            let lines = entry.lines.clone().into_iter().map(|(account, fen)| {
                let (debit, credit) = if fen.0 > 0 { (Some(fen), None) } else { (None, Some(fen.negated())) };
                view! {
                    <tr>
                        <th scope="row">{words::account(lang, account)}</th>
                        <td class="number">{debit.map(amount)}</td>
                        <td class="number">{credit.map(amount)}</td>
                    </tr>
                }
            });
            view! {
                <table class="table table-dense entry">
                    <caption>{caption}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{say::account(lang)}</th>
                            <th scope="col" class="number">
                                {say::debit(lang)}
                            </th>
                            <th scope="col" class="number">
                                {say::credit(lang)}
                            </th>
                        </tr>
                    </thead>
                    <tbody>{lines.collect_view()}</tbody>
                </table>
                {entry.reason.clone().map(|reason| view! { <p>{reason}</p> })}
                {entry
                    .reverse
                    .clone()
                    .map(|action| {
                        let typed = entry.typed.clone().unwrap_or(blank("reverse"));
                        reason_form(lang, action, &entry.id.to_string(), typed)
                    })}
            }
        })
        .collect_view();
    part(say::entries(lang), tables.into_any())
}

/// The receipts and what may be done with them.
pub(super) fn receipts(lang: Lang, view: &GiftDetailView) -> impl IntoView + use<> {
    let list = view.records.receipts.clone();
    let second = matches!(view.other_receipt, OtherReceipt::Elsewhere | OtherReceipt::Unclear(_));
    let issue = view.may.issue_receipt.then(|| {
        let action = format!("/console/gifts/{}/receipts", view.id);
        view! {
            <form method="post" action=action class="stack" novalidate>
                {second.then(|| paper_seen(lang, view))}
                <div class="actions">
                    <Button label=say::issue(lang) icon=Icon::Receipt />
                </div>
            </form>
        }
    });
    let nothing = list.is_empty().then(|| say::receipts_empty(lang).to_owned());
    let text = match &view.other_receipt {
        OtherReceipt::None => nothing,
        OtherReceipt::Waived => nothing.map(|_| say::receipts_waived(lang).to_owned()),
        OtherReceipt::Elsewhere => Some(say::receipts_elsewhere(lang).to_owned()),
        OtherReceipt::Unclear(mark) => Some(say::receipts_unclear(lang, mark)),
    };
    let none = text.map(|text| view! { <p class="muted">{text}</p> });
    let may = view.may.receipts;
    let lines = list.into_iter().map(|receipt| one_receipt(lang, receipt, may)).collect_view();
    part(say::receipts(lang), view! { {none} <ul class="records">{lines}</ul> {issue} }.into_any())
}

/// The box without which no second receipt is issued.
fn paper_seen(lang: Lang, view: &GiftDetailView) -> impl IntoView + use<> {
    let error = view.issue_error.as_ref().map(|refusal| words::refusal(lang, refusal));
    view! {
        <CheckField
            id="paper_seen"
            label=say::paper_seen(lang)
            checked=false
            error=error
        />
    }
}

fn one_receipt(lang: Lang, receipt: ReceiptRow, may: bool) -> impl IntoView {
    let stands = matches!(receipt.state, ReceiptState::Valid | ReceiptState::PartlyRefunded);
    let copy = format!("/console/receipts/{}/copy", receipt.id);
    let replaced = receipt
        .replaced_by
        .map(|number| view! { <span class="muted">{say::replaced_by(lang, number)}</span> });
    let name = receipt.name.map(|name| view! { <span>{say::receipt_name(lang, name)}</span> });
    let forms = (may && stands).then(|| {
        let typed = |deed| receipt.typed.clone().filter(|typed| typed.deed == deed).unwrap_or(blank(deed));
        let form = |deed| {
            let action = format!("/console/receipts/{}/{deed}", receipt.id);
            reason_form(lang, action, &receipt.id.to_string(), typed(deed))
        };
        let (reissue, void) = (form("reissue"), form("void"));
        view! { <div class="folds">{reissue} {void}</div> }
    });
    view! {
        <li>
            <p class="record-head">
                <span class="code">{receipt.number}</span>
                {receipt_state(lang, receipt.state)}
                <span class="muted">{receipt.issued_on.to_string()}</span>
                {name}
                {replaced}
            </p>
            <div class="actions">
                {receipt.pdf.map(|href| view! { <LinkButton href=href label=say::pdf(lang) icon=Icon::Receipt /> })}
                {may.then(|| view! { <LinkButton href=copy label=say::copy(lang) icon=Icon::Copy /> })}
            </div>
            {forms}
        </li>
    }
}

const fn blank(deed: &'static str) -> ReasonForm {
    ReasonForm { deed, reason: String::new(), error: None, name: String::new(), name_error: None }
}

/// A folded form that asks for the reason; open where something was typed.
fn reason_form(lang: Lang, action: String, id: &str, typed: ReasonForm) -> impl IntoView + use<> {
    let deed = typed.deed;
    let (title, help, kind) = match deed {
        "void" => (say::void(lang), say::void_help(lang).to_owned(), ButtonKind::Danger),
        "reverse" => (say::reverse(lang), say::reverse_help(lang, id), ButtonKind::Danger),
        "withdraw" => {
            (say::refund_withdraw(lang), say::refund_withdraw_help(lang).to_owned(), ButtonKind::Danger)
        }
        _ => (say::reissue(lang), say::reissue_help(lang).to_owned(), ButtonKind::Quiet),
    };
    let field = format!("{deed}-{id}");
    let wrong = |refusal: &Option<Refusal>| refusal.as_ref().map(|refusal| words::refusal(lang, refusal));
    let (error, name_error) = (wrong(&typed.error), wrong(&typed.name_error));
    let open = [&error, &name_error].into_iter().any(Option::is_some)
        || [&typed.reason, &typed.name].into_iter().any(|typed| !typed.is_empty());
    let name = (deed == "reissue").then(|| {
        view! {
            <TextField
                id=format!("name-{id}")
                name="name"
                label=say::reissue_name(lang)
                help=say::reissue_name_help(lang)
                value=typed.name
                error=name_error
                optional=words::common::optional(lang)
            />
        }
    });
    view! {
        {disclosure(title, None, open, view! { <form method="post" action=action class="stack" novalidate>
                <p class="field-help">{help}</p>
                <TextField
                    id=field
                    name="reason"
                    label=say::reason(lang)
                    help=say::reason_help(lang)
                    value=typed.reason
                    error=error
                />
                {name}
                <Button label=title kind=kind />
            </form> })}
    }
}

/// The refunds.
pub(super) fn refunds(lang: Lang, list: &[RefundRow]) -> impl IntoView + use<> {
    if list.is_empty() {
        return part(say::refunds(lang), nothing(say::refunds_empty(lang)));
    }
    let lines = list
        .iter()
        .cloned()
        .map(|refund| {
            let (mark, word) = match refund.state.as_str() {
                "done" => (Mark::Good, words::refund_state::done(lang)),
                "failed" if refund.withdrawn.is_some() => (Mark::Off, words::refund_state::withdrawn(lang)),
                "failed" => (Mark::Wrong, words::refund_state::failed(lang)),
                "reversed" => (Mark::Off, words::refund_state::reversed(lang)),
                _ => (Mark::Waiting, words::refund_state::requested(lang)),
            };
            view! {
                <li>
                    <p class="record-head">
                        <strong>{amount(refund.amount)}</strong>
                        <StateMark mark=mark word=word />
                        <span class="muted">{refund.at.minute()}</span>
                    </p>
                    <p>{refund.reason}</p>
                    {refund
                        .withdrawn
                        .map(|why| view! { <p class="muted">{say::refund_withdrawn(lang, why)}</p> })}
                    {refund
                        .confirm
                        .map(|action| {
                            let withdraw = format!("{action}/withdraw");
                            let id = action.rsplit('/').next().unwrap_or_default().to_owned();
                            let typed = refund.typed.unwrap_or(blank("withdraw"));
                            view! {
                                {sent_form(lang, action)}
                                {reason_form(lang, withdraw, &id, typed)}
                            }
                        })}
                </li>
            }
        })
        .collect_view();
    part(say::refunds(lang), view! { <ul class="records">{lines}</ul> }.into_any())
}

/// Confirms that staff sent a refund back through the bank.
fn sent_form(lang: Lang, action: String) -> impl IntoView {
    let field = action.replace('/', "-");
    view! {
        <form method="post" action=action class="stack" novalidate>
            <TextField id=field name="sent_on" label=say::refund_sent_on(lang) error=None kind="date" />
            <Button label=say::refund_sent(lang) icon=Icon::Check />
        </form>
    }
}

/// The messages.
pub(super) fn messages(lang: Lang, list: &[MessageRow]) -> impl IntoView + use<> {
    if list.is_empty() {
        return part(say::messages(lang), nothing(say::messages_empty(lang)));
    }
    let moments = list.iter().map(|message| {
        let word = message_state(lang, &message.state);
        let what =
            format!("{} · {}", message_kind(lang, &message.kind), message_channel(lang, &message.channel));
        Moment {
            when: message.at.minute(),
            machine: message.at.rfc3339(),
            title: view! {
                <span>{what}</span>
                <StateMark mark=message_mark(&message.state) word=word />
            }
            .into_any(),
            more: None,
        }
    });
    part(say::messages(lang), timeline(moments))
}

/// The audit trail.
pub(super) fn events(lang: Lang, list: &[EventRow]) -> impl IntoView + use<> {
    if list.is_empty() {
        return part(say::events(lang), nothing(say::events_empty(lang)));
    }
    let columns = [
        Column::new(say::event_seq(lang), Place::Figure).number(),
        Column::new(say::event_at(lang), Place::Second).line(),
        Column::new(say::event_kind(lang), Place::Lead),
        Column::new(say::event_actor(lang), Place::SecondEnd),
        Column::new(say::event_hash(lang), Place::Third).line(),
    ];
    let rows = list.iter().cloned().map(|event| {
        let actor = match event.actor.as_str() {
            "public" => say::actor_public(lang).to_owned(),
            "system" => say::actor_system(lang).to_owned(),
            _ => event.actor,
        };
        vec![
            Cell::new(event.seq),
            Cell::new(view! { <span class="muted">{event.at.minute()}</span> }),
            Cell::new(view! { <span class="code">{event.kind}</span> }),
            Cell::text(actor),
            Cell::new(view! { <span class="code muted">{event.hash}</span> }),
        ]
    });
    part(say::events(lang), data_table(say::events(lang), &columns, rows))
}
