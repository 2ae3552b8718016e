//! What staff read of loads: the newest, what each did, and what it refused.

use domain::access::Action;
use domain::id::LoadId;
use domain::refusal::Refusal;
use store::bank::BankRow;
use store::unit_load::{LoadRefusalRow, LoadRow};

use crate::context::Ctx;
use crate::error::Answer;

/// Loads that are listed.
const SHOWN: i64 = 50;

/// A load and whose units it brought.
#[derive(Debug, Clone)]
pub struct LoadLine {
    /// The load.
    pub load: LoadRow,
    /// The bank.
    pub bank: BankRow,
}

/// The newest loads, also those that are under way or were given up.
///
/// # Errors
/// When not allowed.
pub async fn loads(ctx: &Ctx) -> Answer<Vec<LoadLine>> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    let banks = store::bank::banks(&mut reader.conn()).await?;
    let rows = store::unit_load::loads_newest(&mut reader.conn(), SHOWN).await?;
    Ok(rows.into_iter().filter_map(|load| line(&banks, load)).collect())
}

pub(super) fn line(banks: &[BankRow], load: LoadRow) -> Option<LoadLine> {
    let bank = banks.iter().find(|bank| bank.id == load.bank_id)?.clone();
    Some(LoadLine { load, bank })
}

/// One load with what it refused after the line `after`, at most `limit`, and whether there is more.
///
/// # Errors
/// When not allowed; [`Refusal::NotFound`].
pub async fn load_file(
    ctx: &Ctx,
    id: LoadId,
    after: i64,
    limit: i64,
) -> Answer<(LoadLine, Vec<LoadRefusalRow>, bool)> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let banks = store::bank::banks(&mut conn).await?;
    let load = store::unit_load::load_get(&mut conn, id).await?.ok_or(Refusal::NotFound)?;
    let mut refused = store::unit_load::load_refusals(&mut conn, id, after, limit + 1).await?;
    let more = refused.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        refused.pop();
    }
    Ok((line(&banks, load).ok_or(Refusal::NotFound)?, refused, more))
}
