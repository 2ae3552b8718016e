//! What goes out: messages, the local mail folder, and jobs that do not go well.

use app::pages::console::jobs::{JobRow, JobsView};
use app::pages::console::mail::{LetterHead, LetterView, MailFolderView};
use app::pages::console::messages::{MessagesView, OutboxRow};
use app::pages::console::{jobs as jobs_page, mail as mail_page, messages as messages_page};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::{GiftId, JobId, MessageId};
use domain::refusal::Refusal;
use domain::time::Instant;
use serde::Deserialize;
use service::channel::folder::{FolderMail, mail_folder_list, mail_folder_read};
use service::outbox::{job_retry, jobs_failing, messages_list};

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Query;

/// Letters that the folder's page shows.
const LETTERS: usize = 200;

/// Where a list goes on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Older {
    before: String,
}

/// The messages.
pub async fn messages(reader: Reader, Query(older): Query<Older>) -> Response {
    staff_only!(reader);
    let view = messages_list(&reader.ctx, older.before.parse().ok()).await.map(|(lines, more)| {
        let last = lines.last().map(|line| line.message.id);
        let row = |line: store::message::MessageLine| OutboxRow {
            id: MessageId(line.message.id),
            at: Instant(line.message.created_at),
            gift: GiftId(line.message.gift_id),
            reference: line.out_trade_no,
            kind: line.message.kind,
            channel: line.message.channel,
            state: line.message.state,
        };
        MessagesView {
            rows: lines.into_iter().map(row).collect(),
            no_mail: reader.ctx.house.channels.mail.is_none(),
            older: last.filter(|_| more).map(|id| format!("/console/messages?before={id}")),
        }
    });
    reader.answer(view, messages_page::page)
}

/// The jobs that failed or are tried again.
pub async fn jobs(reader: Reader) -> Response {
    staff_only!(reader);
    let view = jobs_failing(&reader.ctx).await.map(|rows| {
        let row = |job: store::job::FailingJob| JobRow {
            id: JobId(job.id),
            kind: job.kind,
            attempts: job.attempts,
            next: (job.state != "failed").then_some(Instant(job.run_at)),
            error: job.error,
        };
        JobsView { rows: rows.into_iter().map(row).collect() }
    });
    reader.answer(view, jobs_page::page)
}

/// Tries a job again.
pub async fn retry(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let done = async {
        let id: JobId = text.parse().map_err(|_| Refusal::NotFound)?;
        job_retry(&reader.ctx, id).await
    };
    match done.await {
        Ok(()) => Redirect::to("/console/jobs").into_response(),
        Err(error) => reader.problem(error),
    }
}

fn head(letter: &FolderMail) -> LetterHead {
    LetterHead {
        id: letter.id.to_string(),
        to: letter.to.clone(),
        subject: letter.subject.clone(),
        at: letter.at,
    }
}

/// The local mail folder.
pub async fn folder(reader: Reader) -> Response {
    staff_only!(reader);
    let letters = mail_folder_list(&reader.ctx, LETTERS).await;
    let view = letters.map(|letters| MailFolderView { letters: letters.iter().map(head).collect() });
    reader.answer(view, mail_page::folder)
}

/// One letter of the folder.
pub async fn letter(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let letter = async {
        let id: MessageId = text.parse().map_err(|_| Refusal::NotFound)?;
        mail_folder_read(&reader.ctx, id).await
    };
    let view = letter.await.map(|letter| LetterView {
        head: head(&letter),
        body: letter.text,
        attachments: Vec::new(),
    });
    reader.answer(view, mail_page::letter)
}
