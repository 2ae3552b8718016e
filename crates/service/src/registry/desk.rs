//! The laboratory's desk: what waits to be typed again, to be packed, to be told of.

use std::collections::{BTreeMap, HashMap};

use domain::access::Action;
use domain::id::{HoldId, HospitalId, UnitId, UnitReleaseId};
use domain::refusal::Refusal;
use domain::registry::LogSummary;
use store::Conn;
use store::confirmatory::ConfirmatoryRow;
use store::hold::{HoldPart, HoldRow};
use store::unit::UnitRow;
use store::unit_release::ReleaseRow;

use super::units::people;
use crate::context::Ctx;
use crate::error::Answer;

/// How much of each is shown: what comes first is what is due first.
const SHOWN: i64 = 100;

/// A unit with the compartments that are named of it.
#[derive(Debug, Clone)]
pub struct NamedUnit {
    /// Which.
    pub unit: UnitRow,
    /// Its compartments, from 1.
    pub compartments: Vec<u8>,
}

/// A hold whose units are to be typed again.
#[derive(Debug, Clone)]
pub struct TypingJob {
    /// The hold.
    pub hold: HoldRow,
    /// Its units.
    pub units: Vec<NamedUnit>,
    /// What was found so far; the last one of a unit counts.
    pub found: Vec<ConfirmatoryRow>,
}

/// A release that the laboratory handles.
#[derive(Debug, Clone)]
pub struct ReleaseJob {
    /// The release.
    pub release: ReleaseRow,
    /// Chinese and English name of the hospital.
    pub hospital: (String, String),
    /// Its units.
    pub units: Vec<NamedUnit>,
    /// What its shipper's log says, once it is attached.
    pub log: Option<LogSummary>,
    /// Display names of staff by the word that rows keep of them.
    pub people: HashMap<String, String>,
}

/// The desk.
#[derive(Debug, Clone)]
pub struct LabDesk {
    /// To be typed again, the first to expire first.
    pub typing: Vec<TypingJob>,
    /// Authorized or under way, the first that was ordered first.
    pub releases: Vec<ReleaseJob>,
}

/// What waits for the laboratory.
///
/// # Errors
/// When not allowed.
pub async fn lab_desk(ctx: &Ctx) -> Answer<LabDesk> {
    ctx.authorize(Action::WorkLab)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let mut typing = Vec::new();
    for hold in store::lab_queue::holds_to_type(&mut conn, ctx.now, SHOWN).await? {
        typing.push(typing_of(&mut conn, hold).await?);
    }
    let names = people(&mut conn).await?;
    let mut releases = Vec::new();
    for release in store::lab_queue::releases_to_handle(&mut conn, SHOWN).await? {
        releases.push(release_of(&mut conn, release, names.clone()).await?);
    }
    Ok(LabDesk { typing, releases })
}

/// One hold whose units are to be typed again.
///
/// # Errors
/// When not allowed; [`Refusal::NotFound`].
pub async fn typing_job(ctx: &Ctx, hold: HoldId) -> Answer<TypingJob> {
    ctx.authorize(Action::WorkLab)?;
    let mut reader = ctx.house.db.read().await?;
    let hold = store::hold::hold_get(&mut reader.conn(), hold).await?.ok_or(Refusal::NotFound)?;
    typing_of(&mut reader.conn(), hold).await
}

/// One release.
///
/// # Errors
/// When not allowed; [`Refusal::NotFound`].
pub async fn release_job(ctx: &Ctx, release: UnitReleaseId) -> Answer<ReleaseJob> {
    ctx.authorize(Action::WorkLab)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let release = store::unit_release::release_get(&mut conn, release).await?.ok_or(Refusal::NotFound)?;
    let names = people(&mut conn).await?;
    release_of(&mut conn, release, names).await
}

async fn typing_of(conn: &mut Conn<'_>, hold: HoldRow) -> Answer<TypingJob> {
    let parts = store::hold::hold_parts(conn, HoldId(hold.id)).await?;
    Ok(TypingJob {
        units: named(conn, &parts).await?,
        found: store::confirmatory::confirmatory_of_hold(conn, HoldId(hold.id)).await?,
        hold,
    })
}

async fn release_of(
    conn: &mut Conn<'_>,
    release: ReleaseRow,
    people: HashMap<String, String>,
) -> Answer<ReleaseJob> {
    let parts = store::hold::hold_parts(conn, HoldId(release.hold_id)).await?;
    let hospital = store::hospital::hospital_get(conn, HospitalId(release.hospital_id)).await?;
    Ok(ReleaseJob {
        units: named(conn, &parts).await?,
        hospital: hospital.map(|row| (row.name_zh, row.name_en)).ok_or(Refusal::NotFound)?,
        log: store::unit_release::log_summary(conn, UnitReleaseId(release.id)).await?,
        release,
        people,
    })
}

/// The units of these parts, each with its compartments.
pub(super) async fn named(conn: &mut Conn<'_>, parts: &[HoldPart]) -> Answer<Vec<NamedUnit>> {
    let mut by_unit = BTreeMap::<UnitId, Vec<u8>>::new();
    for part in parts {
        by_unit.entry(part.unit()).or_default().push(part.number());
    }
    let mut units = Vec::with_capacity(by_unit.len());
    for (id, compartments) in by_unit {
        let unit = store::unit::unit_get(conn, id).await?.ok_or(Refusal::NotFound)?;
        units.push(NamedUnit { unit, compartments });
    }
    Ok(units)
}
