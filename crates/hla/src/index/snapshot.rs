//! Snapshots of the index: immutable parts shared between them, changes as small parts of their own, and the handle
//! that swaps one for the next.

use super::segment::{Builder, Segment};
use super::{Facts, UnitKey};
use crate::Release;
use crate::rules::Contradictory;
use crate::typing::Typing;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A segment and which of its rows no longer count.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) segment: Arc<Segment>,
    dead: Arc<[u64]>,
    dead_count: usize,
}

impl Part {
    fn new(segment: Segment) -> Part {
        let dead = vec![0; segment.len().div_ceil(64)].into();
        Part { segment: Arc::new(segment), dead, dead_count: 0 }
    }

    pub(super) fn is_dead(&self, row: usize) -> bool {
        self.dead_count > 0 && self.dead[row / 64] >> (row % 64) & 1 == 1
    }

    /// Whether there may be a dead one among these rows, of which there are some.
    pub(super) fn has_dead(&self, rows: &Range<usize>) -> bool {
        self.dead_count > 0 && self.dead[rows.start / 64..rows.end.div_ceil(64)].iter().any(|&word| word != 0)
    }

    fn living(&self) -> usize {
        self.segment.len() - self.dead_count
    }

    /// The same without these units, each given once.
    fn without(&self, keys: &[UnitKey]) -> Part {
        let rows: Vec<usize> =
            keys.iter().filter_map(|&k| self.segment.row(k)).filter(|&r| !self.is_dead(r)).collect();
        if rows.is_empty() {
            return self.clone();
        }
        let mut dead = self.dead.to_vec();
        for row in &rows {
            dead[row / 64] |= 1 << (row % 64);
        }
        Part { segment: self.segment.clone(), dead: dead.into(), dead_count: self.dead_count + rows.len() }
    }
}

/// A change of one unit.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is new, or its typing or facts are.
    Put {
        /// Which.
        key: UnitKey,
        /// Its typing.
        typing: Box<Typing>,
        /// Its facts.
        facts: Facts,
    },
    /// It is not to be found any more.
    Withdraw(UnitKey),
}

impl Change {
    fn key(&self) -> UnitKey {
        match self {
            Change::Put { key, .. } | Change::Withdraw(key) => *key,
        }
    }
}

/// All units at one moment. Cheap to clone; never changes.
#[derive(Clone, Debug)]
pub struct Snapshot {
    release: Arc<Release>,
    /// The first is the large one; the others hold later changes.
    parts: Vec<Part>,
}

impl Builder {
    /// Sorts the units and makes the first snapshot of them.
    pub fn finish(self) -> Snapshot {
        let release = self.release().clone();
        Snapshot { release, parts: vec![Part::new(self.into_segment())] }
    }
}

impl Snapshot {
    /// No units yet.
    pub fn empty(release: Arc<Release>) -> Snapshot {
        Builder::new(release).finish()
    }

    /// The release under which all its typings were read.
    pub fn release(&self) -> &Arc<Release> {
        &self.release
    }

    /// How many units it has.
    pub fn len(&self) -> usize {
        self.parts.iter().map(Part::living).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it has this unit.
    pub fn contains(&self, key: UnitKey) -> bool {
        self.parts.iter().any(|p| p.segment.row(key).is_some_and(|r| !p.is_dead(r)))
    }

    /// The facts that it has of a unit.
    pub fn facts(&self, key: UnitKey) -> Option<Facts> {
        self.parts
            .iter()
            .find_map(|p| p.segment.row(key).filter(|&r| !p.is_dead(r)).map(|r| p.segment.stock.get(r)))
    }

    /// How many units are in parts other than the large one, or dead in it: the worth of a [`Snapshot::compact`].
    pub fn loose(&self) -> usize {
        self.parts[0].dead_count + self.parts[1..].iter().map(|p| p.segment.len()).sum::<usize>()
    }

    /// Bytes that its columns and dictionaries take.
    pub fn bytes(&self) -> usize {
        self.parts.iter().map(|p| p.segment.bytes() + p.dead.len() * 8).sum()
    }

    /// The number of distinct meanings at A, B, C, DRB1 and DQB1 in the large part.
    pub fn distinct(&self) -> [usize; 5] {
        std::array::from_fn(|i| self.parts[0].segment.dictionaries[i].len() - 1)
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A snapshot with these changes, made in their order. This one stays as it is. A unit whose typing contradicts
    /// itself is withdrawn rather than left as it was, and told.
    pub fn apply(&self, changes: &[Change]) -> (Snapshot, Vec<(UnitKey, Contradictory)>) {
        let mut keys: Vec<UnitKey> = changes.iter().map(Change::key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut parts: Vec<Part> = self.parts.iter().map(|p| p.without(&keys)).collect();
        let mut refused = Vec::new();
        let mut builder = Builder::new(self.release.clone());
        let mut last = std::collections::HashMap::new();
        for (at, change) in changes.iter().enumerate() {
            last.insert(change.key(), at);
        }
        for (_, change) in changes.iter().enumerate().filter(|(at, c)| last[&c.key()] == *at) {
            let Change::Put { key, typing, facts } = change else { continue };
            if let Err(contradiction) = builder.push(*key, typing, *facts) {
                refused.push((*key, contradiction));
            }
        }
        if !builder.is_empty() {
            parts.push(Part::new(builder.into_segment()));
        }
        let first = parts.remove(0);
        parts.retain(|p| p.living() > 0);
        // Each small part has at least twice as many units as the next, so that there are few, and a unit is seldom
        // moved.
        while let [.., before, last] = &parts[..]
            && before.living() < 2 * last.living()
        {
            let one = merged(&self.release, &[before.clone(), last.clone()]);
            parts.truncate(parts.len() - 2);
            parts.push(one);
        }
        parts.insert(0, first);
        (Snapshot { release: self.release.clone(), parts }, refused)
    }

    /// The same units in one part, without what is dead. Takes about as long as building; made aside, it blocks
    /// nobody.
    pub fn compact(&self) -> Snapshot {
        Snapshot { release: self.release.clone(), parts: vec![merged(&self.release, &self.parts)] }
    }
}

fn merged(release: &Arc<Release>, parts: &[Part]) -> Part {
    let mut builder = Builder::new(release.clone());
    for part in parts {
        builder.push_segment(&part.segment, |row| part.is_dead(row));
    }
    Part::new(builder.into_segment())
}

/// The snapshot that is current. Readers take it and keep it as long as they like; nothing waits for them.
#[derive(Debug)]
pub struct Live {
    current: RwLock<Arc<Snapshot>>,
    /// One writer at a time, so that no change is lost between reading and swapping.
    writer: Mutex<()>,
}

impl Live {
    /// Begins with this snapshot.
    pub fn new(snapshot: Snapshot) -> Live {
        Live { current: RwLock::new(Arc::new(snapshot)), writer: Mutex::new(()) }
    }

    /// The current snapshot.
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes changes visible to all searches that begin after it returns.
    pub fn apply(&self, changes: &[Change]) -> Vec<(UnitKey, Contradictory)> {
        let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, refused) = self.current().apply(changes);
        self.swap(next);
        refused
    }

    /// Puts another snapshot in place, built aside: a new release, or a compacted one. `since` are the changes that
    /// came while it was built, in their order; they are made in it before it is seen.
    pub fn replace(&self, snapshot: &Snapshot, since: &[Change]) -> Vec<(UnitKey, Contradictory)> {
        let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, refused) = snapshot.apply(since);
        self.swap(next);
        refused
    }

    fn swap(&self, next: Snapshot) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
    }
}
