//! Merchants: who they are and the key each of them signs with.

use anyhow::Context;
use ed25519_dalek::VerifyingKey;

use crate::config;
use crate::db::{Db, Tx};
use crate::signing;

/// A registered merchant.
#[derive(Debug, Clone)]
pub(crate) struct Merchant {
    pub name: String,
    pub key: VerifyingKey,
}

/// The merchant called `id`, if it is registered.
pub(crate) async fn find(
    from: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
    id: &str,
) -> anyhow::Result<Option<Merchant>> {
    let row: Option<(String, Vec<u8>)> =
        sqlx::query_as("select name, public_key from merchant where id = $1")
            .bind(id)
            .fetch_optional(from)
            .await?;
    let Some((name, bytes)) = row else { return Ok(None) };
    let bytes: [u8; 32] = bytes.try_into().ok().context("merchant.public_key has not 32 bytes")?;
    let key = signing::strong_key(&bytes).context("merchant.public_key is no key")?;
    Ok(Some(Merchant { name, key }))
}

/// Stores a merchant's name and key, new or changed.
pub(crate) async fn store(
    tx: &mut Tx,
    id: &str,
    name: &str,
    key: &[u8; 32],
    now_ms: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into merchant (id, name, public_key, created_ms, changed_ms) values ($1, $2, $3, $4, $4)
         on conflict (id) do update set name = excluded.name, public_key = excluded.public_key,
             changed_ms = excluded.changed_ms",
    )
    .bind(id)
    .bind(name)
    .bind(key.as_slice())
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Registers the configured merchants that are not known yet.
pub(crate) async fn seed(db: &Db, merchants: &[config::Merchant], now_ms: i64) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    for merchant in merchants {
        signing::strong_key(&merchant.public_key)
            .with_context(|| format!("the key of {} is no key", merchant.id))?;
        if find(&mut *tx, &merchant.id).await?.is_none() {
            store(&mut tx, &merchant.id, &merchant.name, &merchant.public_key, now_ms).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
