//! Units that a bank's system sends a few at a time: its word as a file's is, decided as a file's are, and each published
//! at once with an event of its own.

use std::collections::HashMap;

use domain::id::{BankId, ChangeId, UnitId};
use domain::registry::{LoadRefusal, VersionSource};
use store::change::changes_publish;
use store::unit::units_insert;
use store::unit_batch::{units_take_over, versions_now};
use store::unit_version::{VersionRow, versions_insert};
use store::{Conn, Tx};
use uuid::Uuid;

use super::decide::{Decision, Judge, Known, Seen};
use super::read::Item;
use super::stage::known;
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::registry::units_in::{RefusedUnit, Said, UnitDraft};

/// The field of the bank's own number.
const LOCAL_ID: &str = "LOCAL_ID";

/// What became of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Added,
    Changed,
    Unchanged,
    Withdrawn,
}

/// A unit that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) unit: UnitId,
    pub(crate) registry_id: String,
    pub(crate) outcome: Outcome,
}

/// Takes units of a bank in, all or none, inside a transaction of the caller's.
///
/// # Errors
/// [`ServiceError::Units`] with every one that is refused.
pub(crate) async fn units_record(
    ctx: &Ctx,
    tx: &mut Tx,
    bank: BankId,
    drafts: Vec<UnitDraft>,
) -> Answer<Vec<Recorded>> {
    let items: Vec<Item> = drafts.into_iter().map(item).collect();
    let mut seen = Seen::default();
    let known = known(&mut tx.conn(), &items, &[]).await?;
    let (items, mut refused) = renumbered(&mut tx.conn(), bank, items, &known).await?;
    let mut judge = Judge { bank, seen: &mut seen, known, taken_over: Vec::new(), dry_run: false };
    let mut done = Vec::new();
    let (mut units, mut versions, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        let (line, registry_id) = (item.draft.line, item.draft.registry_id.clone());
        let (unit, outcome) = match judge.decide(item, ctx.id()) {
            Decision::New(unit, version) => {
                let id = unit.id;
                units.push(unit);
                versions.push(*version);
                (Some(id), Outcome::Added)
            }
            Decision::Changed(version) => {
                let id = version.unit_id;
                versions.push(*version);
                (Some(id), Outcome::Changed)
            }
            Decision::Same => (judge.known.id_of(&registry_id), Outcome::Unchanged),
            Decision::Withdrawn(unit) => {
                gone.push(unit.0);
                (Some(unit.0), Outcome::Withdrawn)
            }
            Decision::Refused(reason) => {
                let reason = discreet(reason, bank, &judge.known);
                refused.push(RefusedUnit { line, id: registry_id, reason });
                continue;
            }
        };
        let unit = UnitId(unit.ok_or(domain::refusal::Refusal::NotFound)?);
        done.push(Recorded { unit, registry_id, outcome });
    }
    if !refused.is_empty() {
        refused.sort_by_key(|unit| unit.line);
        return Err(ServiceError::Units(refused));
    }
    if !gone.is_empty() {
        let stood = versions_now(&mut tx.conn(), &gone).await?;
        versions.extend(stood.into_iter().map(|version| version.withdrawn_by(ChangeId(Uuid::nil()), 0)));
    }
    // First: a new unit may bear a number that a unit loses by it.
    units_take_over(&mut tx.conn(), bank, &judge.taken_over).await?;
    units_insert(&mut tx.conn(), &units).await?;
    publish(ctx, tx, versions).await?;
    Ok(done)
}

/// Takes out what bears another number of the bank's own than the one by which its unit is found: the system would not
/// find the unit again by what it just called it. The newest number of a file may be said again.
async fn renumbered(
    conn: &mut Conn<'_>,
    bank: BankId,
    items: Vec<Item>,
    known: &Known,
) -> Answer<(Vec<Item>, Vec<RefusedUnit>)> {
    let other = |item: &Item| {
        let unit = known.unit(&item.draft.registry_id)?;
        let ours = unit.bank_id == bank.0 && unit.content.is_some() && !unit.local_id.is_empty();
        let said = &item.draft.local_id;
        (ours && item.row.is_some() && !said.is_empty() && *said != unit.local_id).then_some(unit.id)
    };
    let units: Vec<Uuid> = items.iter().filter_map(other).collect();
    if units.is_empty() {
        return Ok((items, Vec::new()));
    }
    let mut later = HashMap::new();
    for version in versions_now(conn, &units).await? {
        later.insert(version.unit_id, version.content()?.details.remove(LOCAL_ID));
    }
    let (mut kept, mut refused) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let said = Some(&item.draft.local_id);
        if other(&item).is_none_or(|unit| later.get(&unit).and_then(Option::as_ref) == said) {
            kept.push(item);
            continue;
        }
        let reason = LoadRefusal::NumberDiffers { field: LOCAL_ID.to_owned() };
        refused.push(RefusedUnit { line: item.draft.line, id: item.draft.registry_id, reason });
    }
    Ok((kept, refused))
}

fn item(draft: UnitDraft) -> Item {
    let row = match &draft.said {
        Said::Content(content) => {
            let (unit, change) = (UnitId(Uuid::nil()), ChangeId(Uuid::nil()));
            Some(VersionRow::new(unit, change, VersionSource::Load, content, false, None))
        }
        Said::Withdrawn => None,
    };
    Item { place: 0, draft, row }
}

/// A number that another bank's unit bears is said to be another bank's, and that unit's own number is not told.
fn discreet(reason: LoadRefusal, bank: BankId, known: &Known) -> LoadRefusal {
    match &reason {
        LoadRefusal::NumberTaken { other, .. } if known.bank_of(other) != Some(bank.0) => {
            LoadRefusal::OtherBank
        }
        _ => reason,
    }
}

/// Publishes each version by a change and an event of its own.
async fn publish(ctx: &Ctx, tx: &mut Tx, mut versions: Vec<VersionRow>) -> Answer<()> {
    let mut changes = Vec::with_capacity(versions.len());
    for version in &mut versions {
        let (change, unit, place) = (ChangeId(ctx.id()), UnitId(version.unit_id), tx.next_event());
        version.change_id = change.0;
        version.line = 0;
        (version.event_chain, version.event_seq) = (Some(place.chain), Some(place.seq));
        let kind = if version.withdrawn { "unit.withdrawn" } else { "unit.recorded" };
        tx.record(ctx.event(kind, ("unit", unit.0)), vec![version.digest()]);
        changes.push((change, unit));
    }
    changes_publish(tx, &changes, ctx.now).await?;
    Ok(versions_insert(&mut tx.conn(), &versions).await?)
}
