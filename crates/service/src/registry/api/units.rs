//! Units by a key of their bank: listed, read, and put into the registry as a file's are.

use domain::access::{Action, Actor};
use domain::id::{BankId, UnitId};
use domain::refusal::Refusal;
use store::Conn;
use store::unit::UnitRow;
use uuid::Uuid;

use super::given::{PlaceGiven, UnitGiven, UnitsGiven};
use super::once::{Answered, Asked, answered, once};
use super::told::{
    CompartmentTold, Outcome, StandingTold, TraceTold, UnitLineTold, UnitRecorded, UnitTold, UnitsPage,
    UnitsRecorded,
};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::registry::deed::deed;
use crate::registry::load::{self, units_record};
use crate::registry::nomenclature::release_in_use;
use crate::registry::standing::{trace_of, unit_seen};
use crate::registry::units::numbers_of;
use crate::registry::units_in::{Drafter, UnitRules};

/// Units of one request.
pub const UNITS: usize = 100;

/// Units of one page.
pub const MOST_LISTED: i64 = 200;

/// The bank whose units the actor knows.
fn own_bank(ctx: &Ctx) -> Answer<BankId> {
    match &ctx.actor {
        Actor::ApiKey { bank_id, .. } => Ok(*bank_id),
        _ => Err(Refusal::NotAllowed.into()),
    }
}

/// The own bank's unit that a number names: its id, the registry's number, a donation number, a GRID, the bank's own. As
/// it is written counts before other ways of writing it.
///
/// # Errors
/// [`Refusal::NotFound`], also for another bank's; [`Refusal::NumberAmbiguous`] when it names several.
pub(super) async fn unit_named(ctx: &Ctx, conn: &mut Conn<'_>, number: &str) -> Answer<UnitRow> {
    let bank = own_bank(ctx)?;
    let typed = domain::text::line(number, 64).map_err(|_| Refusal::NotFound)?;
    if typed.is_empty() {
        return Err(Refusal::NotFound.into());
    }
    // What a number is written as: as it is, and in three other ways at most.
    let numbers = numbers_of(&typed);
    let form = |place: usize| numbers.get(place).map_or(typed.as_str(), String::as_str);
    let forms = [form(1), form(2), form(3)];
    let found = store::unit_list::units_of_bank_named(conn, bank, &typed, forms).await?;
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (None, _) => Err(Refusal::NotFound.into()),
        (Some((_, true)), Some((_, true))) | (Some((_, false)), Some(_)) => {
            Err(Refusal::NumberAmbiguous.into())
        }
        (Some((row, _)), _) => Ok(row),
    }
}

/// A page of the bank's units after the id `after`, at most `limit` (1 to [`MOST_LISTED`]), in the order of their ids.
/// While a file is being loaded a page may be short, or empty, and not the last one.
///
/// # Errors
/// When not allowed; [`Refusal::TooMany`] for a limit that is none.
pub async fn units_list(ctx: &Ctx, after: Option<UnitId>, limit: i64) -> Answer<UnitsPage> {
    ctx.authorize(Action::ReadBankUnits)?;
    let bank = own_bank(ctx)?;
    if !(1..=MOST_LISTED).contains(&limit) {
        return Err(Refusal::TooMany { max: usize::try_from(MOST_LISTED).unwrap_or(0) }.into());
    }
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let after = after.unwrap_or(UnitId(Uuid::nil()));
    let page = store::unit_list::units_of_bank(&mut conn, bank, after, limit).await?;
    let ids: Vec<Uuid> = page.units.iter().map(|row| row.id).collect();
    let mut versions = std::collections::HashMap::new();
    for version in store::unit_batch::versions_now(&mut conn, &ids).await? {
        versions.insert(version.unit_id, version);
    }
    let mut units = Vec::with_capacity(page.units.len());
    for row in &page.units {
        let Some(version) = versions.get(&row.id) else { continue };
        let content = version.content()?;
        let unit = UnitGiven::of(row, &content, version.withdrawn);
        units.push(UnitLineTold { id: row.id, unit, hla_method: content.hla_method });
    }
    Ok(UnitsPage { units, next: page.next.map(|id| id.0) })
}

/// A unit of the bank as it is now.
///
/// # Errors
/// As [`unit_named`].
pub async fn unit_read(ctx: &Ctx, number: &str) -> Answer<UnitTold> {
    ctx.authorize(Action::ReadBankUnits)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let row = unit_named(ctx, &mut conn, number).await?;
    let now = unit_seen(ctx, &mut conn, row.unit_id()).await?;
    let trace = trace_of(&store::process::steps_of_unit(&mut conn, row.unit_id()).await?)?;
    let (standing, release_bars) = (now.facts().standing(), now.facts().release_bars(&trace, false));
    let compartments = (1..).zip(now.compartments.iter().zip(&now.places));
    let compartments = compartments.map(|(compartment, (state, place))| CompartmentTold {
        compartment,
        state: *state,
        place: place.as_ref().map(|place| PlaceGiven {
            tank: place.tank.clone(),
            rack: place.rack.clone(),
            box_: place.box_.clone(),
            slot: place.slot.clone(),
        }),
    });
    Ok(UnitTold {
        id: row.id,
        compartments: compartments.collect(),
        standing: StandingTold { status: standing.status, bars: standing.bars, release_bars },
        trace: TraceTold::of(&trace),
        unit: UnitGiven::of(&row, &now.content, now.withdrawn),
        hla_method: now.content.hla_method,
    })
}

/// Puts units of the bank into the registry or changes them, all or none, by the rules of a load.
///
/// # Errors
/// [`ServiceError::Units`] with every unit that is refused and why; [`Refusal::TooMany`] above [`UNITS`].
pub async fn units_add(ctx: &Ctx, asked: Asked, given: UnitsGiven) -> Answer<Answered> {
    ctx.authorize(Action::RecordUnits)?;
    let bank = own_bank(ctx)?;
    if let Some(answer) = answered(ctx, &asked).await? {
        return Ok(answer);
    }
    if given.units.is_empty() {
        return Err(Refusal::Required.into());
    }
    if given.units.len() > UNITS {
        return Err(Refusal::TooMany { max: UNITS }.into());
    }
    let rules = UnitRules {
        release: release_in_use(ctx).await?,
        codes: None,
        ownership: None,
        today: ctx.now.date(),
        values: Default::default(),
    };
    // Reading a hundred typings takes milliseconds that others shall not wait for.
    let read = tokio::task::spawn_blocking(move || {
        let mut drafter = Drafter::new(rules);
        let (mut drafts, mut refused) = (Vec::new(), Vec::new());
        for (line, unit) in (1..).zip(&given.units) {
            match drafter.draft(unit.record(line)) {
                Ok(draft) => drafts.push(draft),
                Err(unit) => refused.push(*unit),
            }
        }
        (drafts, refused)
    });
    let (drafts, refused) = read.await.map_err(|_| store::StoreError::Unavailable)?;
    if !refused.is_empty() {
        return Err(ServiceError::Units(refused));
    }
    let at = ctx.clone();
    let work = deed(move |tx| {
        Box::pin(async move {
            let done = units_record(&at, tx, bank, drafts).await?;
            let units = done.into_iter().map(|one| UnitRecorded {
                id: one.unit.0,
                registry_id: one.registry_id,
                outcome: match one.outcome {
                    load::Outcome::Added => Outcome::Added,
                    load::Outcome::Changed => Outcome::Changed,
                    load::Outcome::Unchanged => Outcome::Unchanged,
                    load::Outcome::Withdrawn => Outcome::Withdrawn,
                },
            });
            Ok(UnitsRecorded { units: units.collect() })
        })
    });
    once(ctx, asked, work).await
}
