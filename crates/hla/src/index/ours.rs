//! One of the patient's blocks, and the facts of a unit's set that matter to it.
//!
//! The facts: which of the patient's sets it meets, whether it is one symbol, and from which of the patient's pairs it can
//! *get away* with a symbol that is neither. Of each of the patient's sets three symbols are enough for the getting away:
//! a unit's pair is two symbols, so a set of three or more always has one that is neither, whichever three are tried.

use super::outcome::{Outcome, least, most, outcome};
use crate::resolve::Block;
use crate::set::{Set, Symbol};

/// Meets the patient's first set.
const FIRST: u16 = 1;
/// Meets the patient's second set.
const SECOND: u16 = 2;
/// Has a symbol that is in both of the patient's sets.
const BOTH: u16 = 4;
/// Is one symbol.
const ONE: u16 = 8;
/// In facts, from here on: gets away from each of up to nine of the patient's pairs.
const AWAY: usize = 4;
/// In marks, from here on: has each of up to three symbols of the first set, then of the second.
const HAS: usize = 3;

/// In an outcome: the most is one or two, which hangs on the sets themselves.
pub(super) const DEPENDS: Outcome = 0x80;

/// What no possibility at all leaves open: anything is wider.
pub(super) const NOTHING: Outcome = 3;

/// What two possibilities leave open together.
pub(super) fn wider(a: Outcome, b: Outcome) -> Outcome {
    let (bare_a, bare_b) = (a & !DEPENDS, b & !DEPENDS);
    let all = outcome(least(bare_a).min(least(bare_b)), most(bare_a).max(most(bare_b)));
    // Where two match for another reason, nothing depends any more.
    if most(all) == 2 { all } else { all | (a | b) & DEPENDS }
}

/// An outcome that depended, now that it is known whether two match.
pub(super) fn settled(depending: Outcome, two: bool) -> Outcome {
    let bare = depending & !DEPENDS;
    if two { outcome(least(bare), 2) } else { bare }
}

/// One of the patient's blocks.
pub(super) struct Ours {
    first: Set,
    second: Set,
    same: bool,
    /// Both sets are one symbol.
    exact: bool,
    /// Up to three symbols of each set.
    few: [([Symbol; 3], usize); 2],
    /// As many as nine of the patient's pairs, as places in `few`.
    pairs: Vec<(usize, usize)>,
}

impl Ours {
    pub(super) fn new(block: &Block) -> Ours {
        let (first, second, same) = match block {
            Block::Pair(a, b) => (a.clone(), b.clone(), false),
            Block::Same(a) => (a.clone(), a.clone(), true),
        };
        let few = [first.few(), second.few()];
        let (count, others) = (few[0].1, few[1].1);
        let pairs = if same {
            (0..count).map(|i| (i, i)).collect()
        } else {
            (0..count).flat_map(|i| (0..others).map(move |j| (i, j))).collect()
        };
        let exact = count == 1 && others == 1;
        Ours { first, second, same, exact, few, pairs }
    }

    /// Ranges of symbols, none twice, each with the marks that a set gets which has one of its symbols.
    pub(super) fn marks(&self) -> Vec<((Symbol, Symbol), u16)> {
        let sets = [&self.first, &self.second];
        let mut cuts: Vec<Symbol> = sets.iter().flat_map(|s| s.ranges()).flat_map(|r| [r.0, r.1]).collect();
        for (few, count) in &self.few {
            cuts.extend(few[..*count].iter().flat_map(|&s| [s, s + 1]));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let ranges = cuts.windows(2).map(|w| ((w[0], w[1]), self.mark(w[0])));
        ranges.filter(|(_, bits)| *bits != 0).collect()
    }

    /// The mark of a symbol, which stands for its range.
    fn mark(&self, symbol: Symbol) -> u16 {
        let (first, second) = (self.first.contains(symbol), self.second.contains(symbol));
        let mut bits = (u16::from(first) * FIRST) | (u16::from(second) * SECOND);
        bits |= u16::from(first && second) * BOTH;
        for (i, (few, count)) in self.few.iter().enumerate() {
            if let Some(at) = few[..*count].iter().position(|&s| s == symbol) {
                bits |= 1 << (HAS + 3 * i + at);
            }
        }
        bits
    }

    /// The marks of a set that is not in the dictionary.
    pub(super) fn marks_of(&self, set: &Set) -> u16 {
        let met = self.marks().into_iter().filter(|((from, to), _)| set.meets_range(*from, *to));
        met.fold(0, |all, (_, bits)| all | bits)
    }

    /// The facts of a set with these marks and so many symbols, three for more.
    pub(super) fn facts(&self, marks: u16, count: u8) -> u16 {
        let met = marks & (FIRST | SECOND | BOTH);
        // Without anything in common, whether it is one symbol makes no difference.
        if met == 0 {
            return self.apart();
        }
        let mut facts = met | (u16::from(count == 1) * ONE);
        for (at, &(i, j)) in self.pairs.iter().enumerate() {
            let has = |set: usize, place: usize| marks >> (HAS + 3 * set + place) & 1 != 0;
            let (one, other) = (self.few[0].0[i], self.few[1].0[j]);
            let held = u8::from(has(0, i)) + u8::from(one != other && has(1, j));
            facts |= u16::from(count > held) << (AWAY + at);
        }
        facts
    }

    /// The facts of a set that has nothing in common with this block: it gets away from every pair.
    pub(super) fn apart(&self) -> u16 {
        ((1 << self.pairs.len()) - 1) << AWAY
    }

    /// The set of which one symbol must be in both of a unit's sets for two to match, when that must be looked at.
    pub(super) fn needs_both(&self) -> Option<&Set> {
        (self.same && !self.exact).then_some(&self.first)
    }

    /// The outcome with a unit's block, from the facts of its two sets.
    pub(super) fn against(&self, x: u16, y: u16, same: bool) -> Outcome {
        let has = |facts: u16, bit: u16| u8::from(facts & bit != 0);
        let most = match (self.same, same) {
            (false, false) => (has(x, FIRST) + has(y, SECOND)).max(has(x, SECOND) + has(y, FIRST)),
            (false, true) if x & BOTH != 0 => 2,
            (false, true) => has(x, FIRST | SECOND),
            (true, true) => 2 * has(x, FIRST),
            (true, false) if x & y & FIRST == 0 => has(x | y, FIRST),
            (true, false) if self.exact => 2,
            (true, false) => return outcome(self.least(x, y, 1), 1) | DEPENDS,
        };
        outcome(self.least(x, y, most), most)
    }

    fn least(&self, x: u16, y: u16, most: u8) -> u8 {
        if most == 2 && self.exact && x & y & ONE != 0 {
            return 2;
        }
        // One pair of ours from which both of theirs get away is a way to match nothing.
        u8::from((x & y) >> AWAY == 0)
    }
}
