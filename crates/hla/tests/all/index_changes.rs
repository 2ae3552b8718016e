//! Changes in any order, filters, ranks and pairs of units, each against the plain way to say it.

use crate::index::{all, facts, found, mixed, shared, snapshot};
use crate::random::{pools, typing};
use crate::support::small;
use hla::index::{
    Abo, AboFit, Change, Class, Criterion, DoublePolicy, Facts, Filter, Hit, Query, Snapshot, flag,
};
use hla::rules::Span;
use hla::{Locus, Typing};
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(crate::support::cases(40))]

    /// However the units came (in any order, as changes, put back, compacted), the same search finds the same.
    #[test]
    fn how_units_came_does_not_matter(
        pool in proptest::collection::vec(typing(small(), pools(small(), 1)), 9),
        units in proptest::collection::vec((proptest::array::uniform5(0..1_000usize), facts()), 30..60),
        patient in proptest::array::uniform5(0..1_000usize),
        steps in proptest::collection::vec(proptest::collection::vec((0..60usize, 0..3u8), 0..8), 0..14),
        class in prop_oneof![Just(Class::Six), Just(Class::Ten)],
    ) {
        let units: Vec<(Typing, Facts)> = units.iter().map(|(p, f)| (mixed(&pool, p), *f)).collect();
        let patient = mixed(&pool, &patient);
        let half = units.len() / 2;
        let mut truth: BTreeMap<u128, usize> = (0..half).map(|i| (i as u128, i)).collect();
        let rows = |truth: &BTreeMap<u128, usize>| truth.iter().map(|(k, i)| (*k, &units[*i].0, units[*i].1)).collect::<Vec<_>>();
        let mut changed = snapshot(shared(), rows(&truth));
        for step in &steps {
            let mut changes = Vec::new();
            for (at, what) in step {
                let (key, unit) = (*at as u128 % 45, at % units.len());
                if *what == 0 {
                    changes.push(Change::Withdraw(key));
                    truth.remove(&key);
                } else {
                    changes.push(Change::Put { key, typing: Box::new(units[unit].0.clone()), facts: units[unit].1 });
                    truth.insert(key, unit);
                }
            }
            let (next, refused) = changed.apply(&changes);
            prop_assert!(refused.is_empty());
            changed = next;
        }
        let mut rows = rows(&truth);
        let fresh = snapshot(shared(), rows.clone());
        rows.reverse();
        let query = Query { weight_g: Some(20_000), abo: Abo::A, ..all(class, 3) };
        let expected = fresh.search(&patient, &query).unwrap();
        prop_assert_eq!(changed.len(), truth.len());
        prop_assert!((0..60u128).all(|k| changed.contains(k) == truth.contains_key(&k)));
        prop_assert_eq!(changed.search(&patient, &query).unwrap(), expected.clone());
        prop_assert_eq!(changed.compact().search(&patient, &query).unwrap(), expected.clone());
        prop_assert_eq!(changed.compact().loose(), 0);
        prop_assert_eq!(snapshot(shared(), rows).search(&patient, &query).unwrap(), expected.clone());
        // The best few are the first of all.
        let few = fresh.search(&patient, &Query { top: 5, ..query }).unwrap();
        prop_assert_eq!(&few.totals, &expected.totals);
        prop_assert_eq!(&few.hits[..], &expected.hits[..expected.hits.len().min(5)]);
        in_order(&expected.hits, &fresh);
    }

    /// A filter leaves out exactly the units that lack what it asks for.
    #[test]
    fn a_filter_is_what_it_says(
        pool in proptest::collection::vec(typing(small(), pools(small(), 1)), 5),
        units in proptest::collection::vec((proptest::array::uniform5(0..1_000usize), facts()), 30..60),
        (tnc, cd34) in (proptest::option::of(0..20_000_000u64), proptest::option::of(0..300_000u64)),
        (statuses, bank, from) in (proptest::option::of(0..16u32), proptest::option::of(0..3u16), proptest::option::of(-2..3i32)),
        (abo, worst) in (0..3usize, 0..5usize),
        (compartments, flags) in (0..6u8, 0..4u8),
    ) {
        let units: Vec<(Typing, Facts)> = units.iter().map(|(p, f)| (mixed(&pool, p), *f)).collect();
        let index = snapshot(shared(), units.iter().enumerate().map(|(i, (t, f))| (i as u128, t, *f)));
        let worst = [None, Some(AboFit::Identical), Some(AboFit::Compatible), Some(AboFit::Unknown), Some(AboFit::Incompatible)][worst];
        let abo = [Abo::A, Abo::O, Abo::Unknown][abo];
        let filter = Filter {
            statuses, banks: bank.map(|b| vec![b, 7]), abo: worst, tnc_per_kg: tnc, cd34_per_kg: cd34, collected_from: from, compartments, flags,
        };
        let query = Query { weight_g: Some(18_500), abo, filter, ..all(Class::Six, 0) };
        let kept: Vec<u128> = found(&index.search(&units[0].0, &query).unwrap()).into_keys().collect();
        let wanted = |f: &Facts| {
            let dose = |count: u32, unit: u64, wanted: u64| u128::from(count) * u128::from(unit) * 1_000 >= u128::from(wanted) * 18_500;
            statuses.is_none_or(|s| s >> f.status & 1 == 1)
                && bank.is_none_or(|b| f.bank == b)
                && worst.is_none_or(|w| abo.receives(f.abo) <= w)
                && tnc.is_none_or(|t| dose(f.tnc, 100_000, t))
                && cd34.is_none_or(|c| dose(f.cd34, 1_000, c))
                && from.is_none_or(|d| f.collected >= d)
                && f.compartments >= compartments
                && f.flags & flags == flags
        };
        let expected: Vec<u128> = (0..units.len() as u128).filter(|k| wanted(&units[*k as usize].1)).collect();
        prop_assert_eq!(kept, expected);
    }

    /// The best pairs are the best of all pairs.
    #[test]
    fn double_units_are_the_best_of_all_pairs(
        pool in proptest::collection::vec(typing(small(), pools(small(), 1)), 3),
        units in proptest::collection::vec((proptest::array::uniform5(0..1_000usize), facts()), 20..50),
    ) {
        let units: Vec<(Typing, Facts)> = units.iter().map(|(p, f)| (mixed(&pool, p), *f)).collect();
        let index = snapshot(shared(), units.iter().enumerate().map(|(i, (t, f))| (i as u128, t, *f)));
        let query = Query { weight_g: Some(10_000), ..all(Class::Six, 3) };
        let policy = DoublePolicy { tnc_per_kg: 15_000_000, each_tnc_per_kg: 2_000_000, each_cd34_per_kg: 100_000, top: 4 };
        let got = index.search_double(&units[0].0, &query, &policy).unwrap();
        let filter = Filter { tnc_per_kg: Some(2_000_000), cd34_per_kg: Some(100_000), ..Filter::default() };
        let hits = index.search(&units[0].0, &Query { filter, ..query }).unwrap().hits;
        let standing = |h: &Hit| (h.matches.most, h.matches.least);
        let mut plain = Vec::new();
        for (i, a) in hits.iter().enumerate() {
            for b in &hits[i + 1..] {
                let tnc = u64::from(a.facts.tnc) + u64::from(b.facts.tnc);
                let (low, high) = (standing(a).min(standing(b)), standing(a).max(standing(b)));
                if tnc * 100_000_000 >= 15_000_000 * 10_000 {
                    plain.push((low, high, tnc));
                }
            }
        }
        plain.sort_unstable_by(|a, b| b.cmp(a));
        plain.truncate(4);
        let told: Vec<_> = got.iter().map(|d| {
            let (a, b) = (standing(&d.first), standing(&d.second));
            (a.min(b), a.max(b), u64::from(d.first.facts.tnc) + u64::from(d.second.facts.tnc))
        }).collect();
        prop_assert_eq!(told, plain);
        for d in &got {
            prop_assert!(d.first.key != d.second.key && d.tnc_per_kg >= 15_000_000);
        }
    }
}

/// That hits stand in the order of the criteria, compared one after another.
fn in_order(hits: &[Hit], snapshot: &Snapshot) {
    let order = |h: &Hit| {
        let of = |l| h.report.locus(l).map_or(Span::UNKNOWN, |m| m.allele.matches);
        let (c, q) = (of(Locus::C), of(Locus::Dqb1));
        let abo = match Abo::A.receives(h.facts.abo) {
            AboFit::Identical => 3u8,
            AboFit::Compatible => 2,
            AboFit::Unknown => 1,
            AboFit::Incompatible => 0,
        };
        let matches = (h.matches.most, h.matches.least);
        let others = (c.least + c.most + q.least + q.most, c.least + q.least);
        (matches, others, h.facts.tnc, h.facts.cd34, abo, h.facts.flags & flag::SEGMENT, h.facts.collected)
    };
    for pair in hits.windows(2) {
        let (a, b) = (order(&pair[0]), order(&pair[1]));
        assert!(a > b || (a == b && pair[0].key < pair[1].key));
        let decided = pair[1].behind_by.expect("only the first is behind none");
        let expected = match () {
            () if a.0.0 != b.0.0 => Criterion::Class,
            () if a.0 != b.0 => Criterion::Certainty,
            () if a.1 != b.1 => Criterion::OtherLoci,
            () if a.2 != b.2 => Criterion::Tnc,
            () if a.3 != b.3 => Criterion::Cd34,
            () if a.4 != b.4 => Criterion::Abo,
            () if a.5 != b.5 => Criterion::Segment,
            () if a.6 != b.6 => Criterion::Age,
            () => Criterion::Key,
        };
        assert_eq!(decided, expected);
    }
    assert!(hits.iter().all(|h| snapshot.facts(h.key) == Some(h.facts)));
}
