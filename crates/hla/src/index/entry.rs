//! A typing's blocks in two words.
//!
//! Nearly every meaning is a pair of sets, with the blocks that a null on either side adds: its partner stands for both.
//! Such an *entry* is kept in place; only genotypes that DNA typing leaves open need a list of entries.

use super::sets::Sets;
use crate::resolve::Block;
use crate::set::{NULL, Set};

/// One block, or a pair with what its nulls add; or the place of several in the tails.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Entry {
    /// Number of the first set, with the nulls in the upper two bits; or where several entries begin in the tails.
    first: u32,
    /// Number of the second set; bit 30 says that the two share a symbol. With bit 31 it is no pair: the same twice, or
    /// with the number of entries in the tails.
    second: u32,
}

const NUMBER: u32 = (1 << 30) - 1;
const SHARE: u32 = 1 << 30;
const SAME: u32 = u32::MAX;
const NO_PAIR: u32 = 1 << 31;

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// One symbol of each set. `nulls` has bit 0 when the second may be a null, so that the first stands for both, bit 1
    /// when the first may be; with both bits perhaps nothing is expressed at all.
    Pair { first: usize, second: usize, nulls: usize },
    /// The same symbol twice.
    Same(usize),
    /// Several entries, from here on in the tails, so many.
    Many(usize, usize),
}

impl Entry {
    pub(super) fn pair(first: u32, second: u32, nulls: u32, share: bool) -> Entry {
        Entry { first: first | nulls << 30, second: second | if share { SHARE } else { 0 } }
    }

    pub(super) fn same(set: u32) -> Entry {
        Entry { first: set, second: SAME }
    }

    fn many(start: u32, count: u32) -> Entry {
        Entry { first: start, second: NO_PAIR | count }
    }

    /// The nulls and the two sets of a pair, quickly.
    pub(super) fn as_pair(self) -> Option<(usize, usize, usize)> {
        let is_pair = self.second & NO_PAIR == 0;
        is_pair.then_some((
            (self.first >> 30) as usize,
            (self.first & NUMBER) as usize,
            (self.second & NUMBER) as usize,
        ))
    }

    pub(super) fn kind(self) -> Kind {
        match self.second {
            SAME => Kind::Same(self.first as usize),
            many if many & NO_PAIR != 0 => Kind::Many(self.first as usize, (many & NUMBER) as usize),
            second => Kind::Pair {
                first: (self.first & NUMBER) as usize,
                second: (second & NUMBER) as usize,
                nulls: (self.first >> 30) as usize,
            },
        }
    }

    /// Whether the two sets of a pair have a symbol in common.
    pub(super) fn shares(self) -> bool {
        self.second & SHARE != 0
    }

    fn blocks(self, sets: &Sets) -> Vec<Block> {
        match self.kind() {
            Kind::Pair { first, second, nulls } => {
                with_nulls(&sets.get(first), &sets.get(second), nulls as u32)
            }
            Kind::Same(set) => vec![Block::Same(sets.get(set))],
            Kind::Many(..) => Vec::new(),
        }
    }
}

/// The blocks of a pair with nulls, as [`Kind::Pair`] has them.
fn with_nulls(first: &Set, second: &Set, nulls: u32) -> Vec<Block> {
    let mut blocks = vec![Block::Pair(first.clone(), second.clone())];
    if nulls & 1 != 0 {
        blocks.push(Block::Same(first.clone()));
    }
    if nulls & 2 != 0 {
        blocks.push(Block::Same(second.clone()));
    }
    if nulls == 3 {
        blocks.push(Block::Same(Set::one(NULL)));
    }
    blocks.sort_unstable();
    blocks.dedup();
    blocks
}

/// The entries that say the same as these sorted blocks, with sets numbered by `number`.
pub(super) fn entries(blocks: &[Block], mut number: impl FnMut(&Set) -> u32) -> Vec<Entry> {
    let mut pairs = blocks.iter().filter_map(|b| match b {
        Block::Pair(a, b) => Some((a, b)),
        Block::Same(_) => None,
    });
    if let (Some((a, b)), None) = (pairs.next(), pairs.next())
        && let Some(nulls) = (0..4).find(|&nulls| with_nulls(a, b, nulls) == blocks)
    {
        return vec![Entry::pair(number(a), number(b), nulls, a.meets(b))];
    }
    let entry = |block: &Block| match block {
        Block::Pair(a, b) => Entry::pair(number(a), number(b), 0, a.meets(b)),
        Block::Same(a) => Entry::same(number(a)),
    };
    blocks.iter().map(entry).collect()
}

/// Lists of entries by number.
#[derive(Default, Debug)]
pub(super) struct Lists {
    heads: Vec<Entry>,
    tails: Vec<Entry>,
}

impl Lists {
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// By number: the one entry, or the place of several.
    pub(super) fn heads(&self) -> &[Entry] {
        &self.heads
    }

    /// Several entries, by their place and number.
    pub(super) fn tail(&self, start: usize, count: usize) -> &[Entry] {
        &self.tails[start..start + count]
    }

    pub(super) fn push(&mut self, entries: &[Entry]) -> u32 {
        if let [one] = entries {
            self.heads.push(*one);
        } else {
            self.heads.push(Entry::many(self.tails.len() as u32, entries.len() as u32));
            self.tails.extend_from_slice(entries);
        }
        self.heads.len() as u32 - 1
    }

    /// The sorted blocks of a number.
    pub(super) fn blocks(&self, number: usize, sets: &Sets) -> Vec<Block> {
        let Kind::Many(start, count) = self.heads[number].kind() else {
            return self.heads[number].blocks(sets);
        };
        let mut blocks: Vec<Block> = self.tail(start, count).iter().flat_map(|e| e.blocks(sets)).collect();
        blocks.sort_unstable();
        blocks
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.heads[..]) + size_of_val(&self.tails[..])
    }
}
