//! A typing's blocks in two words.
//!
//! Nearly every meaning is a pair of sets, with the blocks that a null on either side adds: its partner stands for both.
//! Such an *entry* is kept in place; only genotypes that DNA typing leaves open need a list of entries.

use super::sets::Sets;
use crate::resolve::Block;
use crate::set::{NULL, Set};

/// One block, or a pair with what its nulls add.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Entry {
    /// Number of the first set, with the nulls in the upper two bits.
    first: u32,
    /// Number of the second set; bit 30 says that the two share a symbol, bit 31 that there is no second: the first is
    /// taken twice.
    second: u32,
}

const NUMBER: u32 = (1 << 30) - 1;
const SHARE: u32 = 1 << 30;
const SAME: u32 = 1 << 31;

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// One symbol of each set. `nulls` has bit 0 when the second may be a null, so that the first stands for both, bit 1
    /// when the first may be; with both bits perhaps nothing is expressed at all.
    Pair { first: usize, second: usize, nulls: usize },
    /// The same symbol twice.
    Same(usize),
}

impl Entry {
    pub(super) fn pair(first: u32, second: u32, nulls: u32, share: bool) -> Entry {
        Entry { first: first | nulls << 30, second: second | if share { SHARE } else { 0 } }
    }

    pub(super) fn same(set: u32) -> Entry {
        Entry { first: set, second: SAME }
    }

    /// The same with its sets numbered anew.
    fn renumbered(self, numbers: &[u32]) -> Entry {
        let new = |word: u32| word & !NUMBER | numbers[(word & NUMBER) as usize];
        // Where there is no second set, there is no number of one.
        let second = if self.second & SAME == 0 { new(self.second) } else { self.second };
        Entry { first: new(self.first), second }
    }

    /// Its place among others, by its sets before its nulls.
    fn place(self) -> [u32; 4] {
        [self.first & NUMBER, self.second & NUMBER, self.first >> 30, self.second >> 30]
    }

    /// As a pair: the nulls and the two sets. Of the same twice, that set and another one.
    #[inline]
    pub(super) fn as_pair(self) -> (usize, usize, usize) {
        ((self.first >> 30) as usize, (self.first & NUMBER) as usize, (self.second & NUMBER) as usize)
    }

    pub(super) fn kind(self) -> Kind {
        let (nulls, first, second) = self.as_pair();
        if self.second & SAME != 0 { Kind::Same(first) } else { Kind::Pair { first, second, nulls } }
    }

    /// Whether the two sets of a pair have a symbol in common.
    pub(super) fn shares(self) -> bool {
        self.second & SHARE != 0
    }

    fn blocks(self, sets: &Sets) -> Vec<Block> {
        match self.kind() {
            Kind::Pair { first, second, nulls } => {
                with_nulls(sets.get(first), sets.get(second), nulls as u32)
            }
            Kind::Same(set) => vec![Block::Same(sets.get(set))],
        }
    }
}

/// The blocks of a pair with nulls, as [`Kind::Pair`] has them.
fn with_nulls(first: Set, second: Set, nulls: u32) -> Vec<Block> {
    if nulls == 0 {
        return vec![Block::Pair(first, second)];
    }
    let mut blocks = vec![Block::Pair(first.clone(), second.clone())];
    if nulls & 1 != 0 {
        blocks.push(Block::Same(first));
    }
    if nulls & 2 != 0 {
        blocks.push(Block::Same(second));
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
        && let Some(nulls) = (0..4).find(|&nulls| with_nulls(a.clone(), b.clone(), nulls) == blocks)
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
    /// By number: its one entry where that is a pair, anything elsewhere.
    pairs: Vec<Entry>,
    /// The numbers that are not one pair, ascending.
    odd: Vec<Odd>,
    entries: Vec<Entry>,
}

/// A number that is not one pair, and the place of its entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Odd {
    pub(super) number: u32,
    start: u32,
    end: u32,
}

impl Lists {
    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// By number: its one entry where that is a pair, anything elsewhere.
    pub(super) fn pairs(&self) -> &[Entry] {
        &self.pairs
    }

    /// The numbers that are not one pair.
    pub(super) fn odd(&self) -> &[Odd] {
        &self.odd
    }

    /// The entries of such a number.
    pub(super) fn entries(&self, odd: Odd) -> &[Entry] {
        &self.entries[odd.start as usize..odd.end as usize]
    }

    /// The entries of any number.
    pub(super) fn of(&self, number: usize) -> &[Entry] {
        match self.odd.binary_search_by_key(&(number as u32), |odd| odd.number) {
            Ok(at) => self.entries(self.odd[at]),
            Err(_) => &self.pairs[number..=number],
        }
    }

    pub(super) fn push(&mut self, entries: &[Entry]) -> u32 {
        let number = self.pairs.len() as u32;
        match *entries {
            [pair @ Entry { second, .. }] if second & SAME == 0 => self.pairs.push(pair),
            _ => {
                self.pairs.push(Entry { first: 0, second: 0 });
                let start = self.entries.len() as u32;
                self.entries.extend_from_slice(entries);
                self.odd.push(Odd { number, start, end: self.entries.len() as u32 });
            }
        }
        number
    }

    /// The same with sets numbered anew, sorted by group and then by the sets; with it the former number at each place.
    pub(super) fn arranged(&self, sets: &[u32], group: impl Fn(usize) -> u32) -> (Lists, Vec<u32>) {
        type Place = (u32, Vec<[u32; 4]>);
        let renumbered = |number: usize| self.of(number).iter().map(|entry| entry.renumbered(sets));
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_by_cached_key(|&number| -> Place {
            (group(number as usize), renumbered(number as usize).map(Entry::place).collect())
        });
        let mut lists = Lists::default();
        for &number in &order {
            lists.push(&renumbered(number as usize).collect::<Vec<_>>());
        }
        (lists, order)
    }

    /// The sorted blocks of a number.
    pub(super) fn blocks(&self, number: usize, sets: &Sets) -> Vec<Block> {
        match self.of(number) {
            [one] => one.blocks(sets),
            several => {
                let mut blocks: Vec<Block> = several.iter().flat_map(|e| e.blocks(sets)).collect();
                blocks.sort_unstable();
                blocks
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.pairs[..]) + size_of_val(&self.odd[..]) + size_of_val(&self.entries[..])
    }
}
