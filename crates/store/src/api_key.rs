//! Keys of laboratories' systems: what they may be used for, for which bank, and until when.

use domain::access::Scope;
use domain::audit::Fields;
use domain::id::{ApiKeyId, BankId};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// A key as table `api_key` keeps it: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ApiKeyRow {
    /// Id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the key.
    pub digest: Vec<u8>,
    /// Words of [`Scope`], with one blank between them.
    pub scopes: String,
    /// Whose units it opens.
    pub bank_id: Uuid,
    /// When it was made (µs).
    pub created_at: i64,
    /// From when on it opens nothing (µs).
    pub expires_at: i64,
    /// Since when it opens nothing, before its time (µs).
    pub revoked_at: Option<i64>,
    /// When it last opened something, to the day (µs); proved by nothing.
    pub last_used_at: Option<i64>,
    /// Chain of the event that made it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl ApiKeyRow {
    /// The key's id.
    #[must_use]
    pub const fn key_id(&self) -> ApiKeyId {
        ApiKeyId(self.id)
    }

    /// The bank.
    #[must_use]
    pub const fn bank(&self) -> BankId {
        BankId(self.bank_id)
    }

    /// Whether it opens something at `now`.
    #[must_use]
    pub const fn stands(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && now.0 < self.expires_at
    }

    /// What the last event that speaks of it must say.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("api_key")
            .id(self.id)
            .text(&self.name)
            .bytes(&self.digest)
            .text(&self.scopes)
            .id(self.bank_id)
            .int(self.created_at)
            .int(self.expires_at)
            .maybe_int(self.revoked_at)
            .int(self.event_chain)
            .int(self.event_seq);
        Fact::new("api_key", self.id, fields)
    }

    /// Reads the scopes.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] for a word that is no scope.
    pub fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        let words = self.scopes.split(' ').filter(|word| !word.is_empty());
        words
            .map(|word| Scope::from_word(word).ok_or_else(|| inconsistent("api_key", "scopes", self.id)))
            .collect()
    }
}

/// Adds a key.
///
/// # Errors
/// [`StoreError::Conflict`] when the name is taken.
pub async fn api_key_add(tx: &mut Tx, row: &ApiKeyRow) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into api_key (id, name, digest, scopes, bank_id, created_at, expires_at, revoked_at, event_chain, \
         event_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        row.id,
        &row.name,
        &row.digest,
        &row.scopes,
        row.bank_id,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.event_chain,
        row.event_seq
    )?;
    Ok(())
}

/// The key of this digest, whether or not it still opens something.
///
/// # Errors
/// As the driver.
pub async fn api_key_by_digest(conn: &mut Conn<'_>, digest: &[u8]) -> Result<Option<ApiKeyRow>, StoreError> {
    fetch_optional!(conn, ApiKeyRow, "select * from api_key where digest = $1", digest.to_vec())
}

/// All keys, by name.
///
/// # Errors
/// As the driver.
pub async fn api_keys(conn: &mut Conn<'_>) -> Result<Vec<ApiKeyRow>, StoreError> {
    fetch_all!(conn, ApiKeyRow, "select * from api_key order by name")
}

/// Keeps that a key opened something, where that was not kept since `since`.
///
/// # Errors
/// As the driver.
pub async fn api_key_used(
    tx: &mut Tx,
    key: ApiKeyId,
    now: Instant,
    since: Instant,
) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "update api_key set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $3)",
        key.0,
        now.0,
        since.0
    )?;
    Ok(())
}

/// Ends a key. `None` when there is no such key or it was ended before.
///
/// # Errors
/// As the driver.
pub async fn api_key_revoke(tx: &mut Tx, name: &str, now: Instant) -> Result<Option<ApiKeyRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        ApiKeyRow,
        "update api_key set revoked_at = $2 where name = $1 and revoked_at is null returning *",
        name,
        now.0
    )
}
