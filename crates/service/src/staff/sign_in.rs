//! Signing in: five failures in a quarter of an hour from one address lock that address out of that account. Guessing
//! from many addresses is slowed for the account as a whole, but never for an address from which its owner signed in
//! before: so nobody outside can lock staff out.

use std::net::IpAddr;

use domain::access::{Action, Actor, Role};
use domain::id::UserId;
use domain::refusal::Refusal;
use domain::time::Instant;
use store::Tx;
use store::limit::{limit_clear, limit_get, limit_put};
use store::staff::StaffRow;
use uuid::Uuid;

use super::password;
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::limits::{Limit, limit_address, limit_site, limit_subject};

/// Attempts on any accounts from one address.
const ADDRESS: Limit = Limit { purpose: "sign-in address", max: 30, seconds: 900 };

/// Attempts from one IPv6 site (/48), which holds 65536 addresses as [`ADDRESS`] counts them, on accounts whose owners
/// never signed in from there.
const SITE: Limit = Limit { purpose: "sign-in site", max: 120, seconds: 900 };

/// Failures from one address on one account before it is locked out.
const FAILURES: i64 = 5;

/// How long they count, and how long the lock-out lasts, in seconds.
const LOCKED_SECONDS: i64 = 900;

/// Counts per account and address.
const PAIR: &str = "sign-in pair";

/// Counts per account, from addresses that are new to it.
const ACCOUNT: &str = "sign-in account";

/// Attempts on an account from new addresses before they are slowed.
const FREE: i64 = 10;

/// The longest that attempts from new addresses are spaced apart, in seconds.
const LONGEST_SECONDS: i64 = 300;

/// Quiet after which an account's count begins anew, in seconds.
const QUIET_SECONDS: i64 = 24 * 3600;

/// Keeps the addresses from which an account's owner signed in.
const KNOWN: &str = "sign-in known";

/// How long such an address is remembered: 90 days, in seconds.
pub const REMEMBERED_SECONDS: i64 = 90 * 24 * 3600;

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user_id: UserId,
    /// What they are.
    pub roles: Vec<Role>,
    /// Tells this password from the next: the session keeps it and [`super::signed_in`] asks for it.
    pub mark: String,
}

/// Signs in with name and password from `address`.
///
/// # Errors
/// [`Refusal::SignInFailed`] for a wrong password, an unknown name and a disabled user alike, and after the same time;
/// [`Refusal::TooManyAttempts`].
pub async fn sign_in(ctx: &Ctx, name: &str, password: &str, address: IpAddr) -> Answer<SignedIn> {
    ctx.authorize(Action::SignIn)?;
    let name = super::sign_in_name(name);
    let subjects = Subjects::new(ctx, &name, address);
    let attempt = attempt(ctx, subjects.clone()).await?;
    let mut reader = ctx.house.db.read().await?;
    let user = store::staff::staff_by_name(&mut reader.conn(), &name).await?;
    drop(reader);
    let fits = password::fits(password, user.as_ref()).await?;
    match user {
        Some(user) if fits && user.disabled_at.is_none() => succeed(ctx, subjects, attempt, user).await,
        user => Err(fail(ctx, attempt, user).await?),
    }
}

/// What attempts are counted by.
#[derive(Clone)]
struct Subjects {
    address: Vec<u8>,
    site: Option<Vec<u8>>,
    pair: Vec<u8>,
    known: Vec<u8>,
    account: Vec<u8>,
}

impl Subjects {
    fn new(ctx: &Ctx, name: &str, address: IpAddr) -> Self {
        let site = limit_site(address).map(|site| limit_subject(ctx, SITE.purpose, &site));
        let address = limit_address(address);
        // A name holds no line break, so no two pairs read alike.
        let pair = format!("{name}\n{address}");
        Self {
            address: limit_subject(ctx, ADDRESS.purpose, &address),
            site,
            pair: limit_subject(ctx, PAIR, &pair),
            known: limit_subject(ctx, KNOWN, &pair),
            account: limit_subject(ctx, ACCOUNT, name),
        }
    }
}

/// An attempt that may be made.
#[derive(Clone, Copy)]
struct Attempt {
    /// The how-manieth of this address on this account.
    number: i64,
    /// Whether the account's owner signed in from this address before.
    known: bool,
}

/// Counts the attempt before the password is looked at, so that many at once are not more than many in turn.
async fn attempt(ctx: &Ctx, subjects: Subjects) -> Answer<Attempt> {
    let now = ctx.now;
    ctx.house.writer.write(move |tx| Box::pin(async move { count(tx, &subjects, now).await })).await
}

async fn count(tx: &mut Tx, subjects: &Subjects, now: Instant) -> Answer<Attempt> {
    let since = |start: i64| now.0.saturating_sub(start).max(0) / 1_000_000;
    ADDRESS.take_in(tx, &subjects.address, now).await?;
    let pair = limit_get(&mut tx.conn(), PAIR, &subjects.pair).await?;
    let pair = pair.filter(|pair| since(pair.period_start) < LOCKED_SECONDS);
    let before = pair.map_or(0, |pair| pair.count);
    if let Some(pair) = pair.filter(|pair| pair.count >= FAILURES) {
        return Err(Refusal::TooManyAttempts { seconds: LOCKED_SECONDS - since(pair.period_start) }.into());
    }
    let known = limit_get(&mut tx.conn(), KNOWN, &subjects.known).await?;
    let known = known.is_some_and(|known| since(known.period_start) < REMEMBERED_SECONDS);
    if !known {
        // Not for known addresses: a neighbour in a carrier's network must not lock staff out.
        if let Some(site) = &subjects.site {
            SITE.take_in(tx, site, now).await?;
        }
        let account = limit_get(&mut tx.conn(), ACCOUNT, &subjects.account).await?;
        let account = account.filter(|account| since(account.period_start) < QUIET_SECONDS);
        let wait = account.map_or(0, |account| spacing(account.count) - since(account.period_start));
        if wait > 0 {
            return Err(Refusal::TooManyAttempts { seconds: wait }.into());
        }
        limit_put(tx, ACCOUNT, &subjects.account, now, account.map_or(0, |account| account.count) + 1)
            .await?;
    }
    // The quarter of an hour begins anew with each attempt: never are there more than five in any of them.
    limit_put(tx, PAIR, &subjects.pair, now, before + 1).await?;
    Ok(Attempt { number: before + 1, known })
}

/// The seconds between attempts on an account from new addresses, after so many of them: nothing for the first ten,
/// then 1, 2, 4 … up to five minutes.
const fn spacing(attempts: i64) -> i64 {
    match attempts - FREE {
        over if over < 0 => 0,
        over if over < 9 => {
            let seconds = 1 << over;
            if seconds < LONGEST_SECONDS { seconds } else { LONGEST_SECONDS }
        }
        _ => LONGEST_SECONDS,
    }
}

async fn fail(ctx: &Ctx, attempt: Attempt, user: Option<StaffRow>) -> Answer<ServiceError> {
    // The name that was typed may be a password in the wrong field: it is written nowhere.
    let id = user.map_or(Uuid::nil(), |user| user.id);
    let at = ctx.clone();
    let written = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            tx.record(at.event("sign_in.failed", ("staff_user", id)), vec![]);
            if attempt.number == FAILURES {
                tx.record(at.event("sign_in.locked", ("staff_user", id)), vec![]);
            }
            Ok::<_, ServiceError>(())
        })
    });
    written.await?;
    Ok(Refusal::SignInFailed.into())
}

async fn succeed(ctx: &Ctx, subjects: Subjects, attempt: Attempt, user: StaffRow) -> Answer<SignedIn> {
    let (user_id, roles, mark) = (UserId(user.id), user.roles()?, password::mark(ctx, &user));
    let at = Ctx { actor: Actor::Staff { user_id, roles: roles.clone() }, ..ctx.clone() };
    let written = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            limit_clear(tx, PAIR, &subjects.pair).await?;
            limit_put(tx, KNOWN, &subjects.known, at.now, 1).await?;
            if !attempt.known
                && let Some(account) = limit_get(&mut tx.conn(), ACCOUNT, &subjects.account).await?
            {
                // This one was no guess.
                let start = Instant(account.period_start);
                limit_put(tx, ACCOUNT, &subjects.account, start, (account.count - 1).max(0)).await?;
            }
            tx.record(at.event("sign_in.done", ("staff_user", user_id.0)), vec![]);
            Ok::<_, ServiceError>(())
        })
    });
    written.await?;
    Ok(SignedIn { user_id, roles, mark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_from_new_addresses_are_spaced_ever_wider() {
        let seconds: Vec<i64> = (8..22).map(spacing).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(spacing(i64::MAX), 300);
    }
}
