//! The exact spans of a comparison: every way in which two typings can come out.
//!
//! How two pairs come out depends only on which of their symbols are equal. So of the symbols that lie in exactly the same
//! sets, as many are tried as there are sets to take one from: any outcome with the others is an outcome with these. How
//! many such symbols there are, up to that number, is the comparison's *shape*, and nothing else of the sets matters.

use super::{Comparison, Span};
use crate::hash::Map;
use crate::resolve::Block;
use crate::set::{NULL, Symbol};

/// Compares typings, each shape once.
#[derive(Default)]
pub(crate) struct Comparer {
    known: Map<Shape, Comparison>,
}

impl Comparer {
    /// Compares all possibilities of a patient with all of a unit.
    ///
    /// Without a release the symbols are names. That each is a protein of its own is one extreme, that all of a family
    /// are one protein is the other; whatever is true lies between.
    pub(crate) fn compare(&mut self, patient: &[Block], unit: &[Block]) -> Comparison {
        let apart = self.each_with_each(patient, unit);
        if !patient.iter().chain(unit).any(Block::is_of_names) {
            return apart;
        }
        let by_family = |blocks: &[Block]| -> Vec<Block> { blocks.iter().map(Block::by_family).collect() };
        apart.or(self.each_with_each(&by_family(patient), &by_family(unit)))
    }

    fn each_with_each(&mut self, patient: &[Block], unit: &[Block]) -> Comparison {
        let pairs = patient.iter().flat_map(|p| unit.iter().map(move |u| (p, u)));
        // A typing without any block does not come out of `resolve`; nothing would be known of it.
        pairs.map(|(p, u)| self.blocks(p, u)).reduce(Comparison::or).unwrap_or(Comparison::UNKNOWN)
    }

    fn blocks(&mut self, patient: &Block, unit: &Block) -> Comparison {
        if let (Some(p), Some(u)) = (known(patient), known(unit)) {
            return one(p, u);
        }
        let shape = Shape::of(patient, unit);
        *self.known.entry(shape).or_insert_with(|| shape.outcome())
    }
}

/// A block that is one pair.
fn known(block: &Block) -> Option<(Symbol, Symbol)> {
    match block {
        Block::Pair(a, b) => a.single().zip(b.single()),
        Block::Same(a) => a.single().map(|s| (s, s)),
    }
}

/// Two pairs of which everything is known.
fn one((p1, p2): (Symbol, Symbol), (u1, u2): (Symbol, Symbol)) -> Comparison {
    let straight = u8::from(p1 == u1) + u8::from(p2 == u2);
    let crossed = u8::from(p1 == u2) + u8::from(p2 == u1);
    let lacking = |(a, b): (Symbol, Symbol), (x, y): (Symbol, Symbol)| {
        let lacks = |s: Symbol| s != NULL && s != x && s != y;
        u8::from(lacks(a)) + u8::from(b != a && lacks(b))
    };
    Comparison {
        matches: Span::exactly(straight.max(crossed)),
        gvh: Span::exactly(lacking((p1, p2), (u1, u2))),
        hvg: Span::exactly(lacking((u1, u2), (p1, p2))),
    }
}

/// The patient's first and second set, then the unit's, as bits.
type Pattern = usize;

/// How many symbols lie in exactly the sets of each pattern, but no more than there are sets in it. The null is none of
/// them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Shape {
    counts: [u8; 16],
    /// The sets that have the null, if any.
    null: Pattern,
    /// Whether the patient's and the unit's symbol stand for both.
    same: [bool; 2],
}

/// So many symbols a set has at most in a shape: of eight patterns one, two, three or four each.
const MOST: usize = 21;

impl Shape {
    fn of(patient: &Block, unit: &Block) -> Shape {
        let mut shape = Shape::default();
        let mut sets: [&[(Symbol, Symbol)]; 4] = [&[]; 4];
        for (i, block) in [patient, unit].into_iter().enumerate() {
            shape.same[i] = matches!(block, Block::Same(_));
            for (j, set) in block.sides().enumerate() {
                sets[2 * i + j] = set.ranges();
            }
        }
        shape.count(sets);
        shape
    }

    /// Walks through all sets at once, from border to border.
    fn count(&mut self, mut sets: [&[(Symbol, Symbol)]; 4]) {
        let mut from = 0;
        loop {
            let (mut pattern, mut next) = (0, Symbol::MAX);
            for (i, left) in sets.iter_mut().enumerate() {
                if left.first().is_some_and(|range| range.1 <= from) {
                    *left = &left[1..];
                }
                if let Some(&(start, end)) = left.first() {
                    pattern |= usize::from(start <= from) << i;
                    next = next.min(if start <= from { end } else { start });
                }
            }
            if pattern != 0 {
                let mut length = next - from;
                if from == NULL {
                    self.null = pattern;
                    length -= 1;
                }
                let count = &mut self.counts[pattern];
                *count = (u32::from(*count) + length).min(pattern.count_ones()) as u8;
            } else if next == Symbol::MAX {
                return;
            }
            from = next;
        }
    }

    fn outcome(&self) -> Comparison {
        let mut symbols = [[0; MOST]; 4];
        let mut lengths = [0; 4];
        let mut add = |symbol: Symbol, pattern: Pattern| {
            for i in (0..4).filter(|i| pattern >> i & 1 != 0) {
                symbols[i][lengths[i]] = symbol;
                lengths[i] += 1;
            }
        };
        add(NULL, self.null);
        for (pattern, &count) in self.counts.iter().enumerate() {
            for i in 0..count {
                add(Symbol::from(4 * pattern as u8 + i), pattern);
            }
        }
        let pairs = |i: usize, same: bool| {
            let (first, second) = (&symbols[i][..lengths[i]], &symbols[i + 1][..lengths[i + 1]]);
            let single = first.iter().filter(move |_| same).map(|&s| (s, s));
            let both =
                first.iter().filter(move |_| !same).flat_map(move |&s| second.iter().map(move |&t| (s, t)));
            single.chain(both)
        };
        let mut all: Option<Comparison> = None;
        for p in pairs(0, self.same[0]) {
            for u in pairs(2, self.same[1]) {
                all = Some(all.map_or(one(p, u), |all| all.or(one(p, u))));
            }
            if all == Some(Comparison::UNKNOWN) {
                // It gets no wider.
                break;
            }
        }
        all.unwrap_or(Comparison::UNKNOWN)
    }
}
