//! The words of a search for units: grades, what a rank rests on, and what is wrong with a typing.

use domain::registry::matching::{
    AboFit, Criterion, DoseClass, MatchClass, MatchGrade, MatchHit, Resolution, Span, TypingFault,
    TypingNotice, TypingProblem,
};

use crate::{Lang, matching as say, typing_fault as faults};

/// How one of two at a locus came out.
#[must_use]
pub const fn match_grade(lang: Lang, grade: MatchGrade) -> &'static str {
    match grade {
        MatchGrade::Allele => say::grade_allele(lang),
        MatchGrade::Potential => say::grade_potential(lang),
        MatchGrade::Antigen => say::grade_antigen(lang),
        MatchGrade::PotentialAntigen => say::grade_potential_antigen(lang),
        MatchGrade::Mismatch => say::grade_mismatch(lang),
        MatchGrade::Unknown => say::grade_unknown(lang),
    }
}

/// By what a unit stands behind another.
#[must_use]
pub const fn criterion(lang: Lang, criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::Class => say::by_class(lang),
        Criterion::Certainty => say::by_certainty(lang),
        Criterion::OtherLoci => say::by_other_loci(lang),
        Criterion::Tnc => say::by_tnc(lang),
        Criterion::Cd34 => say::by_cd34(lang),
        Criterion::Abo => say::by_abo(lang),
        Criterion::Segment => say::by_segment(lang),
        Criterion::Age => say::by_age(lang),
        Criterion::Number => say::by_number(lang),
    }
}

/// How the blood groups suit.
#[must_use]
pub const fn abo_fit(lang: Lang, fit: AboFit) -> &'static str {
    match fit {
        AboFit::Identical => say::abo_identical(lang),
        AboFit::Compatible => say::abo_compatible(lang),
        AboFit::Unknown => say::abo_unknown(lang),
        AboFit::Incompatible => say::abo_incompatible(lang),
    }
}

/// How well a locus is typed.
#[must_use]
pub const fn resolution(lang: Lang, resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::None => say::resolution_none(lang),
        Resolution::Serology => say::resolution_serology(lang),
        Resolution::Ambiguous => say::resolution_ambiguous(lang),
        Resolution::Groups => say::resolution_groups(lang),
        Resolution::Allele => say::resolution_allele(lang),
    }
}

/// How much a unit holds.
#[must_use]
pub const fn dose_class(lang: Lang, class: DoseClass) -> &'static str {
    match class {
        DoseClass::Unknown => say::dose_unknown(lang),
        DoseClass::Below5 => say::dose_below_five(lang),
        DoseClass::From5 => say::dose_from_five(lang),
        DoseClass::From10 => say::dose_from_ten(lang),
        DoseClass::From15 => say::dose_from_fifteen(lang),
        DoseClass::From20 => say::dose_from_twenty(lang),
    }
}

/// What is wrong with a typing, in a few words.
#[must_use]
pub const fn typing_fault(lang: Lang, fault: TypingFault) -> &'static str {
    match fault {
        TypingFault::Empty => faults::empty(lang),
        TypingFault::TooLong => faults::too_long(lang),
        TypingFault::Malformed => faults::malformed(lang),
        TypingFault::UnknownLocus => faults::unknown_locus(lang),
        TypingFault::UnknownAllele => faults::unknown_allele(lang),
        TypingFault::OtherSuffix => faults::other_suffix(lang),
        TypingFault::UnknownFamily => faults::unknown_family(lang),
        TypingFault::UnknownGroup => faults::unknown_group(lang),
        TypingFault::UnknownAntigen => faults::unknown_antigen(lang),
        TypingFault::Withdrawn => faults::withdrawn(lang),
        TypingFault::NoCodeTable => faults::no_code_table(lang),
        TypingFault::UnknownCode => faults::unknown_code(lang),
        TypingFault::CodeImpossible => faults::code_impossible(lang),
        TypingFault::MixedLoci => faults::mixed_loci(lang),
        TypingFault::TooManyCalls => faults::too_many_calls(lang),
        TypingFault::LocusTwice => faults::locus_twice(lang),
        TypingFault::WrongBroad => faults::wrong_broad(lang),
        TypingFault::Contradiction => faults::contradiction(lang),
        TypingFault::LoneHaplotype => faults::lone_haplotype(lang),
        TypingFault::MixedPair => faults::mixed_pair(lang),
    }
}

/// What is wrong with a typing, where, and what may have been meant.
#[must_use]
pub fn typing_problem(lang: Lang, problem: &TypingProblem) -> String {
    let fault = typing_fault(lang, problem.fault);
    match &problem.suggestion {
        Some(suggestion) => say::problem_suggest(lang, fault, &problem.part, suggestion),
        None => say::problem(lang, fault, &problem.part),
    }
}

/// What of a typing was read other than it was written.
#[must_use]
pub fn typing_notice(lang: Lang, notice: &TypingNotice) -> String {
    match notice {
        TypingNotice::Renamed { from, to } => say::notice_renamed(lang, from, to),
        TypingNotice::OldNotation { read_as } => say::notice_old_notation(lang, read_as),
        TypingNotice::PublicEpitope => say::notice_public_epitope(lang).to_owned(),
        TypingNotice::TakenTwice { call } => say::notice_taken_twice(lang, call),
    }
}

/// The loci of a unit that count as not typed though they were typed: not to be read under the release, or contradicting
/// themselves.
#[must_use]
pub fn unfit_typings(lang: Lang, release: Option<&str>, hit: &MatchHit) -> Vec<String> {
    let mut lines = Vec::new();
    for at in &hit.loci {
        let locus = at.locus.as_str();
        if !at.unread.is_empty() {
            lines.push(say::typing_unread(lang, locus, release.unwrap_or("—"), &at.unread));
        }
        if at.contradictory {
            lines.push(say::typing_contradictory(lang, locus, &at.unit));
        }
    }
    lines
}

/// How many match, in words: what is only possible is never called a match.
#[must_use]
pub fn matches_in_words(lang: Lang, class: MatchClass, matches: Span) -> String {
    if matches.is_certain() {
        say::why_certain(lang, matches.least, class.of())
    } else {
        say::why_potential(lang, matches.least, matches.most, class.of())
    }
}

/// Why a unit stands where it stands, in one sentence.
#[must_use]
pub fn why_rank(lang: Lang, class: MatchClass, hit: &MatchHit) -> String {
    let matches = matches_in_words(lang, class, hit.matches);
    match hit.behind_by {
        _ if hit.own => say::why_own(lang, matches),
        None => say::why_first(lang, matches),
        Some(by) => say::why_behind(lang, matches, criterion(lang, by)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::registry::matching::Spot;

    #[test]
    fn what_is_possible_is_not_called_a_match() {
        let span = |least, most| Span { least, most };
        assert_eq!(matches_in_words(Lang::Zh, MatchClass::Six, span(6, 6)), "6 个位点中 6 个确定相合");
        assert_eq!(
            matches_in_words(Lang::Zh, MatchClass::Ten, span(7, 9)),
            "10 个位点中 7 个确定相合、最多 9 个可能相合"
        );
        assert_eq!(
            matches_in_words(Lang::En, MatchClass::Six, span(4, 5)),
            "4 of 6 match for certain, up to 5 may"
        );
    }

    #[test]
    fn a_problem_says_where_and_what_was_meant() {
        let mut problem = TypingProblem {
            spot: Spot::default(),
            part: "24:09".into(),
            fault: TypingFault::OtherSuffix,
            suggestion: Some("A*24:09N".into()),
        };
        assert_eq!(
            typing_problem(Lang::Zh, &problem),
            "“24:09”：命名版本里它带有另一个后缀。是否应为 A*24:09N？"
        );
        problem.suggestion = None;
        assert_eq!(
            typing_problem(Lang::En, &problem),
            "“24:09”: the release has it only with another suffix."
        );
    }
}
