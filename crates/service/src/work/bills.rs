//! Comparing each provider's bill of yesterday with the books, once; days that a stopped program missed come after.

use domain::giving::Channel;
use domain::time::{Date, Instant};

use crate::bills::bill_reconcile;
use crate::context::Ctx;
use crate::error::Answer;

/// How many seconds after midnight in Shanghai a day's bill is asked for.
const AFTER_MIDNIGHT: i64 = 600;
/// How long a claim lasts, in seconds; who failed tries again after it.
const LEASE: i64 = 900;
/// How many days back a stopped program makes up for.
const DAYS_BACK: i64 = 31;

/// Compares the next day of each channel that is due; when the next one is.
///
/// # Errors
/// As the store.
pub async fn bills_round(ctx: &Ctx) -> Answer<Option<Instant>> {
    let last = ctx.now.plus_seconds(-AFTER_MIDNIGHT).date().previous();
    for channel in Channel::ALL {
        if !ctx.house.providers.of(channel).is_some_and(|provider| provider.has_bill()) {
            continue;
        }
        let Some(day) = next_day(ctx, channel, last).await? else { continue };
        let (now, until) = (ctx.now, ctx.now.plus_seconds(LEASE));
        let claim = ctx.house.writer.write(move |tx| {
            Box::pin(async move { store::bill::bill_day_claim(tx, channel.as_str(), day, now, until).await })
        });
        if !claim.await? {
            continue;
        }
        match bill_reconcile(ctx, channel, day).await {
            Ok(done) if done.differences.is_empty() => {}
            Ok(done) => {
                let count = done.differences.len();
                tracing::error!(channel = channel.as_str(), %day, count, "a provider's bill and the books differ");
            }
            Err(error) => {
                tracing::warn!(channel = channel.as_str(), %day, %error, "a bill could not be compared");
            }
        }
    }
    Ok(None)
}

/// The first day up to `last` that was not compared; nothing before the channel's first money.
async fn next_day(ctx: &Ctx, channel: Channel, last: Date) -> Answer<Option<Date>> {
    let mut reader = ctx.house.db.read().await?;
    let (reached, first) = store::bill::bill_reached(&mut reader.conn(), channel.as_str()).await?;
    let next = match (reached, first) {
        (Some(reached), _) => reached.parse::<Date>()?.next(),
        (None, Some(first)) => first.date().max(last),
        (None, None) => return Ok(None),
    };
    let earliest = ctx.now.plus_seconds(-DAYS_BACK * 24 * 3600).date();
    let next = next.max(earliest);
    Ok((next <= last).then_some(next))
}
