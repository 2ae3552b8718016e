//! Why a typing can't be read, as codes with their place in the text; the words for them live elsewhere.

use crate::Locus;
use std::fmt;

/// What is wrong with a typing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// There is nothing in it.
    Empty,
    /// The text or a list in it is longer than any real typing.
    TooLong,
    /// It is in no notation that is known.
    Malformed,
    /// There is no such gene.
    UnknownLocus,
    /// The release has no such allele.
    UnknownAllele,
    /// The release has it only with another suffix: an expression suffix was left out or made up.
    OtherSuffix,
    /// The release has no such allele family.
    UnknownFamily,
    /// The release has no such G or P group.
    UnknownGroup,
    /// Serology has no such antigen.
    UnknownAntigen,
    /// The allele was deleted and nothing took its place.
    Withdrawn,
    /// It has a multiple-allele code and no table of codes was supplied.
    NoCodeTable,
    /// The table of codes lacks this one.
    UnknownCode,
    /// No allele of this family is among what the code stands for.
    CodeImpossible,
    /// Calls of different genes stand where one gene's must.
    MixedLoci,
    /// More than two calls for one gene.
    TooManyCalls,
    /// The gene was given twice.
    LocusTwice,
    /// A split antigen's broad antigen in brackets is not its own.
    WrongBroad,
    /// DNA and serology exclude each other.
    Contradiction,
    /// A haplotype without its partner: the other chromosome is not given, and it is not the same one.
    LoneHaplotype,
    /// One DNA call and serology of the same gene stand side by side: both chromosomes, or one of them twice?
    MixedPair,
}

/// A typing that can't be read: where, why, and what may have been meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypingError {
    /// Byte offset in the text as given.
    pub at: usize,
    /// Length in bytes of the part that is wrong.
    pub len: usize,
    /// Why.
    pub fault: Fault,
    /// What may have been meant, in the notation that is read.
    pub suggestion: Option<String>,
}

impl TypingError {
    pub(super) fn new(at: usize, text: &str, fault: Fault) -> TypingError {
        TypingError { at, len: text.len(), fault, suggestion: None }
    }

    pub(super) fn suggest(mut self, suggestion: impl Into<Option<String>>) -> TypingError {
        self.suggestion = suggestion.into();
        self
    }
}

impl fmt::Display for TypingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}+{}", self.fault, self.at, self.len)?;
        match &self.suggestion {
            Some(s) => write!(f, " ({s}?)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TypingError {}

/// Something that was read other than it was written, which a person should see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// The name was deleted or renamed; the present one is used.
    Renamed {
        /// Byte offset in the text.
        at: usize,
        /// Which gene.
        locus: Locus,
        /// As written.
        from: String,
        /// As it is today.
        to: String,
    },
    /// It was in the notation before 2010, without colons.
    OldNotation {
        /// Byte offset in the text.
        at: usize,
        /// How it was read.
        read_as: String,
    },
    /// `Bw4`, `Bw6`: a public epitope, not an antigen of the match. Left out.
    PublicEpitope {
        /// Byte offset in the text.
        at: usize,
    },
    /// One DNA call alone at this gene: no second one was found, so both copies are taken to be within it.
    TakenTwice {
        /// Which gene.
        locus: Locus,
        /// The call, with its gene.
        call: String,
    },
}
