//! Refunds: asked for by staff, carried out by the channel, posted as new entries.

use domain::access::Action;
use domain::giving::{Channel, GiftState};
use domain::id::{EntryId, FundId, GiftId, RefundId, Token};
use domain::ledger::{Balanced, EntryKind, fee_back};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use store::StoreError;
use store::gift::GiftRow;
use store::ledger::EntryHead;
use store::refund::RefundRow;

use super::settle::held_in;
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::messages;
use crate::provider::RefundTold;

/// Asks for a refund of `amount` out of a gift. What it will cost the fund is set aside at once, so that it is still
/// there when the channel gives it back: the amount, less the part of the fee that the channel returns. The same form (`key`) sent again answers the same refund.
///
/// # Errors
/// [`Refusal::GiftNotInState`], [`Refusal::RefundOverGift`], [`Refusal::FundShort`], [`Refusal::RefundFormUsed`], or an
/// empty reason.
pub async fn refund_request(
    ctx: &Ctx,
    gift_id: GiftId,
    amount: Fen,
    reason: &str,
    key: Token,
) -> Answer<RefundId> {
    ctx.authorize(Action::Refund)?;
    let reason = domain::text::line(reason, 200)?;
    if reason.is_empty() {
        return Err(Refusal::Required.into());
    }
    if amount.0 <= 0 {
        return Err(Refusal::AmountZero.into());
    }
    let at = ctx.clone();
    let requested = ctx
        .house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let out_refund_no = format!("RF{}", key.to_string().to_ascii_uppercase());
                if let Some(before) = store::refund::refund_by_no(&mut tx.conn(), &out_refund_no).await? {
                    let same = before.gift_id == gift_id.0 && before.amount_fen == amount.0;
                    return if same { Ok(RefundId(before.id)) } else { Err(Refusal::RefundFormUsed.into()) };
                }
                let gift = store::gift::gift_get(&mut tx.conn(), gift_id).await?.ok_or(Refusal::NotFound)?;
                let state = GiftState::from_word(&gift.state);
                if !state.is_some_and(GiftState::is_posted) {
                    return Err(Refusal::GiftNotInState.into());
                }
                let left = gift.amount_fen - store::refund::refund_total(&mut tx.conn(), gift_id).await?;
                if amount.0 > left {
                    return Err(Refusal::RefundOverGift { left: Fen(left) }.into());
                }
                let fund = FundId(gift.fund_id);
                let fee_back = fee_expected(&at, tx, &gift, Fen(left), amount).await?;
                let promised = amount.0 - fee_back.0;
                let available = store::ledger::available(tx, fund).await?;
                if available < promised {
                    return Err(Refusal::FundShort { available: Fen(available + fee_back.0) }.into());
                }
                store::ledger::encumber(tx, fund, promised);
                let row = RefundRow {
                    id: at.id(),
                    gift_id: gift.id,
                    out_refund_no,
                    amount_fen: amount.0,
                    reason,
                    requested_by: at.actor.word(),
                    requested_at: at.now.0,
                    state: "requested".to_owned(),
                    done_at: None,
                    next_query_at: Some(at.now.0),
                    queries: 0,
                    promised_fen: promised,
                    fee_returned_fen: 0,
                    withdrawn: None,
                };
                let fact = store::refund::refund_add(tx, &row).await?;
                let mut event = at.event("refund.requested", ("gift", gift.id));
                event.state = Some(gift.state);
                event.detail = serde_json::json!({ "refund": row.id, "amount_fen": amount.0 }).to_string();
                tx.record_facts(event, vec![], &[fact]);
                Ok::<_, ServiceError>(RefundId(row.id))
            })
        })
        .await?;
    ctx.house.bells.refunds.notify_one();
    Ok(requested)
}

/// What of the gift's fee the channel will give back with `amount` of the `left` fen.
async fn fee_expected(ctx: &Ctx, tx: &mut store::Tx, gift: &GiftRow, left: Fen, amount: Fen) -> Answer<Fen> {
    let payment = store::payment::payment_of_gift(&mut tx.conn(), GiftId(gift.id)).await?;
    let payment = payment.ok_or(Refusal::NotFound)?;
    let returns = ctx.house.providers.of_word(&payment.channel).is_some_and(|p| p.returns_fees());
    let fee = Fen(if returns { payment.fee_fen } else { 0 });
    Ok(fee_back(Fen(gift.amount_fen), fee, left, amount))
}

/// Posts a refund of ours that was carried out just as it was promised, once. `false` when it was posted before.
///
/// # Errors
/// [`Refusal::NotFound`] for a number that is not ours.
pub async fn refund_done(ctx: &Ctx, out_refund_no: String, done_at: Instant) -> Answer<bool> {
    ctx.authorize(Action::SettlePayment)?;
    let mut reader = ctx.house.db.read().await?;
    let refund =
        store::refund::refund_by_no(&mut reader.conn(), &out_refund_no).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    let fee_returned = Fen(refund.amount_fen - refund.promised_fen);
    let told = RefundTold { out_refund_no, amount: Fen(refund.amount_fen), fee_returned, done_at };
    refund_told(ctx, GiftId(refund.gift_id), told).await
}

/// Posts what a channel says of a refund out of `gift`, already verified to come from it, once. `false` when it was
/// posted before. A refund that the provider made by itself is booked as well: the money is gone.
///
/// # Errors
/// [`Refusal::PaymentDisagrees`] for another gift or amount than was asked for or an absurd fee,
/// [`Refusal::RefundOverGift`] and [`Refusal::FundShort`] when what the provider gave back by itself is not there, or
/// less of the fee came back than was counted on and the fund has nothing else.
pub async fn refund_told(ctx: &Ctx, gift: GiftId, told: RefundTold) -> Answer<bool> {
    ctx.authorize(Action::SettlePayment)?;
    refund_post(ctx, gift, told).await
}

/// Posts a refund for a use case that has authorized it.
pub(super) async fn refund_post(ctx: &Ctx, gift: GiftId, told: RefundTold) -> Answer<bool> {
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| Box::pin(async move { post(&at, tx, gift, &told).await }));
    let posted = write.await?;
    ctx.house.bells.messages.notify_one();
    Ok(posted)
}

async fn post(ctx: &Ctx, tx: &mut store::Tx, gift_id: GiftId, told: &RefundTold) -> Answer<bool> {
    let done_at = told.done_at.min(ctx.now);
    let gift = store::gift::gift_get(&mut tx.conn(), gift_id).await?.ok_or(Refusal::NotFound)?;
    let known = match store::refund::refund_by_no(&mut tx.conn(), &told.out_refund_no).await? {
        Some(known) => known,
        None => made_by_provider(ctx, tx, &gift, told).await?,
    };
    if known.gift_id != gift.id || known.amount_fen != told.amount.0 {
        return Err(Refusal::PaymentDisagrees.into());
    }
    let settle = store::refund::refund_settle(tx, &told.out_refund_no, done_at, told.fee_returned);
    let refund = match settle.await {
        Ok(Some(refund)) => refund,
        Ok(None) => return Ok(false),
        // An absurd fee: the database refused it.
        Err(StoreError::Impossible { .. }) => return Err(Refusal::PaymentDisagrees.into()),
        Err(error) => return Err(error.into()),
    };
    let payment = store::payment::payment_of_gift(&mut tx.conn(), gift_id).await?.ok_or(Refusal::NotFound)?;
    let fund = FundId(gift.fund_id);
    let fee_back = told.fee_returned.0;
    if fee_back > payment.fee_fen || fee_back > store::ledger::fees_kept(tx, fund).await? {
        return Err(Refusal::PaymentDisagrees.into());
    }
    let free = store::ledger::available(tx, fund).await? + refund.promised_fen;
    if free < refund.amount_fen - fee_back {
        return Err(Refusal::FundShort { available: Fen(free) }.into());
    }
    let balanced = Balanced::refund(fund, held_in(&payment.channel), told.amount, told.fee_returned)
        .ok_or(ServiceError::Refused(Refusal::PaymentDisagrees))?;
    let place = tx.next_event();
    let head = EntryHead {
        id: EntryId(ctx.id()),
        kind: EntryKind::Refund,
        gift_id,
        refund_id: Some(RefundId(refund.id)),
        reverses_id: None,
        occurred_on: done_at.date(),
    };
    let digest = store::ledger::entry_post(tx, head, &balanced, place).await?;
    store::ledger::encumber(tx, fund, -refund.promised_fen);
    let refunded = gift.refunded_fen + refund.amount_fen;
    let state = GiftState::after_refund(gift.amount_fen, refunded);
    store::gift::gift_set_refunded(tx, gift.id, refunded, state).await?;
    messages::enqueue(ctx, tx, &gift, "refund_done");
    let mut event = ctx.event("refund.done", ("gift", gift.id));
    event.state = Some(state.as_str().to_owned());
    event.detail = serde_json::json!({
        "refund": refund.id, "amount_fen": refund.amount_fen, "fee_returned_fen": fee_back,
    })
    .to_string();
    tx.record_facts(event, vec![digest], &[refund.fact()]);
    Ok(true)
}

/// Keeps a refund that nobody here asked for, under the provider's own number, so that it can be posted.
async fn made_by_provider(
    ctx: &Ctx,
    tx: &mut store::Tx,
    gift: &GiftRow,
    told: &RefundTold,
) -> Answer<RefundRow> {
    if told.amount.0 <= 0 || told.fee_returned.0 < 0 || told.fee_returned > told.amount {
        return Err(Refusal::PaymentDisagrees.into());
    }
    if !GiftState::from_word(&gift.state).is_some_and(GiftState::is_posted) {
        return Err(Refusal::GiftNotInState.into());
    }
    let left = gift.amount_fen - store::refund::refund_total(&mut tx.conn(), GiftId(gift.id)).await?;
    if told.amount.0 > left {
        return Err(Refusal::RefundOverGift { left: Fen(left) }.into());
    }
    let fund = FundId(gift.fund_id);
    let promised = told.amount.0 - told.fee_returned.0;
    let available = store::ledger::available(tx, fund).await?;
    if available < promised {
        return Err(Refusal::FundShort { available: Fen(available) }.into());
    }
    // Posting it sets the same sum free again, in this very transaction.
    store::ledger::encumber(tx, fund, promised);
    let row = RefundRow {
        id: ctx.id(),
        gift_id: gift.id,
        out_refund_no: told.out_refund_no.clone(),
        amount_fen: told.amount.0,
        reason: "provider".to_owned(),
        requested_by: ctx.actor.word(),
        requested_at: ctx.now.0,
        state: "requested".to_owned(),
        done_at: None,
        next_query_at: None,
        queries: 0,
        promised_fen: promised,
        fee_returned_fen: 0,
        withdrawn: None,
    };
    let fact = store::refund::refund_add(tx, &row).await?;
    let mut event = ctx.event("refund.made_by_provider", ("gift", gift.id));
    event.detail = serde_json::json!({ "refund": row.id, "amount_fen": row.amount_fen }).to_string();
    tx.record_facts(event, vec![], &[fact]);
    Ok(row)
}

/// Gives up a refund that the channel refused: the money set aside is free again.
///
/// # Errors
/// As the store. `false` when it is not waiting any more.
pub async fn refund_failed(ctx: &Ctx, refund: RefundRow) -> Answer<bool> {
    ctx.authorize(Action::SettlePayment)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let Some(refund) = store::refund::refund_fail(tx, RefundId(refund.id)).await? else {
                    return Ok(false);
                };
                set_free(&at, tx, &refund, "refund.failed").await?;
                Ok::<_, ServiceError>(true)
            })
        })
        .await
}

/// Withdraws a refund that staff were to send back and did not: the money set aside is free again, and the donor hears
/// nothing, as nothing was said before. `false` when it was withdrawn before.
///
/// # Errors
/// [`Refusal::NotFound`] when `gift` has no such refund, [`Refusal::GiftNotInState`] when the channel gives money back by
/// itself or the refund is not waiting any more, or an empty reason.
pub async fn refund_withdraw(ctx: &Ctx, gift: GiftId, refund: RefundId, reason: &str) -> Answer<bool> {
    ctx.authorize(Action::Refund)?;
    let reason = domain::text::line(reason, 200)?;
    if reason.is_empty() {
        return Err(Refusal::Required.into());
    }
    let at = ctx.clone();
    let write = ctx
        .house
        .writer
        .write(move |tx| Box::pin(async move { withdraw(&at, tx, gift, refund, &reason).await }));
    write.await
}

async fn withdraw(ctx: &Ctx, tx: &mut store::Tx, gift: GiftId, id: RefundId, reason: &str) -> Answer<bool> {
    let known = store::refund::refund_get(&mut tx.conn(), id).await?.filter(|known| known.gift_id == gift.0);
    let known = known.ok_or(Refusal::NotFound)?;
    let payment = store::payment::payment_of_gift(&mut tx.conn(), gift).await?.ok_or(Refusal::NotFound)?;
    if !Channel::from_word(&payment.channel).is_some_and(Channel::refunds_by_hand) {
        return Err(Refusal::GiftNotInState.into());
    }
    match store::refund::refund_withdraw(tx, id, reason).await? {
        Some(refund) => set_free(ctx, tx, &refund, "refund.withdrawn").await.map(|()| true),
        None if known.withdrawn.is_some() => Ok(false),
        None => Err(Refusal::GiftNotInState.into()),
    }
}

/// Frees what was set aside for a refund that will not be paid, and says so.
async fn set_free(ctx: &Ctx, tx: &mut store::Tx, refund: &RefundRow, kind: &str) -> Answer<()> {
    let gift = store::gift::gift_get(&mut tx.conn(), GiftId(refund.gift_id)).await?;
    let gift = gift.ok_or(Refusal::NotFound)?;
    store::ledger::encumber(tx, FundId(gift.fund_id), -refund.promised_fen);
    let mut event = ctx.event(kind, ("gift", gift.id));
    event.state = Some(gift.state);
    event.detail = serde_json::json!({ "refund": refund.id }).to_string();
    tx.record_facts(event, vec![], &[refund.fact()]);
    Ok(())
}
