//! Taking a wrongly booked entry back: another entry with the signs changed, once, and what follows for gift, payment,
//! refund and receipt.

use domain::access::Action;
use domain::giving::GiftState;
use domain::id::{EntryId, FundId, GiftId, ReceiptId, RefundId};
use domain::ledger::{Account, Balanced, EntryKind, Posting};
use domain::money::Fen;
use domain::receipt::ReceiptMark;
use domain::refusal::Refusal;
use store::facts::Fact;
use store::gift::GiftRow;
use store::ledger::{EntryHead, EntryRow, PostingRow};
use store::{StoreError, Tx};

use crate::context::Ctx;
use crate::error::Answer;

/// Takes an entry back, with a reason that stays beside the new one. It is booked today, or on the first open day.
///
/// Of a gift: nothing may have gone back of it; it becomes `reversed`, its receipt is void, and the line of the bank's
/// statement may settle the gift that it belongs to. Of a refund: the money counts as never returned.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::EntryNotReversible`] when it was taken back before or something stands on it,
/// [`Refusal::FundShort`] when the money of the gift was spent or promised, or an empty reason.
pub async fn entry_reverse(ctx: &Ctx, entry: EntryId, reason: &str) -> Answer<EntryId> {
    ctx.authorize(Action::ReverseEntry)?;
    let reason = domain::text::line(reason, 200)?;
    if reason.is_empty() {
        return Err(Refusal::Required.into());
    }
    let at = ctx.clone();
    ctx.house.writer.write(move |tx| Box::pin(async move { reverse(&at, tx, entry, &reason).await })).await
}

async fn reverse(ctx: &Ctx, tx: &mut Tx, id: EntryId, reason: &str) -> Answer<EntryId> {
    let (entry, postings) = store::ledger::entry_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
    let gift_id = GiftId(entry.gift_id.ok_or(Refusal::EntryNotReversible)?);
    let gift = store::gift::gift_get(&mut tx.conn(), gift_id).await?.ok_or(Refusal::NotFound)?;
    let back = balanced(&entry, &postings)?.reversed();
    let new = EntryId(ctx.id());
    // What is decided here is decided on rows that this very transaction changes: a second reversal in it is refused.
    let place = tx.next_event();
    let (mut digests, mut facts) = (Vec::new(), Vec::new());
    let (kind, state) = match (entry.kind.as_str(), entry.refund_id.map(RefundId)) {
        ("gift", _) => {
            let voided = void_receipt(tx, gift_id, reason, place).await?;
            digests.extend(voided);
            (GIFT, gift_back(tx, &gift, &back).await?)
        }
        ("refund", Some(refund)) => {
            let (state, fact) = refund_back(tx, &gift, refund).await?;
            facts.push(fact);
            (REFUND, state)
        }
        _ => return Err(Refusal::EntryNotReversible.into()),
    };
    let head = EntryHead {
        id: new,
        kind: EntryKind::Reversal,
        gift_id,
        refund_id: entry.refund_id.map(RefundId),
        reverses_id: Some(id),
        occurred_on: ctx.now.date(),
    };
    digests.push(store::ledger::entry_post(tx, head, &back, place).await?);
    digests.push(store::ledger::entry_reason_add(tx, new, reason).await?);
    let mut event = ctx.event(kind, ("gift", gift.id));
    event.state = Some(state.as_str().to_owned());
    event.detail = serde_json::json!({ "entry": new.0, "reverses": id.0 }).to_string();
    tx.record_facts(event, digests, &facts);
    Ok(new)
}

const GIFT: &str = "gift.reversed";
const REFUND: &str = "refund.reversed";

/// The entry as it was posted.
fn balanced(entry: &EntryRow, postings: &[PostingRow]) -> Answer<Balanced> {
    let line = |p: &PostingRow| {
        let account = Account::from_word(&p.account)?;
        Some(Posting { account, fund_id: FundId(p.fund_id), amount: Fen(p.amount_fen) })
    };
    let lines: Option<Vec<Posting>> = postings.iter().map(line).collect();
    let damaged =
        || StoreError::Inconsistent { table: "journal_entry", column: "id", row: entry.id.to_string() };
    Ok(lines.and_then(Balanced::new).ok_or_else(damaged)?)
}

/// Voids the receipt that stands, if one does.
async fn void_receipt(
    tx: &mut Tx,
    gift: GiftId,
    reason: &str,
    place: store::EventPlace,
) -> Answer<Option<domain::audit::Hash>> {
    // One that is issued at this very moment cannot be marked before it is stored: asked again, it is.
    if tx.receipt_waits(gift.0) {
        return Err(Refusal::EntryNotReversible.into());
    }
    let receipts = store::receipt::receipts_of_gift(&mut tx.conn(), gift).await?;
    let Some(standing) = receipts.iter().find(|receipt| receipt.mark.is_none()) else { return Ok(None) };
    let id = ReceiptId(standing.receipt.id);
    Ok(Some(store::receipt::receipt_mark(tx, id, ReceiptMark::Void, reason, place).await?))
}

async fn gift_back(tx: &mut Tx, gift: &GiftRow, back: &Balanced) -> Answer<GiftState> {
    let gift_id = GiftId(gift.id);
    if store::refund::refund_total(&mut tx.conn(), gift_id).await? > 0
        || !store::gift::gift_mark_reversed(tx, gift_id).await?
        || !store::payment::payment_reverse(tx, gift_id).await?
    {
        return Err(Refusal::EntryNotReversible.into());
    }
    for (fund, sums) in back.moves() {
        let available = store::ledger::available(tx, fund).await?;
        if available + sums.held().0 < 0 {
            return Err(Refusal::FundShort { available: Fen(available) }.into());
        }
    }
    Ok(GiftState::Reversed)
}

async fn refund_back(tx: &mut Tx, gift: &GiftRow, id: RefundId) -> Answer<(GiftState, Fact)> {
    let refund = store::refund::refund_reverse(tx, id).await?.ok_or(Refusal::EntryNotReversible)?;
    let refunded = gift.refunded_fen - refund.amount_fen;
    let state = if refunded == 0 { GiftState::Paid } else { GiftState::PartlyRefunded };
    store::gift::gift_set_refunded(tx, gift.id, refunded, state).await?;
    Ok((state, refund.fact()))
}
