//! Staging one batch: compared and written in one command of the writer, or only compared.

use std::sync::Arc;

use domain::audit::Hash;
use domain::id::{BankId, ChangeId, IdSource};
use domain::registry::LoadRefusal;
use domain::time::Instant;
use store::unit::{UnitRow, units_insert};
use store::unit_batch::{own_words, units_held, units_known, units_take_over, versions_now};
use store::unit_load::{LoadRefusalRow, LoadRow, content_add, load_touch, refusals_add};
use store::unit_version::{VersionRow, versions_insert};
use store::{Conn, StoreError, Tx};
use uuid::Uuid;

use super::decide::{Decision, Judge, Known, Seen};
use super::read::Item;
use super::{LoadError, Refused};

/// An open load, as it goes from command to command.
pub(super) struct Staging {
    /// Its row: the counts grow.
    pub(super) row: LoadRow,
    /// The change that will publish it.
    pub(super) change: ChangeId,
    /// Digest of its versions so far.
    pub(super) content: Hash,
    /// What the file named so far.
    pub(super) seen: Seen,
    /// How far the registry was when it began.
    pub(super) began_at: i64,
    /// How often other banks had named units that may be its own when that was last looked at.
    pub(super) contested: i64,
    /// The greatest place that a version has.
    pub(super) last_place: i64,
    /// Whether nothing is written.
    pub(super) dry_run: bool,
}

/// What one batch becomes.
#[derive(Default)]
struct Written {
    units: Vec<UnitRow>,
    taken_over: Vec<UnitRow>,
    versions: Vec<VersionRow>,
    withdrawn: Vec<(Uuid, i64)>,
    refused: Vec<Refused>,
}

impl Staging {
    /// What stands in its place while the writer has it.
    pub(super) fn hollow(&self) -> Self {
        Self {
            row: self.row.clone(),
            change: self.change,
            content: self.content,
            seen: Seen::default(),
            began_at: self.began_at,
            contested: self.contested,
            last_place: self.last_place,
            dry_run: self.dry_run,
        }
    }

    /// Compares a batch with the registry.
    async fn compare(
        &mut self,
        conn: &mut Conn<'_>,
        items: Vec<Item>,
        refused: Vec<Refused>,
        ids: &dyn IdSource,
        now: Instant,
    ) -> Result<Written, StoreError> {
        let known = known(conn, &items, &refused).await?;
        let bank = BankId(self.row.bank_id);
        let taken_over = Vec::new();
        let mut judge = Judge { bank, seen: &mut self.seen, known, taken_over, dry_run: self.dry_run };
        let mut written = Written::default();
        self.row.read += (items.len() + refused.len()) as i64;
        for refused in &refused {
            judge.mention(&refused.named, refused.unit.line);
            self.last_place = self.last_place.max(refused.place);
        }
        written.refused = refused;
        for item in items {
            let (place, line, id) = (item.place, item.draft.line, item.draft.registry_id.clone());
            self.last_place = self.last_place.max(place);
            match judge.decide(item, ids.uuid(now)) {
                Decision::New(unit, version) => {
                    self.row.added += 1;
                    written.units.push(unit);
                    written.versions.push(*version);
                }
                Decision::Changed(version) => {
                    self.row.changed += 1;
                    written.versions.push(*version);
                }
                Decision::Same => self.row.unchanged += 1,
                Decision::Withdrawn(unit) => {
                    self.row.withdrawn += 1;
                    written.withdrawn.push((unit.0, place));
                }
                Decision::Refused(reason) => written.refused.push(Refused::new(place, line, &id, reason)),
            }
        }
        written.taken_over = judge.taken_over;
        self.row.refused += written.refused.len() as i64;
        Ok(written)
    }

    /// Only compares; what was refused.
    pub(super) async fn look(
        &mut self,
        conn: &mut Conn<'_>,
        items: Vec<Item>,
        refused: Vec<Refused>,
        ids: &dyn IdSource,
        now: Instant,
    ) -> Result<Vec<Refused>, LoadError> {
        Ok(self.compare(conn, items, refused, ids, now).await?.refused)
    }

    /// Compares and writes; what was refused.
    pub(super) async fn stage(
        &mut self,
        tx: &mut Tx,
        items: Vec<Item>,
        refused: Vec<Refused>,
        ids: &Arc<dyn IdSource>,
        now: Instant,
    ) -> Result<Vec<Refused>, LoadError> {
        let mut written = self.compare(&mut tx.conn(), items, refused, &**ids, now).await?;
        // First: a new unit may bear a number that a unit loses by it.
        units_take_over(&mut tx.conn(), BankId(self.row.bank_id), &written.taken_over).await?;
        units_insert(&mut tx.conn(), &written.units).await?;
        let withdrawn = std::mem::take(&mut written.withdrawn);
        written.versions.extend(self.tombstones(tx, &withdrawn).await?);
        self.write_versions(tx, written.versions).await?;
        let rows: Vec<LoadRefusalRow> = written.refused.iter().map(|r| refusal_row(self.row.id, r)).collect();
        refusals_add(tx, &rows).await?;
        self.touch(tx, now).await?;
        Ok(written.refused)
    }

    /// Withdraws units that the file does not name any more, but for those of which somebody holds: they are refused.
    pub(super) async fn withdraw(
        &mut self,
        tx: &mut Tx,
        units: &[Uuid],
        now: Instant,
    ) -> Result<Vec<Refused>, LoadError> {
        let refused = self.held(&mut tx.conn(), units).await?;
        let rows: Vec<LoadRefusalRow> = refused.iter().map(|(_, r)| refusal_row(self.row.id, r)).collect();
        refusals_add(tx, &rows).await?;
        let mut places = Vec::with_capacity(units.len());
        for unit in units.iter().filter(|unit| refused.iter().all(|(held, _)| held != *unit)) {
            self.last_place += 1;
            places.push((*unit, self.last_place));
        }
        let versions = self.tombstones(tx, &places).await?;
        self.row.withdrawn += versions.len() as i64;
        self.write_versions(tx, versions).await?;
        self.touch(tx, now).await?;
        Ok(refused.into_iter().map(|(_, refused)| refused).collect())
    }

    /// Those of these units of which somebody holds, each as it is refused.
    pub(super) async fn held(
        &mut self,
        conn: &mut Conn<'_>,
        units: &[Uuid],
    ) -> Result<Vec<(Uuid, Refused)>, StoreError> {
        let mut refused = Vec::new();
        for (unit, id) in units_held(conn, units).await? {
            self.last_place += 1;
            let place = self.last_place;
            refused.push((unit, Refused::new(place, place, &id, LoadRefusal::HeldNotWithdrawn)));
        }
        self.row.refused += refused.len() as i64;
        Ok(refused)
    }

    async fn tombstones(&self, tx: &mut Tx, units: &[(Uuid, i64)]) -> Result<Vec<VersionRow>, StoreError> {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = units.iter().map(|(id, _)| *id).collect();
        let places: std::collections::HashMap<Uuid, i64> = units.iter().copied().collect();
        let versions = versions_now(&mut tx.conn(), &ids).await?;
        let place = |version: &VersionRow| places.get(&version.unit_id).copied().unwrap_or(0);
        Ok(versions
            .into_iter()
            .map(|v| (place(&v), v))
            .map(|(at, v)| v.withdrawn_by(self.change, at))
            .collect())
    }

    /// Writes versions in the order of their places, which is the order of the content's digest.
    async fn write_versions(&mut self, tx: &mut Tx, mut versions: Vec<VersionRow>) -> Result<(), StoreError> {
        versions.sort_by_key(|version| version.line);
        for version in &mut versions {
            version.change_id = self.change.0;
            self.content = content_add(&self.content, &version.digest());
        }
        self.row.content_digest = self.content.to_vec();
        versions_insert(&mut tx.conn(), &versions).await
    }

    async fn touch(&mut self, tx: &mut Tx, now: Instant) -> Result<(), LoadError> {
        self.row.touched_at = now.0;
        if load_touch(tx, &self.row).await? { Ok(()) } else { Err(LoadError::GivenUp) }
    }
}

/// What the registry knows of the units of one batch.
pub(super) async fn known(
    conn: &mut Conn<'_>,
    items: &[Item],
    refused: &[Refused],
) -> Result<Known, StoreError> {
    let drafts = || items.iter().map(|item| &item.draft);
    let ids: Vec<&str> = drafts()
        .map(|draft| draft.registry_id.as_str())
        .chain(refused.iter().filter_map(|refused| refused.named.registry_id.as_deref()))
        .collect();
    let dins: Vec<&str> = drafts()
        .filter_map(|draft| draft.din.as_ref().map(|din| din.as_str()))
        .chain(refused.iter().filter_map(|refused| refused.named.din.as_deref()))
        .collect();
    let grids: Vec<&str> = drafts()
        .filter_map(|draft| draft.grid.as_ref().map(|grid| grid.as_str()))
        .chain(refused.iter().filter_map(|refused| refused.named.grid.as_deref()))
        .collect();
    let units = units_known(conn, &ids, &dins, &grids).await?;
    let own = own_words(conn, units.iter().map(|unit| unit.id)).await?;
    Ok(Known::new(units, own))
}

pub(super) fn refusal_row(load: Uuid, refused: &Refused) -> LoadRefusalRow {
    LoadRefusalRow {
        load_id: load,
        line: refused.place,
        registry_id: refused.unit.id.clone(),
        // Cannot fail: its keys are text.
        reason: serde_json::to_string(&refused.unit.reason).unwrap_or_default(),
    }
}
