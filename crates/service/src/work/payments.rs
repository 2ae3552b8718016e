//! Asking providers how payments stand: a notification that was lost costs half a minute, not a gift.

use domain::giving::Channel;
use domain::refusal::Refusal;
use domain::time::Instant;
use futures::{StreamExt as _, stream};
use store::payment::PaymentRow;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::giving::{gift_expire, payment_settle};
use crate::provider::{Provider, ProviderError, Report};

/// Payments claimed in one round.
const BATCH: i64 = 32;
/// Payments asked about at once.
const AT_ONCE: usize = 8;
/// How long a claim lasts, in seconds: longer than [`BATCH`] / [`AT_ONCE`] calls may take.
const LEASE: i64 = 60;
/// After each look at an offered payment, how many seconds until the next; the last goes on.
const STEPS: [i64; 3] = [15, 25, 30];
/// How many seconds after the offer ended money is looked for that came late.
const LATE: [i64; 2] = [3600, 24 * 3600];
/// How many seconds after the offer ended a provider that never answers is asked no more.
const GIVE_UP: i64 = 7 * 24 * 3600;

/// Asks about every payment that is due; when the next one is.
///
/// # Errors
/// As the store.
pub async fn payments_round(ctx: &Ctx) -> Answer<Option<Instant>> {
    let mut reader = ctx.house.db.read().await?;
    let next = store::payment::payments_next_query(&mut reader.conn()).await?;
    drop(reader);
    if next.is_none_or(|next| next > ctx.now) {
        return Ok(next);
    }
    let (now, again) = (ctx.now, ctx.now.plus_seconds(LEASE));
    let claim = ctx.house.writer.write(move |tx| {
        Box::pin(async move { store::payment::payments_claim_queries(tx, now, again, BATCH).await })
    });
    let claimed = claim.await?;
    stream::iter(claimed)
        .for_each_concurrent(AT_ONCE, |payment| async move {
            let id = payment.id;
            if let Err(error) = look(ctx, payment).await {
                // Its lease runs out, and it is looked at again.
                tracing::error!(payment = %id, %error, "a payment could not be looked at");
            }
        })
        .await;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::payment::payments_next_query(&mut reader.conn()).await?)
}

/// What a look found, as far as the next look depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Nobody can be asked.
    ByHand,
    /// The provider answered: not paid.
    Unpaid,
    /// No answer, or one that cannot be booked.
    Nothing,
}

async fn look(ctx: &Ctx, payment: PaymentRow) -> Answer<()> {
    let provider = ctx.house.providers.of_word(&payment.channel).cloned();
    let report = match &provider {
        Some(provider) => provider.query(ctx, &payment.out_trade_no).await,
        None => Err(ProviderError::Unavailable("no_provider".to_owned())),
    };
    let over = payment.expires_at <= ctx.now.0;
    let found = match report {
        Ok(Report::Paid { told, .. }) => match payment_settle(ctx, told).await {
            Ok(_) => return Ok(()),
            Err(ServiceError::Refused(Refusal::PaymentDisagrees)) => {
                disagrees(&payment);
                Found::Nothing
            }
            Err(error) => return Err(error),
        },
        Ok(Report::ByHand) => {
            if over {
                gift_expire(ctx, payment.clone()).await?;
            }
            Found::ByHand
        }
        // Nobody will pay any more what the provider has closed; money on its way is still looked for.
        Ok(Report::Closed) => {
            gift_expire(ctx, payment.clone()).await?;
            Found::Unpaid
        }
        Ok(Report::Pending | Report::Absent) if !over => Found::Unpaid,
        Ok(Report::Pending | Report::Absent) => {
            if end_offer(ctx, &payment, provider.as_deref()).await? {
                return Ok(());
            } else {
                Found::Unpaid
            }
        }
        Err(error) => {
            tracing::warn!(payment = %payment.id, %error, "a provider was asked in vain");
            if over {
                gift_expire(ctx, payment.clone()).await?;
            }
            Found::Nothing
        }
    };
    let next = next_look(&payment, ctx.now, found);
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move { store::payment::payment_query_at(tx, payment.id, next).await })
    });
    Ok(write.await?)
}

/// Ends the offer at the provider, then here. `true` when the money came in this very moment and was booked.
async fn end_offer(ctx: &Ctx, payment: &PaymentRow, provider: Option<&dyn Provider>) -> Answer<bool> {
    if let Some(provider) = provider {
        match provider.close(ctx, &payment.out_trade_no).await {
            Ok(Report::Paid { told, .. }) => {
                payment_settle(ctx, told).await?;
                return Ok(true);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(payment = %payment.id, %error, "an offer could not be ended"),
        }
    }
    gift_expire(ctx, payment.clone()).await?;
    Ok(false)
}

fn disagrees(payment: &PaymentRow) {
    tracing::error!(payment = %payment.id, "the provider was paid another amount than was asked for");
    metrics::counter!("spark_payments_disagree_total", "channel" => payment.channel.clone()).increment(1);
}

/// When a payment is looked at next. While it is offered: after 15, 25 and then every 30 seconds, and at its end; a
/// transfer only at its end. Afterwards for money that came late, until the provider has answered a day later, for a
/// week at most.
fn next_look(payment: &PaymentRow, now: Instant, found: Found) -> Option<Instant> {
    let end = Instant(payment.expires_at);
    let by_hand =
        found == Found::ByHand || Channel::from_word(&payment.channel) == Some(Channel::BankTransfer);
    if now < end {
        let looks = usize::try_from(payment.queries.max(1) - 1).unwrap_or(usize::MAX);
        let step = STEPS.get(looks).copied().unwrap_or(STEPS[STEPS.len() - 1]);
        return Some(if by_hand { end } else { now.plus_seconds(step).min(end) });
    }
    if by_hand {
        return None;
    }
    let late = LATE.into_iter().map(|seconds| end.plus_seconds(seconds)).find(|at| *at > now);
    let unanswered = found == Found::Nothing && now < end.plus_seconds(GIVE_UP);
    if found == Found::Nothing && late.is_none() && !unanswered {
        tracing::error!(payment = %payment.id, "nobody has said what became of a payment; it is asked about no more");
    }
    late.or_else(|| unanswered.then(|| now.plus_seconds(LATE[0])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn payment(channel: &str, queries: i64) -> PaymentRow {
        PaymentRow {
            id: Uuid::nil(),
            gift_id: Uuid::nil(),
            channel: channel.to_owned(),
            out_trade_no: String::new(),
            provider_ref: None,
            amount_fen: 1,
            fee_fen: 0,
            state: "pending".to_owned(),
            created_at: 0,
            expires_at: 1_800_000_000,
            paid_at: None,
            pay_url: None,
            next_query_at: None,
            queries,
            edition: 1,
            released_ref: None,
        }
    }

    fn seconds(channel: &str, queries: i64, now: i64, found: Found) -> Option<i64> {
        next_look(&payment(channel, queries), Instant(now * 1_000_000), found).map(|at| at.0 / 1_000_000)
    }

    #[test]
    fn an_offered_payment_is_looked_at_every_half_minute_and_at_its_end() {
        let mut now = 10;
        let mut looks = vec![now];
        for queries in 1.. {
            let next = seconds("sandbox", queries, now, Found::Unpaid).unwrap();
            assert!(next > now && next - now <= 30, "{now} to {next}");
            now = next;
            looks.push(now);
            if now == 1800 {
                break;
            }
        }
        assert_eq!(looks[..5], [10, 25, 50, 80, 110]);
    }

    #[test]
    fn late_money_is_looked_for_until_the_provider_has_answered() {
        assert_eq!(seconds("sandbox", 60, 1800, Found::Unpaid), Some(1800 + 3600));
        assert_eq!(seconds("sandbox", 61, 5400, Found::Nothing), Some(1800 + 86_400));
        assert_eq!(seconds("sandbox", 62, 88_200, Found::Unpaid), None);
        assert_eq!(seconds("sandbox", 62, 88_200, Found::Nothing), Some(88_200 + 3600));
        assert_eq!(seconds("sandbox", 230, 1800 + 7 * 86_400, Found::Nothing), None);
    }

    #[test]
    fn a_transfer_is_looked_at_once_at_its_end() {
        assert_eq!(seconds("bank_transfer", 1, 5, Found::ByHand), Some(1800));
        assert_eq!(seconds("bank_transfer", 2, 1800, Found::ByHand), None);
    }
}
