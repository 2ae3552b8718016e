//! Limits on attempts, counted in the database so that all nodes count together. What is limited (an address, an
//! account) is stored as a keyed digest only.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use domain::refusal::Refusal;
use domain::time::Instant;
use store::Tx;
use store::limit::{Count, limit_get, limit_put};
use uuid::Uuid;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// At most so many attempts in so many seconds.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// What is limited, as table `rate_limit` names it.
    pub purpose: &'static str,
    /// Attempts.
    pub max: i64,
    /// Seconds.
    pub seconds: i64,
}

impl Limit {
    /// The seconds until the next attempt counts; none when it counts now.
    fn wait(self, count: Option<Count>, now: Instant) -> Option<i64> {
        let count = count.filter(|count| count.count >= self.max)?;
        let left = count.period_start + self.seconds * 1_000_000 - now.0;
        // A clock that was ahead must not lock anybody out for longer than the period.
        (left > 0).then(|| (left.div_euclid(1_000_000) + 1).min(self.seconds))
    }

    /// Counts one attempt inside a command of the writer.
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`].
    pub async fn take_in(self, tx: &mut Tx, subject: &[u8], now: Instant) -> Answer<()> {
        let count = limit_get(&mut tx.conn(), self.purpose, subject).await?;
        let next = self.next(count, now)?;
        Ok(limit_put(tx, self.purpose, subject, Instant(next.period_start), next.count).await?)
    }

    /// The count with one attempt more.
    fn next(self, count: Option<Count>, now: Instant) -> Result<Count, Refusal> {
        if let Some(seconds) = self.wait(count, now) {
            return Err(Refusal::TooManyAttempts { seconds });
        }
        let running = count.filter(|count| count.period_start + self.seconds * 1_000_000 > now.0);
        let before = running.unwrap_or(Count { period_start: now.0, count: 0 });
        Ok(Count { count: before.count + 1, ..before })
    }
}

/// Attempts counted in this node's memory alone: for what only reads, so that it never waits for the writer.
#[derive(Debug, Default)]
pub struct Counted(Mutex<HashMap<Uuid, Count>>);

impl Counted {
    /// Counts one attempt by `subject`, of which there are few.
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`].
    pub fn take(&self, limit: Limit, subject: Uuid, now: Instant) -> Result<(), Refusal> {
        // A count is whole after each line.
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = limit.next(counts.get(&subject).copied(), now)?;
        counts.insert(subject, next);
        Ok(())
    }
}

/// Counts one attempt by `subject` (an address, a number that is looked up …); refuses when there were `limit.max` of
/// them in the period already. A refused attempt writes nothing.
///
/// # Errors
/// [`Refusal::TooManyAttempts`], or as the store.
pub async fn limit_take(ctx: &Ctx, limit: Limit, subject: &str) -> Answer<()> {
    let subject = limit_subject(ctx, limit.purpose, subject);
    // A flood is turned away by reading alone.
    let mut reader = ctx.house.db.read().await?;
    let count = limit_get(&mut reader.conn(), limit.purpose, &subject).await?;
    drop(reader);
    if let Some(seconds) = limit.wait(count, ctx.now) {
        return Err(Refusal::TooManyAttempts { seconds }.into());
    }
    let now = ctx.now;
    ctx.house.writer.write(move |tx| Box::pin(async move { limit.take_in(tx, &subject, now).await })).await
}

/// The keyed digest under which attempts are counted.
#[must_use]
pub fn limit_subject(ctx: &Ctx, purpose: &str, subject: &str) -> Vec<u8> {
    ctx.house.keys.digest(&format!("limit {purpose}"), subject.as_bytes()).to_vec()
}

/// An address as it is limited: whoever has one IPv6 address has its whole /64.
#[must_use]
pub fn limit_address(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).to_string(),
    }
}

/// The site (/48, RFC 6177) of an IPv6 address; none for IPv4.
#[must_use]
pub fn limit_site(address: IpAddr) -> Option<String> {
    match address.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(v6) => Some(Ipv6Addr::from(u128::from(v6) >> 80 << 80).to_string()),
    }
}

/// Forgets counts that no limit asks for any more, and sessions that have expired.
///
/// # Errors
/// As the store.
pub async fn sweep(ctx: &Ctx) -> Answer<()> {
    let now = ctx.now;
    let before = now.plus_seconds(-crate::staff::REMEMBERED_SECONDS);
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                store::session::sessions_sweep(tx, now).await?;
                store::limit::limits_sweep(tx, before).await?;
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_in_memory_ends_with_its_period() {
        let (limit, counted) = (Limit { purpose: "x", max: 2, seconds: 60 }, Counted::default());
        let (one, other, now) = (Uuid::from_u128(1), Uuid::from_u128(2), Instant(5));
        assert_eq!(counted.take(limit, one, now), Ok(()));
        assert_eq!(counted.take(limit, one, now.plus_seconds(30)), Ok(()));
        let refused = counted.take(limit, one, now.plus_seconds(59));
        assert!(matches!(refused, Err(Refusal::TooManyAttempts { seconds: 1..=2 })), "{refused:?}");
        assert_eq!(counted.take(limit, other, now.plus_seconds(59)), Ok(()));
        assert_eq!(counted.take(limit, one, now.plus_seconds(60)), Ok(()));
    }

    #[test]
    fn an_address_is_limited_as_who_holds_it() {
        assert_eq!(limit_address("10.0.0.7".parse().unwrap()), "10.0.0.7");
        assert_eq!(limit_address("::ffff:10.0.0.7".parse().unwrap()), "10.0.0.7");
        assert_eq!(limit_address("2001:db8:1:2:3:4:5:6".parse().unwrap()), "2001:db8:1:2::");
        assert_eq!(limit_site("2001:db8:1:2:3:4:5:6".parse().unwrap()).as_deref(), Some("2001:db8:1::"));
        assert_eq!(limit_site("::ffff:10.0.0.7".parse().unwrap()), None);
    }
}
