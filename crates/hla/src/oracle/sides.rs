//! What a typing leaves open for each chromosome, from the release's rows: the oracle's own reading of them.

use super::bare::{FRESH, Universe, fresh_name};
use super::{Oracle, Shown, Side};
use crate::nomenclature::{Allele, Serology};
use crate::typing::{Call, Genotype, LocusTyping};
use crate::{AlleleName, Locus, Suffix};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A column of the serology table.
type Column = fn(&Serology) -> &Box<[u16]>;

impl Oracle<'_> {
    /// The alternatives of a typing, each with both chromosomes' possibilities. None when it contradicts itself.
    pub(super) fn possibilities(
        &mut self,
        locus: Locus,
        typing: &LocusTyping,
        universe: &Universe,
    ) -> Vec<(Side, Side)> {
        let mut alternatives = Vec::new();
        for genotype in &typing.dna {
            let first = self.call(locus, &genotype.first, universe);
            let second = match &genotype.second {
                Some(call) => self.call(locus, call, universe),
                // What may be an antigen says nothing of the other chromosome.
                None if format!("{:?}", genotype.first).contains("Antigen(") => {
                    self.anything(locus, universe)
                }
                None => first.clone(),
            };
            alternatives.push((first, second));
        }
        let Some(serology) = &typing.serology else { return alternatives };
        if alternatives.is_empty() {
            let first = self.call(locus, &serology.first, universe);
            let second = match &serology.second {
                Some(call) => self.call(locus, call, universe),
                None => self.anything(locus, universe),
            };
            return vec![(first, second)];
        }
        if !self.release.is_loaded() || matches!(locus, Locus::Dpb1 | Locus::Dpa1 | Locus::Dqa1) {
            return alternatives;
        }
        alternatives.iter().flat_map(|(a, b)| self.agreeing(locus, a, b, serology)).collect()
    }

    /// The part of two chromosomes' possibilities that agrees with the antigens that were seen.
    fn agreeing(&self, locus: Locus, a: &Side, b: &Side, serology: &Genotype) -> Vec<(Side, Side)> {
        let meant = |call: &Call| match call {
            Call::Antigen(number) => self.meant(locus, *number),
            _ => BTreeSet::new(),
        };
        let first = meant(&serology.first);
        let second = serology.second.as_ref().map(meant);
        let showing = |side: &Side, seen: Option<&BTreeSet<u16>>| {
            // What nothing is known of can't be narrowed down.
            if side.contains(&Some((fresh_name(FRESH, FRESH), FRESH))) {
                return side.clone();
            }
            let agrees =
                |s: &&Shown| s.is_some_and(|(_, antigen)| seen.is_none_or(|seen| seen.contains(&antigen)));
            Rc::new(side.iter().filter(agrees).copied().collect::<BTreeSet<Shown>>())
        };
        let null =
            |side: &Side| Rc::new(side.iter().filter(|s| s.is_none()).copied().collect::<BTreeSet<Shown>>());
        let mut out = vec![
            (showing(a, Some(&first)), showing(b, second.as_ref())),
            (showing(a, second.as_ref()), showing(b, Some(&first))),
        ];
        let one_antigen = second.as_ref().is_none_or(|s| *s == first);
        if one_antigen {
            out.push((null(a), showing(b, Some(&first))));
            out.push((showing(a, Some(&first)), null(b)));
        }
        out.retain(|(a, b)| !a.is_empty() && !b.is_empty());
        out
    }

    fn call(&mut self, locus: Locus, call: &Call, universe: &Universe) -> Side {
        if !self.release.is_loaded() {
            return Rc::new(universe.call(call));
        }
        if let Some(known) = self.calls.get(&(locus, call.clone())) {
            return known.clone();
        }
        let parts: Vec<Call> = match call {
            Call::AnyOf(calls) => calls.clone(),
            Call::Code { alleles, .. } => alleles.iter().map(|n| Call::Allele(*n)).collect(),
            _ => Vec::new(),
        };
        let mut out = BTreeSet::new();
        for part in &parts {
            out.extend(self.call(locus, part, universe).iter().copied());
        }
        for allele in self.release.alleles(locus) {
            if !parts.is_empty() || !self.fits(locus, call, allele) {
                continue;
            }
            let always = matches!(call, Call::Antigen(_) | Call::PGroup(_)) || allele.name.suffix().is_none();
            if allele.name.suffix() == Some(Suffix::Null) || !always {
                out.insert(None);
            }
            let Some(protein) = allele.protein else { continue };
            for &antigen in self.antigens(locus, protein).iter() {
                match call {
                    // Who showed an antigen showed this one.
                    Call::Antigen(number) if !self.meant(locus, *number).contains(&antigen) => {}
                    _ => {
                        out.insert(Some((protein, antigen)));
                    }
                }
            }
        }
        let side = if out.is_empty() { self.anything(locus, universe) } else { Rc::new(out) };
        self.calls.insert((locus, call.clone()), side.clone());
        side
    }

    /// Whether an allele is one that a call leaves open.
    fn fits(&mut self, locus: Locus, call: &Call, allele: &Allele) -> bool {
        match call {
            Call::Allele(name) => {
                let written = name.fields();
                allele.name.suffix() == name.suffix()
                    && allele.name.fields().iter().take(written.len()).eq(written)
            }
            Call::Family(family) => allele.name.fields()[0] == *family,
            Call::GGroup(name) => self.release.g_group(locus, name).any(|member| member.name == allele.name),
            Call::PGroup(name) => allele.protein == Some(*name),
            Call::Code { .. } | Call::AnyOf(_) => false,
            Call::Antigen(number) => {
                let meant = self.meant(locus, *number);
                allele.protein.is_some_and(|p| self.antigens(locus, p).iter().any(|a| meant.contains(a)))
            }
        }
    }

    /// Nothing is known: any protein of the locus, with any antigen.
    fn anything(&mut self, locus: Locus, universe: &Universe) -> Side {
        if !self.release.is_loaded() {
            return Rc::new(universe.anything());
        }
        // Four proteins and antigens besides those of the release: what is not known need not be among them.
        let mut out = Universe::default().anything();
        for allele in self.release.alleles(locus) {
            if let Some(protein) = allele.protein {
                out.extend(self.antigens(locus, protein).iter().map(|&antigen| Some((protein, antigen))));
            }
        }
        // Antigens that no protein of the release shows are possible too.
        let known: Vec<u16> = self.release.antigens(locus).collect();
        out.extend(known.iter().map(|&a| Some((fresh_name(FRESH, FRESH), a))));
        Rc::new(out)
    }

    /// What a serological number may mean: a broad antigen, any of its splits; a variant, what it is a variant of.
    fn meant(&self, locus: Locus, number: u16) -> BTreeSet<u16> {
        let splits: BTreeMap<u16, &[u16]> = self.release.splits(locus).collect();
        let variants: BTreeMap<u16, &[u16]> = self.release.associated(locus).collect();
        let mut start = number;
        for (parent, of) in &variants {
            if of.contains(&number) && !splits.contains_key(parent) {
                start = *parent;
            }
        }
        let mut out = BTreeSet::from([start]);
        loop {
            let mut more = out.clone();
            for n in &out {
                if let Some(s) = splits.get(n) {
                    more.extend(s.iter());
                    more.extend(variants.get(n).into_iter().flat_map(|v| v.iter()));
                }
            }
            if more.len() == out.len() {
                return out;
            }
            out = more;
        }
    }

    /// The antigens that a protein may show, from the rows of the alleles that make it.
    fn antigens(&mut self, locus: Locus, protein: AlleleName) -> Rc<BTreeSet<u16>> {
        if let Some(known) = self.antigens.get(&(locus, protein)) {
            return known.clone();
        }
        let rows =
            self.release.alleles(locus).iter().filter(|a| a.protein == Some(protein)).map(|a| &a.serology);
        let rows: Vec<_> = rows.collect();
        let all = |columns: &[Column]| {
            let numbers = rows.iter().flat_map(|r| columns.iter().flat_map(|c| c(r).to_vec()));
            numbers.filter(|&n| n != 0).collect::<BTreeSet<u16>>()
        };
        let mut numbers = all(&[|s| &s.unambiguous]);
        if numbers.is_empty() {
            numbers = all(&[|s| &s.possible, |s| &s.assumed]);
        }
        let splits: BTreeMap<u16, &[u16]> = self.release.splits(locus).collect();
        let said = numbers.clone();
        numbers.retain(|n| !splits.get(n).is_some_and(|s| s.iter().any(|split| said.contains(split))));
        numbers.extend(all(&[|s| &s.expert]));
        if numbers.is_empty() {
            numbers.insert(protein.family());
        }
        let mut out: BTreeSet<u16> = numbers.iter().flat_map(|&n| self.meant(locus, n)).collect();
        if locus == Locus::C && protein.family() > 10 {
            out = BTreeSet::from([protein.family()]);
        }
        let out = Rc::new(out);
        self.antigens.insert((locus, protein), out.clone());
        out
    }
}
