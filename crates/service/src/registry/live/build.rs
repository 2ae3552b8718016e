//! The index made from the whole registry, in a stream: the database is read on one side, typings are understood and
//! put into columns on the other.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant as Stopwatch;

use domain::id::UnitId;
use domain::registry::CompartmentState;
use domain::registry::matching::{Overview, UnitCell, facts_of};
use hla::Release;
use hla::index::{Builder, Snapshot};
use store::StoreError;
use store::unit_version::VersionRow;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Live, Made, Typings, View, key_of, standing_now};
use crate::context::{Ctx, House};
use crate::error::Answer;
use crate::registry::nomenclature::release_of;

/// Units handed over at once, and how many such groups may wait.
const GROUP: usize = 1_000;
const WAITING: usize = 8;

type Group = Vec<(Uuid, VersionRow)>;

/// Makes the index once and does not follow the changes: for commands that search and end.
///
/// # Errors
/// As the store.
pub async fn build_once(ctx: &Ctx) -> Answer<()> {
    let view = build(&ctx.house, &CancellationToken::new()).await?;
    ctx.house.registry.put(view);
    Ok(())
}

/// Makes a view of the registry as it stands now.
pub(super) async fn build(house: &House, stop: &CancellationToken) -> Answer<View> {
    let watch = Stopwatch::now();
    let mut reader = house.db.read().await?;
    // The number first: what changes while we read has a greater one, and is read again.
    let number = store::change::head(&mut reader.conn()).await?;
    let version = store::nomenclature::nomenclature_at(&mut reader.conn(), number).await?;
    let release = release_of(&mut reader.conn(), version.as_deref()).await?;
    let banks = store::standing::bank_numbers(&mut reader.conn()).await?;
    let consented = store::consent::consents_standing(&mut reader.conn()).await?.into_iter().collect();
    let mut own = OwnStates { consented, away: HashMap::new() };
    for (unit, number, state) in store::compartment::compartments_away(&mut reader.conn()).await? {
        own.away.entry(unit).or_default().push((number, state));
    }
    let live = &house.registry;
    live.total.store(store::standing::units_count(&mut reader.conn()).await?, Ordering::Relaxed);
    live.read.store(0, Ordering::Relaxed);
    let by_id = banks.iter().map(|b| (b.id, u16::try_from(b.number).unwrap_or(u16::MAX)));
    let assembly = Assembly::new(release, by_id.collect(), own);
    let (groups, taken) = sync_channel(WAITING);
    let assembled = tokio::task::spawn_blocking(move || assembly.all(&taken));
    let mut group: Group = Vec::with_capacity(GROUP);
    let each = |unit: store::unit::UnitRow, version: VersionRow| {
        group.push((unit.bank_id, version));
        if group.len() < GROUP {
            return ControlFlow::Continue(());
        }
        live.read.fetch_add(GROUP as i64, Ordering::Relaxed);
        let full = std::mem::replace(&mut group, Vec::with_capacity(GROUP));
        // Blocks for a moment when the other side is behind; it is a thread of its own.
        if groups.send(full).is_err() || stop.is_cancelled() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    store::unit::units_each(&mut reader.conn(), number, each).await?;
    let _ = groups.send(group);
    drop(groups);
    let (snapshot, overview, mut made) = assembled.await.map_err(|_| StoreError::Unavailable)??;
    if stop.is_cancelled() {
        return Err(StoreError::Unavailable.into());
    }
    made.millis = u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX);
    let codes = banks.into_iter().map(|b| (b.code, u16::try_from(b.number).unwrap_or(u16::MAX)));
    Ok(View { snapshot, number, banks: Arc::new(codes.collect()), overview, made })
}

/// What of our own decides over units beside their versions.
struct OwnStates {
    consented: HashSet<UnitId>,
    away: HashMap<UnitId, Vec<(u8, CompartmentState)>>,
}

/// What is put together from versions as they come.
struct Assembly {
    typings: Typings,
    builder: Builder,
    banks: HashMap<Uuid, u16>,
    own: OwnStates,
    overview: Overview,
    made: Made,
}

impl Assembly {
    fn new(release: Arc<Release>, banks: HashMap<Uuid, u16>, own: OwnStates) -> Self {
        Self {
            typings: Typings::new(Arc::clone(&release)),
            builder: Builder::new(release),
            banks,
            own,
            overview: Overview::default(),
            made: Made::default(),
        }
    }

    fn all(mut self, groups: &Receiver<Group>) -> Result<(Snapshot, Overview, Made), StoreError> {
        while let Ok(group) = groups.recv() {
            for (bank, version) in group {
                self.take(bank, &version)?;
            }
        }
        Ok((self.builder.finish(), self.overview, self.made))
    }

    fn take(&mut self, bank: Uuid, version: &VersionRow) -> Result<(), StoreError> {
        if version.withdrawn {
            return Ok(());
        }
        let content = version.content()?;
        let stored = self.typings.read(&content.hla);
        self.overview.count(&UnitCell::new(&content, stored.resolutions()), true);
        self.made.count(&stored, true);
        let id = UnitId(version.unit_id);
        let away = self.own.away.get(&id).map_or(&[][..], Vec::as_slice);
        let standing = standing_now(&content, false, self.own.consented.contains(&id), away);
        if !standing.is_found() {
            return Ok(());
        }
        let facts = facts_of(&content, &standing, self.banks.get(&bank).copied().unwrap_or(u16::MAX));
        // It was counted; a search that can't tell what it shows does not find it.
        if stored.contradictory.is_empty() {
            let _ = self.builder.push(key_of(id), &stored.typing, facts);
        }
        Ok(())
    }
}

impl Live {
    /// Puts a view that was made aside into place.
    pub(super) fn install(&self, view: View) {
        tracing::info!(
            units = view.snapshot.len(),
            number = view.number,
            millis = view.made.millis,
            release = view.release().version().unwrap_or("none"),
            "the registry is in memory"
        );
        view.made.warn(view.release().version());
        self.put(view);
    }
}
