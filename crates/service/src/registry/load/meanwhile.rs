//! Units that were changed here while a file was being loaded: what was staged of them rests on what they were before, so
//! it is taken back, and they stay as they are.

use domain::id::UnitId;
use domain::registry::LoadRefusal;
use domain::time::Instant;
use store::change::change_versions;
use store::unit_load::{LoadRefusalRow, content_add, content_none, load_touch, refusals_add};
use store::unit_meanwhile::{overtaken, staged_drop};
use uuid::Uuid;

use super::stage::{Staging, refusal_row};
use super::{LoadError, Refused};
use crate::context::Ctx;

/// Versions read at once.
const PAGE: i64 = 4_000;

/// Takes back what was staged of units that changed since the load began; they are refused.
pub(super) async fn drop_overtaken(
    ctx: &Ctx,
    staging: &mut Staging,
    now: Instant,
) -> Result<Vec<Refused>, LoadError> {
    let (mut row, change, since) = (staging.row.clone(), staging.change, staging.began_at);
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let gone = overtaken(&mut tx.conn(), change, since).await?;
            staged_drop(tx, change, gone.iter().map(|unit| unit.unit_id)).await?;
            let refuse = |line, id: &str| Refused::new(line, line, id, LoadRefusal::ChangedMeanwhile);
            let refused: Vec<_> = gone.iter().map(|unit| refuse(unit.line, &unit.registry_id)).collect();
            let rows: Vec<LoadRefusalRow> = refused.iter().map(|r| refusal_row(row.id, r)).collect();
            refusals_add(tx, &rows).await?;
            for unit in &gone {
                let count = match (unit.withdrawn, unit.known) {
                    (true, _) => &mut row.withdrawn,
                    (false, true) => &mut row.changed,
                    (false, false) => &mut row.added,
                };
                *count -= 1;
            }
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
