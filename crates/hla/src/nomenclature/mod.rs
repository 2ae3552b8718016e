//! One release of the HLA nomenclature: which alleles there are, what they express, and which antigens they show.
//!
//! The tables are those of the IPD-IMGT/HLA database. None is shipped: an operator supplies a folder. Without one,
//! [`Release::none`] lets typings be read and compared by two-field name and allele family alone: only the same two
//! fields are a certain match and only other families a certain mismatch, and every result says so.

mod antigens;
mod build;
mod read;

use crate::set::{Set, Symbol};
use crate::{AlleleName, Locus, Suffix};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

pub use read::{ReleaseError, RowFault, Table, Tables};

/// One allele of the release, as its rows say it.
#[derive(Clone, Debug)]
pub struct Allele {
    /// Its full name.
    pub name: AlleleName,
    /// Its protein: the P group's name without the `P`, or its own two fields when it is alone in its group.
    /// `None` for a null allele, which makes none.
    pub protein: Option<AlleleName>,
    /// What the serology table says of it; all empty when that table is missing.
    pub serology: Serology,
    symbol: Symbol,
}

/// The four columns of antigen numbers of `rel_dna_ser.txt`; `?` is left out, `0` (no antigen) is kept.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Serology {
    /// Antigens that were seen beyond doubt.
    pub unambiguous: Box<[u16]>,
    /// Antigens of which one or the other was seen.
    pub possible: Box<[u16]>,
    /// Antigens that follow from the sequence, not seen.
    pub assumed: Box<[u16]>,
    /// Antigens that experts assigned apart from these.
    pub expert: Box<[u16]>,
}

/// What a release knows of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// It is there, or begins names that are, with the suffix that was written.
    Known,
    /// It was deleted or renamed; this is its present name.
    Renamed(AlleleName),
    /// It was deleted and nothing took its place.
    Withdrawn,
    /// It is there only with another suffix, never without: one of these was meant.
    OtherSuffix(Vec<AlleleName>),
    /// It is not there.
    Unknown,
}

#[derive(Default)]
pub(crate) struct LocusTable {
    /// Sorted by name.
    alleles: Vec<Allele>,
    /// Sorted by name; the symbol of the protein at `i` is `i + 1`.
    proteins: Vec<Protein>,
    /// Names of P groups that have one, without the letter.
    p_groups: BTreeSet<AlleleName>,
    /// By name without the letter: places in `alleles`.
    g_groups: BTreeMap<AlleleName, Vec<u32>>,
    /// Former names, as they were written after the `*`.
    former: BTreeMap<String, Option<String>>,
    antigens: BTreeSet<u16>,
    former_antigens: BTreeMap<u16, u16>,
    splits: BTreeMap<u16, Vec<u16>>,
    associated: BTreeMap<u16, Vec<u16>>,
}

struct Protein {
    name: AlleleName,
    antigens: Set,
}

/// One release of the nomenclature, or the lack of one.
pub struct Release {
    version: Option<Arc<str>>,
    date: Option<String>,
    missing: Vec<Table>,
    loci: Vec<LocusTable>,
}

impl Release {
    /// No release: names are taken on trust, and nothing is known of proteins, antigens, groups or suffixes beyond what
    /// a name itself says. The same two fields are the same protein, other families are others; of two names of one
    /// family nobody can tell.
    pub fn none() -> Release {
        Release {
            version: None,
            date: None,
            missing: Table::ALL.to_vec(),
            loci: Locus::ALL.iter().map(|_| LocusTable::default()).collect(),
        }
    }

    /// Whether tables were loaded. Every result made without them must say so.
    pub fn is_loaded(&self) -> bool {
        self.version.is_some()
    }

    /// The release's own name of itself, such as `3.58.0`.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The same, to be kept beside results.
    pub fn version_shared(&self) -> Option<Arc<str>> {
        self.version.clone()
    }

    /// The date in the tables' headers, as written there (ISO 8601).
    pub fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }

    /// The tables that were not supplied, and so what the release can't know.
    pub fn missing(&self) -> &[Table] {
        &self.missing
    }

    /// The alleles of a locus, sorted by name.
    pub fn alleles(&self, locus: Locus) -> &[Allele] {
        &self.table(locus).alleles
    }

    /// How many alleles of the known loci it has.
    pub fn allele_count(&self) -> usize {
        self.loci.iter().map(|l| l.alleles.len()).sum()
    }

    /// The alleles whose names begin with these fields, whatever their suffix.
    pub fn alleles_beginning(&self, locus: Locus, name: &AlleleName) -> &[Allele] {
        let alleles = self.alleles(locus);
        let from = alleles.partition_point(|a| a.name.fields() < name.fields());
        let to = from + alleles[from..].partition_point(|a| name.begins(&a.name));
        &alleles[from..to]
    }

    /// The members of a G group, named without its letter. Empty when there is no such group.
    pub fn g_group(&self, locus: Locus, name: &AlleleName) -> impl Iterator<Item = &Allele> {
        let table = self.table(locus);
        let members = table.g_groups.get(name).map_or(&[][..], Vec::as_slice);
        members.iter().map(|&i| &table.alleles[i as usize])
    }

    /// The names of the G groups of a locus, without their letter.
    pub fn g_groups(&self, locus: Locus) -> impl Iterator<Item = AlleleName> {
        self.table(locus).g_groups.keys().copied()
    }

    /// The names of the P groups of a locus, without their letter.
    pub fn p_groups(&self, locus: Locus) -> impl Iterator<Item = AlleleName> {
        self.table(locus).p_groups.iter().copied()
    }

    /// Whether the release has this G group, named without its letter.
    pub fn has_g_group(&self, locus: Locus, name: &AlleleName) -> bool {
        self.table(locus).g_groups.contains_key(name)
    }

    /// Whether the release has this P group, named without its letter.
    pub fn has_p_group(&self, locus: Locus, name: &AlleleName) -> bool {
        self.table(locus).p_groups.contains(name)
    }

    /// Whether any allele is of this family.
    pub fn has_family(&self, locus: Locus, family: u16) -> bool {
        AlleleName::new(&[family], None).is_some_and(|n| !self.alleles_beginning(locus, &n).is_empty())
    }

    /// Whether serology knows this antigen. HLA-C families above 10 have no official antigen and count as their
    /// own (WMDA Bioinformatics and Innovation Committee, 2024-02-07).
    pub fn has_antigen(&self, locus: Locus, number: u16) -> bool {
        self.table(locus).antigens.contains(&number)
            || (locus == Locus::C && number > antigens::LAST_C_ANTIGEN && self.has_family(locus, number))
    }

    /// The present number of an antigen that was deleted.
    pub fn antigen_renamed(&self, locus: Locus, number: u16) -> Option<u16> {
        self.table(locus).former_antigens.get(&number).copied()
    }

    /// The antigens of a locus, ascending.
    pub fn antigens(&self, locus: Locus) -> impl Iterator<Item = u16> {
        self.table(locus).antigens.iter().copied()
    }

    /// The broad antigens of a locus, each with its splits.
    pub fn splits(&self, locus: Locus) -> impl Iterator<Item = (u16, &[u16])> {
        self.table(locus).splits.iter().map(|(&broad, splits)| (broad, splits.as_slice()))
    }

    /// Antigens with the variants that are associated with them, as A2403 is with A24.
    pub fn associated(&self, locus: Locus) -> impl Iterator<Item = (u16, &[u16])> {
        self.table(locus).associated.iter().map(|(&parent, variants)| (parent, variants.as_slice()))
    }

    /// What is known of a name. Without a release every name is known.
    ///
    /// A name without a suffix means an allele that is expressed as usual. When only alleles with a suffix begin
    /// so, leaving it out hides something: `A*24:09N` is not `A*24:09`.
    pub fn find(&self, locus: Locus, name: &AlleleName) -> Found {
        if !self.is_loaded() {
            return Found::Known;
        }
        let begun = self.alleles_beginning(locus, name);
        if begun.iter().any(|a| a.name.suffix() == name.suffix()) {
            return Found::Known;
        }
        if let Some(found) = self.find_former(locus, &name.to_string()) {
            return found;
        }
        if begun.is_empty() {
            return Found::Unknown;
        }
        let mut others: Vec<AlleleName> = begun.iter().map(|a| name.with_suffix(a.name.suffix())).collect();
        others.sort_unstable();
        others.dedup();
        Found::OtherSuffix(others)
    }

    /// What became of a former name, written as it was after the `*` (`0105N`, `02:01:08`).
    pub fn find_former(&self, locus: Locus, text: &str) -> Option<Found> {
        let former = &self.table(locus).former;
        let mut next = former.get(text)?;
        // A former name can lead to another former name; the tables are finite, a loop in them must not hang us.
        for _ in 0..8 {
            let Some(target) = next else { return Some(Found::Withdrawn) };
            if let Some(again) = former.get(target) {
                next = again;
                continue;
            }
            return Some(match AlleleName::parse(target) {
                Some(name) if !self.alleles_beginning(locus, &name).is_empty() => Found::Renamed(name),
                _ => Found::Withdrawn,
            });
        }
        Some(Found::Withdrawn)
    }

    fn table(&self, locus: Locus) -> &LocusTable {
        &self.loci[locus.index()]
    }
}

// What the comparison works with: symbols instead of names.
impl Release {
    /// The proteins that one of these alleles may show.
    ///
    /// Only an allele without a suffix surely reaches the cell's surface. N surely does not. For L, S, C, A and Q
    /// both stay possible, so that no certain match rests on them.
    pub(crate) fn products_of<'a>(alleles: impl Iterator<Item = &'a Allele>) -> Set {
        let mut ranges: Vec<(Symbol, Symbol)> = Vec::new();
        let mut may_be_null = false;
        for allele in alleles {
            let (suffix, symbol) = (allele.name.suffix(), allele.symbol);
            may_be_null |= suffix.is_some();
            if suffix == Some(Suffix::Null) {
                continue;
            }
            // Neighbours have the same protein or the next one.
            match ranges.last_mut() {
                Some(last) if last.0 <= symbol && symbol < last.1 => {}
                Some(last) if last.1 == symbol => last.1 += 1,
                _ => ranges.push((symbol, symbol + 1)),
            }
        }
        if may_be_null {
            ranges.push((crate::set::NULL, crate::set::NULL + 1));
        }
        Set::from_ranges(ranges)
    }

    /// The protein of a P group, named without its letter.
    pub(crate) fn p_group_product(&self, locus: Locus, name: &AlleleName) -> Option<Set> {
        let proteins = &self.table(locus).proteins;
        let at = proteins.binary_search_by_key(name, |p| p.name).ok()?;
        Some(Set::one(at as Symbol + 1))
    }

    /// The antigens that the proteins in `products` may show; a null stays a null.
    pub(crate) fn antigens_of(&self, locus: Locus, products: &Set) -> Set {
        // Names alone say as little of antigens as of proteins.
        if !self.reads_serology(locus) {
            return products.clone();
        }
        let table = self.table(locus);
        let mut ranges: Vec<(Symbol, Symbol)> = Vec::new();
        for &(from, to) in products.ranges() {
            if from == crate::set::NULL {
                ranges.push((0, 1));
            }
            let last = (to as usize).min(table.proteins.len() + 1);
            for symbol in from.max(1) as usize..last {
                let shown = table.proteins[symbol - 1].antigens.ranges();
                // Neighbours mostly show the same.
                if !ranges.ends_with(shown) {
                    ranges.extend_from_slice(shown);
                }
            }
        }
        Set::from_ranges(ranges)
    }

    /// The antigens that a serological typing may mean: a broad one means any of its splits.
    pub(crate) fn antigens_meant(&self, locus: Locus, number: u16) -> Set {
        if !self.reads_serology(locus) {
            // Without tables a number such as B62 can't be brought together with a family: anything is possible.
            return Set::everything();
        }
        self.table(locus).meant(number)
    }

    /// Whether serology at this locus can be brought together with DNA.
    pub(crate) fn reads_serology(&self, locus: Locus) -> bool {
        self.is_loaded() && antigens::tells_antigens(locus)
    }

    /// The proteins that may show one of `antigens`.
    pub(crate) fn products_showing(&self, locus: Locus, antigens: &Set) -> Set {
        if !self.reads_serology(locus) {
            return Set::everything();
        }
        let proteins = self.table(locus).proteins.iter().enumerate();
        Set::from_symbols(proteins.filter(|(_, p)| p.antigens.meets(antigens)).map(|(i, _)| i as Symbol + 1))
    }
}

/// Without a release a symbol is a name: family and second field, see [`crate::set::NAMES`].
pub(crate) fn bare_symbol(family: u16, second: u16) -> Symbol {
    Symbol::from(family) << 16 | Symbol::from(second)
}

/// All names of a family.
pub(crate) fn bare_family(family: u16) -> Set {
    Set::range(bare_symbol(family, 0).max(1), bare_symbol(family, u16::MAX))
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Release")
            .field("version", &self.version)
            .field("alleles", &self.allele_count())
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}
