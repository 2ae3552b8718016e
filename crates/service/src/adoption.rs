//! Taking in what was written before events said what changing rows are: once, so that `verify` can prove it from then
//! on. What was changed by hand before that day is taken in as it is.

use domain::access::Action;
use store::facts::{
    ADOPTED, Fact, GIFTS_ADOPTED, Late, adopted, facts_now, facts_of_old_gifts, late_adopted,
};
use store::refund::RefundRow;
use uuid::Uuid;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// Rows in one event.
const CHUNK: i64 = 500;

/// Records once, in events, what the rows are that no event speaks of. Each program does so when it opens its house;
/// what broke off half-way begins anew.
///
/// # Errors
/// As the store.
pub async fn adopt(ctx: &Ctx) -> Answer<()> {
    ctx.authorize(Action::Operate)?;
    let mut reader = ctx.house.db.read().await?;
    let done = adopted(&mut reader.conn()).await?;
    drop(reader);
    if done {
        for late in Late::ALL {
            take_in(ctx, late).await?;
        }
        return Ok(());
    }
    let mut after = Some(Uuid::nil());
    while let Some(from) = after {
        after = old_gifts(ctx, from).await?;
    }
    let mut after = Some(Uuid::nil());
    while let Some(from) = after {
        after = refunds(ctx, from).await?;
    }
    let at = ctx.clone();
    let last = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            // Another node may have come first.
            if !adopted(&mut tx.conn()).await? {
                let facts = facts_now(&mut tx.conn()).await?;
                tx.record_facts(at.event(ADOPTED, ("books", Uuid::nil())), vec![], &facts);
            }
            Ok(())
        })
    });
    last.await
}

/// Takes in, once, what came under events after the books were taken in.
async fn take_in(ctx: &Ctx, late: Late) -> Answer<()> {
    let mut reader = ctx.house.db.read().await?;
    let done = late_adopted(&mut reader.conn(), late).await?;
    drop(reader);
    if done {
        return Ok(());
    }
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            if !late_adopted(&mut tx.conn(), late).await? {
                let facts = late.facts(&mut tx.conn()).await?;
                // Without a row there is nothing to prove, and an event that says nothing would be written at each start.
                if !facts.is_empty() {
                    tx.record_facts(at.event(late.kind(), ("books", Uuid::nil())), vec![], &facts);
                }
            }
            Ok(())
        })
    });
    write.await
}

/// Takes in gifts whose digest leaves something out; gives where to go on.
async fn old_gifts(ctx: &Ctx, after: Uuid) -> Answer<Option<Uuid>> {
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let (ids, facts): (Vec<Uuid>, Vec<Fact>) =
                facts_of_old_gifts(&mut tx.conn(), (after, Uuid::max()), CHUNK).await?.into_iter().unzip();
            if !facts.is_empty() {
                tx.record_facts(at.event(GIFTS_ADOPTED, ("books", Uuid::nil())), vec![], &facts);
            }
            Ok::<_, ServiceError>(ids.last().copied())
        })
    });
    write.await
}

async fn refunds(ctx: &Ctx, after: Uuid) -> Answer<Option<Uuid>> {
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let rows = store::refund::refunds_after(&mut tx.conn(), after, CHUNK).await?;
            let facts: Vec<Fact> = rows.iter().map(RefundRow::fact).collect();
            if !facts.is_empty() {
                tx.record_facts(at.event("refunds.adopted", ("books", Uuid::nil())), vec![], &facts);
            }
            Ok::<_, ServiceError>(rows.last().map(|row| row.id))
        })
    });
    write.await
}
