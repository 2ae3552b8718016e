//! One patient's locus against every distinct meaning: the least and the most matches of each, in a byte.
//!
//! A set of the dictionary matters to a patient's block only by a few facts (see `ours`), found by walking from the
//! patient's symbols to the sets that have them. Sets alike in all facts are one kind, and two kinds have one outcome,
//! so that a meaning costs three look-ups.

use super::entry::{Entry, Kind, Lists};
use super::ours::{DEPENDS, NOTHING, Ours, settled, wider};
use super::outcome::{Outcome, UNKNOWN};
use super::sets::Sets;
use crate::resolve::Block;
use crate::set::{NULL, Set};
use std::ops::Range;
use std::rc::Rc;

/// So many kinds a patient's blocks may tell apart together; one block alone tells fewer apart. Were there more, the
/// blocks are looked at in two halves.
const MOST_KINDS: usize = 128;

/// In the table of kinds: not worked out yet. Greater than any outcome.
const UNSEEN: Outcome = 0xFF;

/// So many meanings are looked up before those are worked out that the table of kinds did not have.
const AT_ONCE: usize = 512;

/// A patient's locus at one level against a dictionary.
pub(super) struct Probe<'d> {
    sets: &'d Sets,
    lists: &'d Lists,
    /// Nearly always one; none when the patient was not typed there.
    parts: Vec<Part>,
}

impl<'d> Probe<'d> {
    /// `None` for the patient's blocks when the patient was not typed there.
    pub(super) fn new(blocks: Option<&[Block]>, sets: &'d Sets, lists: &'d Lists) -> Probe<'d> {
        let mut parts = Vec::new();
        if let Some(blocks) = blocks.filter(|b| !b.is_empty()) {
            add_parts(blocks, sets, &mut parts);
            if sets.has_names() || blocks.iter().any(Block::is_of_names) {
                add_by_family(blocks, sets, &mut parts);
            }
        }
        Probe { sets, lists, parts }
    }

    /// The outcome for each meaning.
    pub(super) fn table(&mut self) -> Vec<Outcome> {
        self.table_of(std::slice::from_ref(&(0..self.lists.len())))
    }

    /// The same where only these meanings have anything in common with the patient, given in ascending order.
    pub(super) fn table_of(&mut self, numbers: &[Range<usize>]) -> Vec<Outcome> {
        let (lists, sets) = (self.lists, self.sets);
        let Some((first, others)) = self.parts.split_first_mut() else {
            return vec![UNKNOWN; lists.len()];
        };
        let mut table = vec![0; lists.len()];
        first.fill(&mut table, numbers, lists, sets);
        for part in others {
            let mut more = vec![0; lists.len()];
            part.fill(&mut more, numbers, lists, sets);
            table.iter_mut().zip(more).for_each(|(outcome, more)| *outcome = wider(*outcome, more));
        }
        table
    }

    /// The outcome for one meaning.
    pub(super) fn outcome(&mut self, number: usize) -> Outcome {
        let entries = self.lists.of(number);
        let each = self.parts.iter_mut().map(|part| part.all(entries, self.sets));
        each.reduce(wider).unwrap_or(UNKNOWN)
    }
}

fn add_parts(blocks: &[Block], sets: &Sets, parts: &mut Vec<Part>) {
    match Part::new(blocks, sets) {
        Some(part) => parts.push(part),
        None => {
            let (left, right) = blocks.split_at(blocks.len() / 2);
            add_parts(left, sets, parts);
            add_parts(right, sets, parts);
        }
    }
}

/// Without a release: the same as if all names of a family were one protein, which is the other extreme.
fn add_by_family(blocks: &[Block], sets: &Sets, parts: &mut Vec<Part>) {
    let families: Vec<Set> = (0..sets.len()).map(|number| sets.get(number).families()).collect();
    let (families, from) = (Rc::new(Sets::new(&families)), parts.len());
    let blocks: Vec<Block> = blocks.iter().map(Block::by_family).collect();
    add_parts(&blocks, &families, parts);
    parts[from..].iter_mut().for_each(|part| part.families = Some(Rc::clone(&families)));
}

/// Some of the patient's blocks, and which kind each set is of for them.
struct Part {
    ours: Vec<Ours>,
    /// By number of a set: its kind. Kind 0 has nothing in common with the patient.
    kind_of: Vec<u8>,
    /// The facts of each kind for each of the patient's blocks, one kind after the other.
    facts: Vec<u16>,
    /// Of the set of the null alone.
    null: Vec<u16>,
    /// By nulls, first and second kind.
    outcomes: Vec<Outcome>,
    kinds: usize,
    /// The dictionary's sets by families, where these are compared.
    families: Option<Rc<Sets>>,
}

impl Part {
    /// `None` when these blocks tell too many kinds apart.
    fn new(blocks: &[Block], sets: &Sets) -> Option<Part> {
        let ours: Vec<Ours> = blocks.iter().map(Ours::new).collect();
        let (kind_of, facts) = kinds(&ours, sets)?;
        let null = Set::one(NULL);
        let null = ours.iter().map(|o| o.facts(o.marks_of(&null), 1)).collect();
        let kinds = facts.len() / ours.len();
        let outcomes = vec![UNSEEN; 4 * kinds * kinds];
        Some(Part { ours, kind_of, facts, null, outcomes, kinds, families: None })
    }

    /// Works out these numbers' outcomes.
    fn fill(&mut self, table: &mut [Outcome], numbers: &[Range<usize>], lists: &Lists, sets: &Sets) {
        let mut odd = lists.odd();
        for numbers in numbers {
            for start in numbers.clone().step_by(AT_ONCE) {
                let some = start..numbers.end.min(start + AT_ONCE);
                self.pairs(&mut table[some.clone()], &lists.pairs()[some], sets);
            }
            odd = &odd[odd.partition_point(|odd| (odd.number as usize) < numbers.start)..];
            let (these, others) =
                odd.split_at(odd.partition_point(|odd| (odd.number as usize) < numbers.end));
            for &one in these {
                table[one.number as usize] = self.all(lists.entries(one), sets);
            }
            odd = others;
        }
    }

    /// Works out the outcomes of pairs.
    fn pairs(&mut self, outcomes: &mut [Outcome], pairs: &[Entry], sets: &Sets) {
        outcomes.iter_mut().zip(pairs).for_each(|(outcome, &pair)| *outcome = self.known(pair));
        if outcomes.iter().fold(0, |all, &outcome| all | outcome) >= DEPENDS {
            for (outcome, &pair) in outcomes.iter_mut().zip(pairs).filter(|(o, _)| **o >= DEPENDS) {
                *outcome = self.entry(pair, sets);
            }
        }
    }

    /// What the table of kinds has of a pair.
    #[inline]
    fn known(&self, pair: Entry) -> Outcome {
        let (nulls, first, second) = pair.as_pair();
        self.outcomes[self.place(nulls, first, second)]
    }

    #[inline]
    fn place(&self, nulls: usize, first: usize, second: usize) -> usize {
        let [a, b] = [first, second].map(|set| usize::from(self.kind_of[set]));
        (nulls * self.kinds + a) * self.kinds + b
    }

    /// The outcome for a meaning.
    fn all(&mut self, entries: &[Entry], sets: &Sets) -> Outcome {
        if entries.is_empty() {
            return UNKNOWN;
        }
        entries.iter().fold(NOTHING, |all, &entry| wider(all, self.entry(entry, sets)))
    }

    fn entry(&mut self, entry: Entry, sets: &Sets) -> Outcome {
        let Kind::Pair { first, second, nulls } = entry.kind() else {
            return self.worked_out(0, self.kind_of[entry.as_pair().1], None);
        };
        let at = self.place(nulls, first, second);
        if self.outcomes[at] == UNSEEN {
            let [a, b] = [first, second].map(|set| self.kind_of[set]);
            self.outcomes[at] = self.worked_out(nulls, a, Some(b));
        }
        let outcome = self.outcomes[at];
        if outcome < DEPENDS {
            return outcome;
        }
        // Whether the two share a symbol is written down for the names, not for their families.
        let (sets, may) = self.families.as_deref().map_or((sets, entry.shares()), |own| (own, true));
        let shared = |o: &Ours| o.needs_both().is_some_and(|set| sets.share(first, second, set));
        settled(outcome, may && self.ours.iter().any(shared))
    }

    fn worked_out(&self, nulls: usize, a: u8, b: Option<u8>) -> Outcome {
        let width = self.ours.len();
        let each = self.ours.iter().enumerate().map(|(i, ours)| {
            let x = self.facts[usize::from(a) * width + i];
            let Some(b) = b else { return ours.against(x, x, true) };
            let y = self.facts[usize::from(b) * width + i];
            let mut all = ours.against(x, y, false);
            if nulls & 1 != 0 {
                all = wider(all, ours.against(x, x, true));
            }
            if nulls & 2 != 0 {
                all = wider(all, ours.against(y, y, true));
            }
            if nulls == 3 {
                all = wider(all, ours.against(self.null[i], self.null[i], true));
            }
            all
        });
        each.fold(NOTHING, wider)
    }
}

/// Walks from the patient's symbols to the dictionary's sets: the kind of each set, and the facts of each kind.
fn kinds(ours: &[Ours], sets: &Sets) -> Option<(Vec<u8>, Vec<u16>)> {
    let width = ours.len();
    // Without any set there is still the pair that stands where there is none.
    let mut kind_of = vec![0u8; sets.len().max(1)];
    let mut facts: Vec<u16> = ours.iter().map(Ours::apart).collect();
    let mut marks = vec![0u16; sets.len()];
    let mut touched: Vec<u32> = Vec::new();
    for (i, block) in ours.iter().enumerate() {
        for (range, bits) in block.marks() {
            for &set in sets.holders(range) {
                let mark = &mut marks[set as usize];
                if *mark == 0 {
                    touched.push(set);
                }
                *mark |= bits;
            }
        }
        let before = facts.len() / width;
        // From a kind without this block, the marks of a set and its count of symbols to the kind with this block.
        let mut refined = vec![UNREFINED; before * SIGNS];
        for set in touched.drain(..) {
            let set = set as usize;
            let (marks, count) = (std::mem::take(&mut marks[set]), sets.count(set));
            let kind =
                &mut refined[usize::from(kind_of[set]) * SIGNS + usize::from(marks << 2 | u16::from(count))];
            if *kind == UNREFINED {
                *kind = refine(kind_of[set], before, (i, width), block.facts(marks, count), &mut facts);
            }
            kind_of[set] = *kind;
            if facts.len() / width > MOST_KINDS {
                return None;
            }
        }
    }
    Some((kind_of, facts))
}

/// In the table from signs to kinds: not looked up yet. No kind has this number.
const UNREFINED: u8 = u8::MAX;

/// Marks and count together are below this.
const SIGNS: usize = 1 << 11;

/// The kind that has a block's facts besides those of a kind before: that one itself, one that was made since, or a new
/// one. The blocks and their number are in `at`.
fn refine(kind: u8, before: usize, (block, width): (usize, usize), own: u16, facts: &mut Vec<u16>) -> u8 {
    let from = usize::from(kind) * width;
    if facts[from + block] == own {
        return kind;
    }
    let same = |other: &usize| {
        let other = other * width;
        facts[other + block] == own && facts[other..other + block] == facts[from..from + block]
    };
    if let Some(known) = (before..facts.len() / width).find(same) {
        return known as u8;
    }
    facts.extend_from_within(from..from + width);
    let new = facts.len() - width;
    facts[new + block] = own;
    (new / width) as u8
}
