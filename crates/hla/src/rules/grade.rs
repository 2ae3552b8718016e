//! A grade for each of the two of a locus, as reports and screens show it.

use super::Span;
use crate::resolve::{Block, Meaning};
use crate::set::Set;

/// How one of the two at a locus came out, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Grade {
    /// The proteins are the same for certain.
    Allele,
    /// The proteins may be the same.
    Potential,
    /// The proteins differ, the antigens are the same for certain.
    Antigen,
    /// The proteins differ, the antigens may be the same.
    PotentialAntigen,
    /// The antigens differ.
    Mismatch,
    /// One of the two was not typed here.
    Unknown,
}

/// The grades of a locus, better first. `Allele` stands as often as matches are certain, `Potential` as often as
/// further ones are possible.
pub(super) fn grades(patient: &Meaning, unit: &Meaning, allele: Span, antigen: Span) -> [Grade; 2] {
    let counted = by_count(allele, antigen);
    // Side by side says more of the antigens, where it says no other of the alleles than the count.
    let count = |of: &[Grade; 2], grade: Grade| of.iter().filter(|g| **g == grade).count();
    let agrees = |paired: &[Grade; 2]| {
        let same = |g: Grade| count(paired, g) == count(&counted, g);
        let no_worse = count(paired, Grade::Antigen) >= count(&counted, Grade::Antigen);
        // One protein with two serologies: possible by protein and impossible by antigen. The count stands.
        let no_better = count(paired, Grade::Mismatch) >= count(&counted, Grade::Mismatch);
        same(Grade::Allele) && same(Grade::Potential) && no_worse && no_better
    };
    side_by_side(patient, unit).filter(agrees).unwrap_or(counted)
}

fn by_count(allele: Span, antigen: Span) -> [Grade; 2] {
    let mut all = vec![Grade::Allele; allele.least.into()];
    all.resize(allele.most.into(), Grade::Potential);
    all.resize(antigen.least.max(allele.most).into(), Grade::Antigen);
    all.resize(antigen.most.max(allele.most).into(), Grade::PotentialAntigen);
    all.resize(2, Grade::Mismatch);
    [all[0], all[1]]
}

/// Each with its counterpart, in the better of the two orders; only for plain pairs.
fn side_by_side(patient: &Meaning, unit: &Meaning) -> Option<[Grade; 2]> {
    // What a null leaves to its partner alone is left out; the counts have it.
    fn pair(blocks: &[Block]) -> Option<[&Set; 2]> {
        let mut pairs = blocks.iter().filter_map(|b| match b {
            Block::Pair(a, b) => Some([a, b]),
            Block::Same(_) => None,
        });
        pairs.next().filter(|_| pairs.next().is_none())
    }
    // The antigen sets are sorted by themselves; only pairs whose order is beyond doubt can be used.
    if !patient.aligned || !unit.aligned {
        return None;
    }
    let (pp, up) = (pair(&patient.proteins)?, pair(&unit.proteins)?);
    let (pa, ua) = (pair(&patient.antigens)?, pair(&unit.antigens)?);
    let order = |i: usize| {
        let j = 1 - i;
        let mut both = [grade(pp[0], up[i], pa[0], ua[i]), grade(pp[1], up[j], pa[1], ua[j])];
        both.sort_unstable();
        both
    };
    Some(order(0).min(order(1)))
}

fn grade(p: &Set, u: &Set, pa: &Set, ua: &Set) -> Grade {
    let same = |a: &Set, b: &Set| a.single().is_some() && a == b;
    if same(p, u) {
        Grade::Allele
    } else if p.meets(u) {
        Grade::Potential
    } else if same(pa, ua) {
        Grade::Antigen
    } else if pa.meets(ua) {
        Grade::PotentialAntigen
    } else {
        Grade::Mismatch
    }
}
