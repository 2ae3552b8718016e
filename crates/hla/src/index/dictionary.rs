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

/// Lists of blocks by number.
#[derive(Default, Debug)]
pub(super) struct Lists {
    starts: Vec<u32>,
    blocks: Vec<Numbers>,
}

impl Lists {
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn get(&self, number: usize) -> &[Numbers] {
        let end = self.starts.get(number + 1).map_or(self.blocks.len(), |&s| s as usize);
        &self.blocks[self.starts[number] as usize..end]
    }

    fn push(&mut self, blocks: &[Numbers]) -> u32 {
        self.starts.push(self.blocks.len() as u32);
        self.blocks.extend_from_slice(blocks);
        self.starts.len() as u32 - 1
    }

    fn bytes(&self) -> usize {
        self.starts.len() * 4 + self.blocks.len() * 8
    }
}

/// The distinct meanings of one locus.
#[derive(Default, Debug)]
pub(super) struct Dictionary {
    /// Distinct sets of proteins.
    pub(super) protein_sets: Vec<Set>,
    /// Distinct sets of antigens.
    pub(super) antigen_sets: Vec<Set>,
    /// By number of a meaning: its protein blocks.
    pub(super) proteins: Lists,
    /// By number of an antigen meaning: its antigen blocks.
    pub(super) antigens: Lists,
    /// By number of a meaning: the number of its antigen meaning.
    pub(super) antigen_of: Vec<u32>,
    flags: Vec<u8>,
}

impl Dictionary {
    /// How many distinct meanings there are, "not typed" among them.
    pub(super) fn len(&self) -> usize {
        self.proteins.len()
    }

    pub(super) fn meaning(&self, number: usize) -> Option<Meaning> {
        let blocks = |list: &[Numbers], sets: &[Set]| {
            let block = |&[a, b]: &Numbers| match b {
                SAME => Block::Same(sets[a as usize].clone()),
                _ => Block::Pair(sets[a as usize].clone(), sets[b as usize].clone()),
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

    pub(super) fn bytes(&self) -> usize {
        let sets = |s: &[Set]| s.iter().map(|s| 16 + s.ranges().len() * 8).sum::<usize>();
        sets(&self.protein_sets)
            + sets(&self.antigen_sets)
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

fn numbered(blocks: &[Block], numbers: &mut HashMap<Set, u32>, sets: &mut Vec<Set>) -> Vec<Numbers> {
    let mut number = |set: &Set| {
        if let Some(&n) = numbers.get(set) {
            return n;
        }
        sets.push(set.clone());
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
