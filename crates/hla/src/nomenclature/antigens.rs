//! Which antigens a protein may show, and which a serological name may mean.
//!
//! Serology is coarser than DNA and was often not done at all, so an antigen is a *set* of possibilities. Two rules
//! shape it. A broad antigen may be any of its splits (A9 is A23 or A24). A variant that is merely *associated* with
//! an antigen counts as that antigen (A2403 as A24): registries grade such a pair as an allele mismatch, not an
//! antigen mismatch.

use super::{LocusTable, Protein, Serology};
use crate::set::{Set, Symbol};
use crate::{AlleleName, Locus};
use std::collections::BTreeMap;

/// HLA-C families above this have no official antigen.
pub(super) const LAST_C_ANTIGEN: u16 = 10;

/// Whether antigens of this locus are told apart at all. Every HLA-DPB1 mismatch counts as one of antigen (WMDA
/// Bioinformatics and Innovation Committee, 2024-02-07), and the alpha chains have no serology: there, the protein
/// stands for the antigen.
pub(super) fn tells_antigens(locus: Locus) -> bool {
    !matches!(locus, Locus::Dpb1 | Locus::Dpa1 | Locus::Dqa1)
}

impl LocusTable {
    /// What an antigen's number may mean.
    pub(super) fn meant(&self, number: u16) -> Set {
        let mut found = Vec::new();
        self.collect_meant(self.parent(number), &mut found);
        Set::from_symbols(found.into_iter().map(Symbol::from))
    }

    /// The antigen that a variant counts as; a variant of a broad antigen stays itself, as one more split.
    fn parent(&self, number: u16) -> u16 {
        let parent = self.associated.iter().find(|(_, variants)| variants.contains(&number)).map(|(&p, _)| p);
        parent.filter(|p| !self.splits.contains_key(p)).unwrap_or(number)
    }

    fn collect_meant(&self, number: u16, found: &mut Vec<u16>) {
        if found.contains(&number) {
            return;
        }
        found.push(number);
        let Some(splits) = self.splits.get(&number) else { return };
        let variants = self.associated.get(&number).into_iter().flatten();
        for &split in splits.iter().chain(variants) {
            self.collect_meant(split, found);
        }
    }

    /// Drops each broad antigen of which a split is there too: the split says more.
    fn specific(&self, numbers: &mut Vec<u16>) {
        let all = numbers.clone();
        numbers.retain(|n| match self.splits.get(n) {
            Some(splits) => !splits.iter().any(|s| all.contains(s)),
            None => true,
        });
    }

    /// The antigens of a protein from the rows of the alleles that make it.
    ///
    /// Antigens that were seen beyond doubt stand before possible and assumed ones; what experts assigned apart
    /// from these is always added, so that a disputed antigen is never a certain one.
    fn shown<'a>(&self, locus: Locus, family: u16, rows: impl Iterator<Item = &'a Serology>) -> Set {
        if locus == Locus::C && family > LAST_C_ANTIGEN {
            return Set::one(Symbol::from(family));
        }
        let (mut seen, mut inferred, mut expert) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            seen.extend_from_slice(&row.unambiguous);
            inferred.extend_from_slice(&row.possible);
            inferred.extend_from_slice(&row.assumed);
            expert.extend_from_slice(&row.expert);
        }
        let mut numbers = if seen.iter().any(|&n| n != 0) { seen } else { inferred };
        numbers.retain(|&n| n != 0);
        self.specific(&mut numbers);
        numbers.extend(expert.into_iter().filter(|&n| n != 0));
        if numbers.is_empty() {
            numbers.push(family);
        }
        numbers.iter().fold(Set::default(), |all, &n| all.union(&self.meant(n)))
    }

    /// Fills in the proteins, once the alleles, splits and associations are there.
    pub(super) fn derive_proteins(&mut self, locus: Locus) {
        let mut makers: BTreeMap<AlleleName, Vec<usize>> = BTreeMap::new();
        for (at, allele) in self.alleles.iter().enumerate() {
            if let Some(protein) = allele.protein {
                makers.entry(protein).or_default().push(at);
            }
        }
        let mut proteins = Vec::with_capacity(makers.len());
        for (name, alleles) in &makers {
            let rows = alleles.iter().map(|&a| &self.alleles[a].serology);
            let antigens = if tells_antigens(locus) {
                self.shown(locus, name.family(), rows)
            } else {
                Set::one(proteins.len() as Symbol + 1)
            };
            proteins.push(Protein { name: *name, antigens });
            let symbol = proteins.len() as Symbol;
            for &a in alleles {
                self.alleles[a].symbol = symbol;
            }
        }
        self.proteins = proteins;
    }
}
