//! Notifications: verified, compared with our own records, and booked; what is not believed changes nothing.

use domain::giving::Channel;
use domain::id::GiftId;
use domain::refusal::Refusal;
use http::{HeaderMap, StatusCode};

use super::{Notice, NoticeError, RefundTold};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::giving::{Settled, Settlement, payment_settle, refund_told};

/// What a notification did. It is acknowledged: 200 with the body `success`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// A gift was posted.
    Posted(GiftId),
    /// A refund was posted.
    Refunded(GiftId),
    /// Everything that it says was known.
    Before(GiftId),
    /// It says that a payment is not paid: nothing is booked, the provider is asked soon.
    Unpaid(GiftId),
}

/// Why a notification is not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum NotReceived {
    /// It is forged, stale, meant for another or unreadable.
    #[error("not believed: {0}")]
    NotBelieved(#[from] NoticeError),
    /// It comes from the provider and does not agree with what we asked for.
    #[error("disagrees")]
    Disagrees,
    /// It names a number that is not ours.
    #[error("unknown")]
    Unknown,
    /// We could not book it now: it should come again.
    #[error("later: {0}")]
    Later(ServiceError),
}

impl NotReceived {
    /// The HTTP status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotBelieved(NoticeError::Unavailable) | Self::Later(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotBelieved(NoticeError::Headers | NoticeError::Body) => StatusCode::BAD_REQUEST,
            Self::NotBelieved(NoticeError::Channel) | Self::Unknown => StatusCode::NOT_FOUND,
            Self::NotBelieved(NoticeError::OtherMerchant) => StatusCode::FORBIDDEN,
            Self::NotBelieved(_) => StatusCode::UNAUTHORIZED,
            Self::Disagrees => StatusCode::CONFLICT,
        }
    }

    fn word(&self) -> String {
        match self {
            Self::NotBelieved(error) => error.to_string(),
            Self::Disagrees => "disagrees".to_owned(),
            Self::Unknown => "unknown".to_owned(),
            Self::Later(_) => "later".to_owned(),
        }
    }
}

impl Received {
    const fn word(self) -> &'static str {
        match self {
            Self::Posted(_) => "posted",
            Self::Refunded(_) => "refunded",
            Self::Before(_) => "before",
            Self::Unpaid(_) => "unpaid",
        }
    }
}

/// Takes a channel's notification: its headers, and its body byte for byte as it came. Anybody may call; only what
/// the provider signed has an effect, and that once, in whatever order it comes.
///
/// # Errors
/// [`NotReceived`], whose [`NotReceived::status`] is the answer. Nothing was changed.
pub async fn notification_receive(
    ctx: &Ctx,
    channel: Channel,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Received, NotReceived> {
    let received = receive(&ctx.as_system(), channel, headers, body).await;
    let outcome = match &received {
        Ok(received) => received.word().to_owned(),
        Err(error) => {
            // Neither the body nor a header: a forged one may hold anything.
            tracing::warn!(channel = channel.as_str(), %error, "a notification was not taken");
            error.word()
        }
    };
    metrics::counter!("spark_notifications_total", "channel" => channel.as_str(), "outcome" => outcome)
        .increment(1);
    received
}

async fn receive(
    ctx: &Ctx,
    channel: Channel,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Received, NotReceived> {
    let provider = ctx.house.providers.of(channel).ok_or(NoticeError::Channel)?;
    let notice = provider.read_notification(ctx, headers, body).await?;
    let taken = match notice {
        Notice::Paid(told) => paid(ctx, channel, told).await,
        Notice::Refunded { paid, refund } => refunded(ctx, channel, paid, refund).await,
        Notice::Unpaid { out_trade_no } => unpaid(ctx, channel, &out_trade_no).await,
    };
    taken.map_err(|error| match error {
        ServiceError::Refused(Refusal::PaymentDisagrees) => NotReceived::Disagrees,
        ServiceError::Refused(Refusal::NotFound) => NotReceived::Unknown,
        other => NotReceived::Later(other),
    })
}

/// A provider speaks only of payments of its own channel.
async fn ours(ctx: &Ctx, channel: Channel, out_trade_no: &str) -> Answer<store::payment::PaymentRow> {
    let mut reader = ctx.house.db.read().await?;
    let payment = store::payment::payment_by_trade_no(&mut reader.conn(), out_trade_no).await?;
    Ok(payment.filter(|payment| payment.channel == channel.as_str()).ok_or(Refusal::NotFound)?)
}

async fn paid(ctx: &Ctx, channel: Channel, told: Settlement) -> Answer<Received> {
    ours(ctx, channel, &told.out_trade_no).await?;
    Ok(match payment_settle(ctx, told).await? {
        Settled::Posted(gift) => Received::Posted(gift),
        Settled::Before(gift) => Received::Before(gift),
    })
}

/// A refund may be told before the payment that it is out of: the notification holds both.
async fn refunded(ctx: &Ctx, channel: Channel, told: Settlement, refund: RefundTold) -> Answer<Received> {
    let payment = ours(ctx, channel, &told.out_trade_no).await?;
    let gift = GiftId(payment.gift_id);
    payment_settle(ctx, told).await?;
    Ok(if refund_told(ctx, gift, refund).await? { Received::Refunded(gift) } else { Received::Before(gift) })
}

/// It may be older than what we know, so it is no fact; it is a reason to ask.
async fn unpaid(ctx: &Ctx, channel: Channel, out_trade_no: &str) -> Answer<Received> {
    let payment = ours(ctx, channel, out_trade_no).await?;
    if payment.state == "pending" {
        let (id, now) = (payment.id, ctx.now);
        let write = ctx.house.writer.write(move |tx| {
            Box::pin(async move {
                store::payment::payment_query_at(tx, id, Some(now)).await?;
                Ok::<_, ServiceError>(())
            })
        });
        write.await?;
        ctx.house.bells.payments.notify_one();
    }
    Ok(Received::Unpaid(GiftId(payment.gift_id)))
}
