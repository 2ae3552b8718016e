//! Staff's view of what goes out: messages, the call-list, and jobs that do not go well.

use domain::access::Action;
use domain::id::{JobId, MessageId};
use domain::refusal::Refusal;
use store::job::FailingJob;
use store::message::MessageLine;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// How many lines a list shows at once.
const LINES: i64 = 100;

/// Messages, newest first; the second value says whether older ones follow.
///
/// # Errors
/// As the store.
pub async fn messages_list(ctx: &Ctx, before: Option<MessageId>) -> Answer<(Vec<MessageLine>, bool)> {
    ctx.authorize(Action::ReadDonors)?;
    let mut reader = ctx.house.db.read().await?;
    let mut lines = store::message::message_lines(&mut reader.conn(), before, LINES + 1).await?;
    let more = lines.len() as i64 > LINES;
    lines.truncate(LINES as usize);
    Ok((lines, more))
}

/// Whoever is to be called, oldest first.
///
/// # Errors
/// As the store.
pub async fn calls_list(ctx: &Ctx) -> Answer<Vec<MessageLine>> {
    ctx.authorize(Action::WorkCallList)?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::message::call_lines(&mut reader.conn(), LINES).await?)
}

/// Closes a call: the donor was told, or could not be reached.
///
/// # Errors
/// [`Refusal::NotFound`] when the call does not wait any more.
pub async fn call_close(ctx: &Ctx, id: MessageId, told: bool, note: &str) -> Answer<()> {
    ctx.authorize(Action::WorkCallList)?;
    let note = domain::text::line(note, 200)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let message =
                    store::message::message_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
                let state = if told { "done" } else { "failed" };
                if message.channel != "call"
                    || !store::message::message_close(tx, id, state, &note, at.now).await?
                {
                    return Err(Refusal::NotFound.into());
                }
                let mut event = at.event("call.closed", ("message", id.0));
                event.state = Some(state.to_owned());
                tx.record(event, vec![]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// Jobs whose last try failed.
///
/// # Errors
/// As the store.
pub async fn jobs_failing(ctx: &Ctx) -> Answer<Vec<FailingJob>> {
    ctx.authorize(Action::Operate)?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::job::jobs_failing(&mut reader.conn(), LINES).await?)
}

/// Tries a job again that was given up.
///
/// # Errors
/// [`Refusal::NotFound`] when it is not given up.
pub async fn job_retry(ctx: &Ctx, id: JobId) -> Answer<()> {
    ctx.authorize(Action::Operate)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                if !store::job::job_retry(tx, id, at.now).await? {
                    return Err(Refusal::NotFound.into());
                }
                tx.record(at.event("job.retried", ("job", id.0)), vec![]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}
