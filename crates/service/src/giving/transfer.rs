//! Bank transfers: staff confirm that the money of a reference code arrived, and that a refund was sent back.

use domain::access::Action;
use domain::giving::Channel;
use domain::id::{GiftId, RefundId};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Date;

use super::refund::refund_post;
use super::settle::{Settled, Settlement, settle};
use crate::context::Ctx;
use crate::error::Answer;
use crate::provider::RefundTold;

/// Confirms that the transfer of `amount` for a gift arrived on `day` as line `bank_ref` of the account's statement. One
/// line settles at most one gift, and only one of its own amount.
///
/// # Errors
/// [`Refusal::GiftNotInState`] when the gift is not paid by transfer, [`Refusal::PaymentDisagrees`] when the line
/// settled another gift, [`Refusal::DateImpossible`] for a day to come.
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
    if day > ctx.now.date() {
        return Err(Refusal::DateImpossible.into());
    }
    let at = ctx.clone();
    let settled = ctx
        .house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let payment = store::payment::payment_of_gift(&mut tx.conn(), gift).await?;
                let payment = payment.ok_or(Refusal::NotFound)?;
                if Channel::from_word(&payment.channel) != Some(Channel::BankTransfer) {
                    return Err(Refusal::GiftNotInState.into());
                }
                let told = Settlement {
                    out_trade_no: payment.out_trade_no,
                    provider_ref: bank_ref,
                    amount,
                    fee: Fen::ZERO,
                    paid_at: day.start(),
                };
                settle(&at, tx, told).await
            })
        })
        .await?;
    ctx.house.bells.messages.notify_one();
    Ok(settled)
}

/// Confirms that staff sent a refund back through the bank on `day`. `false` when that was confirmed before.
///
/// # Errors
/// [`Refusal::GiftNotInState`] when the channel gives money back by itself or the refund was given up,
/// [`Refusal::DateImpossible`] for a day to come.
pub async fn refund_confirm(ctx: &Ctx, refund: RefundId, day: Date) -> Answer<bool> {
    ctx.authorize(Action::Refund)?;
    if day > ctx.now.date() {
        return Err(Refusal::DateImpossible.into());
    }
    let mut reader = ctx.house.db.read().await?;
    let refund = store::refund::refund_get(&mut reader.conn(), refund).await?.ok_or(Refusal::NotFound)?;
    let gift = GiftId(refund.gift_id);
    let payment =
        store::payment::payment_of_gift(&mut reader.conn(), gift).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    let by_hand =
        matches!(Channel::from_word(&payment.channel), Some(Channel::BankTransfer | Channel::TakenOver));
    if !by_hand || refund.state == "failed" {
        return Err(Refusal::GiftNotInState.into());
    }
    let told = RefundTold {
        out_refund_no: refund.out_refund_no,
        amount: Fen(refund.amount_fen),
        fee_returned: Fen::ZERO,
        done_at: day.start(),
    };
    refund_post(ctx, gift, told).await
}
