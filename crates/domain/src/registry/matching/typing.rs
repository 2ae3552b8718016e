//! A patient's typing: as given, what is wrong with it, and as it was understood.

use serde::{Deserialize, Serialize};

use super::found::MatchLocus;
use crate::registry::worded;

/// A typing as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HlaTyped {
    /// In one text, in any notation.
    Text(String),
    /// A list of typings, each in any notation: usually one for each locus.
    List(Vec<String>),
}

impl HlaTyped {
    /// The texts one after another.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(list) => list,
        }
    }
}

worded! {
    /// What is wrong with a typing.
    TypingFault {
        /// There is nothing in it.
        Empty = "empty",
        /// Longer than any real typing.
        TooLong = "too_long",
        /// In no notation that is known.
        Malformed = "malformed",
        /// There is no such gene.
        UnknownLocus = "unknown_locus",
        /// The release has no such allele.
        UnknownAllele = "unknown_allele",
        /// The release has it only with another suffix.
        OtherSuffix = "other_suffix",
        /// The release has no such family.
        UnknownFamily = "unknown_family",
        /// The release has no such G or P group.
        UnknownGroup = "unknown_group",
        /// Serology has no such antigen.
        UnknownAntigen = "unknown_antigen",
        /// The allele was deleted and nothing took its place.
        Withdrawn = "withdrawn",
        /// A multiple-allele code, and no table of codes was supplied.
        NoCodeTable = "no_code_table",
        /// The table of codes lacks this one.
        UnknownCode = "unknown_code",
        /// No allele of this family is among what the code stands for.
        CodeImpossible = "code_impossible",
        /// Calls of different genes stand where one gene's must.
        MixedLoci = "mixed_loci",
        /// More than two calls for one gene.
        TooManyCalls = "too_many_calls",
        /// The gene was given twice.
        LocusTwice = "locus_twice",
        /// A split antigen's broad antigen in brackets is not its own.
        WrongBroad = "wrong_broad",
        /// DNA and serology exclude each other.
        Contradiction = "contradiction",
        /// A haplotype without its partner.
        LoneHaplotype = "lone_haplotype",
        /// One DNA call and serology side by side: two chromosomes, or one seen twice.
        MixedPair = "mixed_pair",
    }
}

impl From<hla::typing::Fault> for TypingFault {
    fn from(fault: hla::typing::Fault) -> Self {
        use hla::typing::Fault;
        match fault {
            Fault::Empty => Self::Empty,
            Fault::TooLong => Self::TooLong,
            Fault::Malformed => Self::Malformed,
            Fault::UnknownLocus => Self::UnknownLocus,
            Fault::UnknownAllele => Self::UnknownAllele,
            Fault::OtherSuffix => Self::OtherSuffix,
            Fault::UnknownFamily => Self::UnknownFamily,
            Fault::UnknownGroup => Self::UnknownGroup,
            Fault::UnknownAntigen => Self::UnknownAntigen,
            Fault::Withdrawn => Self::Withdrawn,
            Fault::NoCodeTable => Self::NoCodeTable,
            Fault::UnknownCode => Self::UnknownCode,
            Fault::CodeImpossible => Self::CodeImpossible,
            Fault::MixedLoci => Self::MixedLoci,
            Fault::TooManyCalls => Self::TooManyCalls,
            Fault::LocusTwice => Self::LocusTwice,
            Fault::WrongBroad => Self::WrongBroad,
            Fault::Contradiction => Self::Contradiction,
            Fault::LoneHaplotype => Self::LoneHaplotype,
            Fault::MixedPair => Self::MixedPair,
        }
    }
}

/// A place in a typing: which of its texts, and bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spot {
    /// Which text of a list, from 0.
    pub text: usize,
    /// Byte offset in that text.
    pub at: usize,
    /// Length in bytes.
    pub len: usize,
}

/// A typing that can't be read: where, why, and what may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypingProblem {
    /// Where.
    pub spot: Spot,
    /// The part that is wrong, as it was given.
    pub part: String,
    /// Why.
    pub fault: TypingFault,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

/// Something that was read other than it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TypingNotice {
    /// The name was deleted or renamed; the present one is used.
    Renamed {
        /// As written.
        from: String,
        /// As it is today.
        to: String,
    },
    /// In the notation before 2010, without colons.
    OldNotation {
        /// How it was read.
        read_as: String,
    },
    /// `Bw4` or `Bw6`: a public epitope, left out.
    PublicEpitope,
    /// One DNA result alone at a locus: no second allele was given, so both copies are taken to be within it.
    TakenTwice {
        /// The result, with its gene.
        call: String,
    },
}

impl From<&hla::typing::Notice> for TypingNotice {
    fn from(notice: &hla::typing::Notice) -> Self {
        use hla::typing::Notice;
        match notice {
            Notice::Renamed { from, to, .. } => Self::Renamed { from: from.clone(), to: to.clone() },
            Notice::OldNotation { read_as, .. } => Self::OldNotation { read_as: read_as.clone() },
            Notice::PublicEpitope { .. } => Self::PublicEpitope,
            Notice::TakenTwice { call, .. } => Self::TakenTwice { call: call.clone() },
        }
    }
}

/// A typing as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypingUnderstood {
    /// As a GL String, which reads back the same.
    pub gl: String,
    /// What was read other than written.
    pub notices: Vec<TypingNotice>,
    /// Matched loci at which nothing was reported.
    pub missing: Vec<MatchLocus>,
    /// The release under which it was read; none when none is loaded, which must be shown.
    pub release: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use hla::{Locus, typing::Notice};

    #[test]
    fn a_rename_is_told_with_its_gene_once() {
        let (from, to) = ("A*02:04".to_owned(), "A*02:01:02".to_owned());
        let notice = Notice::Renamed { at: 0, locus: Locus::A, from: from.clone(), to: to.clone() };
        assert_eq!(TypingNotice::from(&notice), TypingNotice::Renamed { from, to });
    }
}
