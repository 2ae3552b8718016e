//! The reference implementation: what the rules mean, written as plainly as possible and without regard to speed,
//! to check the comparison and the index against.
//!
//! It shares no code with them. It reads the release's rows and the typing, makes every pair of chromosomes that a
//! typing leaves open, compares each with each, and keeps the least and the most.

mod bare;
mod sides;

use crate::typing::{Call, LocusTyping, Typing};
use crate::{AlleleName, Locus, Release};
use bare::Universe;
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

    /// Forgets how typings compared, which fills the memory over many patients.
    pub fn forget(&mut self) {
        self.compared = Default::default();
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
        let mut allele = self.tally(&ours, &theirs, |s| s.map(|(protein, _)| protein));
        let mut antigen = self.tally(&ours, &theirs, |s| s.map(|(_, antigen)| antigen));
        if !self.release.is_loaded() {
            // Each name may be a protein and an antigen of its own, or all names of a family one: nobody can tell.
            let within = |a: Bounds, b: Bounds| (a.0.min(b.0), a.1.max(b.1));
            allele = Tally {
                matches: within(allele.matches, antigen.matches),
                gvh: within(allele.gvh, antigen.gvh),
                hvg: within(allele.hvg, antigen.hvg),
            };
            return (allele, allele);
        }
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
