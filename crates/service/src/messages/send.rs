//! Sending one message: its words, its channel, and what its row says afterwards.

use domain::id::{JobId, MessageId};
use store::job::JobRow;
use store::message::MessageRow;

use super::compose::{Composed, compose};
use crate::channel::{ChannelError, Email};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// How long after each failed attempt the next one comes, in seconds; after the last the message goes to staff.
const AGAIN: [i64; 5] = [60, 5 * 60, 30 * 60, 2 * 3600, 12 * 3600];

/// How often a message is tried that has no way out yet, in seconds.
const SHUT: i64 = 10 * 60;

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It went out.
    Sent,
    /// There was nothing to send any more.
    Nothing,
    /// It is tried again.
    Later,
    /// Staff call instead.
    Call,
}

impl Sent {
    const fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Nothing => "nothing",
            Self::Later => "later",
            Self::Call => "call",
        }
    }
}

/// Does one job that is leased to us: sends its message, or says when it is tried again.
///
/// # Errors
/// As the store; the lease then runs out and the job is done again.
pub async fn message_send(ctx: &Ctx, job: &JobRow) -> Answer<Sent> {
    let id = MessageId(job.subject_id);
    let mut reader = ctx.house.db.read().await?;
    let message = store::message::message_get(&mut reader.conn(), id).await?;
    drop(reader);
    let Some(message) = message.filter(|message| message.state == "waiting") else {
        return close(ctx, job, None).await;
    };
    let composed = match compose(ctx, &message).await {
        Ok(Some(composed)) => composed,
        Ok(None) => return close(ctx, job, Some((id, "failed", "no_contact"))).await,
        Err(ServiceError::Store(store::StoreError::Inconsistent { table, column, row })) => {
            tracing::error!(table, column, row, "a message cannot be written");
            return failed(ctx, job, message, ChannelError::Never("inconsistent".to_owned())).await;
        }
        Err(error) => return Err(error),
    };
    match deliver(ctx, &message, &composed).await {
        Ok(()) => close(ctx, job, Some((id, "sent", ""))).await,
        Err(error) => failed(ctx, job, message, error).await,
    }
}

async fn deliver(ctx: &Ctx, message: &MessageRow, composed: &Composed) -> Result<(), ChannelError> {
    let channels = &ctx.house.channels;
    let no_channel = || ChannelError::Never("no_channel".to_owned());
    match message.channel.as_str() {
        "email" => {
            let email = Email {
                id: message.id,
                to: &composed.person.email,
                name: &composed.person.name,
                lang: composed.lang,
                letter: &composed.letter,
                link: &composed.link,
            };
            let shut = || ChannelError::Shut("no_mail_server".to_owned());
            channels.mail.as_ref().ok_or_else(shut)?.send(ctx, email).await
        }
        "sms" => {
            let carrier = channels.sms.as_ref().ok_or_else(no_channel)?;
            let number = message.id.simple().to_string();
            carrier.send(ctx, &number, &composed.person.phone, &composed.sms).await
        }
        _ => Err(no_channel()),
    }
}

/// The job is done; the message, if one is named, gets its last state in the same transaction.
async fn close(
    ctx: &Ctx,
    job: &JobRow,
    message: Option<(MessageId, &'static str, &'static str)>,
) -> Answer<Sent> {
    let (job_id, now) = (JobId(job.id), ctx.now);
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            if let Some((id, state, note)) = message {
                store::message::message_close(tx, id, state, note, now).await?;
            }
            store::job::job_done(tx, job_id).await?;
            Ok::<_, ServiceError>(())
        })
    });
    write.await?;
    let sent = if message.is_some_and(|(_, state, _)| state == "sent") { Sent::Sent } else { Sent::Nothing };
    count(sent);
    Ok(sent)
}

/// Tries again later, or gives the message to staff.
async fn failed(ctx: &Ctx, job: &JobRow, message: MessageRow, error: ChannelError) -> Answer<Sent> {
    let attempt = usize::try_from(job.attempts.max(1) - 1).unwrap_or(usize::MAX);
    let (code, again) = match error {
        ChannelError::Later(code) => (code, AGAIN.get(attempt).map(|seconds| ctx.now.plus_seconds(*seconds))),
        ChannelError::Shut(code) => (code, Some(ctx.now.plus_seconds(SHUT))),
        ChannelError::Never(code) => (code, None),
    };
    tracing::warn!(message = %message.id, code, attempts = job.attempts, "a message did not go out");
    let (at, job_id) = (ctx.clone(), JobId(job.id));
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            store::job::job_failed(tx, job_id, &code, again).await?;
            let id = MessageId(message.id);
            if again.is_none() && store::message::message_close(tx, id, "failed", &code, at.now).await? {
                let call = MessageRow {
                    id: at.id(),
                    channel: "call".to_owned(),
                    state: "waiting".to_owned(),
                    created_at: at.now.0,
                    instead_of: Some(message.id),
                    ..message
                };
                store::message::message_add(tx, call);
            }
            Ok::<_, ServiceError>(())
        })
    });
    write.await?;
    let sent = if again.is_some() { Sent::Later } else { Sent::Call };
    count(sent);
    Ok(sent)
}

fn count(sent: Sent) {
    metrics::counter!("spark_messages_total", "outcome" => sent.word()).increment(1);
}
