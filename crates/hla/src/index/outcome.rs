//! How a patient's locus comes out against a unit's, in a byte, and the sums of these over loci.

use crate::rules::Span;

/// Least matches in the lower four bits, most in the upper four. Outcomes of up to five loci add up as bytes, and of two
/// sums the greater one has more possible matches, and among these more certain ones.
pub(super) type Outcome = u8;

/// One possible match.
pub(super) const ONE_MOST: Outcome = 1 << 4;

/// Nothing is known.
pub(super) const UNKNOWN: Outcome = 2 * ONE_MOST;

pub(super) fn least(outcome: Outcome) -> u8 {
    outcome & 15
}

pub(super) fn most(outcome: Outcome) -> u8 {
    outcome >> 4
}

pub(super) fn outcome(least: u8, most: u8) -> Outcome {
    least | most << 4
}

pub(super) fn span(outcome: Outcome) -> Span {
    Span { least: least(outcome), most: most(outcome) }
}
