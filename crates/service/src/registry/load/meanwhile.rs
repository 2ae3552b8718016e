//! Units that were changed here while a file was being loaded: what was staged of them rests on what they were before, so
//! it is taken back, and they stay as they are.

use domain::id::{BankId, UnitId};
use domain::registry::LoadRefusal;
use domain::time::Instant;
use store::change::change_versions;
use store::unit_load::{LoadRefusalRow, LoadRow, content_add, content_none, load_touch, refusals_add};
use store::unit_meanwhile::{Overtaken, contested, overtaken, staged_drop, taken_over};
use uuid::Uuid;

use super::stage::{Staging, refusal_row};
use super::{LoadError, Refused};
use crate::context::Ctx;

/// Versions read at once.
const PAGE: i64 = 4_000;

/// Takes back what was staged of units that changed since the load began, or that another bank named; they are refused.
pub(super) async fn drop_overtaken(
    ctx: &Ctx,
    staging: &mut Staging,
    now: Instant,
) -> Result<Vec<Refused>, LoadError> {
    let (mut row, change, since) = (staging.row.clone(), staging.change, staging.began_at);
    let foreign = taken_from(ctx, staging).await?;
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let changed = overtaken(&mut tx.conn(), change, since).await?;
            let is_foreign = |unit: &Overtaken| foreign.iter().any(|other| other.unit_id == unit.unit_id);
            let changed: Vec<Overtaken> = changed.into_iter().filter(|unit| !is_foreign(unit)).collect();
            let mut refused = Vec::with_capacity(changed.len() + foreign.len());
            for (units, reason) in
                [(&changed, LoadRefusal::ChangedMeanwhile), (&foreign, LoadRefusal::OtherBank)]
            {
                staged_drop(tx, change, units.iter().map(|unit| unit.unit_id)).await?;
                for unit in units {
                    uncount(&mut row, unit);
                    refused.push(Refused::new(unit.line, unit.line, &unit.registry_id, reason.clone()));
                }
            }
            let rows: Vec<LoadRefusalRow> = refused.iter().map(|r| refusal_row(row.id, r)).collect();
            refusals_add(tx, &rows).await?;
            row.refused += refused.len() as i64;
            row.touched_at = now.0;
            if load_touch(tx, &row).await? { Ok((row, refused)) } else { Err(LoadError::GivenUp) }
        })
    });
    let refused;
    (staging.row, refused) = write.await?;
    digest_again(ctx, staging).await?;
    Ok(refused)
}

/// What other banks named of the load's units since that was last looked at. What they name from now on is seen when the
/// load is to be published.
async fn taken_from(ctx: &Ctx, staging: &mut Staging) -> Result<Vec<Overtaken>, LoadError> {
    let mut reader = ctx.house.db.read().await?;
    let times = contested(&mut reader.conn(), staging.row.load_id()).await?;
    if times == staging.contested {
        return Ok(Vec::new());
    }
    staging.contested = times;
    Ok(taken_over(&mut reader.conn(), staging.change, BankId(staging.row.bank_id)).await?)
}

/// A unit that is taken out counts no more as what it was staged as.
fn uncount(row: &mut LoadRow, unit: &Overtaken) {
    let count = match unit {
        Overtaken { withdrawn: true, .. } => &mut row.withdrawn,
        // A unit that another load had named before was staged as one that is known.
        Overtaken { known: false, .. } if row.added > 0 => &mut row.added,
        _ => &mut row.changed,
    };
    *count -= 1;
}

/// The content's digest over what is left. Nobody else writes to an open load, so it is read in pages beside the writer.
async fn digest_again(ctx: &Ctx, staging: &mut Staging) -> Result<(), LoadError> {
    let (mut content, mut after) = (content_none(), (-1, UnitId(Uuid::nil())));
    let mut reader = ctx.house.db.read().await?;
    loop {
        let page = change_versions(&mut reader.conn(), staging.change, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.line, UnitId(last.unit_id));
        content = page.iter().fold(content, |content, version| content_add(&content, &version.digest()));
    }
    drop(reader);
    staging.content = content;
    staging.row.content_digest = content.to_vec();
    let row = staging.row.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move { if load_touch(tx, &row).await? { Ok(()) } else { Err(LoadError::GivenUp) } })
    });
    write.await
}
