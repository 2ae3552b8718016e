//! What staff read of the registry: the list of units, a unit by any of its numbers, and its whole passport.

use std::collections::HashMap;

use domain::access::Action;
use domain::id::UnitId;
use domain::refusal::Refusal;
use domain::registry::{Din, Grid, UnitContent, UnitStanding};
use domain::time::Instant;
use store::Conn;
use store::audit::EventRow;
use store::consent::ConsentRow;
use store::hold::{HoldPart, HoldRow};
use store::unit::UnitRow;
use store::unit_release::ReleaseRow;
use uuid::Uuid;

use super::standing::{UnitFile, UnitNow, unit_file, unit_now};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// The most that a number finds: banks may use the same numbers for their own.
const FOUND: i64 = 30;

/// A unit as a line of a list.
#[derive(Debug, Clone)]
pub struct UnitLine {
    /// The unit as it is now.
    pub now: UnitNow,
    /// Where it stands by the rules.
    pub standing: UnitStanding,
    /// The code of its bank.
    pub bank: String,
}

/// How far the registry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryHead {
    /// The number of the newest published change; 0 when there is none.
    pub number: i64,
    /// When it was published.
    pub at: Option<Instant>,
}

/// What was known of a unit from one change on.
#[derive(Debug, Clone)]
pub struct PastVersion {
    /// The change's number.
    pub number: i64,
    /// When it was published.
    pub at: Instant,
    /// A word of [`domain::registry::VersionSource`].
    pub source: String,
    /// Whether the bank withdrew the unit with it.
    pub withdrawn: bool,
    /// What it says.
    pub content: UnitContent,
}

/// A hold that names the unit, with what became of it.
#[derive(Debug, Clone)]
pub struct PastHold {
    /// The hold.
    pub hold: HoldRow,
    /// The compartments of this unit that it names.
    pub parts: Vec<HoldPart>,
    /// The release that was ordered on it.
    pub release: Option<ReleaseRow>,
    /// Chinese and English name of the hospital, where one is named.
    pub hospital: Option<(String, String)>,
}

/// All that is on record about a unit.
#[derive(Debug, Clone)]
pub struct Passport {
    /// The unit as it is now, its process and its moves.
    pub file: UnitFile,
    /// Code, Chinese and English name of its bank.
    pub bank: (String, String, String),
    /// Published versions, newest first.
    pub versions: Vec<PastVersion>,
    /// Consents to share, newest first.
    pub consents: Vec<ConsentRow>,
    /// Holds, newest first.
    pub holds: Vec<PastHold>,
    /// Audit events about it, oldest first.
    pub events: Vec<EventRow>,
    /// Display names of staff by the word that rows keep of them.
    pub people: HashMap<String, String>,
}

/// How far the registry is.
///
/// # Errors
/// When not allowed.
pub async fn registry_head(ctx: &Ctx) -> Answer<RegistryHead> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    let head = store::unit_list::head_with_time(&mut reader.conn()).await?;
    Ok(head.map_or(RegistryHead { number: 0, at: None }, |(number, at)| RegistryHead {
        number,
        at: Some(Instant(at)),
    }))
}

/// The newest units below the id `before` (`None`: the very newest), at most `limit`, and below which id the next ones
/// are, when there are more. While a file is being loaded a page may be short, or empty, and not the last one.
///
/// # Errors
/// When not allowed.
pub async fn unit_list(
    ctx: &Ctx,
    before: Option<UnitId>,
    limit: i64,
) -> Answer<(Vec<UnitLine>, Option<UnitId>)> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let before = before.unwrap_or(UnitId(Uuid::max()));
    let page = store::unit_list::units_newest(&mut conn, before, limit).await?;
    Ok((lines(ctx, &mut conn, page.units).await?, page.next))
}

/// The units that a number names: the registry's own, a donation number with or without its check character, a GRID,
/// or a bank's own number. Most name one.
///
/// # Errors
/// When not allowed; [`Refusal::Required`] for an empty text.
pub async fn unit_find(ctx: &Ctx, typed: &str) -> Answer<Vec<UnitLine>> {
    ctx.authorize(Action::ReadRegistry)?;
    let typed = domain::text::line(typed, 64)?;
    if typed.is_empty() {
        return Err(Refusal::Required.into());
    }
    let numbers = numbers_of(&typed);
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let mut rows: Vec<UnitRow> = Vec::new();
    for number in &numbers {
        rows.extend(store::unit::unit_by_number(&mut conn, number).await?);
    }
    rows.extend(store::unit_list::units_by_local(&mut conn, &typed, FOUND).await?);
    let mut seen = std::collections::HashSet::new();
    rows.retain(|row| seen.insert(row.id));
    lines(ctx, &mut conn, rows).await
}

/// What a number may be written as in the registry: as it is, a donation number without its check character, a GRID.
pub(super) fn numbers_of(typed: &str) -> Vec<String> {
    let mut numbers = vec![typed.to_owned(), typed.to_uppercase()];
    numbers.extend(Din::read(typed).ok().map(|din| din.to_string()));
    numbers.extend(Grid::read(typed).ok().map(|grid| grid.to_string()));
    numbers.dedup();
    numbers
}

/// The lines of units; what was never published has none.
async fn lines(ctx: &Ctx, conn: &mut Conn<'_>, rows: Vec<UnitRow>) -> Answer<Vec<UnitLine>> {
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let now = match unit_now(conn, row.unit_id(), ctx.now).await {
            Ok(now) => now,
            Err(ServiceError::Refused(Refusal::NotFound)) => continue,
            Err(error) => return Err(error),
        };
        let bank = bank_of(conn, &now.unit).await?.0;
        lines.push(UnitLine { standing: now.facts().standing(), bank, now });
    }
    Ok(lines)
}

async fn bank_of(conn: &mut Conn<'_>, unit: &UnitRow) -> Answer<(String, String, String)> {
    let bank = store::unit_list::bank_names(conn, unit.bank()).await?;
    Ok(bank.ok_or(Refusal::NotFound)?)
}

/// All that is on record about a unit.
///
/// # Errors
/// When not allowed; [`Refusal::NotFound`] when nothing of it was published.
pub async fn unit_passport(ctx: &Ctx, unit: UnitId) -> Answer<Passport> {
    let file = unit_file(ctx, unit).await?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let mut versions = Vec::new();
    for (number, at, row) in store::unit::unit_history(&mut conn, unit).await? {
        versions.push(PastVersion {
            number,
            at: Instant(at),
            withdrawn: row.withdrawn,
            content: row.content()?,
            source: row.source,
        });
    }
    Ok(Passport {
        bank: bank_of(&mut conn, &file.now.unit).await?,
        holds: holds(&mut conn, unit).await?,
        consents: store::consent::consents_of_unit(&mut conn, unit).await?,
        events: store::audit::events_of(&mut conn, unit.0).await?,
        people: people(&mut conn).await?,
        versions,
        file,
    })
}

async fn holds(conn: &mut Conn<'_>, unit: UnitId) -> Answer<Vec<PastHold>> {
    let mut holds = Vec::new();
    for hold in store::hold::holds_of_unit(conn, unit).await? {
        let id = domain::id::HoldId(hold.id);
        let mut parts = store::hold::hold_parts(conn, id).await?;
        parts.retain(|part| part.unit() == unit);
        let hospital = match hold.hospital_id {
            Some(hospital) => store::hospital::hospital_get(conn, domain::id::HospitalId(hospital)).await?,
            None => None,
        };
        holds.push(PastHold {
            release: store::unit_release::release_of_hold(conn, id).await?,
            hospital: hospital.map(|row| (row.name_zh, row.name_en)),
            parts,
            hold,
        });
    }
    Ok(holds)
}

/// Names of staff and of laboratories' systems by the word that rows keep of them.
pub(super) async fn people(conn: &mut Conn<'_>) -> Answer<HashMap<String, String>> {
    let staff = store::staff::staff_list(conn).await?;
    let keys = store::api_key::api_keys(conn).await?;
    let staff = staff.into_iter().map(|row| (row.id.to_string(), row.display_name));
    Ok(staff.chain(keys.into_iter().map(|row| (row.id.to_string(), row.name))).collect())
}
