//! The pass over a part's units: which of them may have so many matches, and how many they have.
//!
//! First the runs: what a unit can have at most with its antigens at A and B and its own DRB1. Rows that are left are
//! written down one after the other without a branch, and only these are looked at more closely.

use super::column::Column;
use super::outcome::{ONE_MOST, Outcome, least, most, outcome};
use super::probe::Probe;
use super::segment::Segment;
use super::{Class, Query};
use crate::resolve::Block;
use crate::rules::Profile;

/// A row that was found and the sum of its outcomes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) row: u32,
    pub(super) sum: Outcome,
    /// What else is to be remembered of it: in a scan out of 6 at which of A and B proteins may help, as bits; in others
    /// what was hoped for at A and B.
    pub(super) note: u8,
}

/// A patient's outcomes over a segment's dictionaries, worked out when first asked for.
pub(super) struct Tables<'s> {
    pub(super) segment: &'s Segment,
    profile: &'s Profile,
    probes: [Option<Probe<'s>>; 5],
    /// At the allele level, by number of the meaning.
    alleles: [Option<Vec<Outcome>>; 5],
}

/// Rather than for so many meanings as there are rows in question, an outcome is worked out for each row.
const FEW: usize = 2;

impl<'s> Tables<'s> {
    pub(super) fn new(profile: &'s Profile, segment: &'s Segment) -> Tables<'s> {
        Tables { segment, profile, probes: Default::default(), alleles: Default::default() }
    }

    fn probe(&mut self, locus: usize) -> &mut Probe<'s> {
        self.probes[locus].get_or_insert_with(|| {
            let ours: Option<&[Block]> = self.profile.loci[locus].as_ref().map(|m| m.proteins.as_slice());
            let dictionary = &self.segment.dictionaries[locus];
            Probe::new(ours, &dictionary.protein_sets, &dictionary.proteins)
        })
    }

    /// All outcomes of a locus at the allele level.
    fn table(&mut self, locus: usize) -> &[Outcome] {
        if self.alleles[locus].is_none() {
            self.alleles[locus] = Some(self.probe(locus).table());
        }
        self.alleles[locus].as_deref().unwrap_or_default()
    }

    /// What no outcome of a locus exceeds, when about so many rows will be asked for.
    pub(super) fn greatest(&mut self, locus: usize, rows: usize) -> Outcome {
        if !self.worthwhile(locus, rows) {
            return outcome(2, 2);
        }
        let table = self.table(locus);
        let of = |part: fn(Outcome) -> u8| table.iter().map(|&o| part(o)).max().unwrap_or_default();
        outcome(of(least), of(most))
    }

    /// Whether for so many rows a table of all meanings is the quicker way.
    fn worthwhile(&self, locus: usize, rows: usize) -> bool {
        self.alleles[locus].is_some() || rows > self.segment.dictionaries[locus].len() / FEW
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

    /// All outcomes of A or B at the antigen level, by antigen meaning.
    fn antigens(&self, locus: usize) -> Vec<Outcome> {
        let ours: Option<&[Block]> = self.profile.loci[locus].as_ref().map(|m| m.antigens.as_slice());
        let dictionary = &self.segment.dictionaries[locus];
        Probe::new(ours, &dictionary.antigen_sets, &dictionary.antigens).table()
    }

    /// The rows that may have so many matches in the class, with these.
    pub(super) fn scan(&mut self, query: &Query) -> Vec<Seen> {
        match query.class {
            Class::Six => self.six(query.at_least),
            Class::Eight => self.alleles(query.at_least, &[2]),
            Class::Ten => self.alleles(query.at_least, &[2, 4]),
        }
    }

    /// Out of 6. The antigens of a run are those of all its rows, so only DRB1 is looked at row by row.
    fn six(&mut self, at_least: u8) -> Vec<Seen> {
        let antigens = [0, 1].map(|locus| self.antigens(locus));
        let doubted = [0, 1].map(|locus| self.doubted(locus, &antigens[locus]));
        self.table(3);
        let mut seen = self.candidates(&doubted, 0, at_least);
        for (locus, antigens) in antigens.iter().enumerate() {
            self.help(locus, antigens, &mut seen);
        }
        seen
    }

    /// Outcomes by antigen meaning, with the bit of the locus in the upper byte where a protein may help. That can only
    /// be where both typings leave antigens open: the same protein has the same antigens, and when one side's are known
    /// beyond doubt, then so is whether they are the other's.
    fn doubted(&self, locus: usize, antigens: &[Outcome]) -> Vec<u16> {
        let ours = self.profile.loci[locus].as_ref();
        let open = ours.is_some_and(|m| {
            // Where three proteins are possible on both sides, one is always another than a unit's two.
            let may_be_certain = m.proteins.iter().all(|b| b.sides().any(|s| s.few().1 < 3));
            m.by_dna && may_be_certain && m.antigens.iter().any(|b| !b.is_exact())
        });
        let units = &self.segment.dictionaries[locus].open_antigens;
        let doubt = |(&o, &theirs): (&Outcome, &bool)| open && theirs && least(o) < most(o);
        antigens
            .iter()
            .zip(units)
            .map(|pair| u16::from(*pair.0) | u16::from(doubt(pair)) << (8 + locus))
            .collect()
    }

    /// Between DNA typings the same protein shows the same antigen: where antigens are in doubt, proteins may help.
    fn help(&mut self, locus: usize, antigens: &[Outcome], seen: &mut [Seen]) {
        let doubtful = seen.iter().filter(|s| s.note >> locus & 1 != 0).count();
        if doubtful == 0 {
            return;
        }
        let dictionary = &self.segment.dictionaries[locus];
        let gain = |number: usize, protein: Outcome| match dictionary.by_dna(number) {
            true => least(protein).saturating_sub(least(antigens[dictionary.antigen_of[number] as usize])),
            false => 0,
        };
        let numbers = &self.segment.numbers[locus];
        if !self.worthwhile(locus, doubtful) {
            for one in seen.iter_mut().filter(|s| s.note >> locus & 1 != 0) {
                let row = one.row as usize;
                one.sum += gain(numbers.get(row), self.allele(locus, row));
            }
            return;
        }
        let gains: Vec<u8> = self.table(locus).iter().enumerate().map(|(n, &o)| gain(n, o)).collect();
        if gains.iter().any(|&g| g > 0) {
            numbers.each(seen, |s| s.row, |s, number| s.sum += gains[number] * (s.note >> locus & 1));
        }
    }

    /// Out of 8 or 10: A, B, DRB1 and these others.
    fn alleles(&mut self, at_least: u8, others: &[usize]) -> Vec<Seen> {
        let open = 2 * ONE_MOST * others.len() as u8;
        let bounds = [0, 1].map(|locus| self.bounds(locus));
        self.table(3);
        let mut seen = self.candidates(&bounds, open, at_least);
        for &locus in others {
            // In place of what was hoped for comes what is.
            self.each(locus, &mut seen, |s, outcome| s.sum = s.sum - 2 * ONE_MOST + outcome);
            seen.retain(|s| most(s.sum) >= at_least);
        }
        seen.iter_mut().for_each(|s| s.sum -= s.note);
        for locus in [0, 1] {
            self.each(locus, &mut seen, |s, outcome| s.sum += outcome);
        }
        seen.retain(|s| most(s.sum) >= at_least);
        seen
    }

    /// The most that any meaning with the same antigens has at the allele level, by antigen meaning; in both bytes, so
    /// that the note tells what was hoped for.
    fn bounds(&mut self, locus: usize) -> Vec<u16> {
        let dictionary = &self.segment.dictionaries[locus];
        let mut bounds = vec![0; dictionary.antigens.len()];
        for (&outcome, &antigen) in self.table(locus).iter().zip(&dictionary.antigen_of) {
            let bound = &mut bounds[antigen as usize];
            *bound = outcome.max(*bound);
        }
        bounds.iter().map(|&o| u16::from(outcome(0, most(o))) * 0x101).collect()
    }

    /// The rows whose antigens at A and B, with these outcomes, and whose DRB1 leave so many matches possible when what
    /// is open is granted.
    fn candidates(&self, ab: &[Vec<u16>; 2], open: Outcome, at_least: u8) -> Vec<Seen> {
        let drb1 = self.alleles[3].as_deref().unwrap_or_default();
        let floor = at_least * ONE_MOST;
        match &self.segment.numbers[3] {
            Column::Narrow(numbers) => candidates(self.segment, ab, (drb1, numbers), open, floor),
            Column::Wide(numbers) => candidates(self.segment, ab, (drb1, numbers), open, floor),
        }
    }

    /// Calls for each of the rows with its outcome at the allele level.
    pub(super) fn each(&mut self, locus: usize, rows: &mut [Seen], mut call: impl FnMut(&mut Seen, Outcome)) {
        if !self.worthwhile(locus, rows.len()) {
            rows.iter_mut().for_each(|s| call(s, self.allele(locus, s.row as usize)));
            return;
        }
        let numbers = &self.segment.numbers[locus];
        let table = self.table(locus);
        numbers.each(rows, |s| s.row, |s, number| call(s, table[number]));
    }
}

fn candidates<I: Copy + Into<u32>>(
    segment: &Segment,
    ab: &[Vec<u16>; 2],
    (drb1, numbers): (&[Outcome], &[I]),
    open: Outcome,
    floor: Outcome,
) -> Vec<Seen> {
    let mut rows = Rows { seen: Vec::new(), len: 0, floor };
    let reaches = |sum: u16, more: Outcome| sum as u8 + more >= floor;
    let runs_end = segment.groups.iter().skip(1).map(|g| g.run).chain([segment.runs.len() as u32]);
    for (group, runs_end) in segment.groups.iter().zip(runs_end) {
        let a = ab[0][group.a as usize] + u16::from(open);
        if !reaches(a, 4 * ONE_MOST) {
            continue;
        }
        for run in &segment.runs[group.run as usize..runs_end as usize] {
            let sum = a + ab[1][run.b as usize];
            if reaches(sum, 2 * ONE_MOST) {
                rows.take_run(run.start, &numbers[run.start as usize..run.end as usize], drb1, sum);
            }
        }
        let numbers = &numbers[group.rest as usize..group.end as usize];
        let antigens = &segment.rests[group.rest_number as usize..][..numbers.len()];
        rows.take_rest(group.rest, numbers, drb1, antigens, &ab[1], a);
    }
    rows.seen.truncate(rows.len);
    rows.seen
}

/// Rows that were found, and behind them room to write more without asking.
struct Rows {
    seen: Vec<Seen>,
    len: usize,
    /// The least sum of a row that is found.
    floor: Outcome,
}

/// So many rows are written at once at most, so that there is never much room that is not used.
const AT_ONCE: usize = 4_096;

impl Rows {
    /// The rows from `first` on with these numbers at DRB1, all with the same sum at A and B.
    fn take_run<I: Copy + Into<u32>>(&mut self, first: u32, numbers: &[I], drb1: &[Outcome], ab: u16) {
        for (numbers, first) in numbers.chunks(AT_ONCE).zip((first..).step_by(AT_ONCE)) {
            let (mut taken, floor) = (0, self.floor);
            let room = self.room(numbers.len());
            for (i, &number) in numbers.iter().enumerate() {
                let [sum, note] = (ab + u16::from(drb1[number.into() as usize])).to_le_bytes();
                // Written in any case: a branch that can't be foreseen would take longer.
                room[taken] = Seen { row: first + i as u32, sum, note };
                taken += usize::from(sum >= floor);
            }
            self.len += taken;
        }
    }

    /// The same for rows that have antigens at B of their own.
    fn take_rest<I: Copy + Into<u32>>(
        &mut self,
        first: u32,
        numbers: &[I],
        drb1: &[Outcome],
        antigens: &[u32],
        b: &[u16],
        a: u16,
    ) {
        let chunks = numbers.chunks(AT_ONCE).zip(antigens.chunks(AT_ONCE));
        for ((numbers, antigens), first) in chunks.zip((first..).step_by(AT_ONCE)) {
            let (mut taken, floor) = (0, self.floor);
            let room = self.room(numbers.len());
            for (i, (&number, &antigen)) in numbers.iter().zip(antigens).enumerate() {
                let ab = a + b[antigen as usize];
                let [sum, note] = (ab + u16::from(drb1[number.into() as usize])).to_le_bytes();
                room[taken] = Seen { row: first + i as u32, sum, note };
                taken += usize::from(sum >= floor);
            }
            self.len += taken;
        }
    }

    fn room(&mut self, count: usize) -> &mut [Seen] {
        let end = self.len + count;
        if self.seen.len() < end {
            self.seen.resize(end, Seen::default());
        }
        &mut self.seen[self.len..end]
    }
}
