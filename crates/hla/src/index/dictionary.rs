//! The distinct meanings of a locus' typings, each with a number; number 0 is "not typed".

use super::entry::{Entry, Lists, entries};
use super::sets::Sets;
use crate::hash::Map;
use crate::resolve::Meaning;
use crate::set::Set;

const ALIGNED: u8 = 1;
const BY_DNA: u8 = 2;

/// The distinct meanings of one locus.
#[derive(Default, Debug)]
pub(super) struct Dictionary {
    /// Distinct sets of proteins.
    pub(super) protein_sets: Sets,
    /// Distinct sets of antigens.
    pub(super) antigen_sets: Sets,
    /// By number of a meaning: its protein entries.
    pub(super) proteins: Lists,
    /// By number of an antigen meaning: its antigen entries.
    pub(super) antigens: Lists,
    /// By number of a meaning: the number of its antigen meaning. Meanings are sorted by it.
    pub(super) antigen_of: Vec<u32>,
    /// By number of an antigen meaning: where the meanings with it begin; one more than there are.
    pub(super) starts: Vec<u32>,
    /// By number of an antigen meaning: whether it leaves open which antigens there are.
    pub(super) open_antigens: Vec<bool>,
    flags: Vec<u8>,
}

impl Dictionary {
    /// How many distinct meanings there are, "not typed" among them.
    pub(super) fn len(&self) -> usize {
        self.proteins.len()
    }

    pub(super) fn meaning(&self, number: usize) -> Option<Meaning> {
        (number != 0).then(|| Meaning {
            proteins: self.proteins.blocks(number, &self.protein_sets),
            antigens: self.antigens.blocks(self.antigen_of[number] as usize, &self.antigen_sets),
            aligned: self.flags[number] & ALIGNED != 0,
            by_dna: self.by_dna(number),
        })
    }

    /// Whether no serology had a part in a meaning.
    pub(super) fn by_dna(&self, number: usize) -> bool {
        self.flags[number] & BY_DNA != 0
    }

    pub(super) fn bytes(&self) -> usize {
        self.protein_sets.bytes()
            + self.antigen_sets.bytes()
            + self.proteins.bytes()
            + self.antigens.bytes()
            + self.antigen_of.len() * 5
            + self.starts.len() * 4
            + self.open_antigens.len()
    }
}

/// A dictionary that still grows.
#[derive(Debug)]
pub(super) struct Growing {
    proteins: Lists,
    antigens: Lists,
    antigen_of: Vec<u32>,
    flags: Vec<u8>,
    protein_sets: Map<Set, u32>,
    antigen_sets: Map<Set, u32>,
    antigen_numbers: Map<Vec<Entry>, u32>,
    numbers: Map<(Vec<Entry>, u32, u8), u32>,
}

impl Growing {
    pub(super) fn new() -> Growing {
        let nothing = || {
            let mut lists = Lists::default();
            lists.push(&[]);
            lists
        };
        Growing {
            proteins: nothing(),
            antigens: nothing(),
            antigen_of: vec![0],
            flags: vec![0],
            protein_sets: Map::default(),
            antigen_sets: Map::default(),
            antigen_numbers: Map::default(),
            numbers: Map::default(),
        }
    }

    /// The dictionary, which then grows no more, and by former number the number of each meaning in it. Sets and meanings
    /// are sorted by what they are, meanings first by their antigens: what suits the same patients lies together.
    pub(super) fn finished(self) -> (Dictionary, Vec<u32>) {
        let (protein_sets, protein_numbers) = sorted(self.protein_sets);
        let (antigen_sets, antigen_numbers) = sorted(self.antigen_sets);
        let (antigens, order) = self.antigens.arranged(&antigen_numbers, |_| 0);
        let places = inverted(&order);
        let antigen = |number: usize| places[self.antigen_of[number] as usize];
        let (proteins, order) = self.proteins.arranged(&protein_numbers, antigen);
        let open = |number| antigens.blocks(number, &antigen_sets).iter().any(|b| !b.is_exact());
        let antigen_of: Vec<u32> = order.iter().map(|&number| antigen(number as usize)).collect();
        let start = |antigen: u32| antigen_of.partition_point(|&of| of < antigen) as u32;
        let dictionary = Dictionary {
            starts: (0..=antigens.len() as u32).map(start).collect(),
            open_antigens: (0..antigens.len()).map(open).collect(),
            protein_sets,
            antigen_sets,
            proteins,
            antigens,
            antigen_of,
            flags: order.iter().map(|&number| self.flags[number as usize]).collect(),
        };
        (dictionary, inverted(&order))
    }

    /// The number of a meaning.
    pub(super) fn number(&mut self, meaning: &Meaning) -> u32 {
        let proteins = entries(&meaning.proteins, |set| numbered(set, &mut self.protein_sets));
        let antigens = entries(&meaning.antigens, |set| numbered(set, &mut self.antigen_sets));
        let lists = &mut self.antigens;
        let antigen = *self.antigen_numbers.entry(antigens).or_insert_with_key(|entries| lists.push(entries));
        let flag = |yes: bool, flag: u8| if yes { flag } else { 0 };
        let flags = flag(meaning.aligned, ALIGNED) | flag(meaning.by_dna, BY_DNA);
        let (antigen_of, all_flags, lists) = (&mut self.antigen_of, &mut self.flags, &mut self.proteins);
        *self.numbers.entry((proteins, antigen, flags)).or_insert_with_key(|(entries, _, _)| {
            antigen_of.push(antigen);
            all_flags.push(flags);
            lists.push(entries)
        })
    }
}

fn numbered(set: &Set, numbers: &mut Map<Set, u32>) -> u32 {
    if let Some(&number) = numbers.get(set) {
        return number;
    }
    let number = numbers.len() as u32;
    numbers.insert(set.clone(), number);
    number
}

/// The sets in order, and by former number the number of each.
fn sorted(numbers: Map<Set, u32>) -> (Sets, Vec<u32>) {
    let mut sets: Vec<(Set, u32)> = numbers.into_iter().collect();
    sets.sort_unstable();
    let order: Vec<u32> = sets.iter().map(|(_, former)| *former).collect();
    let sets: Vec<Set> = sets.into_iter().map(|(set, _)| set).collect();
    (Sets::new(&sets), inverted(&order))
}

/// From the former number at each place to the place of each former number.
fn inverted(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, &former) in order.iter().enumerate() {
        places[former as usize] = place as u32;
    }
    places
}
