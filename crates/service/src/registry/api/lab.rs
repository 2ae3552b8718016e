//! What a laboratory's system records of a unit of its bank: by the same rules as the desk's.

use domain::access::Action;
use domain::registry::Place;
use store::unit::UnitRow;

use super::given::{MoveGiven, PlaceGiven, StatusGiven, StepsGiven, TypingGiven};
use super::once::{Answered, Asked, answered, once};
use super::told::Recorded;
use super::units::unit_named;
use crate::context::Ctx;
use crate::error::Answer;
use crate::registry::deed::{Deed, deed};
use crate::registry::lab::{StepDone, TypingDone, status_deed, steps_deed, typing_deed};
use crate::registry::storage::move_deed;

/// The answer of an earlier time, or the unit that is meant.
enum Begun {
    Answered(Answered),
    Of(UnitRow),
}

async fn begin(ctx: &Ctx, action: Action, asked: &Asked, number: &str) -> Answer<Begun> {
    ctx.authorize(action)?;
    if let Some(answer) = answered(ctx, asked).await? {
        return Ok(Begun::Answered(answer));
    }
    let mut reader = ctx.house.db.read().await?;
    Ok(Begun::Of(unit_named(ctx, &mut reader.conn(), number).await?))
}

async fn finish(ctx: &Ctx, asked: Asked, unit: UnitRow, work: Deed<()>) -> Answer<Answered> {
    let told = deed(move |tx| {
        Box::pin(async move {
            work(tx).await?;
            Ok(Recorded { id: unit.id, registry_id: unit.registry_id })
        })
    });
    once(ctx, asked, told).await
}

macro_rules! begun {
    ($ctx:expr, $action:expr, $asked:expr, $number:expr) => {
        match begin($ctx, $action, $asked, $number).await? {
            Begun::Answered(answer) => return Ok(answer),
            Begun::Of(unit) => unit,
        }
    };
}

/// Records a typing.
///
/// # Errors
/// As [`crate::registry::lab::typing_record`], and 404 for another bank's unit.
pub async fn typing_add(ctx: &Ctx, asked: Asked, number: &str, given: TypingGiven) -> Answer<Answered> {
    let unit = begun!(ctx, Action::RecordTypings, &asked, number);
    // A typing from another system must say whose it is.
    let laboratory = crate::registry::reach::needed(&given.laboratory, 120);
    let laboratory = laboratory.map_err(|error| error.at("laboratory"))?;
    let done = TypingDone { hla: given.hla, method: given.method, typed_on: given.typed_on, laboratory };
    let work = typing_deed(ctx, unit.unit_id(), done).await?;
    finish(ctx, asked, unit, work).await
}

/// Records steps and tests, all or none.
///
/// # Errors
/// As [`crate::registry::lab::steps_record`], and 404 for another bank's unit.
pub async fn steps_add(ctx: &Ctx, asked: Asked, number: &str, given: StepsGiven) -> Answer<Answered> {
    let unit = begun!(ctx, Action::RecordSteps, &asked, number);
    let steps = given.steps.into_iter().map(|one| StepDone {
        step: one.step,
        operator: one.operator,
        instrument: one.instrument,
        started_at: one.started_at,
        ended_at: one.ended_at,
        result: one.result,
        verdict: one.verdict,
    });
    let work = steps_deed(ctx, unit.unit_id(), steps.collect())?;
    finish(ctx, asked, unit, work).await
}

/// Says that a unit is to be had, or why not.
///
/// # Errors
/// As [`crate::registry::lab::status_set`], and 404 for another bank's unit.
pub async fn status_add(ctx: &Ctx, asked: Asked, number: &str, given: StatusGiven) -> Answer<Answered> {
    let unit = begun!(ctx, Action::SetUnitStatus, &asked, number);
    let work = status_deed(ctx, unit.unit_id(), given.status, &given.reason)?;
    finish(ctx, asked, unit, work).await
}

/// Records where a bag lies from now on.
///
/// # Errors
/// As [`crate::registry::storage::bag_move`], and 404 for another bank's unit.
pub async fn move_add(ctx: &Ctx, asked: Asked, number: &str, given: MoveGiven) -> Answer<Answered> {
    let unit = begun!(ctx, Action::MoveBags, &asked, number);
    let PlaceGiven { tank, rack, box_, slot } = given.place;
    let to = Place { tank, rack, box_, slot };
    let work = move_deed(ctx, unit.unit_id(), given.compartment, &to, given.moved_at)?;
    finish(ctx, asked, unit, work).await
}
