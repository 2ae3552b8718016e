//! Following the published changes: single units within a moment, large loads and releases of the nomenclature by a
//! new index made aside while the old one serves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::id::{ChangeId, UnitId};
use domain::registry::matching::{UnitCell, facts_of};
use hla::index::Change;
use store::change::ChangeOf;
use store::standing::UnitStanding;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::build::build;
use super::{Stored, Typings, View, key_of, standing_now};
use crate::context::House;
use crate::error::Answer;

/// Between two looks for changes.
const EVERY: Duration = Duration::from_millis(250);
/// Between two attempts when the database is away.
const AGAIN: Duration = Duration::from_secs(1);
/// A load of more units than this is read by a new index aside.
const LARGE: usize = 10_000;
/// Changes taken note of at once.
const CHANGES: i64 = 1_000;
/// Units read of a load at once.
const PAGE: i64 = 4_000;
/// Loose units above which the index is put in order, or a tenth of it when that is more.
const LOOSE: usize = 50_000;

/// Makes the index and keeps it up to date until `stop`.
pub async fn follow(house: Arc<House>, stop: CancellationToken) {
    let view = loop {
        match build(&house, &stop).await {
            Ok(view) => break view,
            Err(_) if stop.is_cancelled() => return,
            Err(error) => tracing::error!(%error, "the registry cannot be read"),
        }
        tokio::time::sleep(AGAIN).await;
    };
    let seen = view.number;
    house.registry.install(view);
    let mut follower =
        Follower { house, stop: stop.clone(), seen, aside: None, again: false, since: BTreeSet::new() };
    let mut sleep = EVERY;
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = follower.house.registry.bell.notified() => {}
            () = tokio::time::sleep(sleep) => {}
        }
        sleep = match follower.round().await {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "changes of the registry cannot be read");
                AGAIN
            }
        };
    }
    if let Some(aside) = follower.aside {
        aside.abort();
    }
}

struct Follower {
    house: Arc<House>,
    stop: CancellationToken,
    /// Every change up to this number was taken note of.
    seen: i64,
    /// An index that is being made.
    aside: Option<JoinHandle<Answer<View>>>,
    /// Another one must be made after it: what it reads is out of date by now.
    again: bool,
    /// Units that changed while it is made.
    since: BTreeSet<Uuid>,
}

impl Follower {
    async fn round(&mut self) -> Answer<()> {
        if self.aside.as_ref().is_some_and(JoinHandle::is_finished) {
            self.arrived().await?;
        }
        let mut reader = self.house.db.read().await?;
        let changes = store::change::changes_after(&mut reader.conn(), self.seen, CHANGES).await?;
        let (mut units, mut large) = (BTreeSet::new(), false);
        for change in &changes {
            match change.of() {
                ChangeOf::Unit(unit) => {
                    units.insert(unit.0);
                }
                ChangeOf::Nomenclature => large = true,
                ChangeOf::Load(_) => {
                    large |= !load_units(&mut reader.conn(), ChangeId(change.id), &mut units).await?;
                }
            }
        }
        drop(reader);
        let Some(last) = changes.last() else { return self.keep_order().await };
        if large {
            self.again |= self.aside.is_some();
        }
        // Whatever is made aside: a consent that was withdrawn acts at once.
        let current = self.house.registry.current()?;
        let pending = large || self.aside.is_some() || self.again;
        let next = self.applied(current, &units, last.number, pending).await?;
        self.house.registry.put(next);
        if self.aside.is_some() {
            self.since.extend(units);
        }
        self.seen = last.number;
        if large && self.aside.is_none() {
            self.begin();
        }
        if changes.len() as i64 == CHANGES {
            self.house.registry.wake();
        }
        Ok(())
    }

    /// Begins to make a new index from the database.
    fn begin(&mut self) {
        let (house, stop) = (Arc::clone(&self.house), self.stop.clone());
        self.since.clear();
        self.again = false;
        self.aside = Some(tokio::spawn(async move { build(&house, &stop).await }));
    }

    /// Puts the index in place that was made aside, with what changed meanwhile.
    async fn arrived(&mut self) -> Answer<()> {
        let Some(aside) = self.aside.take() else { return Ok(()) };
        let made = aside.await.map_err(|_| store::StoreError::Unavailable.into()).and_then(|made| made);
        let view = match made {
            Ok(view) => view,
            Err(error) => {
                tracing::error!(%error, "a new index could not be made");
                self.begin();
                return Ok(());
            }
        };
        let since = std::mem::take(&mut self.since);
        let (seen, again) = (self.seen.max(view.number), self.again);
        let next = self.applied(Arc::new(view), &since, seen, again).await?;
        self.seen = seen;
        self.house.registry.install(next);
        if again {
            self.begin();
        }
        Ok(())
    }

    /// Compacts aside when much has come loose.
    async fn keep_order(&mut self) -> Answer<()> {
        let current = self.house.registry.current()?;
        let loose = current.snapshot.loose();
        if self.aside.is_none() && loose > LOOSE.max(current.snapshot.len() / 10) {
            self.since.clear();
            self.aside = Some(tokio::task::spawn_blocking(move || {
                let snapshot = current.snapshot.compact();
                Ok(View { snapshot, ..View::clone(&current) })
            }));
        }
        Ok(())
    }

    /// The view with these units as they stand at `number`. While another index is pending, the view stays behind that
    /// number: some of its changes are missing.
    async fn applied(
        &self,
        view: Arc<View>,
        units: &BTreeSet<Uuid>,
        number: i64,
        pending: bool,
    ) -> Answer<View> {
        let ids: Vec<UnitId> = units.iter().copied().map(UnitId).collect();
        let mut reader = self.house.db.read().await?;
        let banks = if ids.is_empty() {
            None
        } else {
            Some(store::standing::bank_numbers(&mut reader.conn()).await?)
        };
        let now = store::standing::unit_standings(&mut reader.conn(), &ids, number).await?;
        let before = match pending {
            true => Default::default(),
            false => store::standing::unit_standings(&mut reader.conn(), &ids, view.number).await?,
        };
        drop(reader);
        let done = tokio::task::spawn_blocking(move || {
            let mut next = View::clone(&view);
            if let Some(banks) = banks {
                let codes = banks.into_iter().map(|b| (b.code, u16::try_from(b.number).unwrap_or(u16::MAX)));
                next.banks = Arc::new(codes.collect());
            }
            let mut typings = Typings::new(Arc::clone(view.release()));
            let mut changes = Vec::with_capacity(ids.len());
            for id in ids {
                changes.push(change_of(id, now.get(&id), &mut typings)?);
                if !pending {
                    for (standing, inwards) in [(before.get(&id), false), (now.get(&id), true)] {
                        if let Some((cell, stored)) = cell_of(standing, &mut typings)? {
                            next.overview.count(&cell, inwards);
                            next.made.count(&stored, inwards);
                        }
                    }
                }
            }
            let (snapshot, _) = view.snapshot.apply(&changes);
            next.snapshot = snapshot;
            if next.made.unread > view.made.unread || next.made.contradictory > view.made.contradictory {
                next.made.warn(view.release().version());
            }
            if !pending {
                next.number = number;
            }
            Ok(next)
        });
        done.await.map_err(|_| store::StoreError::Unavailable)?
    }
}

/// Adds the units of a load; false when there are so many that a new index is the shorter way.
async fn load_units(
    conn: &mut store::Conn<'_>,
    change: ChangeId,
    units: &mut BTreeSet<Uuid>,
) -> Answer<bool> {
    let (mut after, mut own) = ((-1, UnitId(Uuid::nil())), BTreeSet::new());
    loop {
        let page = store::standing::change_units(conn, change, after, PAGE).await?;
        let whole = (page.len() as i64) < PAGE;
        own.extend(page.iter().map(|(_, unit)| unit.0));
        if own.len() > LARGE {
            return Ok(false);
        }
        match page.last() {
            Some(last) if !whole => after = *last,
            _ => break,
        }
    }
    units.extend(own);
    Ok(true)
}

fn change_of(id: UnitId, standing: Option<&UnitStanding>, typings: &mut Typings) -> Answer<Change> {
    let withdraw = Change::Withdraw(key_of(id));
    let Some(unit) = standing else { return Ok(withdraw) };
    let content = unit.version.content()?;
    let standing = standing_now(&content, unit.version.withdrawn, unit.consented, &unit.away);
    if !standing.is_found() {
        return Ok(withdraw);
    }
    let stored = typings.read(&content.hla);
    if !stored.contradictory.is_empty() {
        return Ok(withdraw);
    }
    let facts = facts_of(&content, &standing, unit.bank_number);
    Ok(Change::Put { key: key_of(id), typing: Box::new(stored.typing), facts })
}

fn cell_of(standing: Option<&UnitStanding>, typings: &mut Typings) -> Answer<Option<(UnitCell, Stored)>> {
    let Some(unit) = standing.filter(|unit| !unit.version.withdrawn) else { return Ok(None) };
    let content = unit.version.content()?;
    let stored = typings.read(&content.hla);
    Ok(Some((UnitCell::new(&content, stored.resolutions()), stored)))
}
