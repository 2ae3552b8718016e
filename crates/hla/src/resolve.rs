//! From a typing to what it may mean: sets of proteins and of antigens for the two chromosomes, with nulls worked
//! out. The comparison and the index work on these; the reference implementation does not.

use crate::nomenclature::{bare_family, bare_symbol};
use crate::set::{NULL, Set, Symbol};
use crate::typing::{Call, LocusTyping};
use crate::{Locus, Release, Suffix};
use std::borrow::Cow;
use std::collections::HashMap;

/// Possible pairs of expressed symbols at a locus.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Block {
    /// One symbol of each set, independently; the smaller set first.
    Pair(Set, Set),
    /// Twice the same symbol: its partner is a null and it stands for both. `{NULL}` when both are.
    Same(Set),
}

impl Block {
    /// Its one or two sets.
    pub(crate) fn sides(&self) -> impl Iterator<Item = &Set> {
        let (first, second) = match self {
            Block::Pair(a, b) => (a, Some(b)),
            Block::Same(a) => (a, None),
        };
        std::iter::once(first).chain(second)
    }

    /// Whether its symbols are names, as without a release.
    pub(crate) fn is_of_names(&self) -> bool {
        self.sides().any(Set::is_of_names)
    }

    /// Names as if all of a family were one protein.
    pub(crate) fn by_family(&self) -> Block {
        match self {
            Block::Pair(a, b) => Block::Pair(a.families(), b.families()),
            Block::Same(a) => Block::Same(a.families()),
        }
    }

    /// Whether it is one possibility alone.
    pub(crate) fn is_exact(&self) -> bool {
        self.sides().all(|s| s.single().is_some())
    }
}

/// What a locus' typing may mean: every possibility is in one of the blocks.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Meaning {
    /// As proteins (P groups).
    pub(crate) proteins: Vec<Block>,
    /// As antigens.
    pub(crate) antigens: Vec<Block>,
    /// Whether the first set of the one protein pair and the first of the one antigen pair are one chromosome's.
    pub(crate) aligned: bool,
    /// Whether no serology had a part in it, so that the same protein is sure to have the same antigens here.
    pub(crate) by_dna: bool,
}

/// What one chromosome may show.
#[derive(Clone, Debug)]
struct Side {
    proteins: Set,
    antigens: Set,
}

impl Side {
    fn is_impossible(&self) -> bool {
        self.proteins.is_empty() || self.antigens.is_empty()
    }

    /// Nothing is known of it, as of a second antigen that was not detected.
    fn anything() -> Side {
        Side { proteins: Set::everything(), antigens: Set::everything() }
    }
}

/// What a locus' typing may mean; `None` when its DNA and its serology exclude each other.
pub(crate) fn resolve(release: &Release, locus: Locus, typing: &LocusTyping) -> Option<Meaning> {
    resolve_with(release, &mut Cache::default(), locus, typing)
}

/// What calls of a release mean, worked out once each: many typings share few calls.
#[derive(Default, Debug)]
pub(crate) struct Cache {
    sides: [HashMap<Call, Side>; Locus::COUNT],
    antigens: HashMap<(Locus, u16), Seen>,
}

/// An antigen that serology saw: what it may mean and which proteins show that.
#[derive(Clone, Debug)]
struct Seen {
    meant: Set,
    proteins: Set,
}

impl Cache {
    fn side(&mut self, release: &Release, locus: Locus, call: &Call) -> Side {
        let known = &mut self.sides[locus.index()];
        if let Some(side) = known.get(call) {
            return side.clone();
        }
        let side = side(release, locus, call);
        known.insert(call.clone(), side.clone());
        side
    }

    /// `None` for what is no antigen, which says nothing.
    fn seen(&mut self, release: &Release, locus: Locus, call: &Call) -> Option<Seen> {
        let Call::Antigen(number) = call else { return None };
        let entry = self.antigens.entry((locus, *number)).or_insert_with(|| {
            let meant = release.antigens_meant(locus, *number);
            Seen { proteins: release.products_showing(locus, &meant), meant }
        });
        Some(entry.clone())
    }
}

/// The same with a cache, which must be used with one release only.
pub(crate) fn resolve_with(
    release: &Release,
    cache: &mut Cache,
    locus: Locus,
    typing: &LocusTyping,
) -> Option<Meaning> {
    let mut pairs: Vec<(Side, Side)> = Vec::with_capacity(typing.dna.len().max(1));
    for genotype in &typing.dna {
        let firsts = readings(&genotype.first, typing.serology.is_some());
        let seconds = genotype.second.as_ref().map(|call| readings(call, typing.serology.is_some()));
        for call in firsts {
            let first = cache.side(release, locus, &call);
            match &seconds {
                Some(calls) => {
                    pairs.extend(calls.iter().map(|c| (first.clone(), cache.side(release, locus, c))));
                }
                // No second allele was found: the other copy is within what this call leaves open.
                None if genotype.first.is_dna() => pairs.push((first.clone(), first)),
                None => pairs.push((first, Side::anything())),
            }
        }
    }
    if let Some(serology) = &typing.serology {
        if pairs.is_empty() {
            let first = cache.side(release, locus, &serology.first);
            let second = serology.second.as_ref().map(|c| cache.side(release, locus, c));
            pairs.push((first, second.unwrap_or_else(Side::anything)));
        } else if release.reads_serology(locus) {
            let first = cache.seen(release, locus, &serology.first);
            let second = serology.second.as_ref().and_then(|c| cache.seen(release, locus, c));
            pairs = pairs.iter().flat_map(|pair| narrowed(pair, first.as_ref(), second.as_ref())).collect();
        }
    }
    if pairs.is_empty() {
        return None;
    }
    let blocks = |pick: fn(&Side) -> &Set| {
        let mut all: Vec<Block> = Vec::new();
        for (a, b) in &pairs {
            add_blocks(pick(a), pick(b), &mut all);
        }
        all.sort_unstable();
        all.dedup();
        all
    };
    let aligned = match &pairs[..] {
        [(a, b)] => {
            let sorted = |pick: fn(&Side) -> &Set| pick(a).without_null().cmp(&pick(b).without_null());
            let (proteins, antigens) = (sorted(|s| &s.proteins), sorted(|s| &s.antigens));
            proteins == antigens || antigens.is_eq() || proteins.is_eq()
        }
        _ => false,
    };
    let by_dna = typing.serology.is_none() && typing.dna.iter().all(|g| g.calls().all(Call::is_dna));
    Some(Meaning { proteins: blocks(|s| &s.proteins), antigens: blocks(|s| &s.antigens), aligned, by_dna })
}

/// A call as it is, or, when serology is to narrow it down, the antigens that it may be apart from the rest: who showed
/// one of them showed no other.
fn readings(call: &Call, narrowed: bool) -> Vec<Cow<'_, Call>> {
    match call {
        Call::AnyOf(calls) if narrowed && !call.is_dna() => {
            let (antigens, others): (Vec<&Call>, Vec<&Call>) = calls.iter().partition(|c| !c.is_dna());
            let others = (!others.is_empty()).then(|| Call::AnyOf(others.into_iter().cloned().collect()));
            antigens.into_iter().map(Cow::Borrowed).chain(others.map(Cow::Owned)).collect()
        }
        _ => vec![Cow::Borrowed(call)],
    }
}

fn side(release: &Release, locus: Locus, call: &Call) -> Side {
    if let Call::AnyOf(calls) = call {
        let sides: Vec<Side> = calls.iter().map(|c| side(release, locus, c)).collect();
        let all = |pick: fn(&Side) -> &Set| {
            Set::from_ranges(sides.iter().flat_map(|s| pick(s).ranges()).copied().collect())
        };
        return Side { proteins: all(|s| &s.proteins), antigens: all(|s| &s.antigens) };
    }
    let proteins = products(release, locus, call);
    if proteins.contains(UNKNOWN) {
        return Side { antigens: Set::everything().union(&release.antigens_of(locus, &proteins)), proteins };
    }
    let mut antigens = release.antigens_of(locus, &proteins);
    if let Call::Antigen(number) = call {
        // Who showed this antigen showed none of the others that its protein might show.
        antigens = antigens.intersection(&release.antigens_meant(locus, *number));
    }
    Side { proteins, antigens }
}

/// In a set, the sign that anything at all is possible: no release has so many proteins.
const UNKNOWN: Symbol = Symbol::MAX - 1;

/// The proteins that a call leaves open, [`NULL`] among them where a null allele does. Everything when the release
/// lacks a name that another one had: nothing is known then.
pub(crate) fn products(release: &Release, locus: Locus, call: &Call) -> Set {
    let all = |sets: &mut dyn Iterator<Item = Set>| {
        Set::from_ranges(sets.flat_map(|s| s.ranges().to_vec()).collect())
    };
    let found = match call {
        Call::AnyOf(calls) => all(&mut calls.iter().map(|c| products(release, locus, c))),
        Call::Code { alleles, .. } => {
            all(&mut alleles.iter().map(|n| products(release, locus, &Call::Allele(*n))))
        }
        Call::Antigen(number) => release.products_showing(locus, &release.antigens_meant(locus, *number)),
        _ if !release.is_loaded() => bare_products(call),
        Call::Allele(name) => {
            let begun = release.alleles_beginning(locus, name).iter();
            Release::products_of(begun.filter(|a| a.name.suffix() == name.suffix()))
        }
        Call::Family(family) => {
            let begun =
                crate::AlleleName::new(&[*family], None).map(|n| release.alleles_beginning(locus, &n));
            Release::products_of(begun.unwrap_or_default().iter())
        }
        Call::GGroup(name) => {
            let members = Release::products_of(release.g_group(locus, name));
            if members.is_empty() {
                without_table(release, locus, name).union(&Set::one(NULL))
            } else {
                members
            }
        }
        Call::PGroup(name) => {
            release.p_group_product(locus, name).unwrap_or_else(|| without_table(release, locus, name))
        }
    };
    if found.is_empty() { Set::everything() } else { found }
}

/// A group whose table is missing: at least what its own name begins.
fn without_table(release: &Release, locus: Locus, name: &crate::AlleleName) -> Set {
    products(release, locus, &Call::Allele(name.truncated(2)))
}

/// Without a release: two fields are a name, a family is any of its names, a suffix is what it says.
fn bare_products(call: &Call) -> Set {
    match call {
        Call::Allele(name) | Call::PGroup(name) => {
            let symbol = bare_symbol(name.family(), name.fields().get(1).copied().unwrap_or_default());
            match name.suffix() {
                None => Set::one(symbol),
                Some(Suffix::Null) => Set::one(NULL),
                Some(_) => Set::from_symbols([NULL, symbol]),
            }
        }
        // Groups and families have null members.
        Call::GGroup(name) => bare_products(&Call::Allele(*name)).union(&Set::one(NULL)),
        Call::Family(family) => bare_family(*family).union(&Set::one(NULL)),
        Call::AnyOf(_) | Call::Code { .. } | Call::Antigen(_) => Set::everything(),
    }
}

/// A DNA genotype together with serology: one chromosome shows the first antigen and the other the second, or the
/// other way round. What is impossible is left out.
fn narrowed((a, b): &(Side, Side), first: Option<&Seen>, second: Option<&Seen>) -> Vec<(Side, Side)> {
    let showing = |side: &Side, seen: Option<&Seen>| match seen {
        // What is not known can't be narrowed down by what the release knows.
        _ if side.proteins.contains(UNKNOWN) => side.clone(),
        None => Side { proteins: side.proteins.without_null(), antigens: side.antigens.without_null() },
        Some(seen) => Side {
            proteins: side.proteins.intersection(&seen.proteins),
            antigens: side.antigens.intersection(&seen.meant),
        },
    };
    let mut possible = vec![(showing(a, first), showing(b, second)), (showing(a, second), showing(b, first))];
    // A null shows no antigen: its partner showed the one that was seen, and no other one was.
    if second.is_none_or(|s| first.is_some_and(|f| f.meant == s.meant)) {
        let null = || Side { proteins: Set::one(NULL), antigens: Set::one(NULL) };
        if a.proteins.has_null() {
            possible.push((null(), showing(b, first)));
        }
        if b.proteins.has_null() {
            possible.push((showing(a, first), null()));
        }
    }
    possible.retain(|(a, b)| !a.is_impossible() && !b.is_impossible());
    possible
}

/// Adds the blocks of two sets, with each null's partner standing for both.
fn add_blocks(a: &Set, b: &Set, blocks: &mut Vec<Block>) {
    let (a_shown, b_shown) = (a.without_null(), b.without_null());
    if !a_shown.is_empty() && !b_shown.is_empty() {
        let (small, large) = if a_shown <= b_shown {
            (a_shown.clone(), b_shown.clone())
        } else {
            (b_shown.clone(), a_shown.clone())
        };
        blocks.push(Block::Pair(small, large));
    }
    if a.has_null() && !b_shown.is_empty() {
        blocks.push(Block::Same(b_shown));
    }
    if b.has_null() && !a_shown.is_empty() {
        blocks.push(Block::Same(a_shown));
    }
    if a.has_null() && b.has_null() {
        blocks.push(Block::Same(Set::one(NULL)));
    }
}
