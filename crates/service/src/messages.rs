//! Messages to donors: put beside the change that they tell of, sent from the job table.

use domain::id::JobId;
use domain::refusal::Refusal;
use store::Tx;
use store::gift::GiftRow;
use store::message::MessageRow;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::limits::{Limit, limit_subject};

mod compose;
mod send;

pub use compose::{Composed, compose, refund_sums};
pub use send::{Sent, message_send};

/// The job that sends one message.
pub const SEND: &str = "message.send";

/// Messages to one contact about gifts that nobody has paid: whoever types another's number a thousand times must not
/// make us write to it a thousand times.
const UNPAID: Limit = Limit { purpose: "unpaid message", max: 5, seconds: 24 * 3600 };

/// The keyed digest under which messages to a contact are counted.
#[must_use]
pub fn unpaid_subject(ctx: &Ctx, contact: &str) -> Vec<u8> {
    limit_subject(ctx, UNPAID.purpose, &contact.to_lowercase())
}

/// As [`enqueue`], for a gift that is not paid yet: above the limit for its contact nothing is sent. The gift's own page
/// tells the same.
///
/// # Errors
/// As the store.
pub async fn enqueue_unpaid(
    ctx: &Ctx,
    tx: &mut Tx,
    gift: &GiftRow,
    kind: &str,
    contact: &[u8],
) -> Answer<()> {
    match UNPAID.take_in(tx, contact, ctx.now).await {
        Ok(()) => enqueue(ctx, tx, gift, kind),
        Err(ServiceError::Refused(Refusal::TooManyAttempts { .. })) => {
            metrics::counter!("spark_messages_total", "outcome" => "limited").increment(1);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Puts a message to a gift's donor into the same transaction: by e-mail or SMS with a job that sends it, else onto
/// the staff's call-list. A donor who left no name gets none; the gift's own page tells.
pub fn enqueue(ctx: &Ctx, tx: &mut Tx, gift: &GiftRow, kind: &str) {
    let (Some(person_id), "email" | "sms" | "call") = (gift.person_id, gift.contact.as_str()) else { return };
    let id = ctx.id();
    let row = MessageRow {
        id,
        person_id,
        gift_id: gift.id,
        kind: kind.to_owned(),
        channel: gift.contact.clone(),
        state: "waiting".to_owned(),
        created_at: ctx.now.0,
        instead_of: None,
    };
    store::message::message_add(tx, row);
    if gift.contact != "call" {
        store::job::job_add(tx, JobId(ctx.id()), SEND, id, ctx.now);
    }
}
