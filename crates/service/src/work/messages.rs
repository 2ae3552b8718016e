//! Sending messages from the job table: leased, retried, and given to staff when nothing helps.

use domain::id::JobId;
use domain::time::Instant;
use futures::{StreamExt as _, stream};
use store::job::JobRow;

use crate::context::Ctx;
use crate::error::Answer;
use crate::messages::{SEND, message_send};

/// Jobs claimed in one round.
const BATCH: i64 = 16;
/// Messages sent at once.
const AT_ONCE: usize = 4;
/// How long a claim lasts, in seconds: longer than [`BATCH`] / [`AT_ONCE`] mails may take.
const LEASE: i64 = 300;
/// Seconds until a job is offered again that this program does not know: a newer node may.
const UNKNOWN: i64 = 600;

/// Sends every message that is due; when the next one is.
///
/// # Errors
/// As the store.
pub async fn messages_round(ctx: &Ctx) -> Answer<Option<Instant>> {
    let mut reader = ctx.house.db.read().await?;
    let next = store::job::jobs_next_run(&mut reader.conn()).await?;
    drop(reader);
    if next.is_none_or(|next| next > ctx.now) {
        return Ok(next);
    }
    let (now, until) = (ctx.now, ctx.now.plus_seconds(LEASE));
    let claim = ctx
        .house
        .writer
        .write(move |tx| Box::pin(async move { store::job::jobs_claim(tx, now, until, BATCH).await }));
    let claimed = claim.await?;
    stream::iter(claimed)
        .for_each_concurrent(AT_ONCE, |job| async move {
            if let Err(error) = run(ctx, &job).await {
                // Its lease runs out, and it is done again.
                tracing::error!(job = %job.id, %error, "a job could not be done");
            }
        })
        .await;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::job::jobs_next_run(&mut reader.conn()).await?)
}

async fn run(ctx: &Ctx, job: &JobRow) -> Answer<()> {
    if job.kind == SEND {
        return message_send(ctx, job).await.map(|_| ());
    }
    let (id, again) = (JobId(job.id), ctx.now.plus_seconds(UNKNOWN));
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move { store::job::job_failed(tx, id, "kind_unknown", Some(again)).await })
    });
    Ok(write.await?)
}
