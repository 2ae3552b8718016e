//! Storage: bags moved to their places, tanks that were too warm, and who found that harmless.

use domain::access::Action;
use domain::id::{BankId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Place, place_name};
use domain::time::Instant;
use store::StoreError;
use store::storage::{ExcursionRow, MoveRow};
use uuid::Uuid;

use super::deed::{Deed, deed};
use super::reach::needed;
use super::standing::{unit_seen, units_touched};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// Units told of in one transaction when a tank was too warm: gifts go between.
const BATCH: usize = 100;

/// Records that a compartment was moved to a place.
///
/// # Errors
/// [`UnitRefusal::PlaceTaken`], [`UnitRefusal::CompartmentUnknown`], [`UnitRefusal::CompartmentGone`] for one that has left.
pub async fn bag_move(ctx: &Ctx, unit: UnitId, compartment: u8, to: &Place) -> Answer<()> {
    let work = move_deed(ctx, unit, compartment, to, None).map_err(ServiceError::anywhere)?;
    ctx.house.writer.write(work).await.map_err(ServiceError::anywhere)
}

/// As [`bag_move`], to be done in a transaction of the caller's; refusals say at which field. It was moved at `moved_at`,
/// now when nobody says when: neither in the future nor before it was moved last, so that a warm tank finds all that lay
/// in it however late that is told.
pub(super) fn move_deed(
    ctx: &Ctx,
    unit: UnitId,
    compartment: u8,
    to: &Place,
    moved_at: Option<Instant>,
) -> Answer<Deed<()>> {
    ctx.authorize(Action::MoveBags)?;
    if let Some(moved_at) = moved_at {
        super::lab::moment_possible(ctx, moved_at).map_err(|error| error.at("moved_at"))?;
    }
    let part = |typed: &str, path| needed(&place_name(typed), 20).map_err(|error| error.at(path));
    let (tank, rack) = (part(&to.tank, "place.tank")?, part(&to.rack, "place.rack")?);
    let (box_, slot) = (part(&to.box_, "place.box")?, part(&to.slot, "place.slot")?);
    let at = ctx.clone();
    Ok(deed(move |tx| {
        Box::pin(async move {
            let now = unit_seen(&at, &mut tx.conn(), unit).await?;
            let state = usize::from(compartment).checked_sub(1).and_then(|n| now.compartments.get(n));
            let refused = |refusal: UnitRefusal, path| Err(ServiceError::from(refusal).at(path));
            match state {
                None => return refused(UnitRefusal::CompartmentUnknown, "compartment"),
                Some(state) if !state.is_here() => {
                    return refused(UnitRefusal::CompartmentGone, "compartment");
                }
                Some(_) => {}
            }
            let moves = store::storage::moves_of_unit(&mut tx.conn(), unit).await?;
            let last = moves.iter().rfind(|row| row.compartment == i64::from(compartment));
            let last = last.map_or(Instant(0), |last| Instant(last.moved_at));
            if moved_at.is_some_and(|moved_at| moved_at < last) {
                return refused(UnitRefusal::TimeImpossible, "moved_at");
            }
            let place = tx.next_event();
            let row = MoveRow {
                id: at.id(),
                unit_id: unit.0,
                bank_id: now.unit.bank_id,
                compartment: compartment.into(),
                tank,
                rack,
                box_,
                slot,
                // Another node's clock may be ahead of ours.
                moved_at: moved_at.unwrap_or(at.now).max(last).0,
                moved_by: at.actor.word(),
                current: true,
                event_chain: place.chain,
                event_seq: place.seq,
            };
            let digest = match store::storage::move_add(tx, &row).await {
                Ok(digest) => digest,
                Err(StoreError::Conflict { .. }) => return refused(UnitRefusal::PlaceTaken, "place"),
                Err(error) => return Err(error.into()),
            };
            units_touched(&at, tx, [unit]).await?;
            tx.record(at.event("bag.moved", ("unit", unit.0)), vec![digest]);
            Ok(())
        })
    }))
}

/// What is told of a warm tank.
#[derive(Debug, Clone)]
pub struct Warm {
    /// The bank whose tank it is.
    pub bank: BankId,
    /// The tank.
    pub tank: String,
    /// From when.
    pub began_at: Instant,
    /// Until when; `None` while it lasts.
    pub ended_at: Option<Instant>,
    /// The warmest, in tenths of a degree Celsius.
    pub warmest_dc: i32,
    /// What there is to say.
    pub note: String,
}

/// Records that a tank was warmer than it may be. What lay in it is not to be had until somebody finds it harmless.
///
/// # Errors
/// [`UnitRefusal::TimeImpossible`] when it ends before it begins, or later than now; [`Refusal::ChoiceUnknown`] for an
/// unknown bank.
pub async fn excursion_record(ctx: &Ctx, warm: Warm) -> Answer<Uuid> {
    ctx.authorize(Action::WorkLab)?;
    let tank = needed(&place_name(&warm.tank), 20)?;
    let note = domain::text::paragraph(&warm.note, 500)?;
    let end = warm.ended_at.unwrap_or(ctx.now);
    if end < warm.began_at || end > ctx.now {
        return Err(UnitRefusal::TimeImpossible.into());
    }
    let mut reader = ctx.house.db.read().await?;
    let banks = store::bank::banks(&mut reader.conn()).await?;
    drop(reader);
    if !banks.iter().any(|bank| bank.id == warm.bank.0) {
        return Err(Refusal::ChoiceUnknown.into());
    }
    let row = ExcursionRow {
        id: ctx.id(),
        tank,
        began_at: warm.began_at.0,
        ended_at: warm.ended_at.map(|at| at.0),
        warmest_dc: warm.warmest_dc.into(),
        note,
        review: String::new(),
        reviewed_by: String::new(),
        reviewed_at: None,
        bank_id: Some(warm.bank.0),
        event_chain: 0,
        event_seq: 0,
    };
    let row = put(ctx, "excursion.recorded", None, move |_| Ok(row)).await?;
    tell(ctx, &row).await?;
    Ok(row.id)
}

/// Says that a tank is cold again.
///
/// # Errors
/// [`UnitRefusal::TimeImpossible`], also when it has ended already.
pub async fn excursion_end(ctx: &Ctx, id: Uuid, ended_at: Instant) -> Answer<()> {
    ctx.authorize(Action::WorkLab)?;
    let now = ctx.now;
    let change = move |row: &mut ExcursionRow| {
        if row.ended_at.is_some() || ended_at.0 < row.began_at || ended_at > now {
            return Err(UnitRefusal::TimeImpossible);
        }
        row.ended_at = Some(ended_at.0);
        Ok(())
    };
    excursion_change(ctx, id, "excursion.ended", change).await
}

/// Judges an excursion that is over: harmless, or what lay there is lost.
///
/// # Errors
/// [`UnitRefusal::TimeImpossible`] while it lasts.
pub async fn excursion_review(ctx: &Ctx, id: Uuid, harmless: bool) -> Answer<()> {
    ctx.authorize(Action::AuthorizeRelease)?;
    let (by, now) = (ctx.actor.word(), ctx.now);
    let change = move |row: &mut ExcursionRow| {
        if row.ended_at.is_none() {
            return Err(UnitRefusal::TimeImpossible);
        }
        row.review = if harmless { "harmless" } else { "lost" }.to_owned();
        row.reviewed_by = by;
        row.reviewed_at = Some(now.0);
        Ok(())
    };
    excursion_change(ctx, id, "excursion.reviewed", change).await
}

async fn excursion_change(
    ctx: &Ctx,
    id: Uuid,
    kind: &'static str,
    change: impl FnOnce(&mut ExcursionRow) -> Result<(), UnitRefusal> + Send + 'static,
) -> Answer<()> {
    let with = move |found: Option<ExcursionRow>| {
        let mut row = found.ok_or(Refusal::NotFound)?;
        change(&mut row)?;
        Ok(row)
    };
    let row = put(ctx, kind, Some(id), with).await?;
    tell(ctx, &row).await
}

/// Writes an excursion, new or found by `id`, and gives it.
async fn put(
    ctx: &Ctx,
    kind: &'static str,
    id: Option<Uuid>,
    with: impl FnOnce(Option<ExcursionRow>) -> Answer<ExcursionRow> + Send + 'static,
) -> Answer<ExcursionRow> {
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let found = match id {
                    Some(id) => store::storage::excursion_get(&mut tx.conn(), id).await?,
                    None => None,
                };
                let mut row = with(found)?;
                if id.is_none() {
                    let place = tx.next_event();
                    (row.event_chain, row.event_seq) = (place.chain, place.seq);
                }
                let fact = store::storage::excursion_put(tx, &row).await?;
                tx.record_facts(at.event(kind, ("temperature_excursion", row.id)), vec![], &[fact]);
                Ok::<_, ServiceError>(row)
            })
        })
        .await
}

/// Tells every node of the units that ever lay in a tank, in batches. A hold asks the database, whatever a node knows.
async fn tell(ctx: &Ctx, warm: &ExcursionRow) -> Answer<()> {
    let mut reader = ctx.house.db.read().await?;
    let bank = warm.bank_id.map(BankId);
    let units = store::storage::units_in_tank(&mut reader.conn(), bank, &warm.tank).await?;
    drop(reader);
    for batch in units.chunks(BATCH) {
        let (at, batch) = (ctx.clone(), batch.to_vec());
        let write =
            ctx.house.writer.write(move |tx| Box::pin(async move { units_touched(&at, tx, batch).await }));
        write.await?;
    }
    Ok(())
}

/// The newest excursions, at most `limit`.
///
/// # Errors
/// When not allowed.
pub async fn excursions(ctx: &Ctx, limit: i64) -> Answer<Vec<ExcursionRow>> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::storage::excursions_list(&mut reader.conn(), limit).await?)
}
