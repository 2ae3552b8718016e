//! One patient's locus against every distinct meaning: the least and the most matches of each, in a byte.
//!
//! A set of the dictionary matters to a patient's block only by a few facts: which of the patient's sets it meets,
//! whether it is one symbol, and from which of the patient's pairs it can *get away* with a symbol that is neither.
//! These facts are worked out once for each distinct set and fit into 16 bits; a meaning's outcome follows from the
//! bits of its two sets. Of each of the patient's sets three symbols are enough for the getting away: a unit's pair
//! is two symbols, so a set of three or more always has one that is neither, whichever three are tried.

use super::dictionary::{Lists, Numbers, SAME};
use crate::resolve::Block;
use crate::set::{Set, Symbol};

/// Least matches in the lower two bits, most in the next two.
pub(super) type Outcome = u8;

pub(super) fn least(outcome: Outcome) -> u8 {
    outcome & 3
}

pub(super) fn most(outcome: Outcome) -> u8 {
    outcome >> 2
}

pub(super) fn outcome(least: u8, most: u8) -> Outcome {
    least | most << 2
}

/// Nothing is known.
pub(super) const UNKNOWN: Outcome = 2 << 2;

/// Meets the patient's first set.
const FIRST: u16 = 1;
/// Meets the patient's second set.
const SECOND: u16 = 2;
/// Has a symbol that is in both of the patient's sets.
const BOTH: u16 = 4;
/// Is one symbol.
const ONE: u16 = 8;
/// From here on: gets away from each of up to nine of the patient's pairs.
const AWAY: u16 = 4;

/// Not worked out yet: no facts have all these bits.
const UNSEEN: u16 = u16::MAX;

/// One of the patient's blocks.
struct Ours {
    first: Set,
    second: Set,
    both: Set,
    same: bool,
    /// Both sets are one symbol.
    exact: bool,
    pairs: Vec<(Symbol, Symbol)>,
    facts: Vec<u16>,
}

/// A patient's locus at one level, with what was worked out of a dictionary's sets.
pub(super) struct Probe<'d> {
    ours: Vec<Ours>,
    sets: &'d [Set],
    lists: &'d Lists,
}

impl<'d> Probe<'d> {
    /// `None` for the patient's blocks when the patient was not typed there.
    pub(super) fn new(blocks: Option<&[Block]>, sets: &'d [Set], lists: &'d Lists) -> Probe<'d> {
        let ours = blocks.unwrap_or_default().iter().map(|b| Ours::new(b, sets.len())).collect();
        Probe { ours, sets, lists }
    }

    /// The outcome for each meaning.
    pub(super) fn table(&mut self) -> Vec<Outcome> {
        (0..self.lists.len()).map(|number| self.outcome(number)).collect()
    }

    /// The outcome for one meaning.
    pub(super) fn outcome(&mut self, number: usize) -> Outcome {
        let theirs = self.lists.get(number);
        let (mut low, mut high) = (3, 0);
        for ours in &mut self.ours {
            for block in theirs {
                let (l, h) = ours.against(*block, self.sets);
                low = low.min(l);
                high = high.max(h);
            }
        }
        // No blocks on one side: it was not typed.
        if low == 3 { UNKNOWN } else { outcome(low, high) }
    }
}

impl Ours {
    fn new(block: &Block, sets: usize) -> Ours {
        let (first, second, same) = match block {
            Block::Pair(a, b) => (a.clone(), b.clone(), false),
            Block::Same(a) => (a.clone(), a.clone(), true),
        };
        let (few, others) = (first.first(3), second.first(3));
        let pairs = if same {
            few.iter().map(|&s| (s, s)).collect()
        } else {
            few.iter().flat_map(|&s| others.iter().map(move |&o| (s, o))).collect()
        };
        let exact = first.single().is_some() && second.single().is_some();
        let both = first.intersection(&second);
        Ours { first, second, both, same, exact, pairs, facts: vec![UNSEEN; sets] }
    }

    fn facts(&mut self, number: u32, sets: &[Set]) -> u16 {
        let known = self.facts[number as usize];
        if known != UNSEEN {
            return known;
        }
        let set = &sets[number as usize];
        let bit = |yes: bool, bit: u16| if yes { bit } else { 0 };
        let mut facts = bit(self.first.meets(set), FIRST)
            | bit(self.second.meets(set), SECOND)
            | bit(self.both.meets(set), BOTH)
            | bit(set.single().is_some(), ONE);
        for (i, &(one, other)) in self.pairs.iter().enumerate() {
            facts |= bit(set.evades(one, other), 1 << (AWAY as usize + i));
        }
        self.facts[number as usize] = facts;
        facts
    }

    /// The least and the most matches with a unit's block.
    fn against(&mut self, [a, b]: Numbers, sets: &[Set]) -> (u8, u8) {
        let x = self.facts(a, sets);
        let y = if b == SAME { x } else { self.facts(b, sets) };
        let has = |facts: u16, bit: u16| u8::from(facts & bit != 0);
        let most = match (self.same, b == SAME) {
            (false, false) => (has(x, FIRST) + has(y, SECOND)).max(has(x, SECOND) + has(y, FIRST)),
            (false, true) => match has(x, BOTH) {
                1 => 2,
                _ => has(x, FIRST | SECOND),
            },
            (true, true) => 2 * has(x, FIRST),
            (true, false) if x & y & FIRST != 0 => 1 + u8::from(self.exact || self.shared(a, b, sets)),
            (true, false) => has(x | y, FIRST),
        };
        let least = if most == 2 && self.exact && x & y & ONE != 0 {
            2
        } else {
            // One pair of ours from which both of theirs get away is a way to match nothing.
            u8::from((x & y) >> AWAY == 0)
        };
        (least, most)
    }

    /// Whether one symbol of ours is in both of theirs.
    fn shared(&self, a: u32, b: u32, sets: &[Set]) -> bool {
        self.first.intersection(&sets[a as usize]).meets(&sets[b as usize])
    }
}
