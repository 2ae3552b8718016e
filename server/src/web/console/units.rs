//! The registry: units newest first, a search by any number, and a unit's passport.

use std::collections::HashMap;

use app::pages::console::gift_records::EventRow;
use app::pages::console::unit::{CompartmentLine, UnitView, page as passport_page};
use app::pages::console::unit_records::{
    Changed, ConsentLine, HoldLine, MoveLine, ReleaseDeed, ReleaseLine, StepDone, StepLine, UnitRecords,
    VersionLine,
};
use app::pages::console::units::{UnitRow, UnitsView, page};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::HEXLOWER;
use domain::id::UnitId;
use domain::refusal::Refusal;
use domain::registry::{Din, HoldPurpose, HoldState, UnitContent, VersionSource};
use domain::time::Instant;
use serde::Deserialize;
use service::registry::standing::UnitFile;
use service::registry::units::{
    Passport, PastHold, PastVersion, UnitLine, registry_head, unit_find, unit_list, unit_passport,
};
use service::{Answer, ServiceError};

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Query;

/// Units on one page.
const PAGE: i64 = 30;

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    q: String,
    before: String,
}

/// The overview; a number that names one unit opens it.
pub async fn list(reader: Reader, Query(asked): Query<Asked>) -> Response {
    staff_only!(reader);
    match view(&reader, asked).await {
        Ok(view) if !view.query.is_empty() && view.rows.len() == 1 => {
            Redirect::to(&format!("/console/units/{}", view.rows[0].id)).into_response()
        }
        view => reader.answer(view, page),
    }
}

async fn view(reader: &Reader, asked: Asked) -> Answer<UnitsView> {
    let query = asked.q.trim().to_owned();
    let before: Option<UnitId> = asked.before.parse().ok();
    let (lines, next) = if query.is_empty() {
        unit_list(&reader.ctx, before, PAGE).await?
    } else {
        match unit_find(&reader.ctx, &query).await {
            Ok(found) => (found, None),
            // What can't be a number finds nothing.
            Err(ServiceError::Refused(Refusal::TooLong { .. } | Refusal::TextUnprintable)) => {
                (Vec::new(), None)
            }
            Err(error) => return Err(error),
        }
    };
    let head = registry_head(&reader.ctx).await?;
    Ok(UnitsView {
        head: head.at.map(|at| (head.number, at)),
        older: next.map(|id| format!("/console/units?before={id}")),
        newest: before.map(|_| "/console/units".to_owned()),
        rows: lines.into_iter().map(row).collect(),
        query,
    })
}

fn row(line: UnitLine) -> UnitRow {
    let UnitLine { now, standing, bank } = line;
    UnitRow {
        id: now.unit.unit_id(),
        registry_id: now.unit.registry_id,
        bank,
        status: standing.status,
        ownership: now.content.ownership,
        consent: now.consent,
        collected_on: now.content.collected_on,
        tnc_e5: now.content.figures.tnc_e5,
        cd34_e3: now.content.figures.cd34_e3,
        hla: now.content.hla,
        free: standing.free.len(),
        compartments: now.compartments.len(),
    }
}

/// A unit's passport.
pub async fn show(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let loaded = async {
        let id: UnitId = text.parse().map_err(|_| Refusal::NotFound)?;
        passport(&reader, id, unit_passport(&reader.ctx, id).await?)
    };
    reader.answer(loaded.await, passport_page)
}

fn passport(reader: &Reader, id: UnitId, passport: Passport) -> Answer<UnitView> {
    let lang = reader.context.lang;
    let Passport { file, bank: (_, zh, en), versions, consents, holds, events, people } = passport;
    let people = People(&people);
    let records = UnitRecords {
        process: process(&file, &people),
        holds: holds
            .into_iter()
            .filter_map(|hold| hold_line(hold, &people, |zh, en| lang.pick(&zh, &en).to_owned()))
            .collect(),
        moves: moves(&file, &people),
        consents: consents
            .into_iter()
            .map(|row| ConsentLine {
                signed_on: row.signed_on,
                evidence: row.evidence,
                revoked_at: row.revoked_at.map(Instant),
            })
            .collect(),
        versions: history(versions),
        events: events
            .into_iter()
            .map(|event| EventRow {
                seq: event.seq,
                at: Instant(event.at),
                actor: people.name(&event.actor),
                kind: event.kind,
                hash: HEXLOWER.encode(event.hash.get(..6).unwrap_or_default()),
            })
            .collect(),
    };
    let UnitFile { now, standing, release_bars, .. } = file;
    let compartments = (1..)
        .zip(now.compartments.iter().zip(now.places))
        .map(|(number, (state, place))| CompartmentLine {
            state: *state,
            figures: now.content.figures_of(&[number]).unwrap_or_default(),
            place,
        })
        .collect();
    let din = now.unit.din.and_then(|number| Din::read(&number).ok());
    Ok(UnitView {
        id,
        registry_id: now.unit.registry_id,
        din: din.map(|din| (din.to_string(), din.check().character)),
        grid: now.unit.grid,
        local_id: now.unit.local_id,
        bank: lang.pick(&zh, &en).to_owned(),
        status: standing.status,
        bars: standing.bars,
        release_bars,
        shared: now.consent,
        content: now.content,
        compartments,
        records,
    })
}

/// Display names of staff by the word that rows keep.
struct People<'p>(&'p HashMap<String, String>);

impl People<'_> {
    fn name(&self, word: &str) -> String {
        self.0.get(word).cloned().unwrap_or_else(|| word.to_owned())
    }
}

fn process(file: &UnitFile, people: &People<'_>) -> Vec<StepLine> {
    file.trace
        .findings()
        .map(|(step, finding)| {
            let of = || file.steps.iter().filter(|row| row.code == step.as_str());
            StepLine {
                step,
                finding,
                records: of().count(),
                // The last one counts.
                done: of().next_back().map(|row| StepDone {
                    from: Instant(row.started_at),
                    until: Instant(row.ended_at),
                    operator: people.name(&row.operator),
                    instrument: row.instrument.clone(),
                    result: row.result.clone(),
                }),
            }
        })
        .collect()
}

fn moves(file: &UnitFile, people: &People<'_>) -> Vec<MoveLine> {
    let line = |row: &store::storage::MoveRow| MoveLine {
        compartment: u8::try_from(row.compartment).unwrap_or_default(),
        place: row.place(),
        at: Instant(row.moved_at),
        by: people.name(&row.moved_by),
        current: row.current,
    };
    file.moves.iter().rev().map(line).collect()
}

fn hold_line(
    past: PastHold,
    people: &People<'_>,
    pick: impl FnOnce(String, String) -> String,
) -> Option<HoldLine> {
    let PastHold { hold, parts, release, hospital } = past;
    let release = release.and_then(|row| {
        let person = |id: Option<uuid::Uuid>| id.map(|id| people.name(&id.to_string())).unwrap_or_default();
        let checked = [person(row.checked_by_first), person(row.checked_by_second)]
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
        let deeds = [
            Some((ReleaseDeed::Ordered, row.ordered_at, person(Some(row.ordered_by)))),
            row.authorized_at.map(|at| (ReleaseDeed::Authorized, at, person(row.authorized_by))),
            row.shipped_at.map(|at| (ReleaseDeed::Shipped, at, checked)),
            row.closed_at.map(|at| (ReleaseDeed::Closed, at, String::new())),
        ];
        Some(ReleaseLine {
            state: row.state().ok()?,
            deeds: deeds.into_iter().flatten().map(|(deed, at, by)| (deed, Instant(at), by)).collect(),
            shipper: row.shipper,
            reason: row.outcome_reason,
        })
    });
    Some(HoldLine {
        purpose: HoldPurpose::from_word(&hold.purpose)?,
        state: HoldState::from_word(&hold.state)?,
        compartments: parts.iter().map(store::hold::HoldPart::number).collect(),
        hospital: hospital.map(|(zh, en)| pick(zh, en)),
        reason: hold.reason,
        made_by: people.name(&hold.made_by),
        made_at: Instant(hold.made_at),
        expires_at: Instant(hold.expires_at),
        closed_at: hold.closed_at.map(Instant),
        release,
    })
}

/// Each version with what it changed against the one before; newest first.
fn history(versions: Vec<PastVersion>) -> Vec<VersionLine> {
    let before = versions.iter().skip(1).map(Some).chain(std::iter::once(None));
    versions
        .iter()
        .zip(before)
        .map(|(version, before)| {
            let changed = changed(version, before);
            VersionLine {
                number: version.number,
                at: version.at,
                source: VersionSource::from_word(&version.source),
                hla: before
                    .is_none_or(|before| before.content.hla != version.content.hla)
                    .then(|| version.content.hla.clone()),
                changed,
            }
        })
        .collect()
}

fn changed(now: &PastVersion, before: Option<&PastVersion>) -> Vec<Changed> {
    let Some(before) = before else { return vec![Changed::First] };
    let (a, b) = (&before.content, &now.content);
    let typing = |c: &UnitContent| (c.hla.clone(), c.hla_method.clone(), c.hla_typed_on);
    let figures = |c: &UnitContent| (c.figures, c.mnc_e5, c.viability_permille, c.segments);
    let found = [
        (now.withdrawn && !before.withdrawn, Changed::Withdrawn),
        (typing(a) != typing(b), Changed::Typing),
        ((a.status, &a.status_reason) != (b.status, &b.status_reason), Changed::Status),
        (a.ownership != b.ownership, Changed::Ownership),
        (figures(a) != figures(b), Changed::Figures),
        (a.tests != b.tests, Changed::Tests),
        (a.compartments != b.compartments, Changed::Compartments),
    ];
    let mut changed: Vec<Changed> =
        found.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what).collect();
    if changed.is_empty() {
        changed.push(Changed::Rest);
    }
    changed
}
