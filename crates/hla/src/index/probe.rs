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

/// Sets alike in all facts are one kind; more kinds than this are not tabled.
const MOST_KINDS: usize = 128;

/// In a table of kinds: the outcome hangs on the sets themselves.
const DEPENDS: Outcome = Outcome::MAX;

/// One of the patient's blocks.
struct Ours {
    first: Set,
    second: Set,
    both: Set,
    same: bool,
    /// Both sets are one symbol.
    exact: bool,
    /// As many as nine of the patient's pairs.
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
        let count = self.lists.len();
        if self.ours.is_empty() {
            return vec![UNKNOWN; count];
        }
        let Some((kinds, examples)) = self.kinds() else {
            return (0..count).map(|number| self.outcome(number)).collect();
        };
        // Row `a`, column `b`: a set of kind `a` with one of kind `b`; the last column is for the same twice.
        let width = examples.len() + 1;
        let mut outcomes = Vec::with_capacity(examples.len() * width);
        for &a in &examples {
            outcomes.extend(examples.iter().map(|&b| self.kind_outcome([a, b])));
            outcomes.push(self.kind_outcome([a, SAME]));
        }
        let mut table = Vec::with_capacity(count);
        for number in 0..count {
            let look = |[a, b]: Numbers| {
                let column = if b == SAME { width - 1 } else { kinds[b as usize].into() };
                outcomes[usize::from(kinds[a as usize]) * width + column]
            };
            let outcome = match *self.lists.get(number) {
                [] => UNKNOWN,
                [block] => look(block),
                ref blocks => blocks.iter().map(|b| look(*b)).reduce(wider).unwrap_or(UNKNOWN),
            };
            table.push(if outcome == DEPENDS { self.outcome(number) } else { outcome });
        }
        table
    }

    /// The kind of each set, and of each kind the first set.
    fn kinds(&mut self) -> Option<(Vec<u8>, Vec<u32>)> {
        if self.ours.len() > 8 {
            return None;
        }
        let (mut seen, mut examples): (Vec<u128>, Vec<u32>) = Default::default();
        let mut kinds = Vec::with_capacity(self.sets.len());
        let mut last = 0;
        for number in 0..self.sets.len() as u32 {
            let all =
                self.ours.iter_mut().fold(0, |all, o| all << 16 | u128::from(o.facts(number, self.sets)));
            // Most sets have nothing in common with the patient and so are of the kind before.
            if seen.get(last) != Some(&all) {
                last = seen.iter().position(|s| *s == all).unwrap_or(seen.len());
                if last == seen.len() {
                    seen.push(all);
                    examples.push(number);
                }
                if seen.len() > MOST_KINDS {
                    return None;
                }
            }
            kinds.push(last as u8);
        }
        Some((kinds, examples))
    }

    fn kind_outcome(&mut self, block: Numbers) -> Outcome {
        let mut all = None;
        for ours in &mut self.ours {
            if ours.depends(block, self.sets) {
                return DEPENDS;
            }
            let one = ours.against(block, self.sets);
            all = Some(all.map_or(one, |o| wider(o, one)));
        }
        all.unwrap_or(UNKNOWN)
    }

    /// The outcome for one meaning.
    pub(super) fn outcome(&mut self, number: usize) -> Outcome {
        let theirs = self.lists.get(number);
        let mut all = None;
        for ours in &mut self.ours {
            for block in theirs {
                let one = ours.against(*block, self.sets);
                all = Some(all.map_or(one, |o| wider(o, one)));
            }
        }
        // No blocks on one side: it was not typed.
        all.unwrap_or(UNKNOWN)
    }
}

/// What two possibilities leave open together. What depends stays so.
fn wider(a: Outcome, b: Outcome) -> Outcome {
    if a == DEPENDS || b == DEPENDS {
        return DEPENDS;
    }
    outcome(least(a).min(least(b)), most(a).max(most(b)))
}

impl Ours {
    fn new(block: &Block, sets: usize) -> Ours {
        let (first, second, same) = match block {
            Block::Pair(a, b) => (a.clone(), b.clone(), false),
            Block::Same(a) => (a.clone(), a.clone(), true),
        };
        let ((few, count), (others, other_count)) = (first.few(), second.few());
        let pairs = if same {
            few[..count].iter().map(|&s| (s, s)).collect()
        } else {
            few[..count].iter().flat_map(|&s| others[..other_count].iter().map(move |&o| (s, o))).collect()
        };
        let exact = count == 1 && other_count == 1;
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
        let (few, count) = set.few();
        let mut facts = bit(count == 1, ONE);
        if count == 3 {
            // Two symbols can't hold three.
            facts |= ((1 << self.pairs.len()) - 1) << AWAY;
        } else {
            for (i, &(one, other)) in self.pairs.iter().enumerate() {
                let away = few[..count].iter().any(|&s| s != one && s != other);
                facts |= bit(away, 1 << (AWAY as usize + i));
            }
        }
        if self.exact {
            let (one, other) = self.pairs[0];
            facts |= bit(set.contains(one), FIRST) | bit(set.contains(other), SECOND);
            facts |= bit(one == other && facts & FIRST != 0, BOTH);
        } else {
            facts |= bit(self.first.meets(set), FIRST) | bit(self.second.meets(set), SECOND);
            facts |= bit(facts & FIRST != 0 && facts & SECOND != 0 && self.both.meets(set), BOTH);
        }
        self.facts[number as usize] = facts;
        facts
    }

    /// Whether the outcome hangs on more than the facts: one symbol of ours must be in both of theirs.
    fn depends(&mut self, [a, b]: Numbers, sets: &[Set]) -> bool {
        self.same && !self.exact && b != SAME && self.facts(a, sets) & self.facts(b, sets) & FIRST != 0
    }

    /// The least and the most matches with a unit's block.
    fn against(&mut self, [a, b]: Numbers, sets: &[Set]) -> Outcome {
        let depends = self.depends([a, b], sets);
        let x = self.facts(a, sets);
        let y = if b == SAME { x } else { self.facts(b, sets) };
        let has = |facts: u16, bit: u16| u8::from(facts & bit != 0);
        let most = match (self.same, b == SAME) {
            (false, false) => (has(x, FIRST) + has(y, SECOND)).max(has(x, SECOND) + has(y, FIRST)),
            (false, true) if x & BOTH != 0 => 2,
            (false, true) => has(x, FIRST | SECOND),
            (true, true) => 2 * has(x, FIRST),
            (true, false) if x & y & FIRST != 0 => 1 + u8::from(!depends || self.shared(a, b, sets)),
            (true, false) => has(x | y, FIRST),
        };
        let least = if most == 2 && self.exact && x & y & ONE != 0 {
            2
        } else {
            // One pair of ours from which both of theirs get away is a way to match nothing.
            u8::from((x & y) >> AWAY == 0)
        };
        outcome(least, most)
    }

    /// Whether one symbol of ours is in both of theirs.
    fn shared(&self, a: u32, b: u32, sets: &[Set]) -> bool {
        self.first.intersection(&sets[a as usize]).meets(&sets[b as usize])
    }
}
