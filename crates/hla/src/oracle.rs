//! The reference implementation: what the rules mean, written as plainly as possible and without regard to speed,
//! to check the comparison and the index against.
//!
//! It shares no code with them. It reads the release's rows and the typing, makes every pair of chromosomes that a
//! typing leaves open, compares each with each, and keeps the least and the most.

use crate::nomenclature::{Allele, Serology};
use crate::typing::{Call, Genotype, LocusTyping, Typing};
use crate::{AlleleName, Locus, Release, Suffix};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// Least and most.
pub type Bounds = (u8, u8);

/// One locus on one level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tally {
    /// Matches.
    pub matches: Bounds,
    /// Shown by the patient, lacking in the unit.
    pub gvh: Bounds,
    /// Shown by the unit, lacking in the patient.
    pub hvg: Bounds,
}

const UNKNOWN: Tally = Tally { matches: (0, 2), gvh: (0, 2), hvg: (0, 2) };

/// What the reference implementation says of a patient and a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// A, B, C, DRB1, DQB1 at the allele level.
    pub allele: [Tally; 5],
    /// The same at the antigen level.
    pub antigen: [Tally; 5],
    /// Matches out of 6.
    pub of6: Bounds,
    /// Matches out of 8.
    pub of8: Bounds,
    /// Matches out of 10.
    pub of10: Bounds,
}

/// What one chromosome shows: a protein and one of its antigens, or nothing.
type Shown = Option<(AlleleName, u16)>;

/// Every possibility for one chromosome.
type Side = Rc<BTreeSet<Shown>>;

/// A column of the serology table.
type Column = fn(&Serology) -> &Box<[u16]>;

/// What came out against one patient's locus.
type Seen = HashMap<LocusTyping, (Tally, Tally)>;

/// The reference implementation over one release.
pub struct Oracle<'r> {
    release: &'r Release,
    exhaustive: bool,
    antigens: HashMap<(Locus, AlleleName), Rc<BTreeSet<u16>>>,
    calls: HashMap<(Locus, Call), Side>,
    compared: [HashMap<LocusTyping, Seen>; 5],
}

impl<'r> Oracle<'r> {
    /// Tries, of the proteins that no call in a comparison tells apart, only four: two pairs can't hold more.
    pub fn new(release: &'r Release) -> Oracle<'r> {
        let (antigens, calls, compared) = Default::default();
        Oracle { release, exhaustive: false, antigens, calls, compared }
    }

    /// Tries everything. Only for small releases.
    pub fn exhaustive(release: &'r Release) -> Oracle<'r> {
        Oracle { exhaustive: true, ..Oracle::new(release) }
    }

    /// Compares a patient with a unit. A contradictory locus counts as not typed.
    pub fn compare(&mut self, patient: &Typing, unit: &Typing) -> Verdict {
        verdict(Locus::MATCHED.map(|l| self.locus_once(l, patient.get(l), unit.get(l))))
    }

    /// The units whose possible matches reach `at_least` out of `class` (6, 8 or 10), with their verdicts.
    pub fn search<'u, K: Copy>(
        &mut self,
        patient: &Typing,
        units: impl IntoIterator<Item = (K, &'u Typing)>,
        class: u8,
        at_least: u8,
    ) -> Vec<(K, Verdict)> {
        let mut found = Vec::new();
        for (key, unit) in units {
            let verdict = self.compare(patient, unit);
            let (_, most) = match class {
                6 => verdict.of6,
                8 => verdict.of8,
                _ => verdict.of10,
            };
            if most >= at_least {
                found.push((key, verdict));
            }
        }
        found
    }

    /// The same two typings are compared once.
    fn locus_once(
        &mut self,
        locus: Locus,
        patient: Option<&LocusTyping>,
        unit: Option<&LocusTyping>,
    ) -> (Tally, Tally) {
        let (Some(ours), Some(theirs)) = (patient, unit) else { return (UNKNOWN, UNKNOWN) };
        if let Some(known) = self.compared[locus.index()].get(ours).and_then(|seen| seen.get(theirs)) {
            return *known;
        }
        let tallies = self.locus(locus, patient, unit);
        self.compared[locus.index()].entry(ours.clone()).or_default().insert(theirs.clone(), tallies);
        tallies
    }

    fn locus(
        &mut self,
        locus: Locus,
        patient: Option<&LocusTyping>,
        unit: Option<&LocusTyping>,
    ) -> (Tally, Tally) {
        let (Some(patient), Some(unit)) = (patient, unit) else { return (UNKNOWN, UNKNOWN) };
        let universe = Universe::of(&[patient, unit]);
        let ours = self.possibilities(locus, patient, &universe);
        let theirs = self.possibilities(locus, unit, &universe);
        if ours.is_empty() || theirs.is_empty() {
            return (UNKNOWN, UNKNOWN);
        }
        let allele = self.tally(&ours, &theirs, |s| s.map(|(protein, _)| protein));
        let mut antigen = self.tally(&ours, &theirs, |s| s.map(|(_, antigen)| antigen));
        if matches!(locus, Locus::Dpb1 | Locus::Dpa1 | Locus::Dqa1) {
            antigen = allele;
        }
        // Between DNA typings, what is the same protein for certain shows the same antigen for certain.
        let plain = |t: &LocusTyping| t.serology.is_none() && !format!("{t:?}").contains("Antigen(");
        if plain(patient) && plain(unit) {
            antigen.matches.0 = antigen.matches.0.max(allele.matches.0);
            antigen.gvh.1 = antigen.gvh.1.min(allele.gvh.1);
            antigen.hvg.1 = antigen.hvg.1.min(allele.hvg.1);
        }
        (allele, antigen)
    }

    /// Least and most over every pair that the patient may have and every pair that the unit may have.
    fn tally<T: Ord + Copy>(
        &self,
        ours: &[(Side, Side)],
        theirs: &[(Side, Side)],
        level: impl Fn(Shown) -> Option<T>,
    ) -> Tally {
        let mut all = Tally { matches: (2, 0), gvh: (2, 0), hvg: (2, 0) };
        let widen = |b: &mut Bounds, n: u8| *b = (b.0.min(n), b.1.max(n));
        let at_level = |side: &Side| side.iter().map(|s| level(*s)).collect::<BTreeSet<_>>();
        for (p1, p2) in ours {
            for (u1, u2) in theirs {
                let mut sets = [at_level(p1), at_level(p2), at_level(u1), at_level(u2)];
                if !self.exhaustive {
                    thin(&mut sets);
                }
                let [p1, p2, u1, u2] = &sets;
                for p in pairs(p1, p2) {
                    for u in pairs(u1, u2) {
                        widen(&mut all.matches, matches(&p, &u));
                        widen(&mut all.gvh, lacking(&p, &u));
                        widen(&mut all.hvg, lacking(&u, &p));
                    }
                }
            }
        }
        all
    }

    /// The alternatives of a typing, each with both chromosomes' possibilities. None when it contradicts itself.
    fn possibilities(
        &mut self,
        locus: Locus,
        typing: &LocusTyping,
        universe: &Universe,
    ) -> Vec<(Side, Side)> {
        let mut alternatives = Vec::new();
        for genotype in &typing.dna {
            let first = self.call(locus, &genotype.first, universe);
            let second = match &genotype.second {
                Some(call) => self.call(locus, call, universe),
                None => first.clone(),
            };
            alternatives.push((first, second));
        }
        let Some(serology) = &typing.serology else { return alternatives };
        if alternatives.is_empty() {
            let first = self.call(locus, &serology.first, universe);
            let second = match &serology.second {
                Some(call) => self.call(locus, call, universe),
                None => self.anything(locus, universe),
            };
            return vec![(first, second)];
        }
        if !self.release.is_loaded() || matches!(locus, Locus::Dpb1 | Locus::Dpa1 | Locus::Dqa1) {
            return alternatives;
        }
        alternatives.iter().flat_map(|(a, b)| self.agreeing(locus, a, b, serology)).collect()
    }

    /// The part of two chromosomes' possibilities that agrees with the antigens that were seen.
    fn agreeing(&self, locus: Locus, a: &Side, b: &Side, serology: &Genotype) -> Vec<(Side, Side)> {
        let meant = |call: &Call| match call {
            Call::Antigen(number) => self.meant(locus, *number),
            _ => BTreeSet::new(),
        };
        let first = meant(&serology.first);
        let second = serology.second.as_ref().map(meant);
        let showing = |side: &Side, seen: Option<&BTreeSet<u16>>| {
            let agrees =
                |s: &&Shown| s.is_some_and(|(_, antigen)| seen.is_none_or(|seen| seen.contains(&antigen)));
            Rc::new(side.iter().filter(agrees).copied().collect::<BTreeSet<Shown>>())
        };
        let null =
            |side: &Side| Rc::new(side.iter().filter(|s| s.is_none()).copied().collect::<BTreeSet<Shown>>());
        let mut out = vec![
            (showing(a, Some(&first)), showing(b, second.as_ref())),
            (showing(a, second.as_ref()), showing(b, Some(&first))),
        ];
        let one_antigen = second.as_ref().is_none_or(|s| *s == first);
        if one_antigen {
            out.push((null(a), showing(b, Some(&first))));
            out.push((showing(a, Some(&first)), null(b)));
        }
        out.retain(|(a, b)| !a.is_empty() && !b.is_empty());
        out
    }

    fn call(&mut self, locus: Locus, call: &Call, universe: &Universe) -> Side {
        if !self.release.is_loaded() {
            return Rc::new(universe.call(call));
        }
        if let Some(known) = self.calls.get(&(locus, call.clone())) {
            return known.clone();
        }
        let parts: Vec<Call> = match call {
            Call::AnyOf(calls) => calls.clone(),
            Call::Code { alleles, .. } => alleles.iter().map(|n| Call::Allele(*n)).collect(),
            _ => Vec::new(),
        };
        let mut out = BTreeSet::new();
        for part in &parts {
            out.extend(self.call(locus, part, universe).iter().copied());
        }
        for allele in self.release.alleles(locus) {
            if !parts.is_empty() || !self.fits(locus, call, allele) {
                continue;
            }
            let always = matches!(call, Call::Antigen(_) | Call::PGroup(_)) || allele.name.suffix().is_none();
            if allele.name.suffix() == Some(Suffix::Null) || !always {
                out.insert(None);
            }
            let Some(protein) = allele.protein else { continue };
            for &antigen in self.antigens(locus, protein).iter() {
                match call {
                    // Who showed an antigen showed this one.
                    Call::Antigen(number) if !self.meant(locus, *number).contains(&antigen) => {}
                    _ => {
                        out.insert(Some((protein, antigen)));
                    }
                }
            }
        }
        let side = if out.is_empty() { self.anything(locus, universe) } else { Rc::new(out) };
        self.calls.insert((locus, call.clone()), side.clone());
        side
    }

    /// Whether an allele is one that a call leaves open.
    fn fits(&mut self, locus: Locus, call: &Call, allele: &Allele) -> bool {
        match call {
            Call::Allele(name) => {
                let written = name.fields();
                allele.name.suffix() == name.suffix()
                    && allele.name.fields().iter().take(written.len()).eq(written)
            }
            Call::Family(family) => allele.name.fields()[0] == *family,
            Call::GGroup(name) => self.release.g_group(locus, name).any(|member| member.name == allele.name),
            Call::PGroup(name) => allele.protein == Some(*name),
            Call::Code { .. } | Call::AnyOf(_) => false,
            Call::Antigen(number) => {
                let meant = self.meant(locus, *number);
                allele.protein.is_some_and(|p| self.antigens(locus, p).iter().any(|a| meant.contains(a)))
            }
        }
    }

    /// Nothing is known: any protein of the locus, with any antigen.
    fn anything(&mut self, locus: Locus, universe: &Universe) -> Side {
        if !self.release.is_loaded() {
            return Rc::new(universe.anything());
        }
        // Four proteins and antigens besides those of the release: what is not known need not be among them.
        let mut out = Universe::default().anything();
        for allele in self.release.alleles(locus) {
            if let Some(protein) = allele.protein {
                out.extend(self.antigens(locus, protein).iter().map(|&antigen| Some((protein, antigen))));
            }
        }
        // Antigens that no protein of the release shows are possible too.
        let known: Vec<u16> = self.release.antigens(locus).collect();
        out.extend(known.iter().map(|&a| Some((fresh_name(FRESH, FRESH), a))));
        Rc::new(out)
    }

    /// What a serological number may mean: a broad antigen, any of its splits; a variant, what it is a variant of.
    fn meant(&self, locus: Locus, number: u16) -> BTreeSet<u16> {
        let splits: BTreeMap<u16, &[u16]> = self.release.splits(locus).collect();
        let variants: BTreeMap<u16, &[u16]> = self.release.associated(locus).collect();
        let mut start = number;
        for (parent, of) in &variants {
            if of.contains(&number) && !splits.contains_key(parent) {
                start = *parent;
            }
        }
        let mut out = BTreeSet::from([start]);
        loop {
            let mut more = out.clone();
            for n in &out {
                if let Some(s) = splits.get(n) {
                    more.extend(s.iter());
                    more.extend(variants.get(n).into_iter().flat_map(|v| v.iter()));
                }
            }
            if more.len() == out.len() {
                return out;
            }
            out = more;
        }
    }

    /// The antigens that a protein may show, from the rows of the alleles that make it.
    fn antigens(&mut self, locus: Locus, protein: AlleleName) -> Rc<BTreeSet<u16>> {
        if let Some(known) = self.antigens.get(&(locus, protein)) {
            return known.clone();
        }
        let rows =
            self.release.alleles(locus).iter().filter(|a| a.protein == Some(protein)).map(|a| &a.serology);
        let rows: Vec<_> = rows.collect();
        let all = |columns: &[Column]| {
            let numbers = rows.iter().flat_map(|r| columns.iter().flat_map(|c| c(r).to_vec()));
            numbers.filter(|&n| n != 0).collect::<BTreeSet<u16>>()
        };
        let mut numbers = all(&[|s| &s.unambiguous]);
        if numbers.is_empty() {
            numbers = all(&[|s| &s.possible, |s| &s.assumed]);
        }
        let splits: BTreeMap<u16, &[u16]> = self.release.splits(locus).collect();
        let said = numbers.clone();
        numbers.retain(|n| !splits.get(n).is_some_and(|s| s.iter().any(|split| said.contains(split))));
        numbers.extend(all(&[|s| &s.expert]));
        if numbers.is_empty() {
            numbers.insert(protein.family());
        }
        let mut out: BTreeSet<u16> = numbers.iter().flat_map(|&n| self.meant(locus, n)).collect();
        if locus == Locus::C && protein.family() > 10 {
            out = BTreeSet::from([protein.family()]);
        }
        let out = Rc::new(out);
        self.antigens.insert((locus, protein), out.clone());
        out
    }
}

fn verdict(levels: [(Tally, Tally); 5]) -> Verdict {
    let (allele, antigen) = (levels.map(|l| l.0), levels.map(|l| l.1));
    let sum =
        |parts: &[Tally]| (parts.iter().map(|t| t.matches.0).sum(), parts.iter().map(|t| t.matches.1).sum());
    Verdict {
        of6: sum(&[antigen[0], antigen[1], allele[3]]),
        of8: sum(&allele[..4]),
        of10: sum(&allele),
        allele,
        antigen,
    }
}

/// Both chromosomes: a null is silent and its partner stands for both.
fn pairs<T: Ord + Copy>(a: &BTreeSet<Option<T>>, b: &BTreeSet<Option<T>>) -> BTreeSet<[Option<T>; 2]> {
    let mut out = BTreeSet::new();
    for &x in a {
        for &y in b {
            let mut pair = [x.or(y), y.or(x)];
            pair.sort_unstable();
            out.insert(pair);
        }
    }
    out
}

fn matches<T: Ord + Copy>(p: &[Option<T>; 2], u: &[Option<T>; 2]) -> u8 {
    let mut left = u.to_vec();
    let mut count = 0;
    for x in p {
        if let Some(at) = left.iter().position(|y| y == x) {
            left.remove(at);
            count += 1;
        }
    }
    count
}

fn lacking<T: Ord + Copy>(p: &[Option<T>; 2], u: &[Option<T>; 2]) -> u8 {
    let shown: BTreeSet<T> = p.iter().flatten().copied().collect();
    shown.into_iter().filter(|x| !u.contains(&Some(*x))).count() as u8
}

/// Keeps four of the symbols that lie in exactly the same sets.
fn thin<T: Ord + Copy>(sets: &mut [BTreeSet<Option<T>>; 4]) {
    let mut alike: BTreeMap<[bool; 4], u8> = BTreeMap::new();
    let everything: BTreeSet<Option<T>> = sets.iter().flatten().copied().collect();
    for symbol in everything {
        let within = [0, 1, 2, 3].map(|i| sets[i].contains(&symbol));
        let count = alike.entry(within).or_default();
        if symbol.is_some() && *count == 4 {
            for set in sets.iter_mut() {
                set.remove(&symbol);
            }
        } else if symbol.is_some() {
            *count += 1;
        }
    }
}

/// Without a release: the names that are written, and a few that are not for what a family or an antigen leaves
/// open.
#[derive(Default)]
struct Universe {
    written: BTreeSet<(u16, u16)>,
}

const FRESH: u16 = 60_000;

fn fresh_name(family: u16, second: u16) -> AlleleName {
    AlleleName::new(&[family, second], None).expect("neither field is 0")
}

impl Universe {
    fn of(typings: &[&LocusTyping]) -> Universe {
        let mut universe = Universe::default();
        for typing in typings {
            for call in typing.dna.iter().flat_map(|g| g.calls()) {
                universe.note(call);
            }
        }
        universe
    }

    fn note(&mut self, call: &Call) {
        match call {
            Call::Allele(n) | Call::GGroup(n) | Call::PGroup(n) => {
                self.written.insert((n.fields()[0], n.fields()[1]));
                self.note(&Call::Family(n.fields()[0]));
            }
            Call::Family(family) => self.written.extend((0..4).map(|i| (*family, FRESH + i))),
            Call::AnyOf(calls) => calls.iter().for_each(|c| self.note(c)),
            Call::Code { alleles, .. } => alleles.iter().for_each(|n| self.note(&Call::Allele(*n))),
            Call::Antigen(_) => {}
        }
    }

    fn anything(&self) -> BTreeSet<Shown> {
        let fresh = (0..4).map(|i| (FRESH + i, FRESH));
        self.written.iter().copied().chain(fresh).map(|(f, s)| Some((fresh_name(f, s), f))).collect()
    }

    fn call(&self, call: &Call) -> BTreeSet<Shown> {
        match call {
            Call::Allele(n) | Call::PGroup(n) | Call::GGroup(n) => {
                let two = n.truncated(2);
                let shown = Some((two, two.family()));
                match (call, n.suffix()) {
                    (Call::GGroup(_), _) => BTreeSet::from([None, shown]),
                    (_, None) => BTreeSet::from([shown]),
                    (_, Some(Suffix::Null)) => BTreeSet::from([None]),
                    (_, Some(_)) => BTreeSet::from([None, shown]),
                }
            }
            Call::Family(family) => {
                let mut all: BTreeSet<Shown> =
                    self.anything().into_iter().filter(|s| s.is_some_and(|(_, f)| f == *family)).collect();
                all.insert(None);
                all
            }
            Call::AnyOf(calls) => calls.iter().flat_map(|c| self.call(c)).collect(),
            Call::Code { alleles, .. } => alleles.iter().flat_map(|n| self.call(&Call::Allele(*n))).collect(),
            Call::Antigen(_) => self.anything(),
        }
    }
}
