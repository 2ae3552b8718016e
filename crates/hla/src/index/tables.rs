//! One patient's outcomes over a segment's dictionaries, worked out when first asked for.

use super::outcome::{ONE_MOST, Outcome, least, most, outcome};
use super::probe::Probe;
use super::segment::Segment;
use crate::resolve::Block;
use crate::rules::Profile;
use std::ops::Range;
use std::rc::Rc;

/// A patient's outcomes over a segment's dictionaries.
pub(super) struct Tables<'s> {
    pub(super) segment: &'s Segment,
    profile: &'s Profile,
    probes: [Option<Probe<'s>>; 5],
    /// At the antigen level, by number of the antigen meaning.
    antigens: [Option<Rc<Vec<Outcome>>>; 5],
    /// At the allele level, by number of the meaning.
    alleles: [Option<Rc<Vec<Outcome>>>; 5],
    /// How many rows were asked for one by one.
    asked: [usize; 5],
}

/// Rather than for so many meanings as there are rows in question, an outcome is worked out for each row.
const FEW: usize = 16;

impl<'s> Tables<'s> {
    pub(super) fn new(profile: &'s Profile, segment: &'s Segment) -> Tables<'s> {
        Tables {
            segment,
            profile,
            probes: Default::default(),
            antigens: Default::default(),
            alleles: Default::default(),
            asked: [0; 5],
        }
    }

    fn probe(&mut self, locus: usize) -> &mut Probe<'s> {
        self.probes[locus].get_or_insert_with(|| {
            let ours: Option<&[Block]> = self.profile.loci[locus].as_ref().map(|m| m.proteins.as_slice());
            let dictionary = &self.segment.dictionaries[locus];
            Probe::new(ours, &dictionary.protein_sets, &dictionary.proteins)
        })
    }

    /// All outcomes of a locus at the allele level.
    pub(super) fn table(&mut self, locus: usize) -> Rc<Vec<Outcome>> {
        if let Some(table) = &self.alleles[locus] {
            return table.clone();
        }
        let table = Rc::new(self.worked_out(locus));
        self.alleles[locus] = Some(table.clone());
        table
    }

    fn worked_out(&mut self, locus: usize) -> Vec<Outcome> {
        if !self.profile.loci[locus].as_ref().is_some_and(|m| m.by_dna) {
            return self.probe(locus).table();
        }
        // Whoever shows one of the patient's proteins shows one of its antigens, as long as no serology narrows these
        // down on the patient's side, too.
        let antigens = self.antigen_table(locus);
        let starts = &self.segment.dictionaries[locus].starts;
        let mut in_common: Vec<Range<usize>> = Vec::new();
        for (range, _) in starts.windows(2).zip(antigens.iter()).filter(|(_, outcome)| most(**outcome) > 0) {
            let (start, end) = (range[0] as usize, range[1] as usize);
            match in_common.last_mut() {
                Some(before) if before.end == start => before.end = end,
                _ => in_common.push(start..end),
            }
        }
        self.probe(locus).table_of(&in_common)
    }

    /// All outcomes of a locus at the antigen level.
    fn antigen_table(&mut self, locus: usize) -> Rc<Vec<Outcome>> {
        let (profile, segment) = (self.profile, self.segment);
        let table = self.antigens[locus].get_or_insert_with(|| {
            let dictionary = &segment.dictionaries[locus];
            let ours: Option<&[Block]> = profile.loci[locus].as_ref().map(|m| m.antigens.as_slice());
            Rc::new(Probe::new(ours, &dictionary.antigen_sets, &dictionary.antigens).table())
        });
        table.clone()
    }

    /// So many more rows will be asked for: works all outcomes of the locus out when that is the quicker way by now.
    pub(super) fn expect(&mut self, locus: usize, rows: usize) {
        self.asked[locus] += rows;
        if self.asked[locus] > self.segment.dictionaries[locus].len() / FEW {
            self.table(locus);
        }
    }

    /// All outcomes of a locus, where they were worked out.
    pub(super) fn known(&self, locus: usize) -> Option<Rc<Vec<Outcome>>> {
        self.alleles[locus].clone()
    }

    /// What no outcome of a locus exceeds, as far as that is known.
    pub(super) fn greatest(&self, locus: usize) -> Outcome {
        let Some(table) = &self.alleles[locus] else { return outcome(2, 2) };
        let of = |part: fn(Outcome) -> u8| table.iter().map(|&o| part(o)).max().unwrap_or_default();
        outcome(of(least), of(most))
    }

    /// A row's outcome at the allele level.
    #[inline]
    pub(super) fn allele(&mut self, locus: usize, row: usize) -> Outcome {
        let number = self.segment.numbers[locus].get(row);
        match &self.alleles[locus] {
            Some(table) => table[number],
            None => self.probe(locus).outcome(number),
        }
    }

    /// All outcomes of A or B at the antigen level, by antigen meaning. In the upper byte is the bit of the locus where a
    /// protein may help. That can only be where both typings leave antigens open: the same protein has the same antigens,
    /// and when one side's are known beyond doubt, then so is whether they are the other's.
    pub(super) fn antigens(&mut self, locus: usize) -> Vec<u16> {
        let ours = self.profile.loci[locus].as_ref();
        let dictionary = &self.segment.dictionaries[locus];
        let table = self.antigen_table(locus);
        let open = ours.is_some_and(|m| {
            // Where three proteins are possible on both sides, one is always another than a unit's two.
            let may_be_certain = m.proteins.iter().all(|b| b.sides().any(|s| s.few().1 < 3));
            m.by_dna && may_be_certain && m.antigens.iter().any(|b| !b.is_exact())
        });
        let doubt = |o: Outcome, theirs: bool| open && theirs && least(o) < most(o);
        let pairs = table.iter().zip(&dictionary.open_antigens);
        pairs.map(|(&o, &theirs)| u16::from(o) | u16::from(doubt(o, theirs)) << (8 + locus)).collect()
    }

    /// The most that any meaning with the same antigens has at the allele level, by antigen meaning; in both bytes, so
    /// that the note tells what was hoped for.
    pub(super) fn bounds(&mut self, locus: usize) -> Vec<u16> {
        let dictionary = &self.segment.dictionaries[locus];
        let table = self.table(locus);
        let most_of = |range: &[u32]| {
            let outcomes = &table[range[0] as usize..range[1] as usize];
            let most = outcomes.iter().fold(0, |all, &o| all.max(o)) & !(ONE_MOST - 1);
            u16::from(most) * 0x101
        };
        dictionary.starts.windows(2).map(most_of).collect()
    }
}
