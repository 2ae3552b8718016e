//! Staff sessions: kept in table `session` under a keyed digest of their id, so that whoever reads the table cannot
//! take one over.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use domain::id::UserId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use service::staff::{SignedIn, Staff};
use service::{Answer, Ctx, House, ServiceError};
use store::StoreError;
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result, SessionStore};
use tower_sessions::{Expiry, Session, SessionManagerLayer};

/// Where a session keeps who is signed in.
const STAFF: &str = "staff";

/// The longest that somebody stays signed in, however busy: 12 hours.
const LONGEST_SECONDS: i64 = 12 * 3600;

/// A session that is in use is written anew when its time is this much spent, in seconds.
const TOUCH_SECONDS: i64 = 60;

/// The layer that gives each request its [`Session`]. `secure` is off only on plain http on this machine.
pub fn layer(
    house: &Arc<House>,
    clock: fn() -> Instant,
    idle_minutes: i64,
    secure: bool,
) -> SessionManagerLayer<DatabaseStore> {
    SessionManagerLayer::new(DatabaseStore { house: Arc::clone(house), clock })
        // Browsers take a name with this prefix only with Secure, for this host alone.
        .with_name(if secure { "__Host-session" } else { "session" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::minutes(idle_minutes)))
}

/// Whether cookies bear `Secure`: always, but on plain http on this very machine.
#[must_use]
pub fn secure(base_url: &str) -> bool {
    let host = base_url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or(rest));
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(host, _)| host));
    !matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Who is signed in, as the session keeps it.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    user_id: UserId,
    mark: String,
    began_at: i64,
    seen_at: i64,
}

/// Begins the session of somebody who signed in, under a new id: one that was known before the sign-in opens nothing.
///
/// # Errors
/// When the store does not answer.
pub async fn begin(session: &Session, ctx: &Ctx, signed_in: SignedIn) -> Answer<()> {
    let (user_id, mark) = (signed_in.user_id, signed_in.mark);
    session.cycle_id().await.map_err(unavailable)?;
    let kept = Kept { user_id, mark, began_at: ctx.now.0, seen_at: ctx.now.0 };
    session.insert(STAFF, kept).await.map_err(unavailable)
}

/// Ends the session here and in the database.
///
/// # Errors
/// When the store does not answer: then they are still signed in.
pub async fn end(session: &Session) -> Answer<()> {
    session.flush().await.map_err(unavailable)
}

/// Who is signed in: none without a session, after the idle time or 12 hours, when the user was disabled or the
/// password changed.
///
/// # Errors
/// When the store does not answer.
pub async fn staff(session: &Session, ctx: &Ctx) -> Answer<Option<Staff>> {
    let Some(kept) = session.get::<Kept>(STAFF).await.map_err(unavailable)? else { return Ok(None) };
    let fresh = ctx.now < Instant(kept.began_at).plus_seconds(LONGEST_SECONDS);
    let staff = if fresh { service::staff::signed_in(ctx, kept.user_id, &kept.mark).await? } else { None };
    if staff.is_none() {
        end(session).await?;
    } else if ctx.now > Instant(kept.seen_at).plus_seconds(TOUCH_SECONDS) {
        session.insert(STAFF, Kept { seen_at: ctx.now.0, ..kept }).await.map_err(unavailable)?;
    }
    Ok(staff)
}

fn unavailable(error: tower_sessions::session::Error) -> ServiceError {
    tracing::warn!(%error, "session");
    StoreError::Unavailable.into()
}

/// Keeps sessions in the house's database.
#[derive(Clone)]
pub struct DatabaseStore {
    house: Arc<House>,
    clock: fn() -> Instant,
}

impl fmt::Debug for DatabaseStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseStore")
    }
}

/// What is written: id digest, data, expiry.
type Written = (String, String, Instant);

impl DatabaseStore {
    fn digest(&self, id: &Id) -> String {
        HEXLOWER.encode(&self.house.keys.digest("session id", &id.0.to_be_bytes()))
    }

    fn written(&self, record: &Record) -> Result<Written> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let expires_at = i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX);
        Ok((self.digest(&record.id), data, Instant(expires_at)))
    }
}

fn backend(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for DatabaseStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let (id, data, expires_at) = self.written(record)?;
            let added = self.house.writer.write(move |tx| {
                Box::pin(async move { store::session::session_add(tx, &id, &data, expires_at).await })
            });
            if added.await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (id, data, expires_at) = self.written(record)?;
        let set = self.house.writer.write(move |tx| {
            Box::pin(async move { store::session::session_set(tx, &id, &data, expires_at).await })
        });
        // Gone meanwhile: a sign-out on another node stands.
        set.await.map(|_| ()).map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let digest = self.digest(id);
        let found = async {
            let mut reader = self.house.db.read().await?;
            store::session::session_get(&mut reader.conn(), &digest, (self.clock)()).await
        };
        let Some((data, expires_at)) = found.await.map_err(backend)? else { return Ok(None) };
        let data = serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(expires_at.0) * 1000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let digest = self.digest(id);
        let ended = self
            .house
            .writer
            .write(move |tx| Box::pin(async move { store::session::session_end(tx, &digest).await }));
        ended.await.map_err(backend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_goes_without_secure_cookies() {
        for plain in
            ["http://127.0.0.1:3000", "http://localhost:3000", "http://localhost", "http://[::1]:3000"]
        {
            assert!(!secure(plain), "{plain}");
        }
        for other in
            ["https://spark.example.org", "http://spark.example.org", "http://localhost.example.org:1"]
        {
            assert!(secure(other), "{other}");
        }
    }
}
