//! One patient's locus against every distinct meaning: the least and the most matches of each, in a byte.
//!
//! A set of the dictionary matters to a patient's block only by a few facts: which of the patient's sets it meets,
//! whether it is one symbol, and from which of the patient's pairs it can *get away* with a symbol that is neither.
//! These facts are worked out once for each distinct set and fit into 16 bits; a meaning's outcome follows from the
//! bits of its two sets. Of each of the patient's sets three symbols are enough for the getting away: a unit's pair
//! is two symbols, so a set of three or more always has one that is neither, whichever three are tried.

use super::dictionary::{Lists, MANY, Numbers, SAME, Sets};
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

/// Sets alike in all facts are one kind; more kinds than this are not told apart by tables.
const MOST_KINDS: usize = 128;

/// In a table of kinds: the outcome hangs on the sets themselves.
const DEPENDS: Outcome = Outcome::MAX;

/// A patient with at most so many symbols is looked up in the dictionary's lists instead of compared with each set.
const FEW_SYMBOLS: u32 = 64;

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
}

/// Which kind each set is of, and the outcome for each two kinds.
struct Kinds {
    of: Vec<u8>,
    width: usize,
    outcomes: Vec<Outcome>,
}

/// A patient's locus at one level against a dictionary.
pub(super) struct Probe<'d> {
    ours: Vec<Ours>,
    sets: &'d Sets,
    lists: &'d Lists,
    kinds: Option<Kinds>,
}

impl<'d> Probe<'d> {
    /// `None` for the patient's blocks when the patient was not typed there.
    pub(super) fn new(blocks: Option<&[Block]>, sets: &'d Sets, lists: &'d Lists) -> Probe<'d> {
        let ours = blocks.unwrap_or_default().iter().map(Ours::new).collect();
        Probe { ours, sets, lists, kinds: None }
    }

    /// The outcome for each meaning.
    pub(super) fn table(&mut self) -> Vec<Outcome> {
        if self.ours.is_empty() {
            return vec![UNKNOWN; self.lists.len()];
        }
        let kinds = self.kinds.get_or_insert_with(|| told_apart(&self.ours, self.sets));
        let look = |&block: &Numbers| if block[0] == MANY { DEPENDS } else { kinds.outcome(block) };
        let mut table: Vec<Outcome> = self.lists.heads().iter().map(look).collect();
        for (number, outcome) in table.iter_mut().enumerate().filter(|(_, o)| **o == DEPENDS) {
            *outcome = self.outcome(number);
        }
        table
    }

    /// The outcome for one meaning.
    pub(super) fn outcome(&mut self, number: usize) -> Outcome {
        if self.ours.is_empty() {
            return UNKNOWN;
        }
        let kinds = self.kinds.get_or_insert_with(|| told_apart(&self.ours, self.sets));
        let theirs = self.lists.get(number);
        let quick = match theirs {
            [] => return UNKNOWN,
            [block] => kinds.outcome(*block),
            blocks => blocks.iter().map(|b| kinds.outcome(*b)).fold(NOTHING, wider),
        };
        if quick != DEPENDS {
            return quick;
        }
        let pairs = self.ours.iter().flat_map(|o| theirs.iter().map(move |b| (o, *b)));
        pairs.map(|(ours, block)| ours.against_sets(block, self.sets)).fold(NOTHING, wider)
    }
}

/// Sorts the dictionary's sets by kind and works the kinds out against each other.
fn told_apart(ours: &[Ours], sets: &Sets) -> Kinds {
    let (mut seen, mut of) = (Vec::<Vec<u16>>::new(), vec![0; sets.len()]);
    let mut kind = |facts: Vec<u16>| {
        let kind = seen.iter().position(|s| *s == facts).unwrap_or(seen.len());
        if kind == seen.len() {
            seen.push(facts);
        }
        kind.min(MOST_KINDS) as u8
    };
    let facts = |number: usize| ours.iter().map(|o| o.facts(sets.get(number))).collect();
    // Kind 0 has nothing in common with the patient; of few symbols, only sets with one of them are another.
    kind(ours.iter().map(Ours::apart).collect());
    if ours.iter().map(Ours::symbols).fold(0, u32::saturating_add) <= FEW_SYMBOLS {
        for number in sets.having(ours.iter().flat_map(|o| [&o.first, &o.second])) {
            of[number] = kind(facts(number));
        }
    } else {
        for (number, of) in of.iter_mut().enumerate() {
            *of = kind(facts(number));
        }
    }
    // Beyond the kinds that are told apart, everything depends.
    let beyond = seen.len() > MOST_KINDS;
    seen.truncate(MOST_KINDS);
    // Row `a`, column `b`: a set of kind `a` with one of kind `b`; the last column is for the same twice.
    let rows = seen.len() + usize::from(beyond);
    let width = rows + 1;
    let mut outcomes = vec![DEPENDS; rows * width];
    let outcome = |a: &[u16], b: &[u16], same: bool| {
        let each = ours.iter().zip(a.iter().zip(b)).map(|(ours, (a, b))| ours.against(*a, *b, same));
        each.fold(NOTHING, wider)
    };
    for (a, x) in seen.iter().enumerate() {
        for (b, y) in seen.iter().enumerate() {
            outcomes[a * width + b] = outcome(x, y, false);
        }
        outcomes[a * width + width - 1] = outcome(x, x, true);
    }
    Kinds { of, width, outcomes }
}

impl Kinds {
    fn outcome(&self, [a, b]: Numbers) -> Outcome {
        let column = if b == SAME { self.width - 1 } else { self.of[b as usize].into() };
        self.outcomes[usize::from(self.of[a as usize]) * self.width + column]
    }
}

/// What no possibility at all leaves open: anything is wider.
const NOTHING: Outcome = 3;

/// What two possibilities leave open together. What depends stays so.
fn wider(a: Outcome, b: Outcome) -> Outcome {
    if a == DEPENDS || b == DEPENDS {
        return DEPENDS;
    }
    outcome(least(a).min(least(b)), most(a).max(most(b)))
}

impl Ours {
    fn new(block: &Block) -> Ours {
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
        Ours { first, second, both, same, exact, pairs }
    }

    fn symbols(&self) -> u32 {
        let ranges = self.first.ranges().iter().chain(self.second.ranges());
        ranges.map(|r| r.1 - r.0).fold(0, u32::saturating_add)
    }

    /// The facts of a set that has nothing in common with this block: it gets away from every pair.
    fn apart(&self) -> u16 {
        ((1 << self.pairs.len()) - 1) << AWAY
    }

    fn facts(&self, set: &Set) -> u16 {
        let bit = |yes: bool, bit: u16| if yes { bit } else { 0 };
        let (few, count) = set.few();
        let mut facts = bit(count == 1, ONE);
        if count == 3 {
            // Two symbols can't hold three.
            facts |= self.apart();
        } else {
            for (i, &(one, other)) in self.pairs.iter().enumerate() {
                let away = few[..count].iter().any(|&s| s != one && s != other);
                facts |= bit(away, 1 << (AWAY as usize + i));
            }
        }
        facts |= bit(self.first.meets(set), FIRST) | bit(self.second.meets(set), SECOND);
        facts |= bit(facts & FIRST != 0 && facts & SECOND != 0 && self.both.meets(set), BOTH);
        // Without anything in common, whether it is one symbol makes no difference.
        if facts & (FIRST | SECOND) == 0 { self.apart() } else { facts }
    }

    /// The outcome with a unit's block, from the facts of its two sets; [`DEPENDS`] when they are not enough.
    fn against(&self, x: u16, y: u16, same: bool) -> Outcome {
        let has = |facts: u16, bit: u16| u8::from(facts & bit != 0);
        let most = match (self.same, same) {
            (false, false) => (has(x, FIRST) + has(y, SECOND)).max(has(x, SECOND) + has(y, FIRST)),
            (false, true) if x & BOTH != 0 => 2,
            (false, true) => has(x, FIRST | SECOND),
            (true, true) => 2 * has(x, FIRST),
            (true, false) if x & y & FIRST == 0 => has(x | y, FIRST),
            // One symbol of ours must be in both of theirs.
            (true, false) if self.exact => 2,
            (true, false) => return DEPENDS,
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

    fn against_sets(&self, [a, b]: Numbers, sets: &Sets) -> Outcome {
        let first = sets.get(a as usize);
        let x = self.facts(first);
        if b == SAME {
            return self.against(x, x, true);
        }
        let second = sets.get(b as usize);
        let y = self.facts(second);
        match self.against(x, y, false) {
            DEPENDS => {
                let most = 1 + u8::from(self.first.intersection(first).meets(second));
                outcome(self.least(x, y, most), most)
            }
            outcome => outcome,
        }
    }
}
