//! A search: tables of outcomes for the patient, a scan that skips whole runs, exact counts, and the best units.

use super::probe::{Outcome, Probe, least, most, outcome};
use super::rank::{Candidate, Rank, Reason};
use super::segment::{Column, Group, Run, Segment};
use super::sieve::Sieve;
use super::snapshot::{Part, Snapshot};
use super::{CD34_UNIT, Class, Facts, Found, Hit, Query, QueryError, TNC_UNIT, Total, per_kg};
use crate::Locus;
use crate::resolve::Block;
use crate::rules::{LocusMatch, Profile, Report, Span, locus_match};
use crate::typing::Typing;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

impl Snapshot {
    /// Finds the units that may have at least so many matches, counts them all, and tells the best in full.
    ///
    /// # Errors
    /// When the patient's typing contradicts itself, a dose per kg is asked for without a weight, or more matches
    /// than the class has.
    pub fn search(&self, patient: &Typing, query: &Query) -> Result<Found, QueryError> {
        let profile = Profile::new(self.release(), patient)?;
        let sieve = Sieve::new(query)?;
        let mut best = BinaryHeap::with_capacity(query.top.min(10_000) + 1);
        let mut totals = vec![Total::default(); usize::from(query.class.of()) + 1];
        self.scan(&profile, query, &sieve, |found| {
            let total = &mut totals[usize::from(found.matches.most)];
            if found.matches.is_certain() {
                total.certain += 1
            } else {
                total.potential += 1
            }
            keep(&mut best, found, query);
        });
        let mut ranked: Vec<Candidate> = best.into_iter().map(|Reverse(c)| c).collect();
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        let mut hits = Vec::with_capacity(ranked.len());
        let mut teller = Teller::new(self, &profile, query);
        for (i, candidate) in ranked.iter().enumerate() {
            let mut hit = teller.hit(candidate);
            hit.behind_by = (i > 0).then(|| candidate.rank.decided_by(ranked[i - 1].rank));
            hits.push(hit);
        }
        Ok(Found { hits, totals, release: self.release().version_shared() })
    }

    /// Calls for each unit that is found, in no order.
    pub(super) fn scan(
        &self,
        profile: &Profile,
        query: &Query,
        sieve: &Sieve,
        mut found: impl FnMut(&mut Sighting<'_, '_>),
    ) {
        for (at, part) in self.parts().iter().enumerate() {
            let mut tables = Tables::new(profile, &part.segment);
            let mut report = |tables: &mut Tables<'_>, row: usize, known: Option<Span>| {
                if part.is_dead(row) || !sieve.lets(&part.segment, row) {
                    return;
                }
                let matches = known.unwrap_or_else(|| tables.matches(row, query.class));
                found(&mut Sighting { tables, part, at: at as u32, row, matches });
            };
            match (query.class, &part.segment.numbers[3]) {
                (Class::Six, Column::Narrow(drb1)) => six(&mut tables, query.at_least, drb1, &mut report),
                (Class::Six, Column::Wide(drb1)) => six(&mut tables, query.at_least, drb1, &mut report),
                (_, Column::Narrow(drb1)) => alleles(&mut tables, query, drb1, &mut report),
                (_, Column::Wide(drb1)) => alleles(&mut tables, query, drb1, &mut report),
            }
        }
    }
}

/// Tells units in full. The best units share most of their typings with each other, so that a comparison is made once
/// for each distinct meaning.
pub(super) struct Teller<'s> {
    snapshot: &'s Snapshot,
    profile: &'s Profile,
    query: &'s Query,
    told: HashMap<(u32, usize, usize), LocusMatch>,
}

impl<'s> Teller<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, profile: &'s Profile, query: &'s Query) -> Teller<'s> {
        Teller { snapshot, profile, query, told: HashMap::new() }
    }

    pub(super) fn hit(&mut self, candidate: &Candidate) -> Hit {
        let (query, profile) = (self.query, self.profile);
        let segment = &self.snapshot.parts()[candidate.part as usize].segment;
        let row = candidate.row as usize;
        let facts = segment.facts[row];
        let loci = std::array::from_fn(|i| {
            let number = segment.numbers[i].get(row);
            *self.told.entry((candidate.part, i, number)).or_insert_with(|| {
                let unit = segment.dictionaries[i].meaning(number);
                locus_match(Locus::MATCHED[i], profile.loci[i].as_ref(), unit.as_ref())
            })
        });
        let report = Report::new(loci, profile.release.clone());
        let at = |l: Locus| report.locus(l).map_or(Span::UNKNOWN, |m| m.allele.matches);
        let reasons = vec![
            Reason::Class { of: query.class.of(), matches: candidate.matches },
            Reason::OtherLoci { c: at(Locus::C), dqb1: at(Locus::Dqb1) },
            Reason::Tnc(facts.tnc),
            Reason::Cd34(facts.cd34),
            Reason::Abo(query.abo.receives(facts.abo)),
            Reason::Segment(facts.flags & super::flag::SEGMENT != 0),
            Reason::Collected(facts.collected),
        ];
        Hit {
            key: candidate.key,
            facts,
            matches: candidate.matches,
            tnc_per_kg: per_kg(facts.tnc, TNC_UNIT, query.weight_g),
            cd34_per_kg: per_kg(facts.cd34, CD34_UNIT, query.weight_g),
            report,
            reasons,
            behind_by: None,
        }
    }
}

/// Keeps a unit when it is among the best so far.
fn keep(best: &mut BinaryHeap<Reverse<Candidate>>, found: &mut Sighting<'_, '_>, query: &Query) {
    if query.top == 0 {
        return;
    }
    if best.len() >= query.top {
        let worst = best.peek().map(|Reverse(w)| w.rank);
        // Most units stop here, before HLA-C and DQB1 are looked at.
        if worst.is_some_and(|w| Rank::best(found.matches) < w) {
            return;
        }
        let candidate = found.candidate(query);
        if best.peek().is_some_and(|Reverse(w)| candidate > *w) {
            best.pop();
            best.push(Reverse(candidate));
        }
        return;
    }
    best.push(Reverse(found.candidate(query)));
}

/// A unit that a scan came upon.
pub(super) struct Sighting<'t, 's> {
    tables: &'t mut Tables<'s>,
    part: &'t Part,
    at: u32,
    row: usize,
    pub(super) matches: Span,
}

impl Sighting<'_, '_> {
    pub(super) fn facts(&self) -> &Facts {
        &self.part.segment.facts[self.row]
    }

    pub(super) fn candidate(&mut self, query: &Query) -> Candidate {
        let facts = self.part.segment.facts[self.row];
        let c = span(self.tables.allele(2, self.row));
        let dqb1 = span(self.tables.allele(4, self.row));
        Candidate {
            rank: Rank::new(self.matches, c, dqb1, &facts, query.abo),
            key: self.part.segment.keys[self.row],
            part: self.at,
            row: self.row as u32,
            matches: self.matches,
        }
    }
}

fn span(outcome: Outcome) -> Span {
    Span { least: least(outcome), most: most(outcome) }
}

/// Not worked out yet.
const UNSEEN: Outcome = Outcome::MAX;

/// A patient's outcomes over a segment's dictionaries, worked out when first asked for.
struct Tables<'s> {
    segment: &'s Segment,
    probes: [Probe<'s>; 5],
    /// At the allele level, by number of the meaning.
    alleles: [Vec<Outcome>; 5],
    /// At the antigen level for A and B, by number of the antigen meaning.
    antigens: [Vec<Outcome>; 2],
    /// Whether the patient's A and B are typed without serology.
    by_dna: [bool; 2],
    /// How many outcomes were worked out one by one.
    misses: [usize; 5],
}

/// One in so many meanings is looked up by itself before all are tabled.
const FEW_LOOKUPS: usize = 64;

impl<'s> Tables<'s> {
    fn new(profile: &Profile, segment: &'s Segment) -> Tables<'s> {
        let dictionary = |i: usize| &segment.dictionaries[i];
        let blocks = |i: usize| profile.loci[i].as_ref();
        let mut probes: [Probe<'s>; 5] = std::array::from_fn(|i| {
            let ours: Option<&[Block]> = blocks(i).map(|m| m.proteins.as_slice());
            Probe::new(ours, &dictionary(i).protein_sets, &dictionary(i).proteins)
        });
        // DRB1 is looked at for most rows, the others for few.
        let alleles =
            std::array::from_fn(
                |i| {
                    if i == 3 { probes[i].table() } else { vec![UNSEEN; dictionary(i).len()] }
                },
            );
        let antigens = std::array::from_fn(|i| {
            let ours: Option<&[Block]> = blocks(i).map(|m| m.antigens.as_slice());
            Probe::new(ours, &dictionary(i).antigen_sets, &dictionary(i).antigens).table()
        });
        let by_dna = [0, 1].map(|i: usize| blocks(i).is_some_and(|m| m.by_dna));
        Tables { segment, probes, alleles, antigens, by_dna, misses: [0; 5] }
    }

    fn allele(&mut self, locus: usize, row: usize) -> Outcome {
        let number = self.segment.numbers[locus].get(row);
        let known = self.alleles[locus][number];
        if known != UNSEEN {
            return known;
        }
        // One look-up misses the cache; a table is worked out in order. After some look-ups, many more will come.
        self.misses[locus] += 1;
        if self.misses[locus] > 2 + self.alleles[locus].len() / FEW_LOOKUPS {
            self.alleles[locus] = self.probes[locus].table();
        } else {
            self.alleles[locus][number] = self.probes[locus].outcome(number);
        }
        self.alleles[locus][number]
    }

    /// A or B at the antigen level; between DNA typings the same protein shows the same antigen.
    fn antigen(&mut self, locus: usize, row: usize) -> Outcome {
        let number = self.segment.numbers[locus].get(row);
        let antigen = self.antigens[locus][self.segment.dictionaries[locus].antigen_of[number] as usize];
        let by_dna = self.by_dna[locus] && self.segment.dictionaries[locus].by_dna(number);
        if least(antigen) == most(antigen) || !by_dna {
            return antigen;
        }
        let protein = self.allele(locus, row);
        outcome(least(antigen).max(least(protein)), most(antigen))
    }

    fn matches(&mut self, row: usize, class: Class) -> Span {
        let outcomes = match class {
            Class::Six => [self.antigen(0, row), self.antigen(1, row), self.allele(3, row), 0, 0],
            Class::Eight | Class::Ten => {
                let last = if class == Class::Ten { self.allele(4, row) } else { 0 };
                [self.allele(0, row), self.allele(1, row), self.allele(2, row), self.allele(3, row), last]
            }
        };
        let sum = |part: fn(Outcome) -> u8| outcomes.iter().map(|&o| part(o)).sum();
        Span { least: sum(least), most: sum(most) }
    }
}

/// Calls for each run of rows that are not ruled out by what A and B can be at most: the run's antigens at A and B,
/// and its rows.
fn runs(
    segment: &Segment,
    at_least: u8,
    rest: u8,
    most_at: [&[u8]; 2],
    mut run: impl FnMut(Group, Run, std::ops::Range<usize>),
) {
    for (g, group) in segment.groups.iter().enumerate() {
        let a = most_at[0][group.a as usize];
        if a + 2 + rest < at_least {
            continue;
        }
        let last = segment.groups.get(g + 1).map_or(segment.runs.len(), |next| next.start as usize);
        for (r, &one) in segment.runs[..last].iter().enumerate().skip(group.start as usize) {
            if a + most_at[1][one.b as usize] + rest >= at_least {
                let end = segment.runs.get(r + 1).map_or(segment.len(), |next| next.start as usize);
                run(*group, one, one.start as usize..end);
            }
        }
    }
}

/// Out of 6. The antigens of a run are those of all its rows, so only DRB1 is looked at row by row.
fn six<I: Copy + Into<u32>>(
    tables: &mut Tables<'_>,
    at_least: u8,
    drb1: &[I],
    found: &mut impl FnMut(&mut Tables<'_>, usize, Option<Span>),
) {
    // Copies, so that the tables can grow while rows are found.
    let table = tables.alleles[3].clone();
    let antigens = [0, 1].map(|i: usize| tables.antigens[i].clone());
    let most_at = [0, 1].map(|i: usize| antigens[i].iter().map(|&o| most(o)).collect::<Vec<u8>>());
    runs(tables.segment, at_least, 2, [&most_at[0], &most_at[1]], |group, run, rows| {
        let (a, b) = (antigens[0][group.a as usize], antigens[1][run.b as usize]);
        let ab = Span { least: least(a) + least(b), most: most(a) + most(b) };
        for row in rows {
            let r = table[drb1[row].into() as usize];
            if ab.most + most(r) >= at_least {
                // Where antigens alone are in doubt, proteins may help; that is looked up for the row.
                let all = Span { least: ab.least + least(r), most: ab.most + most(r) };
                found(tables, row, ab.is_certain().then_some(all));
            }
        }
    });
}

/// Out of 8 or 10.
fn alleles<I: Copy + Into<u32>>(
    tables: &mut Tables<'_>,
    query: &Query,
    drb1: &[I],
    found: &mut impl FnMut(&mut Tables<'_>, usize, Option<Span>),
) {
    let (segment, at_least) = (tables.segment, query.at_least);
    let others = if query.class == Class::Ten { 4 } else { 2 };
    // Between DNA typings no more proteins can match than antigens; with serology they may contradict each other.
    let bound = |i: usize| -> Vec<u8> {
        let dna = |antigen: usize| tables.by_dna[i] && segment.dictionaries[i].all_by_dna(antigen);
        let outcomes = tables.antigens[i].iter().enumerate();
        outcomes.map(|(antigen, &o)| if dna(antigen) { most(o) } else { 2 }).collect()
    };
    let bounds = [bound(0), bound(1)];
    let drb1_most: Vec<u8> = tables.alleles[3].iter().map(|&o| most(o)).collect();
    runs(segment, at_least, 2 + others, [&bounds[0], &bounds[1]], |group, run, rows| {
        let ab = bounds[0][group.a as usize] + bounds[1][run.b as usize];
        for row in rows {
            let mut most_of = drb1_most[drb1[row].into() as usize] + others;
            if ab + most_of < at_least {
                continue;
            }
            // Each further look-up replaces what was hoped for by what is.
            most_of += most(tables.allele(0, row)) + most(tables.allele(1, row));
            if most_of < at_least {
                continue;
            }
            most_of = most_of - 2 + most(tables.allele(2, row));
            if most_of < at_least {
                continue;
            }
            if others == 4 {
                most_of = most_of - 2 + most(tables.allele(4, row));
            }
            if most_of >= at_least {
                found(tables, row, None);
            }
        }
    });
}
