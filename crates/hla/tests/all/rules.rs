//! The match rules: by hand where a mistake would hurt, and against the reference implementation everywhere else.

use crate::random::{pools, typing};
use crate::support::{real, small};
use hla::oracle::{Oracle, Tally, Verdict};
use hla::rules::{Comparison, Grade, Report, Span, compare};
use hla::typing::{Call, CodeTable, Genotype};
use hla::{Locus, Reader, Release, Typing};
use proptest::prelude::*;

fn read(text: &str) -> Typing {
    Reader::new(small()).typing(text).unwrap_or_else(|e| panic!("{text}: {e}")).typing
}

fn report(patient: &str, unit: &str) -> Report {
    compare(small(), &read(patient), &read(unit)).expect("no contradiction")
}

/// `allele matches, antigen matches, gvh/hvg by allele` at A, written short.
fn at_a(patient: &str, unit: &str) -> String {
    let a = report(patient, unit).loci[0];
    format!("{} {} {}/{}", a.allele.matches, a.antigen.matches, a.allele.gvh, a.allele.hvg)
}

#[test]
fn what_is_the_same_matches() {
    assert_eq!(at_a("A*02:01+A*24:02", "A*24:02+A*02:01"), "2 2 0/0");
    assert_eq!(at_a("A*02:01+A*24:02", "A*02:05+A*24:02:01"), "2 2 0/0", "one P group");
    assert_eq!(
        at_a("A*02:01+A*24:02", "A*02:03+A*24:02"),
        "1 2 1/1",
        "an associated antigen counts as its antigen"
    );
    assert_eq!(at_a("A*02:01+A*24:02", "A*02:01+A*23:01"), "1 1 1/1");
    assert_eq!(at_a("A*02:01+A*24:02", "A*23:01+A*23:01"), "0 0 2/1");
}

#[test]
fn ambiguity_is_potential() {
    assert_eq!(at_a("A*02:01+A*24:02", "A*02:01/A*02:03+A*24:02"), "1-2 2 0-1/0-1");
    assert_eq!(at_a("A*02:01+A*24:02", "A*02:01P+A*24:02"), "2 2 0/0", "a P group is one protein");
    assert_eq!(at_a("A*02:01+A*24:02", "A*02:XX+A*24:02").split(' ').next(), Some("1-2"));
    assert_eq!(at_a("A*23:01+A*02:01", "A*23:01+A*24:02|A*23:01+A*02:01"), "1-2 1-2 0-1/0-1");
}

#[test]
fn serology_matches_at_the_antigen_level() {
    assert_eq!(at_a("A*02:01+A*24:02", "A2+A24"), "0-2 2 0-2/0-2");
    assert_eq!(at_a("A*02:01+A*24:02", "A2+A9"), "0-2 1-2 0-2/0-2", "a broad antigen is potential");
    assert_eq!(at_a("A9+A2", "A9+A2").split(' ').nth(1), Some("1-2"), "two A9 may be A23 and A24");
    assert_eq!(at_a("A*02:01+A*23:01", "A2+A24").split(' ').nth(1), Some("1"));
    assert_eq!(at_a("A2+A24", "A2+A2403").split(' ').nth(1), Some("2"));
    assert_eq!(
        at_a("A*02:01+A*24:02", "A2").split(' ').nth(1),
        Some("1-2"),
        "a blank may be an antigen not detected"
    );
    let b = |p: &str, u: &str| report(p, u).loci[1].antigen.matches.to_string();
    assert_eq!(b("B49+B7", "B*40:05+B7"), "1", "B4005 and B49 are both splits of B21, not the same");
    assert_eq!(b("B21+B7", "B*40:05+B7"), "1-2");
    assert_eq!(b("B*15:08+B7", "B*15:02+B7"), "1-2", "experts disagree on B*15:08");
    assert_eq!(
        b("B*15:03+B*07:02", "B*15:03+B*07:02"),
        "2",
        "the same protein shows the same antigen, whichever it is"
    );
    let c = |p: &str, u: &str| report(p, u).loci[2].antigen.matches.to_string();
    assert_eq!(c("C*12:02+C*12:02", "C*12:03+C*12:03"), "2", "above 10 the family is the antigen");
    assert_eq!(c("C*14:02+C*14:02", "C*01:02+C*01:02"), "0");
    assert_eq!(c("C*03:03+C*03:03", "C*03:04+C*03:04"), "0");
}

#[test]
fn an_antigen_or_its_family_excludes_neither() {
    let b = |p: &str, u: &str| report(p, u).loci[1].antigen.matches.to_string();
    assert_eq!(b("B70+B7", "B15+B7"), "1", "B70 is no split of B15");
    assert_eq!(b("B70+B7", "B15/B*15:XX+B7"), "1-2", "but B*15:03 may show it");
    assert_eq!(b("B62+B7", "B15/B*15:XX+B7"), "1-2");
    assert_eq!(b("B62+B7", "B15/B*15:XX"), "0-2", "what may be serology says nothing of a second antigen");
}

#[test]
fn antibodies_against_a_broad_antigen_cover_its_splits() {
    use hla::rules::{Carried, Profile};
    let carries = |release: &Release, unit: &str, against: &str| {
        let reader = Reader::new(release);
        let profile = Profile::new(release, &reader.typing(unit).expect(unit).typing).unwrap();
        let against = reader.typing(against).expect(against).typing;
        let (locus, at) = against.loci().next().expect("a locus");
        let genotype = at.serology.as_ref().or(at.dna.first()).expect("a call");
        profile.carries(release, locus, &genotype.first)
    };
    let small = |unit: &str, against: &str| carries(small(), unit, against);
    assert_eq!(small("A23+A2", "A9"), Carried::Surely, "A23 is a split of A9");
    assert_eq!(small("A9+A2", "A9"), Carried::Surely, "whichever split it is");
    assert_eq!(small("A*24:02+A*02:01", "A9"), Carried::Surely);
    assert_eq!(small("A*23:01/24:02+A*02:01", "A9"), Carried::Surely, "two alleles, both within A9");
    assert_eq!(small("A9+A2", "A24"), Carried::Perhaps, "it may be A23");
    assert_eq!(small("A*23:01/02:01+A*02:01", "A9"), Carried::Perhaps);
    assert_eq!(small("A*24:09N+A*02:01", "A9"), Carried::No, "a null shows nothing");
    assert_eq!(small("A2", "A9"), Carried::Perhaps, "a second antigen is unknown");
    assert_eq!(small("A*02:01+A*02:03", "A9"), Carried::No);
    assert_eq!(small("A*02:05+A*23:01", "A*02:01"), Carried::Surely, "one protein");
    assert_eq!(small("A*02:03+A*23:01", "A*02:01"), Carried::No);
    assert_eq!(small("A*02:01+A*23:01", "A*02:XX"), Carried::Perhaps, "which one is not said");
    assert_eq!(small("B7", "A9"), Carried::Perhaps, "not typed");
    let none = Release::none();
    assert_eq!(carries(&none, "A*24:02+A*02:01", "A9"), Carried::Perhaps, "no table tells");
    assert_eq!(carries(&none, "A*24:02+A*02:01", "A*24:02"), Carried::Surely);
    assert_eq!(carries(&none, "A*24:02+A*02:01", "A*24:03"), Carried::Perhaps);
    assert_eq!(carries(&none, "A*24:02+A*02:01", "A*30:01"), Carried::No);
}

#[test]
fn a_null_allele_expresses_nothing() {
    assert_eq!(at_a("A*24:09N+A*02:01", "A*24:02+A*02:01"), "1 1 0/1", "A*24:09N is not A*24:02");
    assert_eq!(at_a("A*24:09N+A*02:01", "A*02:01+A*02:01"), "2 2 0/0", "its partner stands for both");
    assert_eq!(at_a("A*24:09N+A*02:01", "A*02:01"), "2 2 0/0");
    assert_eq!(at_a("A*24:02+A*02:01", "A*24:09N+A*02:01"), "1 1 1/0");
    assert_eq!(at_a("A*24:09N+A*02:01", "A*02:09N+A*02:05"), "2 2 0/0");
    assert_eq!(at_a("A*24:09N+A*02:09N", "A*02:01+A*23:01"), "0 0 0/2");
    assert_eq!(at_a("A*24:09N+A*24:09N", "A*24:02+A*24:02"), "0 0 0/1");
}

#[test]
fn a_suffix_in_doubt_is_never_certain() {
    assert_eq!(at_a("A*24:02+A*23:01", "A*24:02:02Q+A*23:01"), "1-2 1-2 0-1/0");
    assert_eq!(at_a("A*02:01:01:02L+A*23:01", "A*02:01:01:02L+A*23:01"), "1-2 1-2 0-1/0-1");
    assert_eq!(at_a("A*02:01:01G+A*23:01", "A*02:01+A*23:01"), "1-2 1-2 0/0-1", "a G group may hide a null");
}

#[test]
fn homozygous_loci_tell_the_directions_apart() {
    assert_eq!(at_a("A*02:01+A*02:01", "A*02:01+A*24:02"), "1 1 0/1");
    assert_eq!(at_a("A*02:01+A*24:02", "A*02:01+A*02:01"), "1 1 1/0");
    assert_eq!(at_a("A*02:01", "A*02:01+A*24:02"), "1 1 0/1", "one DNA call alone is homozygous");
    assert_eq!(at_a("A*02:01+A*02:01", "A*23:01+A*23:01"), "0 0 1/1");
}

#[test]
fn a_missing_locus_is_potential_never_a_match() {
    let r = report("A*02:01+A*24:02^B*07:02+B*15:01", "A*02:01+A*24:02");
    assert!(!r.loci[1].typed && r.loci[1].grades == [Grade::Unknown; 2]);
    assert_eq!(r.of6.matches, Span { least: 2, most: 6 });
    assert_eq!(r.of10.matches, Span { least: 2, most: 10 });
}

#[test]
fn the_classes_add_up() {
    let full = "A*02:01+A*24:02^B*07:02+B*15:01^C*03:03+C*12:02^DRB1*03:01+DRB1*04:01^DQB1*02:01+DQB1*03:02";
    let r = report(full, full);
    assert_eq!(
        (r.of6.matches, r.of8.matches, r.of10.matches),
        (Span::exactly(6), Span::exactly(8), Span::exactly(10))
    );
    assert_eq!(r.release.as_deref(), Some("0.1.0"));
    let other = "A*02:03+A*24:02^B*07:05+B*15:01^C*03:04+C*12:03^DRB1*03:01+DRB1*04:05^DQB1*02:02+DQB1*03:02";
    let r = report(full, other);
    assert_eq!(r.of6.matches, Span::exactly(5), "A and B by antigen, DRB1 by allele");
    assert_eq!((r.of8.matches, r.of10.matches), (Span::exactly(3), Span::exactly(4)));
    assert_eq!(r.of6.gvh, Span::exactly(1));
    let grades = r.loci.map(|l| l.grades);
    use Grade::{Allele, Antigen, Mismatch};
    assert_eq!(
        grades,
        [[Allele, Antigen], [Allele, Antigen], [Antigen, Mismatch], [Allele, Antigen], [Allele, Antigen]]
    );
}

#[test]
fn grades_side_by_side() {
    let grades = |p: &str, u: &str| report(p, u).loci[0].grades;
    assert_eq!(grades("A*02:01+A*24:02", "A*02:XX+A*24:03"), [Grade::Potential, Grade::Antigen]);
    assert_eq!(grades("A*02:01+A*24:02", "A*02:03+A*24:10"), [Grade::Antigen, Grade::PotentialAntigen]);
    assert_eq!(grades("A*02:01+A*24:02", "A*23:01+A*23:01"), [Grade::Mismatch, Grade::Mismatch]);
}

#[test]
fn without_a_release_only_the_same_two_fields_are_certain() {
    let none = Release::none();
    let read = |t: &str| Reader::new(&none).typing(t).expect(t).typing;
    let spans = |p: &str, u: &str, locus: usize| {
        let r = compare(&none, &read(p), &read(u)).unwrap();
        assert_eq!(r.release, None);
        format!("{} {}", r.loci[locus].allele.matches, r.loci[locus].antigen.matches)
    };
    let at = |p: &str, u: &str| spans(p, u, 0);
    assert_eq!(at("A*02:01+A*24:02", "A*24:02:01+A*02:01:01"), "2 2");
    assert_eq!(at("A*02:01+A*24:02", "A*02:01+A*30:01"), "1 1", "other families are others");
    assert_eq!(at("A*02:01+A*24:02", "A*02:01:01+A*24:03"), "1-2 1-2", "one family: nobody can tell");
    assert_eq!(at("A*02:01+A*02:01", "A*02:01+A*02:06"), "1-2 1-2");
    assert_eq!(at("A*02:01+A*24:02", "A*02:XX+A*24:02"), "1-2 1-2");
    assert_eq!(at("A*02:01+A*24:02", "A*02:01+A*24:09N"), "1 1");
    assert_eq!(at("A*02:01+A*24:02", "A2+A24"), "0-2 0-2", "no table brings serology and DNA together");
    assert_eq!(at("A*02:01+A*24:02^A2+A24", "A*24:02+A*02:01"), "2 2", "nor does it take anything away");
    assert_eq!(spans("B*15:01+B*46:01", "B*15:18+B*46:01", 1), "1-2 1-2", "B62 and B71");
    assert_eq!(spans("DRB1*14:01+DRB1*09:01", "DRB1*14:54+DRB1*09:01", 3), "1-2 1-2", "one P group");
    let r = compare(&none, &read("B*15:01+B*46:01"), &read("B*15:18+B*46:01")).unwrap();
    assert_eq!(r.loci[1].grades, [Grade::Allele, Grade::Potential]);
    assert_eq!(
        (r.loci[1].allele.gvh, r.loci[1].antigen.hvg),
        (Span { least: 0, most: 1 }, Span { least: 0, most: 1 })
    );
}

#[test]
fn a_name_of_another_release_is_unknown_not_a_mismatch() {
    let none = Release::none();
    let typing = |t: &str| Reader::new(&none).typing(t).expect(t).typing;
    for unit in ["A*77:01+A*24:02", "A*77:XX+A*24:02", "A*77:01/A*23:01+A*24:02", "A*77:01+A*24:02^A2+A24"] {
        let r = compare(small(), &typing("A*02:01+A*24:02"), &typing(unit)).unwrap();
        assert_eq!(r.loci[0].allele.matches, Span { least: 1, most: 2 }, "{unit}");
        assert_eq!(r.loci[0].antigen.matches, Span { least: 1, most: 2 }, "{unit}");
    }
}

#[test]
fn a_code_is_not_narrowed_to_what_the_release_knows() {
    let codes = CodeTable::parse("*\tDXYZ\t02:01/02:9999\n\tAB\t01/05/9999\n").unwrap();
    let reader = Reader::new(small()).with_codes(&codes);
    let against = |unit: &str| {
        let unit = reader.typing(unit).expect(unit).typing;
        let patient = read("A*02:01+A*24:02");
        let r = compare(small(), &patient, &unit).unwrap();
        assert_eq!(verdict(&r), Oracle::exhaustive(small()).compare(&patient, &unit));
        format!("{} {}", r.loci[0].allele.matches, r.loci[0].antigen.matches)
    };
    assert_eq!(against("A*02:DXYZ+A*24:02"), "1-2 1-2", "nobody knows what 02:9999 is");
    assert_eq!(against("A*02:AB+A*24:02"), "2 2", "a generic code means what the family has");
}

fn tally(c: Comparison) -> Tally {
    let b = |s: Span| (s.least, s.most);
    Tally { matches: b(c.matches), gvh: b(c.gvh), hvg: b(c.hvg) }
}

fn verdict(r: &Report) -> Verdict {
    let b = |s: Span| (s.least, s.most);
    Verdict {
        allele: r.loci.map(|l| tally(l.allele)),
        antigen: r.loci.map(|l| tally(l.antigen)),
        of6: b(r.of6.matches),
        of8: b(r.of8.matches),
        of10: b(r.of10.matches),
    }
}

fn check_grades(r: &Report) {
    for l in r.loci.iter().filter(|l| l.typed) {
        let count = |g: Grade| l.grades.iter().filter(|x| **x == g).count() as u8;
        assert_eq!(count(Grade::Allele), l.allele.matches.least);
        assert_eq!(count(Grade::Potential), l.allele.matches.most - l.allele.matches.least);
        let sure = l.antigen.matches.least.saturating_sub(l.allele.matches.most);
        assert!(count(Grade::Antigen) >= sure, "{l:?}");
        let possible = l.antigen.matches.most.saturating_sub(l.allele.matches.most);
        assert!(count(Grade::Antigen) + count(Grade::PotentialAntigen) <= possible, "{l:?}");
    }
}

/// The same typing with more left open: a call more in a list, or serology instead of DNA, or nothing at all.
fn blurred(typing: &Typing, locus: Locus, with: &Call) -> Typing {
    let mut out = typing.clone();
    let Some(at) = typing.get(locus) else { return out };
    let mut at = at.clone();
    let blur = |call: &Call| match call {
        Call::Antigen(_) => call.clone(),
        Call::AnyOf(calls) => Call::AnyOf(calls.iter().cloned().chain([with.clone()]).collect()),
        other => Call::AnyOf(vec![other.clone(), with.clone()]),
    };
    at.dna = at.dna.iter().map(|g| Genotype { first: blur(&g.first), second: g.second.clone() }).collect();
    out.set(locus, at);
    out
}

fn within(narrow: Span, wide: Span) -> bool {
    wide.least <= narrow.least && narrow.most <= wide.most
}

fn any_small() -> impl Strategy<Value = Typing> {
    typing(small(), pools(small(), 1))
}

proptest! {
    #![proptest_config(crate::support::cases(1_000))]

    #[test]
    fn the_comparison_is_the_exhaustive_one(patient in any_small(), unit in any_small()) {
        let report = compare(small(), &patient, &unit).unwrap();
        prop_assert_eq!(verdict(&report), Oracle::exhaustive(small()).compare(&patient, &unit), "{} | {}", patient, unit);
        prop_assert_eq!(verdict(&report), Oracle::new(small()).compare(&patient, &unit), "{} | {}", patient, unit);
        check_grades(&report);
    }

    #[test]
    fn a_blank_release_gives_the_exhaustive_comparison(patient in any_small(), unit in any_small()) {
        let none = Release::none();
        let report = compare(&none, &patient, &unit).unwrap();
        prop_assert_eq!(verdict(&report), Oracle::exhaustive(&none).compare(&patient, &unit), "{} | {}", patient, unit);
    }

    #[test]
    fn patient_and_unit_change_places(patient in any_small(), unit in any_small()) {
        let (there, back) = (compare(small(), &patient, &unit).unwrap(), compare(small(), &unit, &patient).unwrap());
        prop_assert_eq!(there.of6.matches, back.of6.matches);
        prop_assert_eq!(there.of10.gvh, back.of10.hvg);
        prop_assert_eq!(there.of10.hvg, back.of10.gvh);
    }

    #[test]
    fn ambiguity_only_widens(patient in any_small(), unit in any_small(), at in 0..5usize, which in any::<prop::sample::Index>()) {
        let locus = Locus::MATCHED[at];
        let with = which.get(&pools(small(), 1)[at].exact).clone();
        let wider = blurred(&unit, locus, &with);
        prop_assume!(Reader::new(small()).check(&wider).is_ok());
        let (sharp, blurry) = (compare(small(), &patient, &unit).unwrap(), compare(small(), &patient, &wider).unwrap());
        for (s, b) in [(sharp.of6, blurry.of6), (sharp.of8, blurry.of8), (sharp.of10, blurry.of10)] {
            prop_assert!(within(s.matches, b.matches), "{} | {} | {}", patient, unit, wider);
            prop_assert!(within(s.gvh, b.gvh) && within(s.hvg, b.hvg), "{} | {} | {}", patient, unit, wider);
        }
        let mut missing = unit.clone();
        missing.set(locus, Default::default());
        let unknown = compare(small(), &patient, &missing).unwrap();
        prop_assert!(within(sharp.of6.matches, unknown.of6.matches));
    }

    #[test]
    fn the_order_of_calls_does_not_matter(patient in any_small(), unit in any_small()) {
        let mut turned = Typing::default();
        for (locus, at) in unit.loci() {
            let mut at = at.clone();
            at.dna.reverse();
            for g in &mut at.dna {
                if let Some(second) = g.second.take() {
                    g.second = Some(std::mem::replace(&mut g.first, second));
                }
                if let Call::AnyOf(calls) = &mut g.first {
                    calls.reverse();
                }
            }
            turned.set(locus, at);
        }
        prop_assert_eq!(compare(small(), &patient, &unit).unwrap(), compare(small(), &patient, &turned).unwrap());
    }
}

#[test]
fn the_comparison_is_the_reference_on_the_real_release() {
    let Some(release) = real() else { return };
    let mut oracle = Oracle::new(release);
    let mut tree_runner = proptest::test_runner::TestRunner::deterministic();
    use proptest::strategy::ValueTree;
    let strategy = (
        typing(release, crate::random::pools(release, 60)),
        typing(release, crate::random::pools(release, 60)),
    );
    for _ in 0..60 {
        let (patient, unit) = strategy.new_tree(&mut tree_runner).unwrap().current();
        let report = compare(release, &patient, &unit).unwrap();
        assert_eq!(verdict(&report), oracle.compare(&patient, &unit), "{patient} | {unit}");
        check_grades(&report);
    }
}
