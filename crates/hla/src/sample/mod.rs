//! Invented people to try the software on: Han-like haplotypes, typed by laboratories of several eras.
//!
//! Everything here is made up. A person is made from a seed and an index alone, so that the same numbers give the same
//! typing everywhere, in any order, and a registry of any size needs no memory. Units are typed as real registries
//! are: serology, families, lists that a kit can't tell apart, G and P groups, two and three fields, C and DQB1 often
//! missing. Patients are typed better, with the awkward ones among them.

mod dice;
mod frequencies;
mod pool;
pub mod trial;

use crate::index::{Abo, Facts};
use crate::typing::{Call, Genotype, LocusTyping};
use crate::{Locus, Release, Typing};
use dice::{Dice, Weighted};
use pool::{Method, Pool};

/// A chromosome: the place in its pool of the allele at A, B, C, DRB1, DQB1.
type Chromosome = [usize; 5];

/// An invented world from which units and patients come.
///
/// ```
/// use hla::{Release, sample::World};
///
/// let world = World::new(&Release::none(), 7);
/// assert_eq!(world.unit(3), world.units().nth(3).unwrap());
/// println!("{}", world.unit(3)); // a GL String
/// ```
pub struct World {
    seed: u64,
    pools: [Pool; 5],
    haplotypes: Weighted<Chromosome>,
    a: Weighted<usize>,
    b_and_c: Weighted<[usize; 2]>,
    drb1_and_dqb1: Weighted<[usize; 2]>,
}

/// What is drawn for a person beside the haplotypes.
#[derive(Clone, Copy)]
enum Stream {
    Unit,
    Patient,
    Facts,
}

/// Kits of so many lots were in use.
const LOTS: usize = 150;

impl World {
    /// A world whose alleles are known to this release. Without tables there are no groups and no third fields.
    pub fn new(release: &Release, seed: u64) -> World {
        let columns = |text: &'static str, width: usize, at: usize| {
            text.split_whitespace().enumerate().filter(move |(i, _)| i % width == at).map(|(_, word)| word)
        };
        // In which table and column of it the names of a locus stand, besides the haplotypes.
        let named = [
            (frequencies::A, 2, 0),
            (frequencies::B_AND_C, 3, 0),
            (frequencies::B_AND_C, 3, 1),
            (frequencies::DRB1_AND_DQB1, 3, 0),
            (frequencies::DRB1_AND_DQB1, 3, 1),
        ];
        let pools: [Pool; 5] = std::array::from_fn(|i| {
            let (text, width, at) = named[i];
            let names = columns(text, width, at).chain(columns(frequencies::HAPLOTYPES, 6, i));
            Pool::new(release, Locus::MATCHED[i], names)
        });
        let haplotypes = rows(frequencies::HAPLOTYPES, [0, 1, 2, 3, 4], &pools);
        let a = rows(frequencies::A, [0], &pools).map(|([a], weight)| (a, weight));
        World {
            seed,
            haplotypes: Weighted::new(haplotypes),
            a: Weighted::new(a.collect::<Vec<_>>()),
            b_and_c: Weighted::new(rows(frequencies::B_AND_C, [1, 2], &pools)),
            drb1_and_dqb1: Weighted::new(rows(frequencies::DRB1_AND_DQB1, [3, 4], &pools)),
            pools,
        }
    }

    /// The typing of a unit.
    pub fn unit(&self, index: u64) -> Typing {
        let mut dice = self.dice(Stream::Unit, index);
        let pair = [self.chromosome(&mut dice), self.chromosome(&mut dice)];
        let (method, others) = era(&mut dice);
        let drb1_by_two_fields = dice.thousandths(350);
        let mut typing = Typing::default();
        for (i, pool) in self.pools.iter().enumerate() {
            let method = match (i, method) {
                (3, Method::Families | Method::Lists(_) | Method::Serology) if drb1_by_two_fields => {
                    Method::Two
                }
                // Serology was done for A and B; DRB1 came with DNA.
                (3 | 4, Method::Serology) => Method::Families,
                _ => method,
            };
            let typed = ![2, 4].contains(&i) || dice.thousandths(others);
            if typed && !pool.is_empty() {
                typing.set(Locus::MATCHED[i], pool.reported(pair.map(|c| c[i]), method, &mut dice));
            }
        }
        typing
    }

    /// The typing of a patient: two in three at two fields or G groups and the others lower, one in ten homozygous, one
    /// in ten without one of the five loci, one in twenty with a null allele.
    pub fn patient(&self, index: u64) -> Typing {
        let mut dice = self.dice(Stream::Patient, index);
        let first = self.chromosome(&mut dice);
        let second = if dice.thousandths(90) { first } else { self.chromosome(&mut dice) };
        let (missing, null) = (dice.thousandths(100).then(|| dice.below(5)), dice.thousandths(50));
        let lot = dice.below(LOTS) as u64;
        let (low, high) = match dice.below(100) {
            0..42 => (Method::Two, Method::Two),
            42..58 => (Method::Groups, Method::Groups),
            58..65 => (Method::Three, Method::Three),
            65..80 => (Method::Lists(lot), Method::Lists(lot)),
            80..88 => (Method::Families, Method::Two),
            88..96 => (Method::Families, Method::Families),
            _ => (Method::Serology, Method::Families),
        };
        let mut typing = Typing::default();
        let typed = |i: usize| Some(i) != missing && !self.pools[i].is_empty();
        for (i, pool) in self.pools.iter().enumerate().filter(|(i, _)| typed(*i)) {
            let method = if i < 3 { low } else { high };
            typing.set(Locus::MATCHED[i], pool.reported([first[i], second[i]], method, &mut dice));
        }
        if null {
            self.give_null(&mut typing, [first, second], &mut dice);
        }
        typing
    }

    /// Replaces one allele by a null of its family, at the first locus from a random one on where there is one.
    fn give_null(&self, typing: &mut Typing, [first, second]: [Chromosome; 2], dice: &mut Dice) {
        let from = dice.below(5);
        for i in (0..5).map(|i| (from + i) % 5) {
            let (locus, pool) = (Locus::MATCHED[i], &self.pools[i]);
            if typing.get(locus).is_some()
                && let Some(null) = pool.null(first[i], dice)
            {
                let partner = pool.reported([second[i]; 2], Method::Two, dice).dna.remove(0).first;
                let genotype = Genotype { first: Call::Allele(null), second: Some(partner) };
                typing.set(locus, LocusTyping { dna: vec![genotype], serology: None });
                return;
            }
        }
    }

    /// Facts of a unit as a bank might have them: cells, blood group, bank, and whether its tests are clear. Its status
    /// is 0.
    pub fn facts(&self, index: u64) -> Facts {
        let mut dice = self.dice(Stream::Facts, index);
        // The sum of several draws: most units are middling, few are large.
        let tnc = 3_000 + (0..4).map(|_| dice.below(5_500)).sum::<usize>();
        let chances = [(850, 1), (970, 2), (960, 4), (930, 8)];
        Facts {
            tnc: tnc as u32,
            cd34: (tnc / 40 + dice.below(tnc / 3)) as u32,
            collected: 12_000 + dice.below(8_000) as i32,
            bank: dice.below(7) as u16,
            status: 0,
            abo: *dice.pick(&[
                Abo::O,
                Abo::O,
                Abo::O,
                Abo::A,
                Abo::A,
                Abo::A,
                Abo::B,
                Abo::B,
                Abo::B,
                Abo::Ab,
            ]),
            compartments: 1 + dice.below(5) as u8,
            flags: chances.iter().filter(|(share, _)| dice.thousandths(*share)).map(|(_, flag)| flag).sum(),
        }
    }

    /// The typings of units 0, 1, 2, …, without an end.
    pub fn units(&self) -> impl Iterator<Item = Typing> + '_ {
        (0..).map(|i| self.unit(i))
    }

    /// The typings of patients 0, 1, 2, …, without an end.
    pub fn patients(&self) -> impl Iterator<Item = Typing> + '_ {
        (0..).map(|i| self.patient(i))
    }

    fn dice(&self, stream: Stream, index: u64) -> Dice {
        Dice::of(&[self.seed, stream as u64, index])
    }

    /// A common haplotype, or blocks put together, and now and then a rare allele.
    fn chromosome(&self, dice: &mut Dice) -> Chromosome {
        let whole = if dice.thousandths(400) { self.haplotypes.draw(dice).copied() } else { None };
        let mut chromosome = whole.unwrap_or_else(|| {
            let a = self.a.draw(dice).copied().unwrap_or_default();
            let [b, c] = self.b_and_c.draw(dice).copied().unwrap_or_default();
            let [drb1, dqb1] = self.drb1_and_dqb1.draw(dice).copied().unwrap_or_default();
            [a, b, c, drb1, dqb1]
        });
        for (allele, pool) in chromosome.iter_mut().zip(&self.pools) {
            if dice.thousandths(10) && !pool.is_empty() {
                *allele = pool.kin(*allele, dice);
            }
        }
        chromosome
    }
}

/// How a unit's laboratory typed it, and in how many of 1,000 cases it typed C, and DQB1.
fn era(dice: &mut Dice) -> (Method, usize) {
    let lot = dice.below(LOTS) as u64;
    match dice.below(100) {
        0..6 => (Method::Serology, 100),
        6..15 => (Method::Families, 200),
        15..45 => (Method::Lists(lot), 500),
        45..66 => (Method::Groups, 900),
        66..68 => (Method::Proteins, 900),
        68..71 => (Method::TwoAndSerology, 600),
        71..77 => (Method::Three, 950),
        _ => (Method::Two, 850),
    }
}

/// The rows of a table of names and a weight, as places in the pools of these loci. A row with a name that the release
/// lacks is left out.
fn rows<const N: usize>(
    text: &'static str,
    loci: [usize; N],
    pools: &[Pool; 5],
) -> impl Iterator<Item = ([usize; N], usize)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let read = |row: &[&str]| {
        let mut places = [0; N];
        for (place, (name, locus)) in places.iter_mut().zip(row.iter().zip(loci)) {
            *place = pools[locus].find(name)?;
        }
        Some((places, row.last()?.parse().ok()?))
    };
    words.chunks_exact(N + 1).filter_map(read).collect::<Vec<_>>().into_iter()
}
