//! A typing that staff give for a unit: read before it is stored, so that a search never takes for untyped what was typed.

use std::sync::Arc;

use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::matching::MatchLocus;
use hla::rules::{Report, compare};
use hla::{Reader, Release, Typing};

use super::live::Typings;
use super::search::problem;
use super::units_in::{needed_missing, whole_spelled_out};
use crate::error::Answer;

/// Reads it under a release, with codes spelled out.
///
/// # Errors
/// [`Refusal::TypingUnreadable`] with place and suggestion, also when its DNA and its serology exclude each other.
pub(super) fn typing_given(release: &Release, typed: &str) -> Answer<Typing> {
    let read = Reader::new(release).typing(typed);
    let reading = read.map_err(|error| Refusal::TypingUnreadable(Box::new(problem(0, typed, &error))))?;
    Ok(whole_spelled_out(&reading.typing))
}

/// That a typing has what every unit's must have.
///
/// # Errors
/// [`UnitRefusal::TypingLocusMissing`].
pub(super) fn typing_whole(typing: &Typing) -> Result<(), UnitRefusal> {
    match needed_missing(typing).and_then(MatchLocus::of) {
        Some(locus) => Err(UnitRefusal::TypingLocusMissing { locus }),
        None => Ok(()),
    }
}

/// That a typing can be the same as a unit's, as it is stored: two matches are possible at each locus that both have.
///
/// # Errors
/// [`UnitRefusal::TypingNotTheSame`] with the first locus at which it can't, or at which one contradicts itself.
pub(super) fn typing_confirms(
    release: &Arc<Release>,
    typing: &Typing,
    unit: &str,
) -> Result<(), UnitRefusal> {
    let unit = Typings::new(Arc::clone(release)).read(unit).typing;
    let differing = match compare(release, typing, &unit) {
        Ok(report) => first_differing(&report),
        Err(contradictory) => MatchLocus::of(contradictory.0),
    };
    match differing {
        Some(locus) => Err(UnitRefusal::TypingNotTheSame { locus }),
        None => Ok(()),
    }
}

fn first_differing(report: &Report) -> Option<MatchLocus> {
    let cannot = report.loci.iter().find(|at| at.allele.matches.most.min(at.antigen.matches.most) < 2);
    cannot.and_then(|at| MatchLocus::of(at.locus))
}
