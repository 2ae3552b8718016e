//! Files that readers send (`multipart/form-data`), part by part and never as a whole in memory. Texts between them are
//! freed from control characters as everywhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::refusal::{FileRefusal, Refusal};
use futures::StreamExt as _;
use service::{Answer, ServiceError};

/// The most parts of a form.
const PARTS: usize = 64;

/// The longest text between files, in bytes.
const TEXT: usize = 4 * 1024;

/// How long a sender may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// The most bytes that may come without anybody being handed some of them: heads of parts that never end, or a sender
/// far ahead of the disk.
const AHEAD: usize = 16 * 1024 * 1024;

/// How long is read what nobody wants any more, so that the sender hears why.
const DRAIN: Duration = Duration::from_secs(20);

/// A form with files as it comes in. Nothing of it was read yet.
pub struct Incoming {
    parts: Multipart,
    left: usize,
    /// Bytes that came since some were handed on.
    ahead: Arc<AtomicUsize>,
    /// The limit of its length, for messages.
    mib: u64,
}

/// A part of it.
#[allow(clippy::large_enum_variant, reason = "one lives at a time, on the stack of its handler")]
pub enum Part<'f> {
    /// A text by its field's name.
    Text(String, String),
    /// A file that somebody chose.
    File(FilePart<'f>),
}

/// A file as it comes in.
pub struct FilePart<'f> {
    field: Field<'f>,
    ahead: &'f AtomicUsize,
    mib: u64,
    /// What its sender calls it.
    pub name: String,
}

impl Incoming {
    /// The same, with the limit that its route has.
    pub fn at_most(self, mib: u64) -> Self {
        Self { mib, ..self }
    }

    /// The next part.
    ///
    /// # Errors
    /// When it is malformed, too long, or breaks off.
    pub async fn part(&mut self) -> Answer<Option<Part<'_>>> {
        let mib = self.mib;
        self.left = self.left.checked_sub(1).ok_or(Refusal::ChoiceUnknown)?;
        let field = in_time(self.parts.next_field()).await?.map_err(|error| refused(&error, mib))?;
        let Some(mut field) = field else { return Ok(None) };
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(file) = field.file_name() {
            let name = file.to_owned();
            return Ok(Some(Part::File(FilePart { field, ahead: &self.ahead, mib, name })));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = in_time(field.chunk()).await?.map_err(|error| refused(&error, mib))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > TEXT {
                return Err(Refusal::TooLong { max: TEXT }.into());
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')).collect();
        Ok(Some(Part::Text(name, text)))
    }

    /// Reads on for a while without keeping anything: a browser shows no answer while it still sends.
    pub async fn drain(mut self) {
        let rest = async {
            while let Ok(Some(mut field)) = self.parts.next_field().await {
                while let Ok(Some(_)) = field.chunk().await {
                    self.ahead.store(0, Ordering::Relaxed);
                }
            }
        };
        let _ = tokio::time::timeout(DRAIN, rest).await;
    }
}

impl FilePart<'_> {
    /// The next bytes.
    ///
    /// # Errors
    /// When it is too long, or breaks off.
    pub async fn chunk(&mut self) -> Answer<Option<Bytes>> {
        let chunk = in_time(self.field.chunk()).await?.map_err(|error| refused(&error, self.mib));
        self.ahead.store(0, Ordering::Relaxed);
        chunk
    }

    /// All of it, at most `most` bytes.
    ///
    /// # Errors
    /// As [`FilePart::chunk`].
    pub async fn whole(mut self, most: usize) -> Answer<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                return Err(FileRefusal::TooLarge { mib: self.mib }.into());
            }
        }
        Ok(bytes)
    }
}

async fn in_time<T>(coming: impl Future<Output = T>) -> Answer<T> {
    tokio::time::timeout(SILENCE, coming).await.map_err(|_| FileRefusal::BrokeOff.into())
}

fn refused(error: &MultipartError, mib: u64) -> ServiceError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => FileRefusal::TooLarge { mib }.into(),
        _ => FileRefusal::BrokeOff.into(),
    }
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let ahead = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ahead);
        let request = request.map(|body| {
            Body::from_stream(body.into_data_stream().map(move |chunk| {
                let chunk = chunk.map_err(std::io::Error::other)?;
                match counted.fetch_add(chunk.len(), Ordering::Relaxed) {
                    before if before > AHEAD => Err(std::io::Error::other("too much that is no file")),
                    _ => Ok(chunk),
                }
            }))
        });
        let parts = Multipart::from_request(request, state).await;
        let parts = parts.map_err(|_| StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response())?;
        Ok(Self { parts, left: PARTS, ahead, mib: 0 })
    }
}
