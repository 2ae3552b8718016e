//! What becomes of each unit of a batch, compared with what the registry knows: no database, no clock.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use domain::id::{BankId, UnitId};
use domain::registry::{
    Compartment, LoadRefusal, OwnWord, Ownership, UnitContent, UnitStatus, VersionSource, gone_for_good,
};
use store::unit::UnitRow;
use store::unit_batch::KnownUnit;
use store::unit_version::VersionRow;
use uuid::Uuid;

use super::read::Item;
use crate::registry::units_in::{Named, Said, UnitDraft};

/// What becomes of a unit.
#[derive(Debug)]
pub(super) enum Decision {
    /// It is new.
    New(UnitRow, Box<VersionRow>),
    /// The file says something else than the registry.
    Changed(Box<VersionRow>),
    /// The file says the same.
    Same,
    /// The bank withdraws it.
    Withdrawn(UnitId),
    /// It stays out.
    Refused(LoadRefusal),
}

/// What a unit was in this file already.
#[derive(Debug, Clone, Copy)]
struct Mention {
    /// Digest of what it said; 0 when it was refused. Files name millions of units: what is kept of each is short.
    said: u64,
    line: u32,
}

/// What a unit that was refused said.
const REFUSED: u64 = 0;

/// The units that a file has named so far, by their ids.
#[derive(Debug, Default)]
pub(super) struct Seen {
    mentions: HashMap<Uuid, Mention>,
    /// New units of a dry run, by a digest of each of their numbers: they stand in no table.
    fresh: HashMap<u64, (Uuid, i64)>,
}

impl Seen {
    /// Whether the file named a unit, be it only to be refused.
    pub(super) fn has(&self, unit: Uuid) -> bool {
        self.mentions.contains_key(&unit)
    }

    /// Takes note of a unit that the file names and that was refused.
    fn refused(&mut self, unit: Uuid, line: u32) {
        self.mentions.entry(unit).or_insert(Mention { said: REFUSED, line });
    }
}

/// What the registry knows of the units of one batch.
#[derive(Debug, Default)]
pub(super) struct Known {
    units: Vec<KnownUnit>,
    by_number: HashMap<(Kind, String), usize>,
    /// What staff and the laboratory said of them.
    own: HashMap<Uuid, OwnWord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Id,
    Din,
    Grid,
}

fn key(kind: Kind, number: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, number).hash(&mut hasher);
    hasher.finish()
}

impl Known {
    pub(super) fn new(units: Vec<KnownUnit>, own: HashMap<Uuid, OwnWord>) -> Self {
        let mut known = Self { own, ..Self::default() };
        for unit in units {
            known.add(unit);
        }
        known
    }

    fn add(&mut self, unit: KnownUnit) {
        let place = self.units.len();
        let numbers = [
            (Kind::Id, Some(&unit.registry_id)),
            (Kind::Din, unit.din.as_ref()),
            (Kind::Grid, unit.grid.as_ref()),
        ];
        for (kind, number) in numbers {
            if let Some(number) = number {
                self.by_number.insert((kind, number.clone()), place);
            }
        }
        self.units.push(unit);
    }

    /// Puts what became of a unit in the place of what it was: numbers that it lost are free.
    fn replace(&mut self, unit: KnownUnit) {
        let Some(place) = self.units.iter().position(|known| known.id == unit.id) else { return };
        self.by_number.retain(|_, at| *at != place);
        self.add(unit);
    }

    /// The unit with this number of the registry.
    pub(super) fn unit(&self, registry_id: &str) -> Option<&KnownUnit> {
        self.find(Kind::Id, registry_id)
    }

    /// The id of the unit with this number of the registry.
    pub(super) fn id_of(&self, registry_id: &str) -> Option<Uuid> {
        self.find(Kind::Id, registry_id).map(|unit| unit.id)
    }

    /// The bank of the unit with this number of the registry.
    pub(super) fn bank_of(&self, registry_id: &str) -> Option<Uuid> {
        self.find(Kind::Id, registry_id).map(|unit| unit.bank_id)
    }

    fn find(&self, kind: Kind, number: &str) -> Option<&KnownUnit> {
        self.by_number.get(&(kind, number.to_owned())).map(|place| &self.units[*place])
    }
}

/// Decides over the units of one load.
pub(super) struct Judge<'j> {
    /// Whose units they are.
    pub(super) bank: BankId,
    /// What the file named so far.
    pub(super) seen: &'j mut Seen,
    /// What the registry knows of this batch.
    pub(super) known: Known,
    /// Units that only a load of another bank named so far, which is not published: under the numbers of this bank.
    pub(super) taken_over: Vec<UnitRow>,
    /// Whether new units are kept in memory, since they are put into no table.
    pub(super) dry_run: bool,
}

impl Judge<'_> {
    /// Decides on one unit; `id` is its id if it is new.
    pub(super) fn decide(&mut self, item: Item, id: Uuid) -> Decision {
        let said = said_digest(&item);
        self.remember_fresh(&item);
        let known = self.known.find(Kind::Id, &item.draft.registry_id).cloned();
        let line = short(item.draft.line);
        if let Some(unit) = &known {
            match self.seen.mentions.get(&unit.id) {
                None | Some(Mention { said: REFUSED, .. }) => {}
                Some(first) if first.said == said => return Decision::Same,
                Some(first) => {
                    return Decision::Refused(LoadRefusal::Repeated { line: first.line.into() });
                }
            }
        }
        let unit = known.as_ref().map_or(id, |unit| unit.id);
        match self.judge(item, known, id) {
            Ok(decision) => {
                self.seen.mentions.insert(unit, Mention { said, line });
                decision
            }
            Err(refusal) => {
                // What the registry has of it stands: a refused unit is not an absent one.
                self.seen.refused(unit, line);
                Decision::Refused(refusal)
            }
        }
    }

    /// A unit that was refused while it was read is still named by the file, by whichever of its numbers.
    pub(super) fn mention(&mut self, named: &Named, line: i64) {
        let numbers = [(Kind::Id, &named.registry_id), (Kind::Din, &named.din), (Kind::Grid, &named.grid)];
        for (kind, number) in numbers {
            if let Some(unit) = number.as_ref().and_then(|number| self.known.find(kind, number)) {
                self.seen.refused(unit.id, short(line));
            }
        }
    }

    /// Whether its numbers are the unit's own and no other's.
    fn numbers_fit(&mut self, draft: &UnitDraft, known: Option<&KnownUnit>) -> Result<(), LoadRefusal> {
        let numbers = [
            (Kind::Din, "DIN", draft.din.as_ref().map(|din| din.as_str())),
            (Kind::Grid, "GRID", draft.grid.as_ref().map(|grid| grid.as_str())),
        ];
        for (kind, field, number) in numbers {
            let Some(number) = number else { continue };
            let other = self.known.find(kind, number);
            if let Some(other) = other.filter(|other| other.registry_id != draft.registry_id) {
                // The file may mean that one, under a wrong id.
                self.seen.refused(other.id, short(draft.line));
                let (field, other) = (field.to_owned(), other.registry_id.clone());
                return Err(LoadRefusal::NumberTaken { field, other });
            }
            // What another bank only staged says nothing of who the unit is.
            let ours = known.filter(|unit| unit.bank_id == self.bank.0 || unit.content.is_some());
            let ours = ours
                .and_then(|unit| if kind == Kind::Din { unit.din.as_deref() } else { unit.grid.as_deref() });
            if ours.is_some_and(|ours| ours != number) {
                return Err(LoadRefusal::NumberDiffers { field: field.to_owned() });
            }
        }
        Ok(())
    }

    fn judge(&mut self, item: Item, known: Option<KnownUnit>, id: Uuid) -> Result<Decision, LoadRefusal> {
        let draft = &item.draft;
        let fit = self.numbers_fit(draft, known.as_ref());
        // Before anything is said of its numbers: they are another bank's to know.
        if known.as_ref().is_some_and(|unit| unit.bank_id != self.bank.0 && unit.content.is_some()) {
            return Err(LoadRefusal::OtherBank);
        }
        fit?;
        let Said::Content(content) = &draft.said else {
            return match known {
                Some(KnownUnit { withdrawn: Some(true), .. }) => Ok(Decision::Same),
                Some(KnownUnit { held: true, .. }) => Err(LoadRefusal::HeldNotWithdrawn),
                Some(KnownUnit { id, withdrawn: Some(false), .. }) => Ok(Decision::Withdrawn(UnitId(id))),
                _ => Err(LoadRefusal::WithdrawnUnknown),
            };
        };
        let Some(mut unit) = known else { return Ok(self.new_unit(item, id)) };
        if unit.bank_id != self.bank.0 {
            unit = self.take_over(unit, draft);
        }
        stands_against(&unit, content)?;
        let own = self.known.own.get(&unit.id);
        let mut row =
            as_it_stands(&item, &unit, own, content).or(item.row).ok_or(LoadRefusal::WithdrawnUnknown)?;
        if unit.withdrawn == Some(false) && unit.content.as_deref() == Some(&row.content) {
            return Ok(Decision::Same);
        }
        // Such a file was made here: it would take from the unit what was only left out for others.
        if draft.remains_of == Some(self.bank) {
            return Err(LoadRefusal::RemainsOnly);
        }
        row.unit_id = unit.id;
        row.line = item.place;
        let row = row.of(&unit.named(self.bank));
        // A unit that a load before this one left without any version is as good as new, but has its identity.
        Ok(Decision::Changed(Box::new(row)))
    }

    /// A unit that another bank only staged is this bank's, under the numbers that this one says.
    fn take_over(&mut self, unit: KnownUnit, draft: &UnitDraft) -> KnownUnit {
        let unit = KnownUnit {
            bank_id: self.bank.0,
            din: draft.din.clone().map(String::from),
            grid: draft.grid.clone().map(String::from),
            local_id: draft.local_id.clone(),
            ..unit
        };
        self.known.replace(unit.clone());
        self.taken_over.push(unit.named(self.bank));
        unit
    }

    fn new_unit(&mut self, item: Item, id: Uuid) -> Decision {
        let Item { place, draft, row } = item;
        let Some(mut row) = row else { return Decision::Refused(LoadRefusal::WithdrawnUnknown) };
        row.unit_id = id;
        row.line = place;
        let unit = UnitRow {
            id,
            registry_id: draft.registry_id,
            bank_id: self.bank.0,
            din: draft.din.map(String::from),
            grid: draft.grid.map(String::from),
            local_id: draft.local_id,
        };
        if self.dry_run {
            for (kind, number) in [
                (Kind::Id, Some(&unit.registry_id)),
                (Kind::Din, unit.din.as_ref()),
                (Kind::Grid, unit.grid.as_ref()),
            ] {
                if let Some(number) = number {
                    self.seen.fresh.insert(key(kind, number), (id, draft.line));
                }
            }
        }
        // The next one of this batch that bears one of its numbers must find it.
        self.known.add(KnownUnit {
            din: unit.din.clone(),
            grid: unit.grid.clone(),
            local_id: unit.local_id.clone(),
            ..KnownUnit::bare(id, unit.registry_id.clone(), unit.bank_id)
        });
        let row = row.of(&unit);
        Decision::New(unit, Box::new(row))
    }

    /// Finds new units of earlier batches again where they stand in no table.
    fn remember_fresh(&mut self, item: &Item) {
        if !self.dry_run {
            return;
        }
        let draft = &item.draft;
        let numbers = [
            (Kind::Id, Some(draft.registry_id.as_str())),
            (Kind::Din, draft.din.as_ref().map(|din| din.as_str())),
            (Kind::Grid, draft.grid.as_ref().map(|grid| grid.as_str())),
        ];
        for (kind, number) in numbers {
            let Some(number) = number else { continue };
            let Some((id, line)) = self.seen.fresh.get(&key(kind, number)).copied() else { continue };
            if self.known.find(kind, number).is_some() {
                continue;
            }
            let registry_id = if kind == Kind::Id { number.to_owned() } else { format!("line {line}") };
            self.known.add(KnownUnit {
                din: (kind == Kind::Din).then(|| number.to_owned()),
                grid: (kind == Kind::Grid).then(|| number.to_owned()),
                ..KnownUnit::bare(id, registry_id, self.bank.0)
            });
        }
    }
}

/// What of our own or of the bank's earlier word stands against a content.
fn stands_against(unit: &KnownUnit, content: &UnitContent) -> Result<(), LoadRefusal> {
    let was = unit.ownership.as_deref();
    if was == Some(Ownership::Family.as_str()) && content.ownership == Ownership::Donated {
        return Err(LoadRefusal::FamilyTurnedDonated);
    }
    let all_spent = unit.spent > 0 && unit.spent >= content.compartments.len() as i64;
    let status = unit.status.as_deref().and_then(UnitStatus::from_word);
    // Whoever holds of it must be asked first; a unit that is gone already is not lost by being said to be so.
    if unit.held && content.status == UnitStatus::Gone && status != Some(UnitStatus::Gone) {
        return Err(LoadRefusal::HeldNotWithdrawn);
    }
    let was_for_good =
        status.is_some_and(|was| gone_for_good(was, unit.status_reason.as_deref().unwrap_or_default()));
    if all_spent && content.status == UnitStatus::Available
        || was_for_good && !gone_for_good(content.status, &content.status_reason)
    {
        return Err(LoadRefusal::ReleasedPutAvailable);
    }
    if compartments_taken(unit).is_some_and(|count| count != content.compartments.len()) {
        return Err(LoadRefusal::CompartmentsTaken);
    }
    Ok(())
}

/// How many compartments a unit has of which not all are simply stored.
fn compartments_taken(unit: &KnownUnit) -> Option<usize> {
    let kept = unit.compartments.as_deref()?;
    serde_json::from_str::<Vec<Compartment>>(kept).ok().map(|compartments| compartments.len())
}

/// The version where it differs from what the file says alone: what staff and the laboratory said stands. An identity
/// never changes: a number that a bank gives a unit later, or another number of its own, is kept among the details.
fn as_it_stands(
    item: &Item,
    unit: &KnownUnit,
    own: Option<&OwnWord>,
    content: &UnitContent,
) -> Option<VersionRow> {
    let draft = &item.draft;
    let mut later = Vec::new();
    if let (Some(din), None) = (&draft.din, &unit.din) {
        later.push(("BAG_ID", din.as_str()));
    }
    if let (Some(grid), None) = (&draft.grid, &unit.grid) {
        later.push(("GRID", grid.as_str()));
    }
    if !draft.local_id.is_empty() && draft.local_id != unit.local_id {
        later.push(("LOCAL_ID", draft.local_id.as_str()));
    }
    let row = item.row.as_ref().filter(|_| !later.is_empty() || own.is_some())?;
    let mut content = content.clone();
    if let Some(own) = own {
        own.stands_in(&mut content);
    }
    for (field, number) in later {
        content.details.insert(field.to_owned(), number.to_owned());
    }
    let change = domain::id::ChangeId(row.change_id);
    Some(VersionRow::new(UnitId(unit.id), change, VersionSource::Load, &content, false, None))
}

/// A digest of all that the file says of a unit, its numbers included.
fn said_digest(item: &Item) -> u64 {
    let mut hasher = DefaultHasher::new();
    let draft = &item.draft;
    item.row.as_ref().map(|row| &row.content).hash(&mut hasher);
    (&draft.din, &draft.grid, &draft.local_id).hash(&mut hasher);
    hasher.finish().max(REFUSED + 1)
}

fn short(line: i64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
