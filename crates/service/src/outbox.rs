//! Staff's view of what goes out: messages, the call-list, and jobs that do not go well.

use domain::access::Action;
use domain::id::{JobId, MessageId};
use domain::money::Fen;
use domain::refusal::Refusal;
use store::StoreError;
use store::job::FailingJob;
use store::message::{CallLine, MessageLine};

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::messages::{SEND, refund_sums};

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

/// Whoever is to be called, oldest first, each with the sum that they are told of, where the books say which it is.
///
/// # Errors
/// As the store.
pub async fn calls_list(ctx: &Ctx) -> Answer<Vec<(CallLine, Option<Fen>)>> {
    ctx.authorize(Action::WorkCallList)?;
    let mut reader = ctx.house.db.read().await?;
    let calls = store::message::call_lines(&mut reader.conn(), LINES).await?;
    let mut told = Vec::with_capacity(calls.len());
    for call in calls {
        let message = &call.line.message;
        let sum = match message.kind.as_str() {
            "refund_done" => match refund_sums(&mut reader, message).await {
                Ok((sum, _)) => Some(sum),
                // One row that is damaged must not hide the others.
                Err(ServiceError::Store(StoreError::Inconsistent { .. })) => None,
                Err(error) => return Err(error),
            },
            _ => Some(Fen(call.line.amount_fen)),
        };
        told.push((call, sum));
    }
    Ok(told)
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The donor was told.
    Told,
    /// Nobody was reached: the call goes on waiting.
    NotReached,
    /// Nobody calls any more.
    GivenUp,
}

impl CallOutcome {
    /// The outcome of a word that a form sends.
    ///
    /// # Errors
    /// [`Refusal::Required`] without one, [`Refusal::ChoiceUnknown`].
    pub fn read(word: &str) -> Result<Self, Refusal> {
        match word {
            "told" => Ok(Self::Told),
            "unreachable" => Ok(Self::NotReached),
            "given_up" => Ok(Self::GivenUp),
            "" => Err(Refusal::Required),
            _ => Err(Refusal::ChoiceUnknown),
        }
    }
}

/// Notes what came of a call; one that reached nobody goes on waiting.
///
/// # Errors
/// [`Refusal::NotFound`] when the call does not wait any more.
pub async fn call_note(ctx: &Ctx, id: MessageId, outcome: CallOutcome, note: &str) -> Answer<()> {
    ctx.authorize(Action::WorkCallList)?;
    let note = domain::text::line(note, 200)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let message =
                    store::message::message_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
                let (kind, state) = match outcome {
                    CallOutcome::Told => ("call.closed", "done"),
                    CallOutcome::GivenUp => ("call.closed", "failed"),
                    CallOutcome::NotReached => ("call.tried", "waiting"),
                };
                let noted = message.channel == "call"
                    && match outcome {
                        CallOutcome::NotReached => store::message::call_tried(tx, id, &note, at.now).await?,
                        _ => store::message::message_close(tx, id, state, &note, at.now).await?,
                    };
                if !noted {
                    return Err(Refusal::NotFound.into());
                }
                let mut event = at.event(kind, ("message", id.0));
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

/// Tries a job again that was given up. A message that was given up with it waits again, and nobody is to be called
/// about it.
///
/// # Errors
/// [`Refusal::NotFound`] when it is not given up.
pub async fn job_retry(ctx: &Ctx, id: JobId) -> Answer<()> {
    ctx.authorize(Action::Operate)?;
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let job = store::job::job_retry(tx, id, at.now).await?.ok_or(Refusal::NotFound)?;
            if job.kind == SEND {
                store::message::message_reopen(tx, MessageId(job.subject_id), at.now).await?;
            }
            tx.record(at.event("job.retried", ("job", id.0)), vec![]);
            Ok::<_, ServiceError>(())
        })
    });
    write.await?;
    ctx.house.bells.messages.notify_one();
    Ok(())
}
