//! How a unit suits a patient: matches and mismatches locus by locus, certain and possible, and the match classes.
//!
//! A typing leaves possibilities open. Every figure is therefore a [`Span`]: the least and the most over all that
//! both typings leave open. A match is *certain* as far as the least goes and *potential* up to the most. Adding
//! ambiguity to a typing can only widen a span.
//!
//! At the allele level two alleles match when their proteins are alike in the antigen recognition domain (the same
//! P group). At the antigen level they match when their antigens are the same. Between two DNA typings a match that
//! is certain by protein is certain by antigen too; where serology was done, it is believed.

mod carried;
mod enumerate;
mod grade;

use crate::resolve::{Meaning, resolve};
use crate::typing::Typing;
use crate::{Locus, Release};
use std::fmt;
use std::sync::Arc;

pub use carried::Carried;
pub(crate) use enumerate::Comparer;
pub use grade::Grade;

/// A number of which only bounds are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// It is at least this.
    pub least: u8,
    /// It is at most this.
    pub most: u8,
}

impl Span {
    /// Nothing is known of a locus' two.
    pub const UNKNOWN: Span = Span { least: 0, most: 2 };

    /// A number that is known.
    pub fn exactly(n: u8) -> Span {
        Span { least: n, most: n }
    }

    /// Whether the number is known.
    pub fn is_certain(self) -> bool {
        self.least == self.most
    }

    fn plus(self, other: Span) -> Span {
        Span { least: self.least + other.least, most: self.most + other.most }
    }

    fn or(self, other: Span) -> Span {
        Span { least: self.least.min(other.least), most: self.most.max(other.most) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_certain() {
            write!(f, "{}", self.least)
        } else {
            write!(f, "{}-{}", self.least, self.most)
        }
    }
}

/// Matches and mismatches at one locus, on one level.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Comparison {
    /// How many of the two match.
    pub matches: Span,
    /// Graft against host: what the patient shows and the unit lacks.
    pub gvh: Span,
    /// Host against graft: what the unit shows and the patient lacks.
    pub hvg: Span,
}

impl Comparison {
    /// When one of the two was not typed.
    pub const UNKNOWN: Comparison =
        Comparison { matches: Span::UNKNOWN, gvh: Span::UNKNOWN, hvg: Span::UNKNOWN };

    fn or(self, other: Comparison) -> Comparison {
        Comparison {
            matches: self.matches.or(other.matches),
            gvh: self.gvh.or(other.gvh),
            hvg: self.hvg.or(other.hvg),
        }
    }

    fn plus(self, other: Comparison) -> Comparison {
        Comparison {
            matches: self.matches.plus(other.matches),
            gvh: self.gvh.plus(other.gvh),
            hvg: self.hvg.plus(other.hvg),
        }
    }

    /// An antigen comparison of two DNA typings, with what proteins make certain: the same protein shows the same
    /// antigen.
    fn helped_by(self, protein: Comparison) -> Comparison {
        let fewer = |mine: Span, theirs: Span| Span { least: mine.least, most: mine.most.min(theirs.most) };
        Comparison {
            matches: Span { least: self.matches.least.max(protein.matches.least), most: self.matches.most },
            gvh: fewer(self.gvh, protein.gvh),
            hvg: fewer(self.hvg, protein.hvg),
        }
    }
}

/// One locus of a report.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LocusMatch {
    /// Which.
    pub locus: Locus,
    /// Whether both were typed there.
    pub typed: bool,
    /// At the allele level.
    pub allele: Comparison,
    /// At the antigen level.
    pub antigen: Comparison,
    /// A grade for each of the two, better first.
    pub grades: [Grade; 2],
}

/// How a unit suits a patient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// A, B, C, DRB1, DQB1.
    pub loci: [LocusMatch; 5],
    /// Out of 6: A and B by antigen, DRB1 by allele, the match class of cord blood (WMDA).
    pub of6: Comparison,
    /// Out of 8: A, B, C, DRB1 by allele.
    pub of8: Comparison,
    /// Out of 10: those and DQB1 by allele.
    pub of10: Comparison,
    /// The release that this rests on; `None` when none was loaded, which must be shown beside it.
    pub release: Option<Arc<str>>,
}

impl Report {
    /// One locus of it.
    pub fn locus(&self, locus: Locus) -> Option<&LocusMatch> {
        self.loci.iter().find(|l| l.locus == locus)
    }
}

/// The locus at which a typing's DNA and serology exclude each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contradictory(pub Locus);

impl fmt::Display for Contradictory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "contradictory typing at {}", self.0)
    }
}

impl std::error::Error for Contradictory {}

/// A typing made ready to be compared: what each matched locus may mean under one release.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(crate) loci: [Option<Meaning>; 5],
    pub(crate) release: Option<Arc<str>>,
}

impl Profile {
    /// Makes a typing ready.
    ///
    /// # Errors
    /// When DNA and serology exclude each other at a locus.
    pub fn new(release: &Release, typing: &Typing) -> Result<Profile, Contradictory> {
        let mut loci = [const { None }; 5];
        for (slot, locus) in loci.iter_mut().zip(Locus::MATCHED) {
            if let Some(at) = typing.get(locus) {
                *slot = Some(resolve(release, locus, at).ok_or(Contradictory(locus))?);
            }
        }
        Ok(Profile { loci, release: release.version_shared() })
    }

    /// Compares as patient with a unit's profile of the same release.
    pub fn compare(&self, unit: &Profile) -> Report {
        let mut comparer = Comparer::default();
        let loci: [LocusMatch; 5] = std::array::from_fn(|i| {
            let (patient, unit) = (self.loci[i].as_ref(), unit.loci[i].as_ref());
            locus_match(Locus::MATCHED[i], patient, unit, &mut comparer, antigens_match)
        });
        Report::new(loci, self.release.clone())
    }
}

impl Report {
    /// Adds the classes up.
    pub(crate) fn new(loci: [LocusMatch; 5], release: Option<Arc<str>>) -> Report {
        let [a, b, c, drb1, dqb1] = loci;
        let of8 = a.allele.plus(b.allele).plus(c.allele).plus(drb1.allele);
        Report {
            of6: a.antigen.plus(b.antigen).plus(drb1.allele),
            of8,
            of10: of8.plus(dqb1.allele),
            loci,
            release,
        }
    }
}

/// Compares a patient with a unit.
///
/// # Errors
/// When the DNA and the serology of one of them exclude each other at a locus.
pub fn compare(release: &Release, patient: &Typing, unit: &Typing) -> Result<Report, Contradictory> {
    Ok(Profile::new(release, patient)?.compare(&Profile::new(release, unit)?))
}

/// What the antigens alone say.
pub(crate) fn antigens_match(patient: &Meaning, unit: &Meaning, comparer: &mut Comparer) -> Comparison {
    comparer.compare(&patient.antigens, &unit.antigens)
}

/// A locus of a report; `antigens` says what the antigens alone say.
pub(crate) fn locus_match(
    locus: Locus,
    patient: Option<&Meaning>,
    unit: Option<&Meaning>,
    comparer: &mut Comparer,
    antigens: impl FnOnce(&Meaning, &Meaning, &mut Comparer) -> Comparison,
) -> LocusMatch {
    let (Some(patient), Some(unit)) = (patient, unit) else {
        let nothing = Comparison::UNKNOWN;
        return LocusMatch {
            locus,
            typed: false,
            allele: nothing,
            antigen: nothing,
            grades: [Grade::Unknown; 2],
        };
    };
    let allele = comparer.compare(&patient.proteins, &unit.proteins);
    let mut antigen = antigens(patient, unit, comparer);
    if patient.by_dna && unit.by_dna {
        antigen = antigen.helped_by(allele);
    }
    let grades = grade::grades(patient, unit, allele.matches, antigen.matches);
    LocusMatch { locus, typed: true, allele, antigen, grades }
}
