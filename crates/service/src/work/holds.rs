//! Ending holds whose time is over. A round may be repeated: what is over stays over.

use domain::id::HoldId;
use domain::time::Instant;

use crate::context::Ctx;
use crate::error::Answer;
use crate::registry::holds::hold_expire;

/// Holds ended in one round.
const BATCH: i64 = 64;

/// Ends every hold that is due; when the next one is.
///
/// # Errors
/// As the store.
pub async fn holds_round(ctx: &Ctx) -> Answer<Option<Instant>> {
    let mut reader = ctx.house.db.read().await?;
    let due = store::hold::holds_due(&mut reader.conn(), ctx.now, BATCH).await?;
    drop(reader);
    for hold in due {
        hold_expire(ctx, HoldId(hold.id)).await?;
    }
    let mut reader = ctx.house.db.read().await?;
    Ok(store::hold::holds_next_due(&mut reader.conn()).await?)
}
