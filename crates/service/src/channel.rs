//! The ways to reach a donor behind one interface: e-mail and SMS. Whoever has neither is called by staff.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::context::Ctx;

pub mod folder;
mod mail;

pub use mail::{Email, Mail, MailWay};

/// Why a message did not go out. The word is a code without personal data, for the job's row and a metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// It may go out another time.
    #[error("later: {0}")]
    Later(String),
    /// There is no way out yet: it waits until the administrator has set one up.
    #[error("shut: {0}")]
    Shut(String),
    /// It will never go out this way.
    #[error("never: {0}")]
    Never(String),
}

/// A carrier of text messages.
pub trait SmsCarrier: Send + Sync {
    /// Sends `text` to the mainland mobile `to`, once for each `number` of ours (at most 32 characters of
    /// `[0-9A-Za-z_*-]`), however often it is asked to.
    fn send<'a>(
        &'a self,
        ctx: &'a Ctx,
        number: &'a str,
        to: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), ChannelError>>;
}

/// The channels of a house. A text message that has no way out goes to the staff's call-list.
#[derive(Clone, Default)]
pub struct Channels {
    /// E-mail. Without it letters wait, and staff are told why.
    pub mail: Option<Arc<Mail>>,
    /// Text messages.
    pub sms: Option<Arc<dyn SmsCarrier>>,
}
