//! A block of units in columns, sorted for searching, and how it is built from a stream.

use super::dictionary::{Dictionary, Growing};
use super::{Facts, UnitKey};
use crate::resolve::{Cache, resolve_with};
use crate::rules::Contradictory;
use crate::typing::{LocusTyping, Typing};
use crate::{Locus, Release};
use std::collections::HashMap;
use std::sync::Arc;

/// Numbers of meanings, as narrow as they allow.
#[derive(Debug)]
pub(super) enum Column {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Column {
    fn new(numbers: impl Iterator<Item = u32>, distinct: usize) -> Column {
        if distinct <= usize::from(u16::MAX) + 1 {
            Column::Narrow(numbers.map(|n| n as u16).collect())
        } else {
            Column::Wide(numbers.collect())
        }
    }

    pub(super) fn get(&self, row: usize) -> usize {
        match self {
            Column::Narrow(v) => v[row].into(),
            Column::Wide(v) => v[row] as usize,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Column::Narrow(v) => v.len() * 2,
            Column::Wide(v) => v.len() * 4,
        }
    }
}

/// Rows with the same antigens at A and at B.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Number of the antigen meaning at B.
    pub(super) b: u32,
    /// Its first row; it ends where the next begins.
    pub(super) start: u32,
}

/// Runs with the same antigens at A.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Number of the antigen meaning at A.
    pub(super) a: u32,
    /// Its first run; it ends where the next begins.
    pub(super) start: u32,
}

/// Units in columns, never changed after they are built.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) dictionaries: [Dictionary; 5],
    pub(super) groups: Vec<Group>,
    pub(super) runs: Vec<Run>,
    pub(super) numbers: [Column; 5],
    pub(super) facts: Vec<Facts>,
    pub(super) keys: Vec<UnitKey>,
    /// Rows in the order of their keys.
    by_key: Vec<u32>,
}

impl Segment {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn row(&self, key: UnitKey) -> Option<usize> {
        let at = self.by_key.binary_search_by_key(&key, |&row| self.keys[row as usize]).ok()?;
        Some(self.by_key[at] as usize)
    }

    pub(super) fn bytes(&self) -> usize {
        self.dictionaries.iter().map(Dictionary::bytes).sum::<usize>()
            + (self.groups.len() + self.runs.len()) * 8
            + self.numbers.iter().map(Column::bytes).sum::<usize>()
            + self.len() * (size_of::<Facts>() + size_of::<UnitKey>() + 4)
    }
}

/// Takes units one by one and makes the index' first snapshot of them.
///
/// A unit that is given twice counts as it was given last.
#[derive(Debug)]
pub struct Builder {
    release: Arc<Release>,
    cache: Cache,
    loci: [Growing; 5],
    seen: [HashMap<LocusTyping, u32>; 5],
    numbers: [Vec<u32>; 5],
    facts: Vec<Facts>,
    keys: Vec<UnitKey>,
}

impl Builder {
    /// For units under this release.
    pub fn new(release: Arc<Release>) -> Builder {
        Builder {
            release,
            cache: Cache::default(),
            loci: std::array::from_fn(|_| Growing::new()),
            seen: Default::default(),
            numbers: Default::default(),
            facts: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// Adds a unit. Loci that were not typed are left open.
    ///
    /// # Errors
    /// When its DNA and serology exclude each other at a locus; it is not added then.
    pub fn push(&mut self, key: UnitKey, typing: &Typing, facts: Facts) -> Result<(), Contradictory> {
        let mut numbers = [0; 5];
        for (i, locus) in Locus::MATCHED.into_iter().enumerate() {
            if let Some(at) = typing.get(locus) {
                numbers[i] = self.number(i, locus, at)?;
            }
        }
        self.push_numbers(key, numbers, facts);
        Ok(())
    }

    fn number(&mut self, i: usize, locus: Locus, at: &LocusTyping) -> Result<u32, Contradictory> {
        if let Some(&number) = self.seen[i].get(at) {
            return Ok(number);
        }
        let meaning = resolve_with(&self.release, &mut self.cache, locus, at).ok_or(Contradictory(locus))?;
        let number = self.loci[i].number(&meaning);
        self.seen[i].insert(at.clone(), number);
        Ok(number)
    }

    fn push_numbers(&mut self, key: UnitKey, numbers: [u32; 5], facts: Facts) {
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.push(number);
        }
        self.facts.push(facts);
        self.keys.push(key);
    }

    /// Adds the rows of a segment that are not `dead`, without resolving any typing again.
    pub(super) fn push_segment(&mut self, segment: &Segment, dead: impl Fn(usize) -> bool) {
        let mut known: [Vec<Option<u32>>; 5] =
            std::array::from_fn(|i| vec![None; segment.dictionaries[i].len()]);
        for row in (0..segment.len()).filter(|&r| !dead(r)) {
            let numbers = std::array::from_fn(|i| {
                let old = segment.numbers[i].get(row);
                *known[i][old].get_or_insert_with(|| match segment.dictionaries[i].meaning(old) {
                    Some(meaning) => self.loci[i].number(&meaning),
                    None => 0,
                })
            });
            self.push_numbers(segment.keys[row], numbers, segment.facts[row]);
        }
    }

    /// How many units were added.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether none was added.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn release(&self) -> &Arc<Release> {
        &self.release
    }

    /// Sorts the units and makes them a segment.
    pub(super) fn into_segment(self) -> Segment {
        let dictionaries = self.loci.map(Growing::finished);
        let mut last: HashMap<UnitKey, u32> = HashMap::with_capacity(self.keys.len());
        for (row, &key) in self.keys.iter().enumerate() {
            last.insert(key, row as u32);
        }
        let antigen = |i: usize, row: u32| {
            let number = self.numbers[i][row as usize];
            dictionaries[i].antigen_of[number as usize]
        };
        let mut order: Vec<(u32, u32, UnitKey, u32)> =
            last.into_iter().map(|(key, row)| (antigen(0, row), antigen(1, row), key, row)).collect();
        order.sort_unstable();
        let (mut groups, mut runs) = (Vec::<Group>::new(), Vec::<Run>::new());
        let mut before = None;
        for (start, &(a, b, _, _)) in order.iter().enumerate() {
            if before.is_none_or(|(last, _)| last != a) {
                groups.push(Group { a, start: runs.len() as u32 });
            }
            if before != Some((a, b)) {
                runs.push(Run { b, start: start as u32 });
            }
            before = Some((a, b));
        }
        let rows = || order.iter().map(|o| o.3 as usize);
        let numbers =
            std::array::from_fn(|i| Column::new(rows().map(|r| self.numbers[i][r]), dictionaries[i].len()));
        let keys: Vec<UnitKey> = order.iter().map(|o| o.2).collect();
        let mut by_key: Vec<u32> = (0..keys.len() as u32).collect();
        by_key.sort_unstable_by_key(|&r| keys[r as usize]);
        let facts = rows().map(|r| self.facts[r]).collect();
        Segment { dictionaries, groups, runs, numbers, facts, keys, by_key }
    }
}
