//! The workers of a node: they ask providers, send refunds and messages, and sweep what loads left, each from its table;
//! and one keeps the registry in memory.
//!
//! Several nodes may work at once: what is due is leased by one SQL statement under the writer's lock, and whoever
//! dies leaves it due again. A worker sleeps until the next row is due, at most [`LONGEST`], so that it sees what
//! another node wrote; [`Bells`] wake it earlier. What is due is read before anything is claimed: an idle house
//! writes nothing.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use domain::access::Actor;
use domain::time::Instant;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::context::{Ctx, House};
use crate::error::Answer;

mod bills;
mod holds;
mod messages;
mod payments;
mod refunds;

pub use bills::bills_round;
pub use holds::holds_round;
pub use messages::messages_round;
pub use payments::payments_round;
pub use refunds::refunds_round;

/// The longest sleep of a worker.
const LONGEST: Duration = Duration::from_secs(1);
/// The shortest: a row that stays due must not make it spin.
const SHORTEST: Duration = Duration::from_millis(50);
/// The longest pause after failures in a row.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Wakes the workers of this node before their sleep is over.
#[derive(Debug, Default)]
pub struct Bells {
    /// Payments to ask about.
    pub payments: Notify,
    /// Refunds to send.
    pub refunds: Notify,
    /// Messages to send.
    pub messages: Notify,
    /// Holds to end.
    pub holds: Notify,
    /// Bills to compare.
    pub bills: Notify,
    /// Loads that were given up, to be swept.
    pub loads: Notify,
    /// Answers to keys, to be forgotten.
    pub requests: Notify,
}

/// The clock, where a task lives longer than one use case.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The machine's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one clock that everything else is given")]
pub fn system_now() -> Instant {
    Instant(jiff::Timestamp::now().as_microsecond())
}

/// Does what is due and says when something is due next.
type Round = for<'c> fn(&'c Ctx) -> BoxFuture<'c, Answer<Option<Instant>>>;

/// The running workers.
pub struct Workers(JoinSet<()>);

impl Workers {
    /// Starts every worker of this node. Each ends after the round that it is in once `stop` is cancelled.
    #[must_use]
    pub fn start(house: Arc<House>, clock: Clock, stop: CancellationToken) -> Self {
        let mut tasks = JoinSet::new();
        let mut worker = |name: &'static str, bell: fn(&Bells) -> &Notify, round: Round| {
            tasks.spawn(work(name, Arc::clone(&house), Arc::clone(&clock), stop.clone(), bell, round));
        };
        worker("payments", |bells| &bells.payments, |ctx| payments_round(ctx).boxed());
        worker("refunds", |bells| &bells.refunds, |ctx| refunds_round(ctx).boxed());
        worker("messages", |bells| &bells.messages, |ctx| messages_round(ctx).boxed());
        worker("holds", |bells| &bells.holds, |ctx| holds_round(ctx).boxed());
        worker("bills", |bells| &bells.bills, |ctx| bills_round(ctx).boxed());
        worker("loads", |bells| &bells.loads, |ctx| crate::registry::load::sweep_round(ctx).boxed());
        worker("requests", |bells| &bells.requests, |ctx| crate::registry::api::requests_round(ctx).boxed());
        // What reads an upload ends with the workers, and leaves nothing half loaded.
        let (uploads, over) = (Arc::clone(&house), stop.clone());
        tasks.spawn(async move {
            over.cancelled().await;
            uploads.uploads.end().await;
        });
        tasks.spawn(crate::registry::live::follow(house, stop));
        Self(tasks)
    }

    /// Waits until every worker has ended: soon after the token was cancelled, each call out is bounded.
    pub async fn ended(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

async fn work(
    name: &'static str,
    house: Arc<House>,
    clock: Clock,
    stop: CancellationToken,
    bell: fn(&Bells) -> &Notify,
    round: Round,
) {
    let mut failures = 0;
    while !stop.is_cancelled() {
        let ctx = Ctx { house: Arc::clone(&house), actor: Actor::System, now: clock() };
        let sleep = match AssertUnwindSafe(round(&ctx)).catch_unwind().await {
            Ok(Ok(next)) => {
                failures = 0;
                until(next, clock())
            }
            Ok(Err(error)) => {
                tracing::error!(worker = name, %error, "a round failed");
                pause(&mut failures)
            }
            Err(_) => {
                tracing::error!(worker = name, "a round panicked");
                pause(&mut failures)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = bell(&house.bells).notified() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

fn until(next: Option<Instant>, now: Instant) -> Duration {
    let micros = next.map_or(u64::MAX, |next| u64::try_from(next.0 - now.0).unwrap_or(0));
    Duration::from_micros(micros).clamp(SHORTEST, LONGEST)
}

/// 1 s, 2 s, 4 s … after failures in a row.
fn pause(failures: &mut u32) -> Duration {
    *failures = (*failures + 1).min(6);
    Duration::from_secs(1 << (*failures - 1)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_never_spins_and_never_oversleeps() {
        let now = Instant(1_000_000);
        assert_eq!(until(None, now), LONGEST);
        assert_eq!(until(Some(Instant(0)), now), SHORTEST);
        assert_eq!(until(Some(Instant(1_400_000)), now), Duration::from_millis(400));
        let mut failures = 0;
        let pauses: Vec<u64> = (0..7).map(|_| pause(&mut failures).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }
}
