//! The distinct meanings of a locus' typings, each with a number; number 0 is "not typed".

use crate::resolve::{Block, Meaning};
use crate::set::Set;
use std::collections::HashMap;

/// A block as two numbers of sets; the second is [`SAME`] when both chromosomes show the same.
pub(super) type Numbers = [u32; 2];

/// In place of the second set of a block.
pub(super) const SAME: u32 = u32::MAX;

const ALIGNED: u8 = 1;
const BY_DNA: u8 = 2;

/// Blocks by number. Nearly every meaning is one block, which is kept in place; [`MANY`] stands for several.
#[derive(Default, Debug)]
pub(super) struct Lists {
    heads: Vec<Numbers>,
    tails: Vec<Vec<Numbers>>,
}

/// In place of the first set of a block: the second number is the place in the tails.
pub(super) const MANY: u32 = u32::MAX;

impl Lists {
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// By number: the one block, or [`MANY`].
    pub(super) fn heads(&self) -> &[Numbers] {
        &self.heads
    }

    pub(super) fn get(&self, number: usize) -> &[Numbers] {
        match &self.heads[number] {
            &[MANY, tail] => &self.tails[tail as usize],
            head => std::slice::from_ref(head),
        }
    }

    fn push(&mut self, blocks: &[Numbers]) -> u32 {
        if let [one] = blocks {
            self.heads.push(*one);
        } else {
            self.heads.push([MANY, self.tails.len() as u32]);
            self.tails.push(blocks.to_vec());
        }
        self.heads.len() as u32 - 1
    }

    fn bytes(&self) -> usize {
        self.heads.len() * 8 + self.tails.iter().map(|t| 24 + t.len() * 8).sum::<usize>()
    }
}

/// A range with more symbols than this is kept by itself rather than listed symbol by symbol.
const LONG: u32 = 8_192;

/// Distinct sets by number, and by symbol which of them have it.
#[derive(Default, Debug)]
pub(super) struct Sets {
    sets: Vec<Set>,
    /// By symbol, where its list begins; one more than there are symbols.
    starts: Vec<u32>,
    having: Vec<u32>,
    /// Sets with a range too long to be listed, and those beyond the lists: looked at always.
    wide: Vec<u32>,
}

impl Sets {
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    pub(super) fn get(&self, number: usize) -> &Set {
        &self.sets[number]
    }

    /// The numbers of all sets with a symbol that is in one of these, each once, and perhaps some more.
    pub(super) fn having<'s>(&self, sets: impl Iterator<Item = &'s Set>) -> Vec<usize> {
        let mut found: Vec<usize> = self.wide.iter().map(|&n| n as usize).collect();
        for &(from, to) in sets.flat_map(Set::ranges) {
            let listed = self.starts.len().saturating_sub(1) as u32;
            for symbol in from.min(listed)..to.min(listed) {
                let (start, end) = (self.starts[symbol as usize], self.starts[symbol as usize + 1]);
                found.extend(self.having[start as usize..end as usize].iter().map(|&n| n as usize));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Makes the lists, once all sets are there.
    fn list(&mut self) {
        let is_long = |set: &Set| set.ranges().iter().any(|r| r.1 - r.0 > LONG || r.1 > LONG);
        let mut pairs = Vec::new();
        for (number, set) in self.sets.iter().enumerate() {
            if is_long(set) {
                self.wide.push(number as u32);
            } else {
                pairs
                    .extend(set.ranges().iter().flat_map(|&(from, to)| from..to).map(|s| (s, number as u32)));
            }
        }
        pairs.sort_unstable();
        let last = pairs.last().map_or(0, |p| p.0 + 1);
        self.starts = (0..=last).map(|s| pairs.partition_point(|p| p.0 < s) as u32).collect();
        self.having = pairs.into_iter().map(|p| p.1).collect();
    }

    fn bytes(&self) -> usize {
        self.sets.iter().map(|s| 16 + s.ranges().len() * 8).sum::<usize>()
            + (self.starts.len() + self.having.len() + self.wide.len()) * 4
    }
}

/// The distinct meanings of one locus.
#[derive(Default, Debug)]
pub(super) struct Dictionary {
    /// Distinct sets of proteins.
    pub(super) protein_sets: Sets,
    /// Distinct sets of antigens.
    pub(super) antigen_sets: Sets,
    /// By number of a meaning: its protein blocks.
    pub(super) proteins: Lists,
    /// By number of an antigen meaning: its antigen blocks.
    pub(super) antigens: Lists,
    /// By number of a meaning: the number of its antigen meaning.
    pub(super) antigen_of: Vec<u32>,
    flags: Vec<u8>,
    /// By number of an antigen meaning: whether no serology had a part in any meaning with these antigens.
    all_by_dna: Vec<bool>,
}

impl Dictionary {
    /// How many distinct meanings there are, "not typed" among them.
    pub(super) fn len(&self) -> usize {
        self.proteins.len()
    }

    pub(super) fn meaning(&self, number: usize) -> Option<Meaning> {
        let blocks = |list: &[Numbers], sets: &Sets| {
            let block = |&[a, b]: &Numbers| match b {
                SAME => Block::Same(sets.get(a as usize).clone()),
                _ => Block::Pair(sets.get(a as usize).clone(), sets.get(b as usize).clone()),
            };
            list.iter().map(block).collect::<Vec<Block>>()
        };
        (number != 0).then(|| Meaning {
            proteins: blocks(self.proteins.get(number), &self.protein_sets),
            antigens: blocks(self.antigens.get(self.antigen_of[number] as usize), &self.antigen_sets),
            aligned: self.flags[number] & ALIGNED != 0,
            by_dna: self.by_dna(number),
        })
    }

    /// Whether no serology had a part in a meaning.
    pub(super) fn by_dna(&self, number: usize) -> bool {
        self.flags[number] & BY_DNA != 0
    }

    /// Whether no serology had a part in any meaning with these antigens.
    pub(super) fn all_by_dna(&self, antigen: usize) -> bool {
        self.all_by_dna[antigen]
    }

    pub(super) fn bytes(&self) -> usize {
        self.protein_sets.bytes()
            + self.antigen_sets.bytes()
            + self.proteins.bytes()
            + self.antigens.bytes()
            + self.antigen_of.len() * 5
    }
}

/// A dictionary that still grows.
#[derive(Debug)]
pub(super) struct Growing {
    pub(super) dictionary: Dictionary,
    protein_sets: HashMap<Set, u32>,
    antigen_sets: HashMap<Set, u32>,
    antigens: HashMap<Vec<Numbers>, u32>,
    meanings: HashMap<(Vec<Numbers>, u32, u8), u32>,
}

impl Growing {
    pub(super) fn new() -> Growing {
        let mut dictionary = Dictionary::default();
        dictionary.proteins.push(&[]);
        dictionary.antigens.push(&[]);
        dictionary.antigen_of.push(0);
        dictionary.flags.push(0);
        Growing {
            dictionary,
            protein_sets: HashMap::new(),
            antigen_sets: HashMap::new(),
            antigens: HashMap::new(),
            meanings: HashMap::new(),
        }
    }

    /// The dictionary, which then grows no more.
    pub(super) fn finished(mut self) -> Dictionary {
        self.dictionary.protein_sets.list();
        self.dictionary.antigen_sets.list();
        let d = &mut self.dictionary;
        d.all_by_dna = vec![true; d.antigens.len()];
        for (&antigen, flags) in d.antigen_of.iter().zip(&d.flags) {
            d.all_by_dna[antigen as usize] &= flags & BY_DNA != 0;
        }
        self.dictionary
    }

    /// The number of a meaning.
    pub(super) fn number(&mut self, meaning: &Meaning) -> u32 {
        let d = &mut self.dictionary;
        let proteins = numbered(&meaning.proteins, &mut self.protein_sets, &mut d.protein_sets);
        let antigens = numbered(&meaning.antigens, &mut self.antigen_sets, &mut d.antigen_sets);
        let antigen = *self.antigens.entry(antigens).or_insert_with_key(|blocks| d.antigens.push(blocks));
        let flag = |yes: bool, flag: u8| if yes { flag } else { 0 };
        let flags = flag(meaning.aligned, ALIGNED) | flag(meaning.by_dna, BY_DNA);
        *self.meanings.entry((proteins, antigen, flags)).or_insert_with_key(|(blocks, _, flags)| {
            d.antigen_of.push(antigen);
            d.flags.push(*flags);
            d.proteins.push(blocks)
        })
    }
}

fn numbered(blocks: &[Block], numbers: &mut HashMap<Set, u32>, sets: &mut Sets) -> Vec<Numbers> {
    let mut number = |set: &Set| {
        if let Some(&n) = numbers.get(set) {
            return n;
        }
        sets.sets.push(set.clone());
        let n = sets.len() as u32 - 1;
        numbers.insert(set.clone(), n);
        n
    };
    let block = |block: &Block| match block {
        Block::Pair(a, b) => [number(a), number(b)],
        Block::Same(a) => [number(a), SAME],
    };
    blocks.iter().map(block).collect()
}
