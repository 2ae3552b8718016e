//! A block of units in columns, sorted for searching, and how it is built from a stream.

use super::column::Column;
use super::dictionary::{Dictionary, Growing};
use super::hash::Map;
use super::stock::Stock;
use super::{Facts, UnitKey};
use crate::resolve::{Cache, resolve_with};
use crate::rules::Contradictory;
use crate::typing::{LocusTyping, Typing};
use crate::{Locus, Release};
use std::sync::Arc;

/// Rows of a group with the same antigens at B.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Number of the antigen meaning at B.
    pub(super) b: u32,
    /// Its first row.
    pub(super) start: u32,
    /// The row after its last.
    pub(super) end: u32,
}

/// Rows with the same antigens at A: first the long runs, then the rest, rows with antigens at B that few have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Number of the antigen meaning at A.
    pub(super) a: u32,
    /// Its runs are those from here to the next group's.
    pub(super) run: u32,
    /// The first row of the rest.
    pub(super) rest: u32,
    /// The row after the rest's last, where the next group begins.
    pub(super) end: u32,
    /// The number of its first row in the rest among the rows in all rests.
    pub(super) rest_number: u32,
}

/// A run shorter than this is not worth an entry: it lies in the group's rest.
const SHORT: usize = 4;

/// Units in columns, never changed after they are built.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) dictionaries: [Dictionary; 5],
    pub(super) groups: Vec<Group>,
    pub(super) runs: Vec<Run>,
    /// Numbers of the antigen meanings at B of the rows in rests.
    pub(super) rests: Vec<u32>,
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
            + size_of_val(&self.groups[..])
            + size_of_val(&self.runs[..])
            + size_of_val(&self.rests[..])
            + self.numbers.iter().map(Column::bytes).sum::<usize>()
            + self.stock.bytes()
            + self.len() * (size_of::<UnitKey>() + 4)
    }
}

/// A unit on its way into a segment: its antigen meanings at A and B, its key, its number in the builder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    a: u32,
    /// Those in the rest come last.
    in_rest: bool,
    b: u32,
    key: UnitKey,
    unit: u32,
}

/// Puts units in order, those in short runs at their group's end.
fn arranged(places: &mut [Place]) {
    places.sort_unstable();
    for run in places.chunk_by_mut(|x, y| (x.a, x.b) == (y.a, y.b)) {
        let short = run.len() < SHORT;
        run.iter_mut().for_each(|p| p.in_rest = short);
    }
    // Stable, and nearly in order.
    places.sort_by_key(|p| (p.a, p.in_rest));
}

/// The groups, runs and rests of units in order.
fn grouped(places: &[Place]) -> (Vec<Group>, Vec<Run>, Vec<u32>) {
    let (mut groups, mut runs, mut rests) = (Vec::new(), Vec::<Run>::new(), Vec::new());
    let mut row = 0;
    for group in places.chunk_by(|x, y| x.a == y.a) {
        let run = runs.len() as u32;
        let (long, rest) = group.split_at(group.partition_point(|p| !p.in_rest));
        for same in long.chunk_by(|x, y| x.b == y.b) {
            let start = row;
            row += same.len() as u32;
            runs.push(Run { b: same[0].b, start, end: row });
        }
        let (rest_number, end) = (rests.len() as u32, row + rest.len() as u32);
        groups.push(Group { a: group[0].a, run, rest: row, end, rest_number });
        rests.extend(rest.iter().map(|p| p.b));
        row = end;
    }
    (groups, runs, rests)
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
        let dictionaries = self.loci.map(Growing::finished);
        let mut last: Map<UnitKey, u32> = Map::with_capacity_and_hasher(self.keys.len(), Default::default());
        for (unit, &key) in self.keys.iter().enumerate() {
            last.insert(key, unit as u32);
        }
        let antigen = |i: usize, unit: u32| {
            let number = self.numbers[i][unit as usize];
            dictionaries[i].antigen_of[number as usize]
        };
        let place =
            |(key, unit)| Place { a: antigen(0, unit), b: antigen(1, unit), in_rest: false, key, unit };
        let mut places: Vec<Place> = last.into_iter().map(place).collect();
        arranged(&mut places);
        let (groups, runs, rests) = grouped(&places);
        let units = || places.iter().map(|p| p.unit as usize);
        let numbers =
            std::array::from_fn(|i| Column::new(units().map(|u| self.numbers[i][u]), dictionaries[i].len()));
        let keys: Vec<UnitKey> = places.iter().map(|p| p.key).collect();
        let mut by_key: Vec<u32> = (0..keys.len() as u32).collect();
        by_key.sort_unstable_by_key(|&r| keys[r as usize]);
        let stock = Stock::new(units().map(|u| self.facts[u]));
        Segment { dictionaries, groups, runs, rests, numbers, stock, keys, by_key }
    }
}
