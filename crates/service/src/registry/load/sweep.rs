//! Taking away what loads left that were given up, a short batch at a time, and giving up loads that died.

use domain::time::Instant;
use store::unit_load::{load_sweep, loads_stale, loads_to_sweep};

use super::begin::give_up;
use crate::context::Ctx;
use crate::error::Answer;

/// An open load that did nothing for so many seconds is dead: a living one writes several times a second, and reading a
/// workbook of the greatest size takes less.
pub const DEAD_AFTER_SECONDS: i64 = 180;

/// Versions taken away in one command.
const AT_A_TIME: i64 = 500;

/// The worker's round: gives up what is dead and takes away a batch of what is left. Says when there is more to do.
///
/// # Errors
/// As the store.
pub async fn sweep_round(ctx: &Ctx) -> Answer<Option<Instant>> {
    let mut reader = ctx.house.db.read().await?;
    let dead = loads_stale(&mut reader.conn(), ctx.now.plus_seconds(-DEAD_AFTER_SECONDS)).await?;
    let left = loads_to_sweep(&mut reader.conn()).await?;
    drop(reader);
    for load in &dead {
        give_up(ctx, load, ctx.now).await?;
    }
    if let Some(change) = left.first() {
        sweep_some(ctx, *change).await?;
    }
    Ok((!dead.is_empty() || !left.is_empty()).then_some(ctx.now))
}

/// Takes away all that loads left that were given up.
pub(super) async fn sweep_all(ctx: &Ctx) -> Answer<()> {
    let mut reader = ctx.house.db.read().await?;
    let left = loads_to_sweep(&mut reader.conn()).await?;
    drop(reader);
    for change in left {
        while sweep_some(ctx, change).await? > 0 {}
    }
    Ok(())
}

async fn sweep_some(ctx: &Ctx, change: uuid::Uuid) -> Answer<usize> {
    Ok(ctx.house.writer.write(move |tx| Box::pin(load_sweep(tx, change, AT_A_TIME))).await?)
}
