//! The invented people are the same everywhere, readable, and as mixed as they are said to be.

use crate::support::{real, small};
use hla::index::Builder;
use hla::sample::World;
use hla::typing::{Call, LocusTyping};
use hla::{Locus, Reader, Release, Suffix, Typing};
use std::sync::Arc;

fn share(of: usize, wanted: std::ops::Range<usize>, what: &str, is: impl Fn(u64) -> bool) {
    let count = (0..of as u64).filter(|&i| is(i)).count();
    assert!(wanted.contains(&count), "{what}: {count} of {of}, not {wanted:?}");
}

fn is_null(call: &Call) -> bool {
    matches!(call, Call::Allele(name) if name.suffix() == Some(Suffix::Null))
}

fn calls(at: &LocusTyping) -> impl Iterator<Item = &Call> {
    at.dna.iter().chain(&at.serology).flat_map(|g| g.calls())
}

fn is_low(typing: &Typing) -> bool {
    let low = |c: &Call| matches!(c, Call::Family(_) | Call::AnyOf(_) | Call::Antigen(_));
    typing.loci().any(|(_, at)| calls(at).any(low))
}

/// Whether at each locus that is typed both calls are the same, or one is alone.
fn is_homozygous(typing: &Typing) -> bool {
    let same = |at: &LocusTyping| {
        at.dna.iter().chain(&at.serology).all(|g| g.second.as_ref().is_none_or(|s| *s == g.first))
    };
    typing.loci().all(|(_, at)| same(at))
}

#[test]
fn a_person_hangs_on_seed_and_index_alone() {
    let release = Release::none();
    let (one, same, other) = (World::new(&release, 7), World::new(&release, 7), World::new(&release, 8));
    let some = |world: &World| (0..50).map(|i| (world.unit(i), world.patient(i))).collect::<Vec<_>>();
    assert_eq!(some(&one), some(&same));
    assert_ne!(some(&one), some(&other));
    assert_eq!(one.units().nth(20), Some(one.unit(20)));
    assert_eq!(one.patients().nth(20), Some(one.patient(20)));
    assert_ne!(one.unit(20), one.patient(20));
    assert_ne!(one.facts(1), one.facts(2));
}

#[test]
fn a_release_that_lacks_the_names_is_borne() {
    let world = World::new(small(), 1);
    let reader = Reader::new(small());
    for typing in world.units().take(200).chain(world.patients().take(200)) {
        let text = typing.to_string();
        assert!(text.is_empty() || reader.typing(&text).is_ok(), "{text}");
    }
}

#[test]
fn what_is_invented_reads_back() {
    let Some(release) = real() else { return };
    let world = World::new(release, 3);
    let reader = Reader::new(release);
    for typing in world.units().take(2_000).chain(world.patients().take(2_000)) {
        let text = typing.to_string();
        let read = reader.typing(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(read.typing, typing, "{text}");
    }
}

#[test]
fn patients_are_as_awkward_as_they_are_said_to_be() {
    let Some(release) = real() else { return };
    let world = World::new(release, 3);
    let patient = |i: u64| world.patient(i);
    share(2_000, 600..900, "mixed or low resolution", |i| is_low(&patient(i)));
    share(2_000, 150..260, "homozygous", |i| is_homozygous(&patient(i)));
    let missing = |t: &Typing| Locus::MATCHED.iter().any(|l| t.get(*l).is_none());
    share(2_000, 160..240, "without a locus", |i| missing(&patient(i)));
    let null = |t: &Typing| t.loci().any(|(_, at)| calls(at).any(is_null));
    share(2_000, 75..130, "with a null", |i| null(&patient(i)));
}

#[test]
fn units_are_as_diverse_as_in_real_registries() {
    if real().is_none() {
        return;
    }
    let release = Arc::new(Release::load(&crate::support::real_folder()).expect("it loads"));
    let world = World::new(&release, 3);
    let mut builder = Builder::new(release.clone());
    for (key, typing) in world.units().take(20_000).enumerate() {
        builder.push(key as u128, &typing, world.facts(key as u64)).expect("no contradiction");
    }
    let [a, b, c, drb1, dqb1] = builder.finish().distinct();
    // About 5,000 to 10,000 where all are typed; C and DQB1 are typed in two of three.
    for (distinct, wanted) in [(a, 4_000..10_000), (b, 5_000..10_000), (drb1, 4_000..10_000)] {
        assert!(wanted.contains(&distinct), "{distinct}");
    }
    assert!(c > 2_000 && dqb1 > 2_000, "{c} {dqb1}");
}
