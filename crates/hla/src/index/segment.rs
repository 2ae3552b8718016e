//! A block of units in columns, sorted for searching, and how it is built from a stream.

use super::by_drb1::ByDrb1;
use super::column::Column;
use super::dictionary::{Dictionary, Growing};
use super::runs::{Placed, Runs, arrange};
use super::stock::Stock;
use super::{Facts, UnitKey};
use crate::hash::Map;
use crate::resolve::{Cache, resolve_with};
use crate::rules::Contradictory;
use crate::typing::{LocusTyping, Typing};
use crate::{Locus, Release};
use std::sync::Arc;

/// Units in columns, never changed after they are built.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) dictionaries: [Dictionary; 5],
    pub(super) runs: Runs,
    pub(super) by_drb1: ByDrb1,
    pub(super) numbers: [Column; 5],
    pub(super) stock: Stock,
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
            + self.runs.bytes()
            + self.by_drb1.bytes()
            + self.numbers.iter().map(Column::bytes).sum::<usize>()
            + self.stock.bytes()
            + self.len() * (size_of::<UnitKey>() + 4)
    }
}

/// A unit on its way into a segment, in the order of the segment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// Antigen meanings at B and A.
    b: u32,
    a: u32,
    in_rest: bool,
    /// Meaning at DRB1: the outcomes of neighbours lie together.
    drb1: u32,
    key: UnitKey,
    /// Its number in the builder.
    unit: u32,
}

impl Placed for Place {
    fn ab(&self) -> [u32; 2] {
        [self.a, self.b]
    }

    fn in_rest(&self) -> bool {
        self.in_rest
    }

    fn put_in_rest(&mut self) {
        self.in_rest = true;
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
    seen: [Map<LocusTyping, u32>; 5],
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
            self.push_numbers(segment.keys[row], numbers, segment.stock.get(row));
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

    /// How many distinct typings were added at A, B, C, DRB1 and DQB1. Some of them mean the same.
    pub fn distinct_typings(&self) -> [usize; 5] {
        std::array::from_fn(|i| self.seen[i].len())
    }

    pub(super) fn release(&self) -> &Arc<Release> {
        &self.release
    }

    /// Sorts the units and makes them a segment.
    pub(super) fn into_segment(self) -> Segment {
        let mut numbers = self.numbers;
        let mut at = 0;
        let dictionaries = self.loci.map(|growing| {
            let (dictionary, renumbered) = growing.finished();
            numbers[at].iter_mut().for_each(|number| *number = renumbered[*number as usize]);
            at += 1;
            dictionary
        });
        let mut last: Map<UnitKey, u32> = Map::with_capacity_and_hasher(self.keys.len(), Default::default());
        for (unit, &key) in self.keys.iter().enumerate() {
            last.insert(key, unit as u32);
        }
        let antigen = |i: usize, unit: u32| {
            let number = numbers[i][unit as usize];
            dictionaries[i].antigen_of[number as usize]
        };
        let place = |(key, unit)| {
            let drb1 = numbers[3][unit as usize];
            Place { b: antigen(1, unit), a: antigen(0, unit), in_rest: false, drb1, key, unit }
        };
        let mut places: Vec<Place> = last.into_iter().map(place).collect();
        places.sort_unstable();
        arrange(&mut places);
        let ab: Vec<[u32; 2]> = places.iter().map(|p| [p.a, p.b]).collect();
        let units = || places.iter().map(|p| p.unit as usize);
        let numbers: [Column; 5] =
            std::array::from_fn(|i| Column::new(units().map(|u| numbers[i][u]), dictionaries[i].len()));
        let keys: Vec<UnitKey> = places.iter().map(|p| p.key).collect();
        let mut by_key: Vec<u32> = (0..keys.len() as u32).collect();
        by_key.sort_unstable_by_key(|&r| keys[r as usize]);
        Segment {
            runs: Runs::new(&places, dictionaries[0].antigens.len()),
            by_drb1: ByDrb1::new(
                &numbers[3],
                dictionaries[3].len(),
                &ab,
                [0, 1].map(|i| dictionaries[i].antigens.len()),
            ),
            stock: Stock::new(units().map(|u| self.facts[u])),
            dictionaries,
            numbers,
            keys,
            by_key,
        }
    }
}
