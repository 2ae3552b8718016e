//! Writes an invented registry and patients in the form that GRMA reads, searches them, and writes what was found:
//! `peer RELEASE_DIR UNITS PATIENTS FOLDER`. `scripts/peer-grma.sh` runs both and compares.
//!
//! GRMA reads imputed genotypes: for each person all pairs of alleles at five loci, with probabilities. So those are
//! written whose typing leaves few pairs open, all as likely; who was not typed at a locus, or as a family only, is
//! left out. Proteins are numbered from 1001 on, as four digits are what GRMA tells alleles apart by.

#![allow(clippy::print_stdout)] // It is a tool whose output is its purpose.

use hla::index::{Builder, Class, Facts, Query};
use hla::sample::World;
use hla::typing::{Call, LocusTyping};
use hla::{AlleleName, Locus, Release, Suffix, Typing};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// A person with more possible genotypes than this is left out.
const MOST: usize = 64;

/// In the order in which GRMA keeps them.
const LOCI: [Locus; 5] = [Locus::A, Locus::B, Locus::C, Locus::Dqb1, Locus::Drb1];

struct Writer<'r> {
    release: &'r Release,
    numbers: BTreeMap<(Locus, AlleleName), usize>,
}

impl Writer<'_> {
    /// The proteins that a call leaves open; `None` where something may not be expressed, or nearly anything is possible.
    fn proteins(&self, locus: Locus, call: &Call) -> Option<BTreeSet<AlleleName>> {
        let of = |name: &AlleleName| {
            let begun = self.release.alleles_beginning(locus, name).iter();
            let meant = begun.filter(|a| a.name.suffix() == name.suffix());
            meant.map(|a| a.protein.filter(|_| a.name.suffix().is_none())).collect::<Option<BTreeSet<_>>>()
        };
        match call {
            Call::Allele(name) => of(name),
            Call::AnyOf(calls) => {
                let all = calls.iter().map(|c| self.proteins(locus, c)).collect::<Option<Vec<_>>>()?;
                Some(all.into_iter().flatten().collect())
            }
            Call::PGroup(name) => Some(BTreeSet::from([*name])),
            Call::GGroup(name) => {
                let members = self.release.g_group(locus, name);
                let expressed = members.filter(|a| a.name.suffix() != Some(Suffix::Null));
                Some(expressed.filter_map(|a| a.protein).collect())
            }
            Call::Code { .. } | Call::Family(_) | Call::Antigen(_) => None,
        }
    }

    /// The pairs that a locus leaves open, as GRMA writes them.
    fn pairs(&mut self, locus: Locus, at: &LocusTyping) -> Option<BTreeSet<String>> {
        let mut pairs = BTreeSet::new();
        for genotype in &at.dna {
            let first = self.proteins(locus, &genotype.first)?;
            let second = match &genotype.second {
                Some(call) => self.proteins(locus, call)?,
                None => first.clone(),
            };
            for a in &first {
                for b in &second {
                    let mut both = [*a, *b].map(|name| {
                        let next = 1_001 + self.numbers.len();
                        *self.numbers.entry((locus, name)).or_insert(next)
                    });
                    both.sort_unstable();
                    let [a, b] = both.map(|n| format!("{}*{:02}:{:02}", locus.name(), n / 100, n % 100));
                    pairs.insert(format!("{a}+{b}"));
                }
            }
        }
        (at.serology.is_none() && pairs.len() <= MOST).then_some(pairs)
    }

    /// The genotypes that a typing leaves open.
    fn genotypes(&mut self, typing: &Typing) -> Option<Vec<String>> {
        let mut all = vec![String::new()];
        for locus in LOCI {
            let pairs = self.pairs(locus, typing.get(locus)?)?;
            let with = |so_far: &String| {
                pairs
                    .iter()
                    .map(|p| if so_far.is_empty() { p.clone() } else { format!("{so_far}^{p}") })
                    .collect()
            };
            all = all.iter().flat_map(|g| -> Vec<String> { with(g) }).collect();
            if all.is_empty() || all.len() > MOST {
                return None;
            }
        }
        Some(all)
    }

    /// The lines of a person.
    fn lines(&mut self, id: u64, typing: &Typing) -> Option<String> {
        let genotypes = self.genotypes(typing)?;
        let mut lines = String::new();
        for (i, genotype) in genotypes.iter().enumerate() {
            writeln!(lines, "{id},{genotype},1,{i}").ok()?;
        }
        Some(lines)
    }
}

/// Units have numbers from here on, so that no patient has the number of one.
const FIRST_UNIT: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [release, units, patients, folder] = args.as_slice() else {
        return Err("usage: peer RELEASE_DIR UNITS PATIENTS FOLDER".into());
    };
    let release = Arc::new(Release::load(Path::new(release))?);
    let (units, patients): (usize, usize) = (units.parse()?, patients.parse()?);
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder.join("donors"))?;
    let world = World::new(&release, 1);
    let mut writer = Writer { release: &release, numbers: BTreeMap::new() };
    let mut builder = Builder::new(release.clone());
    let mut lines = String::new();
    for (id, typing) in (FIRST_UNIT..).zip(world.units()) {
        if builder.len() == units {
            break;
        }
        if let Some(some) = writer.lines(id, &typing) {
            lines += &some;
            builder.push(id.into(), &typing, Facts::default())?;
        }
    }
    std::fs::write(folder.join("donors/donors.txt"), lines)?;
    let snapshot = builder.finish();
    let (mut lines, mut found, mut times) = (String::new(), String::new(), Vec::new());
    let people =
        (1..).zip(world.patients()).filter_map(|(id, typing)| Some((id, writer.lines(id, &typing)?, typing)));
    for (id, some, typing) in people.take(patients) {
        lines += &some;
        let all = snapshot.search(&typing, &Query { top: usize::MAX, ..Query::new(Class::Ten, 7) })?;
        for hit in &all.hits {
            writeln!(found, "{id},{},{},{}", hit.key, hit.matches.least, hit.matches.most)?;
        }
        let begun = Instant::now();
        snapshot.search(&typing, &Query { top: 100, ..Query::new(Class::Ten, 7) })?;
        times.push(begun.elapsed());
    }
    std::fs::write(folder.join("patients.txt"), lines)?;
    std::fs::write(folder.join("found.csv"), found)?;
    times.sort_unstable();
    std::fs::write(folder.join("median_us"), times[times.len() / 2].as_micros().to_string())?;
    println!("{} units, {} patients, {} alleles", snapshot.len(), times.len(), writer.numbers.len());
    Ok(())
}
