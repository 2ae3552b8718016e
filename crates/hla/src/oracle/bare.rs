//! The oracle without a release: names on trust, and a small universe of them to enumerate.

use super::Shown;
use crate::typing::{Call, LocusTyping};
use crate::{AlleleName, Suffix};
use std::collections::BTreeSet;

/// Without a release: the names that are written, and a few that are not for what a family or an antigen leaves
/// open.
#[derive(Default)]
pub(super) struct Universe {
    written: BTreeSet<(u16, u16)>,
}

pub(super) const FRESH: u16 = 60_000;

pub(super) fn fresh_name(family: u16, second: u16) -> AlleleName {
    AlleleName::new(&[family, second], None).expect("neither field is 0")
}

impl Universe {
    pub(super) fn of(typings: &[&LocusTyping]) -> Universe {
        let mut universe = Universe::default();
        for typing in typings {
            for call in typing.dna.iter().flat_map(|g| g.calls()) {
                universe.note(call);
            }
        }
        universe
    }

    fn note(&mut self, call: &Call) {
        match call {
            Call::Allele(n) | Call::GGroup(n) | Call::PGroup(n) => {
                self.written.insert((n.fields()[0], n.fields()[1]));
                self.note(&Call::Family(n.fields()[0]));
            }
            Call::Family(family) => self.written.extend((0..4).map(|i| (*family, FRESH + i))),
            Call::AnyOf(calls) => calls.iter().for_each(|c| self.note(c)),
            Call::Code { alleles, .. } => alleles.iter().for_each(|n| self.note(&Call::Allele(*n))),
            Call::Antigen(_) => {}
        }
    }

    pub(super) fn anything(&self) -> BTreeSet<Shown> {
        let fresh = (0..4).map(|i| (FRESH + i, FRESH));
        self.written.iter().copied().chain(fresh).map(|(f, s)| Some((fresh_name(f, s), f))).collect()
    }

    pub(super) fn call(&self, call: &Call) -> BTreeSet<Shown> {
        match call {
            Call::Allele(n) | Call::PGroup(n) | Call::GGroup(n) => {
                let two = n.truncated(2);
                let shown = Some((two, two.family()));
                match (call, n.suffix()) {
                    (Call::GGroup(_), _) => BTreeSet::from([None, shown]),
                    (_, None) => BTreeSet::from([shown]),
                    (_, Some(Suffix::Null)) => BTreeSet::from([None]),
                    (_, Some(_)) => BTreeSet::from([None, shown]),
                }
            }
            Call::Family(family) => {
                let mut all: BTreeSet<Shown> =
                    self.anything().into_iter().filter(|s| s.is_some_and(|(_, f)| f == *family)).collect();
                all.insert(None);
                all
            }
            Call::AnyOf(calls) => calls.iter().flat_map(|c| self.call(c)).collect(),
            Call::Code { alleles, .. } => alleles.iter().flat_map(|n| self.call(&Call::Allele(*n))).collect(),
            Call::Antigen(_) => self.anything(),
        }
    }
}
