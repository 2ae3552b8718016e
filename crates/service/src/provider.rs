//! Payment providers behind one interface: open, query, close, refund, and read what they notify.

use std::sync::Arc;

use domain::giving::Channel;
use domain::money::Fen;
use domain::time::{Date, Instant};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::HeaderMap;
use store::StoreError;

use crate::context::Ctx;
use crate::error::ServiceError;
use crate::giving::Settlement;

mod bank_transfer;
mod notify;
mod open;
pub mod sandbox;

pub use bank_transfer::BankTransfer;
pub use notify::{NotReceived, Received, notification_receive};
pub use open::payment_open;

/// What a provider is asked to collect.
#[derive(Debug, Clone)]
pub struct Order {
    /// Our number: the same order under the same number is opened once.
    pub out_trade_no: String,
    /// How much.
    pub amount: Fen,
    /// What the payer reads: one line, no name.
    pub description: String,
    /// Where the payer's browser goes afterwards. Its arrival proves nothing.
    pub return_url: String,
    /// Until when the money is asked for.
    pub expires_at: Instant,
}

/// Where the donor pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// On this page of the provider's.
    Page(String),
    /// Nowhere online: the account and the reference code stand on the gift's own page.
    ByHand,
}

/// What a provider says of a payment when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Not paid yet.
    Pending,
    /// The money is there.
    Paid {
        /// What was paid.
        told: Settlement,
        /// What the provider has given back of it so far.
        refunded: Fen,
    },
    /// Not paid and not offered any more; money on its way may still come.
    Closed,
    /// The provider never heard of it.
    Absent,
    /// Nobody can be asked: staff read the account.
    ByHand,
}

/// What a provider is asked to give back.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    /// Our number: the same refund under the same number is made once.
    pub out_refund_no: String,
    /// Our number of the payment.
    pub out_trade_no: String,
    /// How much.
    pub amount: Fen,
}

/// A refund that a provider made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundTold {
    /// Our number of it; where the provider gave money back by itself, its own number.
    pub out_refund_no: String,
    /// How much went back.
    pub amount: Fen,
    /// How much of its fee the provider gave back.
    pub fee_returned: Fen,
    /// When.
    pub done_at: Instant,
}

/// What a provider says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundReport {
    /// It is done.
    Done(RefundTold),
    /// It is under way.
    Pending,
    /// The provider never heard of it.
    Absent,
    /// Staff send the money back themselves and confirm it.
    ByHand,
}

/// A refund on a provider's bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledRefund {
    /// Our number of the payment.
    pub out_trade_no: String,
    /// The refund.
    pub told: RefundTold,
}

/// Everything that a provider settled on one day in Shanghai.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bill {
    /// Payments, in the order of time.
    pub payments: Vec<Settlement>,
    /// Refunds, in the order of time.
    pub refunds: Vec<BilledRefund>,
    /// What it comes to: payments less refunds and fees.
    pub net: Fen,
}

/// What a verified notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A payment came.
    Paid(Settlement),
    /// Money went back, out of a payment that came.
    Refunded {
        /// The payment.
        paid: Settlement,
        /// The refund.
        refund: RefundTold,
    },
    /// A payment is not paid: worth another look, never a fact to act on, for it may be older than what is known.
    Unpaid {
        /// Our number.
        out_trade_no: String,
    },
}

/// Why a notification is not believed. Codes only: what it held may be anybody's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// This channel sends no notifications.
    #[error("channel")]
    Channel,
    /// A header is missing or unreadable.
    #[error("headers")]
    Headers,
    /// Signed five minutes or more from now.
    #[error("skewed")]
    Skewed,
    /// Signed by another key than the one that this house trusts.
    #[error("unknown_key")]
    UnknownKey,
    /// The signature does not fit the bytes.
    #[error("signature")]
    Signature,
    /// Rightly signed, and for another merchant.
    #[error("other_merchant")]
    OtherMerchant,
    /// Rightly signed, and not what the protocol says.
    #[error("body")]
    Body,
    /// The database did not say which key is trusted.
    #[error("unavailable")]
    Unavailable,
}

/// Why a provider's call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No answer, or one that may be another next time.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The provider said no, and will say no again.
    #[error("refused: {0}")]
    Refused(String),
    /// The answer does not come from the provider or is not what the protocol says.
    #[error("untrusted: {0}")]
    Untrusted(&'static str),
    /// Our own database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ProviderError {
    /// One word for a metric.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
            Self::Untrusted(_) => "untrusted",
            Self::Store(_) => "store",
        }
    }
}

impl From<ProviderError> for ServiceError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Store(error) => Self::Store(error),
            other => Self::Provider(other.to_string()),
        }
    }
}

/// The answer of a call to a provider.
pub type Told<'a, T> = BoxFuture<'a, Result<T, ProviderError>>;

/// A way in which money comes. Every call may be made again: a provider knows our numbers.
pub trait Provider: Send + Sync {
    /// The channel that it serves.
    fn channel(&self) -> Channel;

    /// Whether a refund brings the part of the fee back that was taken on it ([`domain::ledger::fee_back`]). It says what
    /// is set aside beforehand; what is booked is what the provider tells of each refund.
    fn returns_fees(&self) -> bool {
        false
    }

    /// Opens a payment and says where it is paid.
    fn open<'a>(&'a self, ctx: &'a Ctx, order: &'a Order) -> Told<'a, Opened>;

    /// Asks how a payment stands.
    fn query<'a>(&'a self, ctx: &'a Ctx, out_trade_no: &'a str) -> Told<'a, Report>;

    /// Ends the offer of a payment; [`Report::Paid`] when the money came before.
    fn close<'a>(&'a self, ctx: &'a Ctx, out_trade_no: &'a str) -> Told<'a, Report>;

    /// Gives money back.
    fn refund<'a>(&'a self, ctx: &'a Ctx, order: &'a RefundOrder) -> Told<'a, RefundReport>;

    /// Asks how a refund stands.
    fn refund_query<'a>(&'a self, ctx: &'a Ctx, out_refund_no: &'a str) -> Told<'a, RefundReport>;

    /// Whether this provider writes a bill of each day.
    fn has_bill(&self) -> bool {
        false
    }

    /// The bill of a day that is over. [`ProviderError::Unavailable`] while it may still grow.
    fn bill<'a>(&'a self, _: &'a Ctx, _: Date) -> Told<'a, Bill> {
        std::future::ready(Err(ProviderError::Refused("no_bill".to_owned()))).boxed()
    }

    /// Verifies a notification over the bytes as they came, and reads it.
    fn read_notification<'a>(
        &'a self,
        ctx: &'a Ctx,
        headers: &'a HeaderMap,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Notice, NoticeError>>;
}

/// The providers of a house.
#[derive(Clone)]
pub struct Providers(Vec<Arc<dyn Provider>>);

impl Default for Providers {
    /// Bank transfers, which need nobody else.
    fn default() -> Self {
        Self(vec![Arc::new(BankTransfer)])
    }
}

impl Providers {
    /// Adds a provider; it takes the place of one for the same channel.
    #[must_use]
    pub fn with(mut self, provider: Arc<dyn Provider>) -> Self {
        self.0.retain(|known| known.channel() != provider.channel());
        self.0.push(provider);
        self
    }

    /// The provider of a channel, where it is set up.
    #[must_use]
    pub fn of(&self, channel: Channel) -> Option<&Arc<dyn Provider>> {
        self.0.iter().find(|provider| provider.channel() == channel)
    }

    /// The provider of a channel as table `payment` writes it.
    #[must_use]
    pub fn of_word(&self, channel: &str) -> Option<&Arc<dyn Provider>> {
        Channel::from_word(channel).and_then(|channel| self.of(channel))
    }
}
