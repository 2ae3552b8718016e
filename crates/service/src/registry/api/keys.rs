//! Keys of laboratories' systems: made and taken back by the administrator, shown once, kept as a digest.

use domain::access::{Action, Actor, Scope};
use domain::refusal::Refusal;
use sha2::{Digest as _, Sha256};
use store::StoreError;
use store::api_key::{ApiKeyRow, api_key_add, api_key_by_digest, api_key_used, api_keys};
use zeroize::Zeroizing;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::limits::{Limit, limit_take};
use crate::registry::reach::needed;

/// What every key begins with, so that one is recognised wherever it should not be.
pub const PREFIX: &str = "spark_api_";

/// Characters after the prefix: 128 random bits.
const SECRET: usize = 26;

/// Days that a key opens something when nobody says otherwise.
pub const DAYS: u16 = 365;

/// The most days.
pub const MOST_DAYS: u16 = 1095;

/// Requests of one key that change something, over all nodes, and as many that read, through each node: a batch holds up to
/// a hundred units, so a whole bank is brought over in an hour.
pub const CALLS: Limit = Limit { purpose: "api", max: 600, seconds: 60 };

/// A key that is to be made.
#[derive(Debug, Clone)]
pub struct NewKey<'k> {
    /// What people call it.
    pub name: &'k str,
    /// The code of the bank whose units it opens.
    pub bank: &'k str,
    /// What it may be used for.
    pub scopes: &'k [Scope],
    /// Days until it expires.
    pub days: u16,
}

fn digest_of(key: &str) -> [u8; 32] {
    // A key holds 128 random bits: nothing slower than this is needed.
    Sha256::digest(key.as_bytes()).into()
}

/// Makes a key and gives it: it is never to be had again.
///
/// # Errors
/// [`Refusal::NameTaken`], [`Refusal::ChoiceUnknown`] for an unknown bank, [`Refusal::Required`] without a name or a
/// scope, [`Refusal::DaysOutOfRange`].
pub async fn api_key_create(ctx: &Ctx, wish: NewKey<'_>) -> Answer<(ApiKeyRow, Zeroizing<String>)> {
    ctx.authorize(Action::ManageApiKeys)?;
    let name = needed(wish.name, 64)?;
    if wish.scopes.is_empty() {
        return Err(Refusal::Required.into());
    }
    if !(1..=MOST_DAYS).contains(&wish.days) {
        return Err(Refusal::DaysOutOfRange { max: MOST_DAYS }.into());
    }
    let mut reader = ctx.house.db.read().await?;
    let banks = store::bank::banks(&mut reader.conn()).await?;
    drop(reader);
    let bank = banks.into_iter().find(|bank| bank.code == wish.bank).ok_or(Refusal::ChoiceUnknown)?;
    let key = Zeroizing::new(format!("{PREFIX}{}", ctx.token()));
    let mut scopes = wish.scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    let mut row = ApiKeyRow {
        id: ctx.id(),
        name,
        digest: digest_of(&key).to_vec(),
        scopes: scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
        bank_id: bank.id,
        created_at: ctx.now.0,
        expires_at: ctx.now.plus_seconds(i64::from(wish.days) * 24 * 3600).0,
        revoked_at: None,
        last_used_at: None,
        event_chain: 0,
        event_seq: 0,
    };
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let place = tx.next_event();
            (row.event_chain, row.event_seq) = (place.chain, place.seq);
            match api_key_add(tx, &row).await {
                Err(StoreError::Conflict { .. }) => return Err(Refusal::NameTaken.into()),
                done => done?,
            }
            let mut event = at.event("api_key.created", ("api_key", row.id));
            event.state = Some("standing".to_owned());
            event.detail = serde_json::json!({
                "bank_id": row.bank_id,
                "scopes": row.scopes,
                "expires_at": row.expires_at,
            })
            .to_string();
            tx.record_facts(event, vec![], &[row.fact()]);
            Ok::<_, ServiceError>(row)
        })
    });
    Ok((write.await?, key))
}

/// All keys with the codes of their banks, by name.
///
/// # Errors
/// When not allowed.
pub async fn api_key_list(ctx: &Ctx) -> Answer<Vec<(ApiKeyRow, String)>> {
    ctx.authorize(Action::ManageApiKeys)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let banks = store::bank::banks(&mut conn).await?;
    let code =
        |row: &ApiKeyRow| banks.iter().find(|bank| bank.id == row.bank_id).map(|bank| bank.code.clone());
    let keys = api_keys(&mut conn).await?;
    Ok(keys
        .into_iter()
        .map(|row| (code(&row).unwrap_or_default(), row))
        .map(|(code, row)| (row, code))
        .collect())
}

/// Takes a key back: from now on it opens nothing.
///
/// # Errors
/// [`Refusal::NotFound`], also when it was taken back before.
pub async fn api_key_revoke(ctx: &Ctx, name: &str) -> Answer<()> {
    ctx.authorize(Action::ManageApiKeys)?;
    let (at, name) = (ctx.clone(), domain::text::line(name, 64)?);
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let row = store::api_key::api_key_revoke(tx, &name, at.now).await?;
                let row = row.ok_or(Refusal::NotFound)?;
                let mut event = at.event("api_key.revoked", ("api_key", row.id));
                event.state = Some("revoked".to_owned());
                tx.record_facts(event, vec![], &[row.fact()]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// What a key is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// To read: counted in this node's memory.
    Read,
    /// To change something: counted in the database, which is written anyway.
    Change,
}

/// The context of whoever shows a key; one request is counted.
///
/// # Errors
/// [`Refusal::ApiKeyInvalid`] for anything but a key that stands, [`Refusal::TooManyAttempts`] above [`CALLS`].
pub async fn api_key_open(ctx: &Ctx, shown: &str, call: Call) -> Answer<Ctx> {
    if shown.strip_prefix(PREFIX).is_none_or(|secret| secret.len() != SECRET) {
        return Err(Refusal::ApiKeyInvalid.into());
    }
    let mut reader = ctx.house.db.read().await?;
    let found = api_key_by_digest(&mut reader.conn(), &digest_of(shown)).await?;
    drop(reader);
    let row = found.filter(|row| row.stands(ctx.now)).ok_or(Refusal::ApiKeyInvalid)?;
    let actor = Actor::ApiKey { key_id: row.key_id(), bank_id: row.bank(), scopes: row.scopes()? };
    let known = Ctx { actor, ..ctx.clone() };
    match call {
        Call::Read => ctx.house.reads.take(CALLS, row.id, ctx.now)?,
        Call::Change => limit_take(&known, CALLS, &row.id.to_string()).await?,
    }
    used(&known, &row).await;
    Ok(known)
}

/// Keeps the day on which a key was last used: the first request of a day writes it.
async fn used(ctx: &Ctx, row: &ApiKeyRow) {
    let today = ctx.now.date().start();
    if row.last_used_at.is_some_and(|at| at >= today.0) {
        return;
    }
    let (key, now) = (row.key_id(), ctx.now);
    let write =
        ctx.house.writer.write(move |tx| Box::pin(async move { api_key_used(tx, key, now, today).await }));
    // Nobody is turned away for it: the next request keeps it.
    if let Err(error) = write.await {
        tracing::warn!(%error, "the day of a key's use was not kept");
    }
}
