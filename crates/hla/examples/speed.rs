//! Builds a registry of mixed resolution and searches it: `speed RELEASE_DIR [UNITS] [PATIENTS] [ORACLE_UNITS]`.
//!
//! The first `ORACLE_UNITS` units are searched by the reference implementation too, and every difference is counted.

#![allow(clippy::print_stdout)] // It is a tool whose output is its purpose.

use hla::index::{Abo, Builder, Class, Facts, Query, Snapshot};
use hla::oracle::Oracle;
use hla::typing::{Call, Genotype, LocusTyping};
use hla::{AlleleName, Locus, Release, Suffix, Typing};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Common alleles, most frequent first; frequencies fall off by rank.
const COMMON: [&str; 5] = [
    "11:01 24:02 02:01 02:07 33:03 30:01 02:06 03:01 01:01 31:01 26:01 02:03 32:01 68:01 23:01 29:01 11:02 24:03 02:05 02:10 24:20 26:02 66:01 25:01 34:01 69:01 74:01",
    "46:01 40:01 13:02 58:01 15:01 13:01 51:01 40:06 54:01 35:01 15:02 38:02 48:01 15:11 44:03 07:02 52:01 40:02 55:02 39:01 37:01 08:01 57:01 27:05 15:18 50:01 67:01 15:27 56:01 44:02 18:01 35:03 27:04 49:01 14:02 41:01 53:01 15:12 15:08 40:05 39:05",
    "01:02 07:02 03:04 06:02 08:01 03:03 03:02 14:02 12:02 04:01 15:02 12:03 07:01 07:04 05:01 16:02 17:01 15:05 02:02 04:03 08:03 14:03",
    "09:01 15:01 07:01 12:02 08:03 04:05 11:01 14:54 13:02 03:01 12:01 15:02 04:06 14:05 01:01 16:02 10:01 13:01 04:03 04:01 11:04 14:01 04:04 14:03 13:12 08:02 11:03",
    "03:01 03:03 06:01 02:02 05:02 03:02 06:02 04:01 05:03 05:01 02:01 04:02 06:09 06:03 06:04 03:10",
];

/// A small generator of its own, so that the same seed gives the same registry everywhere (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % n
    }

    fn percent(&mut self, p: usize) -> bool {
        self.below(100) < p
    }
}

/// What the generator needs of a locus.
struct Pool {
    locus: Locus,
    alleles: Vec<AlleleName>,
    /// Sums of weights, to draw by frequency.
    sums: Vec<usize>,
    groups: BTreeMap<AlleleName, AlleleName>,
    antigens: BTreeMap<AlleleName, u16>,
    kin: BTreeMap<u16, Vec<AlleleName>>,
    nulls: BTreeMap<u16, AlleleName>,
}

impl Pool {
    fn new(release: &Release, locus: Locus, common: &str) -> Pool {
        let known = |n: &AlleleName| !release.alleles_beginning(locus, n).is_empty();
        let alleles: Vec<AlleleName> =
            common.split(' ').filter_map(AlleleName::parse).filter(known).collect();
        let mut sums = Vec::new();
        let mut sum = 0;
        for rank in 0..alleles.len() {
            sum += 100_000 / (rank + 3);
            sums.push(sum);
        }
        let (mut groups, mut antigens, mut kin, mut nulls) =
            <(BTreeMap<_, _>, BTreeMap<_, _>, BTreeMap<u16, Vec<_>>, BTreeMap<_, _>)>::default();
        for name in &alleles {
            if let Some(group) = release.g_groups(locus).find(|g| name.begins(g)) {
                groups.insert(*name, group);
            }
            let rows = release.alleles_beginning(locus, name);
            if let Some(&number) = rows.iter().find_map(|a| a.serology.unambiguous.first())
                && number > 0
            {
                antigens.insert(*name, number);
            }
        }
        for allele in release.alleles(locus) {
            let two = allele.name.truncated(2);
            match allele.name.suffix() {
                None => kin.entry(two.family()).or_default().push(two),
                Some(Suffix::Null) => {
                    nulls.entry(two.family()).or_insert(allele.name);
                }
                Some(_) => {}
            }
        }
        kin.values_mut().for_each(|k| k.dedup());
        Pool { locus, alleles, sums, groups, antigens, kin, nulls }
    }

    fn draw(&self, dice: &mut Dice) -> AlleleName {
        let at = dice.below(self.sums[self.sums.len() - 1]);
        self.alleles[self.sums.partition_point(|&s| s <= at)]
    }

    fn call(&self, name: AlleleName, level: usize, dice: &mut Dice) -> Call {
        match level {
            0 | 1 => Call::Allele(name),
            2 => self.groups.get(&name).map_or(Call::Allele(name), |g| Call::GGroup(*g)),
            3 => Call::Family(name.family()),
            _ => {
                let kin = &self.kin[&name.family()];
                let mut list = vec![Call::Allele(name)];
                for _ in 0..=dice.below(3) {
                    let other = Call::Allele(kin[dice.below(kin.len().min(12))]);
                    if !list.contains(&other) {
                        list.push(other);
                    }
                }
                if list.len() == 1 { Call::Allele(name) } else { Call::AnyOf(list) }
            }
        }
    }

    fn typing(&self, pair: [AlleleName; 2], level: usize, dice: &mut Dice) -> LocusTyping {
        let genotype = |first, second| Genotype { first, second: Some(second) };
        if level == 5
            && let [Some(&a), Some(&b)] = pair.map(|n| self.antigens.get(&n))
        {
            let serology = genotype(Call::Antigen(a), Call::Antigen(b));
            return LocusTyping { dna: Vec::new(), serology: Some(serology) };
        }
        let level = if level == 5 { 3 } else { level };
        LocusTyping {
            dna: vec![genotype(self.call(pair[0], level, dice), self.call(pair[1], level, dice))],
            serology: None,
        }
    }
}

struct World {
    pools: [Pool; 5],
    haplotypes: Vec<[AlleleName; 5]>,
}

impl World {
    fn new(release: &Release, dice: &mut Dice) -> World {
        let mut common = COMMON.iter();
        let pools =
            Locus::MATCHED.map(|l| Pool::new(release, l, common.next().expect("five loci, five lists")));
        let haplotypes = (0..600).map(|_| std::array::from_fn(|i| pools[i].draw(dice))).collect();
        World { pools, haplotypes }
    }

    /// Two in three chromosomes are one of the common haplotypes, the others are put together at random.
    fn chromosome(&self, dice: &mut Dice) -> [AlleleName; 5] {
        if dice.percent(66) {
            let (a, b) = (dice.below(self.haplotypes.len()), dice.below(self.haplotypes.len()));
            return self.haplotypes[a * b / self.haplotypes.len()];
        }
        std::array::from_fn(|i| self.pools[i].draw(dice))
    }

    fn person(&self, homozygous: bool, dice: &mut Dice) -> Typing {
        let first = self.chromosome(dice);
        let second = if homozygous { first } else { self.chromosome(dice) };
        // Two fields 45, G groups 20, families 10, lists 15, serology at A, B, C and families elsewhere 10 in 100.
        let level = [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 3, 3, 4, 4, 4, 5, 5][dice.below(20)];
        let mut typing = Typing::default();
        for (i, pool) in self.pools.iter().enumerate() {
            typing.set(pool.locus, pool.typing([first[i], second[i]], level, dice));
        }
        typing
    }

    /// One in ten is homozygous, one in ten lacks a locus, one in twenty has a null allele.
    fn patient(&self, dice: &mut Dice) -> Typing {
        let homozygous = dice.percent(10);
        let mut typing = self.person(homozygous, dice);
        let pool = &self.pools[dice.below(5)];
        if dice.percent(10) {
            typing.set(pool.locus, LocusTyping::default());
        } else if dice.percent(6) {
            let name = pool.draw(dice);
            if let Some(null) = pool.nulls.get(&name.family()) {
                let genotype = Genotype { first: Call::Allele(*null), second: Some(Call::Allele(name)) };
                typing.set(pool.locus, LocusTyping { dna: vec![genotype], serology: None });
            }
        }
        typing
    }
}

fn facts(dice: &mut Dice) -> Facts {
    Facts {
        tnc: 5_000 + dice.below(20_000) as u32,
        cd34: 800 + dice.below(6_000) as u32,
        collected: 12_000 + dice.below(8_000) as i32,
        bank: dice.below(12) as u16,
        status: 0,
        abo: [Abo::O, Abo::A, Abo::B, Abo::Ab][dice.below(4)],
        compartments: 1 + dice.below(5) as u8,
        flags: dice.below(16) as u8,
    }
}

fn time(snapshot: &Snapshot, patients: &[Typing], class: Class, at_least: u8) {
    let mut took = Vec::new();
    let mut hits = 0;
    for patient in patients {
        let query = Query::new(class, at_least);
        let search = || {
            let start = Instant::now();
            let found = snapshot.search(patient, &query).expect("a sound search");
            (start.elapsed().as_micros(), found.total())
        };
        // Others may use the machine: of three times the shortest is the search's own.
        let runs = [search(), search(), search()];
        took.push(runs.iter().map(|r| r.0).min().unwrap_or_default());
        hits += runs[0].1;
    }
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    let mean = hits / patients.len() as u64;
    println!(
        ">={at_least}/{}: p50 {} us, p90 {} us, p99 {} us, max {} us, mean hits {mean}",
        class.of(),
        at(50),
        at(90),
        at(99),
        at(100)
    );
}

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().expect("usage: speed RELEASE_DIR [UNITS] [PATIENTS] [ORACLE_UNITS]");
    let mut number = |default: usize| args.next().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (units, patients, checked) = (number(100_000), number(200), number(2_000));
    let start = Instant::now();
    let release = Arc::new(Release::load(Path::new(&folder)).expect("a release folder"));
    println!("release {:?}: {} alleles in {:?}", release.version(), release.allele_count(), start.elapsed());
    let mut dice = Dice(0x5EED_CAFE);
    let world = World::new(&release, &mut dice);
    let mut builder = Builder::new(release.clone());
    let mut sample = Vec::new();
    let (mut building, mut generating) = (std::time::Duration::ZERO, Instant::now());
    for key in 0..units as u128 {
        let typing = world.person(false, &mut dice);
        let facts = facts(&mut dice);
        let start = Instant::now();
        builder.push(key, &typing, facts).expect("no contradiction");
        building += start.elapsed();
        if sample.len() < checked {
            sample.push(typing);
        }
    }
    println!("generated in {:?}", generating.elapsed().saturating_sub(building));
    generating = Instant::now();
    let snapshot = builder.finish();
    building += generating.elapsed();
    println!(
        "{} units, distinct {:?}, built in {building:?}, {} bytes a unit",
        snapshot.len(),
        snapshot.distinct(),
        snapshot.bytes() / snapshot.len().max(1)
    );
    let patients: Vec<Typing> = (0..patients).map(|_| world.patient(&mut dice)).collect();
    time(&snapshot, &patients, Class::Six, 4);
    time(&snapshot, &patients, Class::Ten, 7);
    compare(&release, &sample, &patients);
}

fn compare(release: &Arc<Release>, units: &[Typing], patients: &[Typing]) {
    let mut builder = Builder::new(release.clone());
    for (key, unit) in units.iter().enumerate() {
        builder.push(key as u128, unit, Facts::default()).expect("no contradiction");
    }
    let snapshot = builder.finish();
    let mut oracle = Oracle::new(release);
    let (mut searches, mut differences) = (0, 0);
    for (n, patient) in patients.iter().enumerate().take(30) {
        let (class, at_least) = [(Class::Six, 3), (Class::Eight, 4), (Class::Ten, 5)][n % 3];
        let query = Query { top: usize::MAX, ..Query::new(class, at_least) };
        let found = snapshot.search(patient, &query).expect("a sound search");
        let mut ours: Vec<_> =
            found.hits.iter().map(|h| (h.key, (h.matches.least, h.matches.most))).collect();
        ours.sort_unstable();
        let keyed = units.iter().enumerate().map(|(k, u)| (k as u128, u));
        let theirs = oracle
            .search(patient, keyed, class.of(), at_least)
            .into_iter()
            .map(|(k, v)| (k, [v.of6, v.of8, v.of10][n % 3]));
        searches += 1;
        differences += usize::from(ours != theirs.collect::<Vec<_>>());
    }
    println!("oracle: {searches} searches of {} units, {differences} different", units.len());
}
