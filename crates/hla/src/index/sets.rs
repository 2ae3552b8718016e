//! The distinct sets of symbols of a dictionary, and for each symbol which sets have it.
//!
//! The borders of all sets cut the symbols into *pieces* that no set here tells apart within. A set is a few ranges of
//! pieces, and a piece has a list of its sets, so that a whole family is as short as the alleles of it that occur.

use super::column::Column;
use crate::set::{NAMES, Set, Symbol};

/// Distinct sets by number.
#[derive(Default, Debug)]
pub(super) struct Sets {
    /// Where each piece begins, and where the last one ends.
    cuts: Vec<Symbol>,
    /// By number of a set, where its ranges begin; one more than there are sets.
    starts: Vec<u32>,
    /// Of each range the first piece and the one after the last, one after the other.
    bounds: Column,
    /// By piece, where its sets begin; one more than there are pieces.
    holder_starts: Vec<u32>,
    holders: Vec<u32>,
    /// By number of a set: how many symbols it has, three for more.
    counts: Vec<u8>,
}

impl Sets {
    pub(super) fn new(sets: &[Set]) -> Sets {
        let ranges = || sets.iter().flat_map(|s| s.ranges());
        let mut cuts: Vec<Symbol> = ranges().flat_map(|r| [r.0, r.1]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let piece = |symbol: Symbol| cuts.partition_point(|&c| c < symbol) as u32;
        let (mut starts, mut bounds) = (vec![0], Vec::new());
        for set in sets {
            bounds.extend(set.ranges().iter().flat_map(|&(from, to)| [piece(from), piece(to)]));
            starts.push(bounds.len() as u32 / 2);
        }
        let (holder_starts, holders) = turned(&starts, &bounds, cuts.len());
        let counts = sets.iter().map(|s| s.few().1 as u8).collect();
        let bounds = Column::new(bounds.into_iter(), cuts.len());
        Sets { cuts, starts, bounds, holder_starts, holders, counts }
    }

    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are names among them, as without a release. Where everything ends is none.
    pub(super) fn has_names(&self) -> bool {
        self.cuts.iter().rev().find(|&&cut| cut != Symbol::MAX).is_some_and(|&cut| cut >= NAMES)
    }

    /// How many symbols a set has, three for more.
    pub(super) fn count(&self, number: usize) -> u8 {
        self.counts[number]
    }

    /// The ranges of a set, ascending.
    fn ranges(&self, number: usize) -> impl Iterator<Item = (Symbol, Symbol)> + '_ {
        let cut = |i: usize| self.cuts[self.bounds.get(i)];
        (self.starts[number] as usize..self.starts[number + 1] as usize)
            .map(move |i| (cut(2 * i), cut(2 * i + 1)))
    }

    pub(super) fn get(&self, number: usize) -> Set {
        Set::from_sorted(self.ranges(number))
    }

    /// The numbers of the sets with a symbol of this range, some of them several times.
    pub(super) fn holders(&self, (from, to): (Symbol, Symbol)) -> &[u32] {
        if self.cuts.is_empty() {
            return &[];
        }
        // The piece with `from` in it, or the first after it.
        let first = self.cuts.partition_point(|&c| c <= from).saturating_sub(1);
        let last = self.cuts.partition_point(|&c| c < to).min(self.cuts.len() - 1).max(first);
        &self.holders[self.holder_starts[first] as usize..self.holder_starts[last] as usize]
    }

    /// Whether a symbol of `ours` is in both of these.
    pub(super) fn share(&self, a: usize, b: usize, ours: &Set) -> bool {
        let (mut left, mut right) = (self.ranges(a).peekable(), self.ranges(b).peekable());
        while let (Some(&x), Some(&y)) = (left.peek(), right.peek()) {
            let (from, to) = (x.0.max(y.0), x.1.min(y.1));
            if from < to && ours.meets_range(from, to) {
                return true;
            }
            if x.1 <= y.1 {
                left.next()
            } else {
                right.next()
            };
        }
        false
    }

    pub(super) fn bytes(&self) -> usize {
        let words = self.cuts.len() + self.starts.len() + self.holder_starts.len() + self.holders.len();
        words * 4 + self.bounds.bytes() + self.counts.len()
    }
}

/// From the ranges of pieces of each set to the sets of each piece.
fn turned(starts: &[u32], bounds: &[u32], cuts: usize) -> (Vec<u32>, Vec<u32>) {
    let pieces = || {
        starts.windows(2).enumerate().flat_map(|(set, of)| {
            let bounds = &bounds[2 * of[0] as usize..2 * of[1] as usize];
            bounds
                .chunks(2)
                .flat_map(move |range| (range[0]..range[1]).map(move |piece| (set as u32, piece as usize)))
        })
    };
    let mut ends = vec![0u32; cuts + 1];
    pieces().for_each(|(_, piece)| ends[piece + 1] += 1);
    for i in 1..ends.len() {
        ends[i] += ends[i - 1];
    }
    let holder_starts = ends.clone();
    let mut holders = vec![0; ends[cuts] as usize];
    for (set, piece) in pieces() {
        let at = &mut ends[piece];
        holders[*at as usize] = set;
        *at += 1;
    }
    (holder_starts, holders)
}
