//! Recipients' own seals: only what a recipient uploaded is ever placed on its receipts.

use domain::access::Action;
use domain::refusal::Refusal;
use store::seal::SealRow;

use crate::context::Ctx;
use crate::error::Answer;

/// The largest picture that is taken, in bytes; the schema knows it, too.
pub const LARGEST: usize = 512 * 1024;

/// Sets the seal of the recipient with these receipt letters, or with no picture takes it away. Receipts issued from now
/// on bear it; those from before stay as they were.
///
/// # Errors
/// [`Refusal::SealUnreadable`] when it is neither PNG nor JPEG or too large; [`Refusal::NoRecipient`] when nobody has
/// these letters.
pub async fn seal_set(ctx: &Ctx, prefix: &str, picture: Option<Vec<u8>>) -> Answer<()> {
    ctx.authorize(Action::ManageProgramme)?;
    if let Some(bytes) = &picture
        && (bytes.len() > LARGEST || papers::seal_readable(bytes).is_err())
    {
        return Err(Refusal::SealUnreadable.into());
    }
    let (at, prefix) = (ctx.clone(), prefix.to_owned());
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let found = store::fund::organisation_by_prefix(&mut tx.conn(), &prefix).await?;
            let organisation = found.ok_or(Refusal::NoRecipient)?.id.0;
            let place = tx.next_event();
            let row = SealRow {
                id: at.id(),
                organisation_id: organisation,
                picture,
                set_by: at.actor.word(),
                set_at: at.now.0,
                event_chain: place.chain,
                event_seq: place.seq,
            };
            store::seal::seal_add(tx, &row).await?;
            tx.record(at.event("seal.set", ("organisation", organisation)), vec![row.digest()]);
            Ok(())
        })
    });
    write.await
}
