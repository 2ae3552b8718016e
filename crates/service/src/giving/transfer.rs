//! Bank transfers: staff confirm that the money of a reference code arrived, and that a refund was sent back.

use domain::access::Action;
use domain::giving::{Channel, GiftState};
use domain::id::{GiftId, RefundId};
use domain::money::{Fen, LARGEST};
use domain::refusal::Refusal;
use domain::time::{Date, Instant};
use store::Tx;

use super::refund::refund_post;
use super::settle::{Settled, Settlement, settle};
use crate::context::Ctx;
use crate::error::Answer;
use crate::provider::RefundTold;

/// Confirms that a transfer of `amount` for a gift arrived on `day` as line `bank_ref` of the account's statement. What
/// arrived is booked, also where another amount was pledged: the gift keeps that as a fact. One line settles at most one
/// gift.
///
/// # Errors
/// [`Refusal::GiftNotInState`] when the gift is not paid by transfer or was taken back, [`Refusal::StatementLineUsed`] when
/// the line settled another gift, [`Refusal::PaymentDisagrees`] when another line settled this one, [`Refusal::AmountZero`], [`Refusal::AmountOverCap`],
/// [`Refusal::DateInFuture`], and [`Refusal::DateTooEarly`] for a day before the gift was pledged.
pub async fn transfer_confirm(
    ctx: &Ctx,
    gift: GiftId,
    amount: Fen,
    bank_ref: &str,
    day: Date,
) -> Answer<Settled> {
    ctx.authorize(Action::ConfirmTransfer)?;
    // One line of the statement is one line, however its number was typed.
    let bank_ref = domain::text::line(&domain::text::half_width(bank_ref).to_ascii_uppercase(), 64)?;
    if bank_ref.is_empty() {
        return Err(Refusal::Required.into());
    }
    if amount.0 <= 0 {
        return Err(Refusal::AmountZero.into());
    }
    if amount > LARGEST {
        return Err(Refusal::AmountOverCap { cap: LARGEST }.into());
    }
    if day > ctx.now.date() {
        return Err(Refusal::DateInFuture.into());
    }
    let at = ctx.clone();
    let write = ctx
        .house
        .writer
        .write(move |tx| Box::pin(async move { confirm(&at, tx, gift, amount, bank_ref, day).await }));
    let settled = write.await?;
    ctx.house.bells.messages.notify_one();
    Ok(settled)
}

async fn confirm(
    ctx: &Ctx,
    tx: &mut Tx,
    id: GiftId,
    amount: Fen,
    bank_ref: String,
    day: Date,
) -> Answer<Settled> {
    let payment = store::payment::payment_of_gift(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
    let gift = store::gift::gift_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
    let by_transfer = Channel::from_word(&payment.channel) == Some(Channel::BankTransfer);
    if !by_transfer || payment.state == "reversed" {
        return Err(Refusal::GiftNotInState.into());
    }
    let pledged_on = Instant(gift.created_at).date();
    if day < pledged_on {
        return Err(Refusal::DateTooEarly { earliest: pledged_on }.into());
    }
    let settled =
        store::payment::payment_by_provider_ref(&mut tx.conn(), &payment.channel, &bank_ref).await?;
    if settled.is_some_and(|settled| settled.gift_id != id.0) {
        return Err(Refusal::StatementLineUsed.into());
    }
    let waits = GiftState::from_word(&gift.state).is_some_and(GiftState::may_be_paid);
    if waits && amount.0 != gift.amount_fen {
        store::gift::gift_amount_set(tx, id, amount.0).await?;
        store::payment::payment_amount_set(tx, id, amount).await?;
        let mut event = ctx.event("gift.other_amount", ("gift", gift.id));
        event.detail =
            serde_json::json!({ "pledged_fen": gift.amount_fen, "arrived_fen": amount.0 }).to_string();
        tx.record(event, vec![]);
    }
    let told = Settlement {
        out_trade_no: payment.out_trade_no,
        provider_ref: bank_ref,
        amount,
        fee: Fen::ZERO,
        paid_at: day.start(),
    };
    settle(ctx, tx, told).await
}

/// Confirms that staff sent a refund back through the bank on `day`. `false` when that was confirmed before.
///
/// # Errors
/// [`Refusal::NotFound`] when `gift` has no such refund, [`Refusal::GiftNotInState`] when the channel gives money back by
/// itself or the refund was given up,
/// [`Refusal::DateInFuture`], and [`Refusal::DateTooEarly`] for a day before it was asked for.
pub async fn refund_confirm(ctx: &Ctx, gift: GiftId, refund: RefundId, day: Date) -> Answer<bool> {
    ctx.authorize(Action::Refund)?;
    if day > ctx.now.date() {
        return Err(Refusal::DateInFuture.into());
    }
    let mut reader = ctx.house.db.read().await?;
    let refund = store::refund::refund_get(&mut reader.conn(), refund).await?;
    let refund = refund.filter(|refund| refund.gift_id == gift.0).ok_or(Refusal::NotFound)?;
    let payment =
        store::payment::payment_of_gift(&mut reader.conn(), gift).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    let by_hand = Channel::from_word(&payment.channel).is_some_and(Channel::refunds_by_hand);
    if !by_hand || refund.state == "failed" {
        return Err(Refusal::GiftNotInState.into());
    }
    let asked_on = Instant(refund.requested_at).date();
    if day < asked_on {
        return Err(Refusal::DateTooEarly { earliest: asked_on }.into());
    }
    let told = RefundTold {
        out_refund_no: refund.out_refund_no,
        amount: Fen(refund.amount_fen),
        fee_returned: Fen::ZERO,
        done_at: day.start(),
    };
    refund_post(ctx, gift, told).await
}
