//! Messages to donors: put beside the change that they tell of, sent from the job table.

use domain::id::JobId;
use store::Tx;
use store::gift::GiftRow;
use store::message::MessageRow;

use crate::context::Ctx;

mod compose;
mod send;

pub use compose::{Composed, compose};
pub use send::{Sent, message_send};

/// The job that sends one message.
pub const SEND: &str = "message.send";

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
    };
    store::message::message_add(tx, row);
    if gift.contact != "call" {
        store::job::job_add(tx, JobId(ctx.id()), SEND, id, ctx.now);
    }
}
