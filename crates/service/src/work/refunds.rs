//! Sending refunds: each until its provider has answered, with what it said posted or given up.

use domain::id::{GiftId, RefundId};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use store::refund::RefundRow;

use crate::context::Ctx;
use crate::error::Answer;
use crate::giving::{refund_failed, refund_told};
use crate::provider::{Provider, ProviderError, RefundOrder, RefundReport};

/// Refunds claimed in one round; they are few, and sent one after the other.
const BATCH: i64 = 4;
/// How long a claim lasts, in seconds.
const LEASE: i64 = 120;
/// After each attempt, how many seconds until the next; the last goes on.
const STEPS: [i64; 5] = [10, 30, 120, 600, 3600];

/// Sends every refund that is due; when the next one is.
///
/// # Errors
/// As the store.
pub async fn refunds_round(ctx: &Ctx) -> Answer<Option<Instant>> {
    let mut reader = ctx.house.db.read().await?;
    let next = store::refund::refunds_next_query(&mut reader.conn()).await?;
    drop(reader);
    if next.is_none_or(|next| next > ctx.now) {
        return Ok(next);
    }
    let (now, again) = (ctx.now, ctx.now.plus_seconds(LEASE));
    let claim = ctx.house.writer.write(move |tx| {
        Box::pin(async move { store::refund::refunds_claim_queries(tx, now, again, BATCH).await })
    });
    for refund in claim.await? {
        let id = refund.id;
        if let Err(error) = send(ctx, refund).await {
            tracing::error!(refund = %id, %error, "a refund could not be sent");
        }
    }
    let mut reader = ctx.house.db.read().await?;
    Ok(store::refund::refunds_next_query(&mut reader.conn()).await?)
}

async fn send(ctx: &Ctx, refund: RefundRow) -> Answer<()> {
    let gift = GiftId(refund.gift_id);
    let mut reader = ctx.house.db.read().await?;
    let payment =
        store::payment::payment_of_gift(&mut reader.conn(), gift).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    let order = RefundOrder {
        out_refund_no: refund.out_refund_no.clone(),
        out_trade_no: payment.out_trade_no,
        amount: Fen(refund.amount_fen),
    };
    // What was taken over from old books has no provider: staff send it back.
    let Some(provider) = ctx.house.providers.of_word(&payment.channel) else {
        return next_attempt(ctx, &refund, None).await;
    };
    let outcome = match attempt(ctx, provider.as_ref(), &refund, &order).await {
        Ok(RefundReport::Done(told)) => return refund_told(ctx, gift, told).await.map(|_| ()),
        Ok(RefundReport::ByHand) => return next_attempt(ctx, &refund, None).await,
        Ok(RefundReport::Pending | RefundReport::Absent) => "pending",
        Err(ProviderError::Refused(code)) => {
            tracing::warn!(refund = %refund.id, code, "a provider refused a refund");
            count("refused");
            return refund_failed(ctx, refund).await.map(|_| ());
        }
        Err(error) => {
            tracing::warn!(refund = %refund.id, %error, "a refund was not answered");
            "unanswered"
        }
    };
    count(outcome);
    let tries = usize::try_from(refund.queries.max(1) - 1).unwrap_or(usize::MAX);
    let seconds = STEPS.get(tries).copied().unwrap_or(STEPS[STEPS.len() - 1]);
    next_attempt(ctx, &refund, Some(ctx.now.plus_seconds(seconds))).await
}

/// Sends it; one that was sent before is asked about first.
async fn attempt(
    ctx: &Ctx,
    provider: &dyn Provider,
    refund: &RefundRow,
    order: &RefundOrder,
) -> Result<RefundReport, ProviderError> {
    if refund.queries > 1 {
        match provider.refund_query(ctx, &order.out_refund_no).await? {
            RefundReport::Absent => {}
            known => return Ok(known),
        }
    }
    provider.refund(ctx, order).await
}

async fn next_attempt(ctx: &Ctx, refund: &RefundRow, at: Option<Instant>) -> Answer<()> {
    let id = RefundId(refund.id);
    let write = ctx
        .house
        .writer
        .write(move |tx| Box::pin(async move { store::refund::refund_query_at(tx, id, at).await }));
    Ok(write.await?)
}

fn count(outcome: &'static str) {
    metrics::counter!("spark_refunds_total", "outcome" => outcome).increment(1);
}
