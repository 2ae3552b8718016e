//! Holds at the match desk: what of a report's units can be held, the list of holds, and a hold with all that was done.

use std::collections::HashMap;

use domain::access::Action;
use domain::id::{HoldId, HospitalId, PatientId, ReportId, UnitId, UnitReleaseId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Bar, CompartmentState, Figures, HoldState, LogSummary, ReleaseState, TypingVerdict};
use store::audit::EventRow;
use store::hold_list::HoldLineRow;
use store::hospital::HospitalRow;
use store::patient::PatientRow;
use uuid::Uuid;

use super::desk::{NamedUnit, named};
use super::hold_files::{HoldFile, READERS, hold_file};
use super::reach::reach;
use super::report::{MatchReport, report_get};
use super::standing::{release_bars, unit_now};
use super::units::people;
use crate::context::Ctx;
use crate::error::Answer;

/// A unit of which compartments can be chosen.
#[derive(Debug, Clone)]
pub struct UnitChoice {
    /// Which.
    pub unit: UnitId,
    /// The registry's own number of it.
    pub registry_id: String,
    /// Each compartment from the first: where it stands, and what is in it.
    pub compartments: Vec<(CompartmentState, Figures)>,
}

/// What can be held on the ground of a report.
#[derive(Debug, Clone)]
pub struct HoldChoices {
    /// The report.
    pub report: MatchReport,
    /// For whom; none when the search was for nobody that is recorded, and then nothing can be held.
    pub patient: Option<PatientRow>,
    /// The chosen units.
    pub units: Vec<UnitChoice>,
}

impl HoldChoices {
    /// The weight by which doses are told: as it is on record now, else as the report has it.
    #[must_use]
    pub fn weight_g(&self) -> Option<u32> {
        let recorded = self.patient.as_ref().and_then(|patient| patient.weight_g);
        let recorded = recorded.and_then(|grams| u32::try_from(grams).ok());
        recorded.or_else(|| self.report.content.asked.weight.map(|weight| weight.0))
    }
}

/// The compartments of one or two units of a report, as they are now.
///
/// # Errors
/// When not allowed; [`Refusal::NotFound`] for a report that the actor may not know of; [`UnitRefusal::HoldEmpty`] when
/// none of its units is named, [`UnitRefusal::HoldTooManyUnits`] for more than two.
pub async fn hold_choices(ctx: &Ctx, report: ReportId, units: &[UnitId]) -> Answer<HoldChoices> {
    ctx.authorize(Action::HoldUnits)?;
    let report = report_get(ctx, report).await?;
    let hits = report.content.result.hits.iter().filter(|hit| units.contains(&hit.unit));
    let chosen: Vec<(UnitId, String)> = hits.map(|hit| (hit.unit, hit.registry_id.clone())).collect();
    match chosen.len() {
        0 => return Err(UnitRefusal::HoldEmpty.into()),
        1 | 2 => {}
        _ => return Err(UnitRefusal::HoldTooManyUnits.into()),
    }
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let patient = match report.content.asked.patient {
        Some(id) => store::patient::patient_get(&mut conn, id).await?,
        None => None,
    };
    let mut choices = Vec::with_capacity(chosen.len());
    for (unit, registry_id) in chosen {
        let now = unit_now(&mut conn, unit, ctx.now).await?;
        let compartments = (1..)
            .zip(&now.compartments)
            .map(|(number, state)| (*state, now.content.figures_of(&[number]).unwrap_or_default()))
            .collect();
        choices.push(UnitChoice { unit, registry_id, compartments });
    }
    Ok(HoldChoices { report, patient, units: choices })
}

/// The newest holds that the actor may see, below the id `before` (`None`: the very newest), at most `limit`, and
/// whether there are more.
///
/// # Errors
/// When not allowed.
pub async fn hold_list(ctx: &Ctx, before: Option<HoldId>, limit: i64) -> Answer<(Vec<HoldLineRow>, bool)> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    let before = before.unwrap_or(HoldId(Uuid::max()));
    let mut conn = reader.conn();
    let asked = limit.saturating_add(1);
    let mut lines = store::hold_list::hold_lines(&mut conn, reach.hospital(), before, asked).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = lines.len() > most;
    lines.truncate(most);
    Ok((lines, more))
}

/// The holds whose release waits for a second person, of those that the actor may see, the first that was ordered
/// first, at most `limit`.
///
/// # Errors
/// When not allowed.
pub async fn holds_waiting(ctx: &Ctx, limit: i64) -> Answer<Vec<HoldLineRow>> {
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::hold_list::hold_lines_ordered(&mut reader.conn(), reach.hospital(), limit).await?)
}

/// A hold with all that was done about it.
#[derive(Debug, Clone)]
pub struct HoldStory {
    /// The hold, its patient, parts, typings, release and doses.
    pub file: HoldFile,
    /// Its units with their compartments.
    pub units: Vec<NamedUnit>,
    /// Number of the report that it rests on.
    pub report_number: Option<String>,
    /// Whether it is signed.
    pub signed: bool,
    /// The hospital to which it goes: the release's, else the hold's.
    pub hospital: Option<HospitalRow>,
    /// The hospitals to which a release may be ordered, for whoever sees more than one.
    pub hospitals: Vec<HospitalRow>,
    /// Units whose last confirmatory typing does not agree, or is missing.
    pub unconfirmed: Vec<UnitId>,
    /// What bars each unit's release, as long as one can still be ordered or leave.
    pub bars: Vec<(UnitId, Vec<Bar>)>,
    /// What the shipper's log says.
    pub log: Option<LogSummary>,
    /// Audit events about hold and release, oldest first.
    pub events: Vec<EventRow>,
    /// Display names of staff by the word that rows keep of them.
    pub people: HashMap<String, String>,
}

impl HoldStory {
    /// Where the hold stands at `now`: one whose time is over has expired, whether the worker came or not.
    ///
    /// # Errors
    /// [`Refusal::ChoiceUnknown`] for a word that is none.
    pub fn state(&self, now: domain::time::Instant) -> Answer<HoldState> {
        let state = HoldState::from_word(&self.file.hold.state).ok_or(Refusal::ChoiceUnknown)?;
        let over = state == HoldState::Active && self.file.hold.expires_at <= now.0;
        Ok(if over { HoldState::Expired } else { state })
    }
}

/// One hold with all that was done about it, by whom and when.
///
/// # Errors
/// [`Refusal::NotFound`], also for another hospital's.
pub async fn hold_story(ctx: &Ctx, id: HoldId) -> Answer<HoldStory> {
    let file = hold_file(ctx, id).await?;
    let reach = reach(ctx, &READERS).await?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let mut events = store::audit::events_of(&mut conn, id.0).await?;
    let mut log = None;
    if let Some(release) = &file.release {
        events.extend(store::audit::events_of(&mut conn, release.id).await?);
        events.sort_by_key(|event| (event.chain, event.seq));
        log = LogSummary::of(&store::unit_release::log_of(&mut conn, UnitReleaseId(release.id)).await?);
    }
    let to = file.release.as_ref().map(|release| release.hospital_id).or(file.hold.hospital_id);
    let hospital = match to {
        Some(to) => store::hospital::hospital_get(&mut conn, HospitalId(to)).await?,
        None => None,
    };
    let hospitals = match reach.hospital() {
        None => store::hospital::hospitals(&mut conn).await?,
        Some(_) => Vec::new(),
    };
    let (mut report_number, mut signed) = (None, false);
    if let Some(report) = file.hold.report_id.map(ReportId) {
        report_number = store::matching::report_get(&mut conn, report).await?.map(|row| row.number);
        let ground = store::confirmatory::report_ground(&mut conn, report).await?;
        signed = ground.is_some_and(|ground| ground.signed);
    }
    let units = named(&mut conn, &file.parts).await?;
    let stays = match &file.release {
        None => file.hold.state == HoldState::Active.as_str(),
        Some(release) => matches!(release.state()?, ReleaseState::Ordered | ReleaseState::Authorized),
    };
    let mut bars = Vec::new();
    for unit in units.iter().filter(|_| stays) {
        let unit = unit.unit.unit_id();
        let now = unit_now(&mut conn, unit, ctx.now).await?;
        let barred = release_bars(&mut conn, &now, PatientId(file.hold.patient_id)).await?;
        bars.push((unit, barred));
    }
    let confirmed = |unit: UnitId| {
        let last = file.confirmatory.iter().rev().find(|typing| typing.unit_id == unit.0);
        last.is_some_and(|typing| typing.verdict == TypingVerdict::Confirmed.as_str())
    };
    let ids = units.iter().map(|named| named.unit.unit_id());
    Ok(HoldStory {
        unconfirmed: ids.filter(|unit| !confirmed(*unit)).collect(),
        people: people(&mut conn).await?,
        units,
        report_number,
        signed,
        hospital,
        hospitals,
        bars,
        log,
        events,
        file,
    })
}
