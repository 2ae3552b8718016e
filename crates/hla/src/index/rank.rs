//! In which order units are told, and why.
//!
//! More possible matches first; among these, more certain ones; then HLA-C and DQB1 (what is half known counts
//! half); then nucleated cells, CD34-positive cells, blood group, attached segment, age of the unit; at last the key,
//! so that the order never depends on chance.

use super::{Abo, AboFit, Facts, UnitKey, flag};
use crate::rules::Span;

/// What a rank can be decided by, weightiest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Criterion {
    /// Possible matches in the class.
    Class,
    /// Certain matches in the class.
    Certainty,
    /// HLA-C and DQB1.
    OtherLoci,
    /// Nucleated cells.
    Tnc,
    /// CD34-positive cells.
    Cd34,
    /// Blood group.
    Abo,
    /// Attached segment.
    Segment,
    /// Day of collection.
    Age,
    /// Nothing but the key.
    Key,
}

/// One thing that a unit's rank rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// Matches in the class: certain and possible.
    Class {
        /// 6, 8 or 10.
        of: u8,
        /// How many.
        matches: Span,
    },
    /// Matches at HLA-C and DQB1, by allele.
    OtherLoci {
        /// At C.
        c: Span,
        /// At DQB1.
        dqb1: Span,
    },
    /// Nucleated cells in 10⁵; 0 when not known.
    Tnc(u32),
    /// CD34-positive cells in 10³; 0 when not known.
    Cd34(u32),
    /// How the blood groups suit.
    Abo(AboFit),
    /// Whether a segment is attached.
    Segment(bool),
    /// Day of collection, counted from 1970-01-01.
    Collected(i32),
}

/// The criteria in one number, larger is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Rank(u128);

/// The widths of the criteria in bits, weightiest first.
const WIDTHS: [(Criterion, u32); 9] = [
    (Criterion::Class, 4),
    (Criterion::Certainty, 4),
    (Criterion::OtherLoci, 4),
    (Criterion::OtherLoci, 3),
    (Criterion::Tnc, 32),
    (Criterion::Cd34, 32),
    (Criterion::Abo, 2),
    (Criterion::Segment, 1),
    (Criterion::Age, 32),
];

impl Rank {
    pub(super) fn new(matches: Span, c: Span, dqb1: Span, facts: &Facts, patient: Abo) -> Rank {
        let values = [
            u128::from(matches.most),
            u128::from(matches.least),
            u128::from(c.least + c.most + dqb1.least + dqb1.most),
            u128::from(c.least + dqb1.least),
            u128::from(facts.tnc),
            u128::from(facts.cd34),
            3 - patient.receives(facts.abo) as u128,
            u128::from(facts.flags & flag::SEGMENT),
            u128::from(facts.collected.cast_unsigned() ^ 1 << 31),
        ];
        Rank(WIDTHS.iter().zip(values).fold(0, |all, ((_, width), value)| all << width | value))
    }

    /// The weightiest criterion that tells two ranks apart.
    pub(super) fn decided_by(self, other: Rank) -> Criterion {
        let mut shift: u32 = WIDTHS.iter().map(|(_, width)| width).sum();
        for (criterion, width) in WIDTHS {
            shift -= width;
            if self.0 >> shift != other.0 >> shift {
                return criterion;
            }
        }
        Criterion::Key
    }
}

/// A unit in the running: ordered so that the better is the greater.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Candidate {
    pub(super) rank: Rank,
    pub(super) key: UnitKey,
    pub(super) part: u32,
    pub(super) row: u32,
    pub(super) matches: Span,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank).then_with(|| other.key.cmp(&self.key))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
