//! What a laboratory reported of a person's or a unit's HLA, at whatever resolution it was reported.

mod call;
mod codes;
mod error;
mod folded;
mod list;
mod reader;

use crate::{AlleleName, Locus};
use std::fmt;

pub use codes::{CodeTable, CodeTableError};
pub use error::{Fault, Notice, TypingError};
pub use reader::{Kind, Reader, Reading, mixed_pair};

/// What was reported for one chromosome at one locus.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Call {
    /// `02:01`, `02:01:01:02L`: an allele, or all that its fields begin. Two to four fields.
    Allele(AlleleName),
    /// `02:XX`: any allele of the family.
    Family(u16),
    /// `01:01:01G`: any member of the G group, nulls among them.
    GGroup(AlleleName),
    /// `01:01P`: any member of the P group.
    PGroup(AlleleName),
    /// `02:AB`: a multiple-allele code with what it stood for when it was read.
    Code {
        /// The family before the colon.
        family: u16,
        /// The letters.
        code: String,
        /// What they stand for.
        alleles: Vec<AlleleName>,
    },
    /// `02:01/02:05`: one of these. `A24/A*24:XX`: an antigen or the family of its number.
    AnyOf(Vec<Call>),
    /// `A2`, `Cw9`: a serological antigen.
    Antigen(u16),
}

/// What was reported for both chromosomes at one locus.
///
/// One call alone means two things. From DNA: both copies are within this call (no other was found). From serology, or
/// from what may be serology: the second antigen is not known, because a blank may be an antigen that was not detected.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Genotype {
    /// One chromosome's.
    pub first: Call,
    /// The other's, when reported.
    pub second: Option<Call>,
}

impl Genotype {
    /// Whether all of it is serology.
    pub fn is_serology(&self) -> bool {
        self.calls().all(|c| matches!(c, Call::Antigen(_)))
    }

    /// The one or two calls.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        std::iter::once(&self.first).chain(self.second.as_ref())
    }
}

/// All that was reported at one locus. At least one of the two is there.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct LocusTyping {
    /// The genotypes that the DNA typing leaves open; usually one.
    pub dna: Vec<Genotype>,
    /// The serological typing.
    pub serology: Option<Genotype>,
}

/// A typing: what was reported, locus by locus.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Typing {
    loci: [Option<LocusTyping>; Locus::COUNT],
}

impl Typing {
    /// What was reported at a locus, if anything.
    pub fn get(&self, locus: Locus) -> Option<&LocusTyping> {
        self.loci[locus.index()].as_ref()
    }

    /// Puts what was reported at a locus; a typing without DNA and serology takes it away.
    pub fn set(&mut self, locus: Locus, typing: LocusTyping) {
        let nothing = typing.dna.is_empty() && typing.serology.is_none();
        self.loci[locus.index()] = (!nothing).then_some(typing);
    }

    /// Adds a genotype at a locus: as serology when it is all serology, else as (one more possible) DNA genotype.
    pub fn add(&mut self, locus: Locus, genotype: Genotype) {
        let at = self.loci[locus.index()].get_or_insert_default();
        if genotype.is_serology() {
            at.serology = Some(genotype);
        } else {
            at.dna.push(genotype);
        }
    }

    /// The loci that were typed.
    pub fn loci(&self) -> impl Iterator<Item = (Locus, &LocusTyping)> {
        Locus::ALL.into_iter().filter_map(|l| self.get(l).map(|t| (l, t)))
    }

    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        self.loci.iter().all(Option::is_none)
    }
}

impl Call {
    /// Whether no part of it is serology.
    pub fn is_dna(&self) -> bool {
        match self {
            Call::Antigen(_) => false,
            Call::AnyOf(calls) => calls.iter().all(Call::is_dna),
            _ => true,
        }
    }

    fn write_bare(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Allele(name) => write!(f, "{name}"),
            Call::Family(family) => write!(f, "{family:02}:XX"),
            Call::GGroup(name) => write!(f, "{name}G"),
            Call::PGroup(name) => write!(f, "{name}P"),
            Call::Code { family, code, .. } => write!(f, "{family:02}:{code}"),
            Call::Antigen(number) => write!(f, "{number}"),
            Call::AnyOf(calls) => {
                for (i, call) in calls.iter().enumerate() {
                    if i > 0 {
                        f.write_str("/")?;
                    }
                    call.write_bare(f)?;
                }
                Ok(())
            }
        }
    }

    fn write_at(&self, locus: Locus, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Antigen(_) => f.write_str(locus.serology_prefix().unwrap_or(locus.name()))?,
            // In GL Strings each member of a list bears its gene.
            Call::AnyOf(calls) => {
                for (i, call) in calls.iter().enumerate() {
                    if i > 0 {
                        f.write_str("/")?;
                    }
                    call.write_at(locus, f)?;
                }
                return Ok(());
            }
            _ => write!(f, "{locus}*")?,
        }
        self.write_bare(f)
    }
}

/// A call with its locus, for showing: `A*02:01`, `Cw9`.
#[derive(Clone, Copy, Debug)]
pub struct At<'a>(pub Locus, pub &'a Call);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.write_at(self.0, f)
    }
}

/// A call without its locus, as a field of an exchange format has it where the locus stands beside it: `02:01`, `9`.
#[derive(Clone, Copy, Debug)]
pub struct Bare<'a>(pub &'a Call);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_bare(f)
    }
}

/// Writes a GL String (Milius et al., Tissue Antigens 2013), serology in its own `^` part. Reading it again gives
/// the same typing.
impl fmt::Display for Typing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = 0;
        for (locus, typing) in self.loci() {
            for genotypes in [&typing.dna[..], typing.serology.as_slice()] {
                for (i, genotype) in genotypes.iter().enumerate() {
                    if i > 0 {
                        f.write_str("|")?;
                    } else if parts > 0 {
                        f.write_str("^")?;
                    }
                    parts += 1;
                    genotype.first.write_at(locus, f)?;
                    if let Some(second) = &genotype.second {
                        f.write_str("+")?;
                        second.write_at(locus, f)?;
                    }
                }
            }
        }
        Ok(())
    }
}
