//! Settling: what a verified notification, a query or a confirmed transfer says becomes one posted gift.

use domain::access::Action;
use domain::giving::{Channel, GiftState};
use domain::id::{EntryId, FundId, GiftId, OrganisationId, PersonId, PlanId, ProgrammeId, ReceiptId};
use domain::ledger::{Account, Balanced, EntryKind};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use store::gift::GiftRow;
use store::ledger::EntryHead;
use store::payment::PaymentRow;
use store::receipt::ReceiptHead;
use store::{StoreError, Tx};

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::messages;

/// What a channel says of a payment, already verified to come from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Our number.
    pub out_trade_no: String,
    /// The provider's number.
    pub provider_ref: String,
    /// What was paid, gross.
    pub amount: Fen,
    /// What the provider keeps of it.
    pub fee: Fen,
    /// When.
    pub paid_at: Instant,
}

/// What became of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The gift is posted now.
    Posted(GiftId),
    /// It was posted before: nothing changed.
    Before(GiftId),
}

/// Posts the gift that was paid: state, ledger entry, receipt, message and audit event in one transaction, once,
/// however often it is told.
///
/// # Errors
/// [`Refusal::NotFound`] for a number that is not ours, [`Refusal::PaymentDisagrees`] for another amount or another
/// provider number than the one that was booked.
pub async fn payment_settle(ctx: &Ctx, told: Settlement) -> Answer<Settled> {
    ctx.authorize(Action::SettlePayment)?;
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| Box::pin(async move { settle(&at, tx, told).await }));
    let settled = write.await?;
    ctx.house.bells.messages.notify_one();
    Ok(settled)
}

pub(super) async fn settle(ctx: &Ctx, tx: &mut Tx, told: Settlement) -> Answer<Settled> {
    // A provider's clock may run ahead; nothing is booked on a day that has not begun.
    let paid_at = told.paid_at.min(ctx.now);
    let payment =
        store::payment::payment_settle(tx, &told.out_trade_no, &told.provider_ref, told.fee, paid_at).await;
    let payment = match payment {
        Ok(Some(payment)) => payment,
        Ok(None) => return told_before(tx, &told).await,
        // Its number settled another payment of ours, or its fee is absurd: the database refused it.
        Err(StoreError::Conflict { .. } | StoreError::Impossible { .. }) => {
            return Err(Refusal::PaymentDisagrees.into());
        }
        Err(error) => return Err(error.into()),
    };
    if payment.amount_fen != told.amount.0 || told.fee.0 < 0 || told.fee >= told.amount {
        return Err(Refusal::PaymentDisagrees.into());
    }
    let gift = store::gift::gift_mark_paid(tx, payment.gift_id).await?;
    let gift = gift.ok_or(StoreError::Inconsistent {
        table: "gift",
        column: "state",
        row: payment.gift_id.to_string(),
    })?;
    post(ctx, tx, &gift, &payment, paid_at).await?;
    Ok(Settled::Posted(GiftId(gift.id)))
}

async fn told_before(tx: &mut Tx, told: &Settlement) -> Answer<Settled> {
    let payment = store::payment::payment_by_trade_no(&mut tx.conn(), &told.out_trade_no).await?;
    let payment = payment.ok_or(Refusal::NotFound)?;
    let same =
        payment.provider_ref.as_deref() == Some(&told.provider_ref) && payment.amount_fen == told.amount.0;
    if same { Ok(Settled::Before(GiftId(payment.gift_id))) } else { Err(Refusal::PaymentDisagrees.into()) }
}

/// The account that holds a channel's money.
pub(super) fn held_in(channel: &str) -> Account {
    match Channel::from_word(channel) {
        Some(Channel::Sandbox) => Account::Clearing,
        Some(Channel::BankTransfer | Channel::TakenOver) | None => Account::Bank,
    }
}

async fn post(ctx: &Ctx, tx: &mut Tx, gift: &GiftRow, payment: &PaymentRow, paid_at: Instant) -> Answer<()> {
    let place = tx.next_event();
    let (gross, fee) = (Fen(gift.amount_fen), Fen(payment.fee_fen));
    let balanced = Balanced::gift(FundId(gift.fund_id), held_in(&payment.channel), gross, fee)
        .ok_or(ServiceError::Refused(Refusal::PaymentDisagrees))?;
    let head = EntryHead {
        id: EntryId(ctx.id()),
        kind: EntryKind::Gift,
        gift_id: GiftId(gift.id),
        refund_id: None,
        reverses_id: None,
        occurred_on: paid_at.date(),
    };
    let mut digests = vec![
        payment.digest(&head.occurred_on.to_string()),
        store::ledger::entry_post(tx, head, &balanced, place).await?,
    ];
    if gift.receipt_wanted
        && let Some(organisation) = gift.organisation_id
    {
        let receipt = ReceiptHead {
            id: ReceiptId(ctx.id()),
            organisation_id: OrganisationId(organisation),
            plan_id: gift.plan_id.map(PlanId),
            fund_id: FundId(gift.fund_id),
            programme_id: gift.programme_id.map(ProgrammeId),
            gift_id: GiftId(gift.id),
            person_id: gift.person_id.map(PersonId),
            amount_fen: gift.amount_fen,
            issued_on: ctx.now.date(),
            token: ctx.token(),
            replaces_id: None,
        };
        digests.push(store::receipt::receipt_issue(tx, receipt, place).await?.1);
    }
    messages::enqueue(ctx, tx, gift, "gift_paid");
    let mut event = ctx.event("gift.paid", ("gift", gift.id));
    event.state = Some(GiftState::Paid.as_str().to_owned());
    event.detail = serde_json::json!({ "fee_fen": fee.0, "channel": payment.channel }).to_string();
    tx.record(event, digests);
    Ok(())
}

/// Lets a gift lapse whose payment did not come in time. Money that comes later is still booked.
///
/// # Errors
/// As the store. `false` when it is not pending any more.
pub async fn gift_expire(ctx: &Ctx, payment: PaymentRow) -> Answer<bool> {
    ctx.authorize(Action::SettlePayment)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                if !store::payment::payment_expire(tx, payment.id).await? {
                    return Ok(false);
                }
                store::gift::gift_mark_expired(tx, payment.gift_id).await?;
                let mut event = at.event("gift.expired", ("gift", payment.gift_id));
                event.state = Some(GiftState::Expired.as_str().to_owned());
                tx.record(event, vec![]);
                Ok(true)
            })
        })
        .await
}
