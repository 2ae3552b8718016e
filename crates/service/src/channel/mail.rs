//! E-mail: built by `lettre`, sent by SMTP or laid into a local folder.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use maud::html;
use uuid::Uuid;
use words::Lang;
use words::letters::Letter;

use super::ChannelError;
use super::folder;
use crate::context::Ctx;

/// The longest that one SMTP command may take.
const COMMAND: Duration = Duration::from_secs(20);
/// The longest that sending one e-mail may take in all.
const WHOLE: Duration = Duration::from_secs(50);

/// How e-mail leaves the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailWay {
    /// By SMTP, as lettre reads an address: `smtps://user:password@host:465`, `smtp://host:587?tls=required`,
    /// `smtp://localhost:25`.
    Smtp(String),
    /// Into this folder, one `.eml` each: for demos, and to look at what would be sent.
    Folder(PathBuf),
}

enum Out {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// Sends e-mail.
pub struct Mail {
    from: Mailbox,
    out: Out,
}

/// One e-mail.
#[derive(Debug, Clone, Copy)]
pub struct Email<'t> {
    /// Our id of the message; its Message-ID follows from it, so that a mail sent twice is seen to be the same.
    pub id: Uuid,
    /// The recipient's address.
    pub to: &'t str,
    /// The recipient's name, or empty.
    pub name: &'t str,
    /// Its language.
    pub lang: Lang,
    /// Its words.
    pub letter: &'t Letter,
    /// The address in the words that should be a link.
    pub link: &'t str,
}

impl Mail {
    /// Mail from `from`: `火种工程 <thanks@example.org>`.
    ///
    /// # Errors
    /// [`ChannelError::Never`] with `mail_from` or `mail_smtp` when one of the two cannot be read.
    pub fn new(from: &str, way: MailWay) -> Result<Self, ChannelError> {
        let from = from.parse().map_err(|_| ChannelError::Never("mail_from".to_owned()))?;
        let out = match way {
            MailWay::Folder(path) => Out::Folder(path),
            MailWay::Smtp(url) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
                    .map_err(|_| ChannelError::Never("mail_smtp".to_owned()))?;
                Out::Smtp(builder.timeout(Some(COMMAND)).build())
            }
        };
        Ok(Self { from, out })
    }

    /// The folder that mail goes into, when it goes into one.
    #[must_use]
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.out {
            Out::Folder(path) => Some(path),
            Out::Smtp(_) => None,
        }
    }

    /// Sends one e-mail. After a crash between sending and noting it the same mail may go out once more, under the
    /// same Message-ID; the folder holds it once.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub async fn send(&self, ctx: &Ctx, email: Email<'_>) -> Result<(), ChannelError> {
        let message = self.build(ctx, email)?;
        match &self.out {
            Out::Folder(path) => folder::put(path, email.id, &message.formatted())
                .await
                .map_err(|_| ChannelError::Later("mail_folder".to_owned())),
            Out::Smtp(transport) => match tokio::time::timeout(WHOLE, transport.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(smtp_error(&error)),
                Err(_) => Err(ChannelError::Later("smtp_timeout".to_owned())),
            },
        }
    }

    fn build(&self, ctx: &Ctx, email: Email<'_>) -> Result<Message, ChannelError> {
        let unfit = |_| ChannelError::Never("mail_address".to_owned());
        let to: Address = email.to.parse().map_err(unfit)?;
        let name = (!email.name.is_empty()).then(|| email.name.to_owned());
        let id = format!("<{}@{}>", email.id.simple(), self.from.email.domain());
        // RFC 3834: answering machines leave it alone.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, to))
            .subject(&email.letter.subject)
            .message_id(Some(id))
            .date(UNIX_EPOCH + Duration::from_micros(ctx.now.0.unsigned_abs()))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(email.letter.body.clone(), html_of(email)))
            .map_err(|_| ChannelError::Never("mail_build".to_owned()))
    }
}

/// The same words as a simple page: paragraphs, line breaks, and the one address as a link.
fn html_of(email: Email<'_>) -> String {
    let style = "font:16px/1.7 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;color:#222;\
                 max-width:36em;margin:2em auto;padding:0 1em";
    let page = html! {
        (maud::DOCTYPE)
        html lang=(email.lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (email.letter.subject) }
            }
            body style=(style) {
                @for paragraph in email.letter.body.trim().split("\n\n") {
                    p {
                        @for (place, line) in paragraph.lines().enumerate() {
                            @if place > 0 { br; }
                            (linked(line, email.link))
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn linked(line: &str, link: &str) -> maud::Markup {
    match line.split_once(link) {
        Some((before, after)) if !link.is_empty() => html! { (before) a href=(link) { (link) } (after) },
        _ => html! { (line) },
    }
}

/// A code for what the mail server or the way to it said; the server's words may hold the address.
fn smtp_error(error: &SmtpError) -> ChannelError {
    if let Some(code) = error.status() {
        // RFC 3463 section 3.2: x.1.x speaks of the address itself. Everything else, a wrong password above all, may
        // be ours to mend, so it is tried again.
        let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let address = words.trim_start().starts_with("5.1.");
        let word = format!("smtp_{code}");
        return if error.is_permanent() && address {
            ChannelError::Never(word)
        } else {
            ChannelError::Later(word)
        };
    }
    let word = if error.is_timeout() {
        "smtp_timeout"
    } else if error.is_tls() {
        "smtp_tls"
    } else {
        "smtp_connection"
    };
    ChannelError::Later(word.to_owned())
}
