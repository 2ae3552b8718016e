//! The local mail folder: one `.eml` a message, named by its id, and what a browser shows of them.

use std::io;
use std::path::{Path, PathBuf};

use domain::access::Action;
use domain::id::MessageId;
use domain::refusal::Refusal;
use domain::time::Instant;
use mail_parser::MessageParser;
use store::StoreError;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use crate::context::Ctx;
use crate::error::Answer;

/// An e-mail of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderMail {
    /// Its id.
    pub id: MessageId,
    /// Who sent it: `name <address>`, or the address.
    pub from: String,
    /// Who gets it, written likewise.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// When it was made.
    pub at: Instant,
    /// The plain words.
    pub text: String,
    /// The same as a page. It is to be shown without any right to run or fetch.
    pub html: String,
}

/// Lays a mail into the folder, whole or not at all; the same id takes its own place.
pub(super) async fn put(folder: &Path, id: Uuid, mail: &[u8]) -> io::Result<()> {
    tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
    let temporary = folder.join(format!("{id}.part"));
    let mut file = tokio::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .await?;
    file.write_all(mail).await?;
    file.sync_all().await?;
    tokio::fs::rename(&temporary, path_of(folder, id)).await
}

fn path_of(folder: &Path, id: Uuid) -> PathBuf {
    folder.join(format!("{id}.eml"))
}

/// The folder, for whoever may look into it: anybody in a demo, in production those who may read donors' contacts.
fn folder_of(ctx: &Ctx) -> Answer<&Path> {
    ctx.authorize(if ctx.house.settings.production { Action::ReadDonors } else { Action::ReadPublic })?;
    let mail = ctx.house.channels.mail.as_ref();
    Ok(mail.and_then(|mail| mail.folder()).ok_or(Refusal::NotFound)?)
}

/// The mails of the folder, newest first, at most `limit`.
///
/// # Errors
/// [`Refusal::NotFound`] when mail does not go into a folder, or as the disk.
pub async fn mail_folder_list(ctx: &Ctx, limit: usize) -> Answer<Vec<FolderMail>> {
    let folder = folder_of(ctx)?;
    let mut ids = match names(folder).await {
        Ok(ids) => ids,
        // Made with the first mail.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(&error)),
    };
    // UUIDv7: their order is that of time.
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let mut mails = Vec::new();
    for id in ids.into_iter().take(limit) {
        mails.extend(read(folder, id).await?);
    }
    Ok(mails)
}

async fn names(folder: &Path) -> io::Result<Vec<Uuid>> {
    let mut entries = tokio::fs::read_dir(folder).await?;
    let mut ids = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".eml")).map(Uuid::parse_str);
        ids.extend(id.and_then(Result::ok));
    }
    Ok(ids)
}

/// One mail of the folder.
///
/// # Errors
/// [`Refusal::NotFound`] when it is not there, or as the disk.
pub async fn mail_folder_read(ctx: &Ctx, id: MessageId) -> Answer<FolderMail> {
    Ok(read(folder_of(ctx)?, id.0).await?.ok_or(Refusal::NotFound)?)
}

async fn read(folder: &Path, id: Uuid) -> Answer<Option<FolderMail>> {
    let bytes = match tokio::fs::read(path_of(folder, id)).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let Some(mail) = MessageParser::default().parse(&bytes) else { return Ok(None) };
    let who = |address: Option<&mail_parser::Address<'_>>| {
        let first = address.and_then(mail_parser::Address::first);
        let address = first.and_then(|one| one.address()).unwrap_or_default();
        match first.and_then(|one| one.name()) {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        }
    };
    Ok(Some(FolderMail {
        id: MessageId(id),
        from: who(mail.from()),
        to: who(mail.to()),
        subject: mail.subject().unwrap_or_default().to_owned(),
        at: Instant(mail.date().map_or(0, |date| date.to_timestamp() * 1_000_000)),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
        html: mail.body_html(0).unwrap_or_default().into_owned(),
    }))
}

fn unreadable(error: &io::Error) -> crate::error::ServiceError {
    tracing::error!(kind = ?error.kind(), "the mail folder cannot be read");
    StoreError::Unavailable.into()
}
