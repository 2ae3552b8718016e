//! Random typings of every resolution over a release.

use hla::typing::{Call, Genotype, LocusTyping, Reader};
use hla::{Locus, Release, Suffix, Typing};
use proptest::prelude::*;

/// Calls of every kind that a release allows at a locus.
#[derive(Clone, Debug)]
pub struct Pool {
    pub exact: Vec<Call>,
    pub groups: Vec<Call>,
    pub families: Vec<Call>,
    pub antigens: Vec<Call>,
}

/// The pools of the five matched loci; `thin` keeps one allele in so many.
pub fn pools(release: &Release, thin: usize) -> [Pool; 5] {
    Locus::MATCHED.map(|locus| {
        let alleles = release.alleles(locus);
        let mut exact = Vec::new();
        let mut families = Vec::new();
        for (i, allele) in alleles.iter().enumerate() {
            // Unusual suffixes are kept, whatever is thinned out.
            if i % thin != 0 && matches!(allele.name.suffix(), None | Some(Suffix::Questionable)) {
                continue;
            }
            exact.push(Call::Allele(allele.name));
            let short = allele.name.truncated(2).with_suffix(allele.name.suffix());
            exact.push(Call::Allele(short));
            families.push(Call::Family(allele.name.family()));
        }
        let groups =
            release.g_groups(locus).map(Call::GGroup).chain(release.p_groups(locus).map(Call::PGroup));
        let splits = release.splits(locus).map(|(broad, _)| broad);
        let antigens = release.antigens(locus).chain(splits).map(Call::Antigen);
        let mut groups: Vec<Call> = groups.collect();
        if groups.is_empty() {
            groups.clone_from(&exact);
        }
        Pool { exact, groups, families, antigens: antigens.collect() }
    })
}

fn pick(from: &[Call], at: prop::sample::Index) -> Call {
    at.get(from).clone()
}

fn call(pool: Pool) -> BoxedStrategy<Call> {
    let exact = pool.exact.clone();
    let list = pool.exact.clone();
    let (groups, families, antigens) = (pool.groups, pool.families, pool.antigens);
    let (either, or) = (antigens.clone(), families.clone());
    let at = any::<prop::sample::Index>;
    prop_oneof![
        8 => at().prop_map(move |i| pick(&exact, i)),
        3 => proptest::collection::vec(at(), 2..4)
            .prop_map(move |all| Call::AnyOf(all.into_iter().map(|i| pick(&list, i)).collect())),
        3 => at().prop_map(move |i| pick(&groups, i)),
        2 => at().prop_map(move |i| pick(&families, i)),
        2 => at().prop_map(move |i| pick(&antigens, i)),
        // An antigen or a family, usually of another number than it would be.
        1 => (at(), at()).prop_map(move |(i, j)| Call::AnyOf(vec![pick(&either, i), pick(&or, j)])),
    ]
    .boxed()
}

fn genotype(pool: Pool) -> BoxedStrategy<Genotype> {
    let second = prop_oneof![5 => call(pool.clone()).prop_map(Some), 1 => Just(None)];
    // Some are homozygous outright.
    (call(pool), second, 0..8u8)
        .prop_map(|(first, second, same)| {
            let second = if same == 0 { Some(first.clone()) } else { second };
            Genotype { first, second }
        })
        .boxed()
}

fn at_locus(pool: Pool) -> impl Strategy<Value = Option<LocusTyping>> {
    let antigens = Pool {
        exact: pool.antigens.clone(),
        groups: pool.antigens.clone(),
        families: pool.antigens.clone(),
        ..pool.clone()
    };
    let two = proptest::collection::vec(genotype(pool.clone()), 1..3);
    let one = genotype(pool).prop_map(|g| vec![g]);
    let serology = genotype(antigens).prop_filter("lists are no serology", Genotype::is_serology).boxed();
    let dna = prop_oneof![4 => one, 1 => two].boxed();
    prop_oneof![
        10 => dna.clone().prop_map(|dna| {
            let mut at = Typing::default();
            dna.into_iter().for_each(|g| at.add(Locus::A, g));
            at.get(Locus::A).cloned()
        }),
        3 => serology.clone().prop_map(|s| Some(LocusTyping { dna: vec![], serology: Some(s) })),
        3 => (dna, serology).prop_map(|(mut dna, s)| {
            dna.retain(|g| !g.is_serology());
            Some(LocusTyping { dna, serology: Some(s) })
        }),
        1 => Just(None),
    ]
}

/// A typing at the five matched loci. Where serology excludes the DNA, only the DNA is kept.
pub fn typing(release: &'static Release, pools: [Pool; 5]) -> impl Strategy<Value = Typing> {
    let [a, b, c, r, q] = pools;
    (at_locus(a), at_locus(b), at_locus(c), at_locus(r), at_locus(q)).prop_map(move |(a, b, c, r, q)| {
        let mut typing = Typing::default();
        for (locus, at) in Locus::MATCHED.into_iter().zip([a, b, c, r, q]) {
            let Some(mut at) = at else { continue };
            let mut alone = Typing::default();
            alone.set(locus, at.clone());
            if Reader::new(release).check(&alone).is_err() {
                at.serology = None;
            }
            typing.set(locus, at);
        }
        typing
    })
}
