//! Each change once: the answer to a request is kept in the transaction of its change, and told again to whoever sends
//! the same request.

use domain::access::Actor;
use domain::audit::{Fields, Hash};
use domain::id::{ApiKeyId, BankId};
use domain::refusal::Refusal;
use domain::time::Instant;
use serde::Serialize;
use store::api_request::{RequestRow, request_add, request_get, request_oldest, requests_sweep};

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::registry::deed::Deed;

/// How long an answer is kept: whoever tries again does so within a day.
pub const KEPT_SECONDS: i64 = 24 * 3600;

/// Characters of an idempotency key.
const NAME: usize = 128;

/// Answers forgotten in one command of the writer.
const BATCH: i64 = 500;

/// A request that changes something, as its sender names it, and a digest of all that it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    name: String,
    content: Hash,
}

impl Asked {
    /// A request by its idempotency key; none for a key that is empty, longer than 128 characters, or not of visible
    /// ASCII.
    #[must_use]
    pub fn new(name: &str, method: &str, path: &str, body: &[u8]) -> Option<Self> {
        let fits = (1..=NAME).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        let content = Fields::new("api request").text(method).text(path).bytes(body).finish();
        fits.then(|| Self { name: name.to_owned(), content })
    }
}

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
    /// Whether it was done before, and this is the answer of that time.
    pub again: bool,
}

/// The bank whose names of requests count, and the key that asks.
fn asker(ctx: &Ctx) -> Answer<(BankId, ApiKeyId)> {
    match &ctx.actor {
        Actor::ApiKey { key_id, bank_id, .. } => Ok((*bank_id, *key_id)),
        _ => Err(Refusal::NotAllowed.into()),
    }
}

/// The answer of an earlier time, if this is the same request again.
fn earlier(kept: Option<RequestRow>, asked: &Asked) -> Answer<Option<Answered>> {
    let Some(row) = kept else { return Ok(None) };
    if row.content != asked.content {
        return Err(Refusal::RequestDiffers.into());
    }
    // Statuses are written by the function below alone.
    let status = u16::try_from(row.status).unwrap_or(200);
    Ok(Some(Answered { status, body: row.answer, again: true }))
}

/// Does what is asked, unless it was done before. A refusal changes nothing and is not kept: the same request may do
/// better later.
pub(super) async fn once<T: Serialize + Send + 'static>(
    ctx: &Ctx,
    asked: Asked,
    work: Deed<T>,
) -> Answer<Answered> {
    let (bank, key) = asker(ctx)?;
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            // Inside the transaction: of twenty that come at once, nineteen find the answer of the first.
            if let Some(answer) = earlier(request_get(&mut tx.conn(), bank, &asked.name).await?, &asked)? {
                return Ok(answer);
            }
            let told = work(tx).await?;
            // Cannot fail: its keys are text.
            let answer = serde_json::to_string(&told).unwrap_or_default();
            let row = RequestRow {
                bank_id: bank.0,
                key_id: key.0,
                idempotency_key: asked.name,
                content: asked.content.to_vec(),
                status: 200,
                answer,
                at: at.now.0,
            };
            request_add(tx, &row).await?;
            Ok::<_, ServiceError>(Answered { status: 200, body: row.answer, again: false })
        })
    });
    let answer = write.await?;
    ctx.house.registry.wake();
    Ok(answer)
}

/// The answer of an earlier time, before anything of a request is looked at: what has become wrong since then does not
/// change what was done.
pub(super) async fn answered(ctx: &Ctx, asked: &Asked) -> Answer<Option<Answered>> {
    let (bank, _) = asker(ctx)?;
    let mut reader = ctx.house.db.read().await?;
    let kept = request_get(&mut reader.conn(), bank, &asked.name).await?;
    earlier(kept, asked)
}

/// The worker's round: forgets answers that nobody will ask for again; when the next ones are due.
///
/// # Errors
/// As the store.
pub async fn requests_round(ctx: &Ctx) -> Answer<Option<Instant>> {
    let before = ctx.now.plus_seconds(-KEPT_SECONDS);
    let mut reader = ctx.house.db.read().await?;
    let oldest = request_oldest(&mut reader.conn()).await?;
    drop(reader);
    let Some(oldest) = oldest else { return Ok(None) };
    if oldest >= before {
        return Ok(Some(oldest.plus_seconds(KEPT_SECONDS + 1)));
    }
    let swept = ctx
        .house
        .writer
        .write(move |tx| Box::pin(async move { requests_sweep(tx, before, BATCH).await }))
        .await?;
    tracing::debug!(swept, "answers forgotten");
    Ok(Some(ctx.now))
}
