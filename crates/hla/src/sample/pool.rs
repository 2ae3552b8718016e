//! One locus of the invented world: which alleles there are, and how a laboratory reports two of them.

use super::dice::Dice;
use crate::typing::{Call, Genotype, LocusTyping};
use crate::{AlleleName, Locus, Release, Suffix};
use std::collections::BTreeMap;

/// The way in which a laboratory typed a locus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Method {
    /// Antigens.
    Serology,
    /// DNA, families only: `A*02:XX`.
    Families,
    /// DNA by probes: lists of alleles that the kit can't tell apart, as they are for the kit of this lot.
    Lists(u64),
    /// G groups.
    Groups,
    /// P groups.
    Proteins,
    /// Two fields.
    Two,
    /// Three fields.
    Three,
    /// Two fields, with the serology that was done before.
    TwoAndSerology,
}

/// An allele of two fields and its other names.
struct Member {
    name: AlleleName,
    three: AlleleName,
    group: Option<AlleleName>,
    protein: Option<AlleleName>,
    antigen: Option<u16>,
}

/// The alleles of a locus that people may have here.
pub(super) struct Pool {
    locus: Locus,
    /// Sorted by name.
    members: Vec<Member>,
    /// By family: where its members begin and how many there are.
    families: BTreeMap<u16, (usize, usize)>,
    nulls: BTreeMap<u16, Vec<AlleleName>>,
}

/// So many of a family's oldest names occur in lists and among rare alleles.
const KIN: usize = 40;

impl Pool {
    /// The families of these names, with all that the release has of them; without a release only the names.
    pub(super) fn new<'n>(release: &Release, locus: Locus, names: impl Iterator<Item = &'n str>) -> Pool {
        let common: Vec<AlleleName> = names.filter_map(AlleleName::parse).collect();
        let mut members: Vec<Member> = Vec::new();
        let mut nulls: BTreeMap<u16, Vec<AlleleName>> = BTreeMap::new();
        let groups: BTreeMap<AlleleName, AlleleName> =
            release.g_groups(locus).map(|g| (g.truncated(2), g)).collect();
        for allele in release.alleles(locus) {
            let name = allele.name.truncated(2).with_suffix(None);
            match allele.name.suffix() {
                Some(Suffix::Null) => nulls.entry(name.family()).or_default().push(allele.name),
                Some(_) => {}
                None if members.last().is_some_and(|m| m.name == name) => {}
                None if !common.iter().any(|c| c.family() == name.family()) => {}
                None => members.push(Member {
                    name,
                    three: allele.name.truncated(3),
                    group: groups.get(&name).copied(),
                    protein: allele.protein.filter(|p| release.has_p_group(locus, p)),
                    antigen: allele.serology.unambiguous.first().copied().filter(|&n| n > 0),
                }),
            }
        }
        if !release.is_loaded() {
            // A family bears the number of its antigen, but for HLA-C above 10, which serology does not see.
            let seen = |family: &u16| locus != Locus::C || *family <= 10;
            let bare = |name: AlleleName| {
                let antigen = Some(name.family()).filter(seen);
                Member { name, three: name, group: None, protein: None, antigen }
            };
            members = common.into_iter().map(bare).collect();
            members.sort_by_key(|m| m.name);
            members.dedup_by_key(|m| m.name);
        }
        let mut families = BTreeMap::new();
        for (at, member) in members.iter().enumerate() {
            families.entry(member.name.family()).or_insert((at, 0)).1 += 1;
        }
        Pool { locus, members, families, nulls }
    }

    /// The place of a name of two fields; `None` when the release lacks it.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let name = AlleleName::parse(name)?;
        self.members.binary_search_by_key(&name, |m| m.name).ok()
    }

    /// Whether the release has none of the names.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn family(&self, member: usize) -> u16 {
        self.members[member].name.family()
    }

    /// Any of the older members of its family.
    pub(super) fn kin(&self, member: usize, dice: &mut Dice) -> usize {
        let (first, count) = self.families[&self.family(member)];
        first + dice.below(count.min(KIN))
    }

    /// A null allele of its family.
    pub(super) fn null(&self, member: usize, dice: &mut Dice) -> Option<AlleleName> {
        self.nulls.get(&self.family(member)).map(|nulls| *dice.pick(&nulls[..nulls.len().min(KIN / 4)]))
    }

    /// What a laboratory reports of two alleles.
    pub(super) fn reported(&self, pair: [usize; 2], method: Method, dice: &mut Dice) -> LocusTyping {
        let [a, b] = if pair[0] <= pair[1] { pair } else { [pair[1], pair[0]] };
        let antigens = self.members[a].antigen.zip(self.members[b].antigen).map(|(a, b)| serology(a, b));
        let method = match method {
            Method::Serology if antigens.is_none() => Method::Families,
            other => other,
        };
        let lot = match method {
            Method::Lists(lot) => lot,
            Method::Serology => return LocusTyping { dna: Vec::new(), serology: antigens },
            _ => {
                let serology = antigens.filter(|_| method == Method::TwoAndSerology);
                return LocusTyping {
                    dna: vec![self.genotype(a, b, |m| self.call(m, method), dice)],
                    serology,
                };
            }
        };
        // A kit leaves the same open whenever it meets the same two alleles.
        let mut kit = Dice::of(&[lot, self.locus.index() as u64, a as u64, u64::from(self.family(b))]);
        let mut other = Dice::of(&[lot, self.locus.index() as u64, b as u64, u64::from(self.family(a))]);
        let lists = [self.list(a, &mut kit), self.list(b, &mut other)];
        let mut dna = vec![self.genotype(a, b, |m| lists[usize::from(m != a)].clone(), dice)];
        if kit.thousandths(40) {
            // Another pair gives the same bands.
            let kin = [self.kin(a, &mut kit), self.kin(b, &mut other)];
            let another = self.genotype(kin[0], kin[1], |m| Call::Allele(self.members[m].name), dice);
            if !dna.contains(&another) {
                dna.push(another);
            }
        }
        LocusTyping { dna, serology: None }
    }

    /// Two calls; of the same allele twice often only one is reported.
    fn genotype(&self, a: usize, b: usize, call: impl Fn(usize) -> Call, dice: &mut Dice) -> Genotype {
        let second = (a != b || dice.thousandths(500)).then(|| call(b));
        Genotype { first: call(a), second }
    }

    fn call(&self, member: usize, method: Method) -> Call {
        let member = &self.members[member];
        match method {
            Method::Families | Method::Serology => Call::Family(member.name.family()),
            Method::Three => Call::Allele(member.three),
            Method::Groups => member.group.map_or(Call::Allele(member.name), Call::GGroup),
            Method::Proteins => member.protein.map_or(Call::Allele(member.name), Call::PGroup),
            Method::Two | Method::TwoAndSerology | Method::Lists(_) => Call::Allele(member.name),
        }
    }

    fn list(&self, member: usize, kit: &mut Dice) -> Call {
        let mut names = vec![self.members[member].name];
        for _ in 0..=kit.below(4) {
            names.push(self.members[self.kin(member, kit)].name);
        }
        if kit.thousandths(120) {
            names.extend(self.null(member, kit));
        }
        names.sort_unstable();
        names.dedup();
        match names[..] {
            [one] => Call::Allele(one),
            _ => Call::AnyOf(names.into_iter().map(Call::Allele).collect()),
        }
    }
}

/// Of one antigen twice, serology sees one and a blank.
fn serology(a: u16, b: u16) -> Genotype {
    Genotype { first: Call::Antigen(a), second: (a != b).then_some(Call::Antigen(b)) }
}
