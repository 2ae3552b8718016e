//! Telling found units in full: the report, the doses, the reasons of the rank.

use super::rank::{Candidate, Reason};
use super::{CD34_UNIT, Hit, Query, Snapshot, TNC_UNIT, flag, per_kg};
use crate::Locus;
use crate::hash::Map;
use crate::rules::{Comparer, Comparison, LocusMatch, Profile, Report, Span, antigens_match, locus_match};

/// Tells units in full. The best units share most of their typings with each other, so that a comparison is made once
/// for each distinct meaning.
pub(super) struct Teller<'s> {
    snapshot: &'s Snapshot,
    profile: &'s Profile,
    query: &'s Query,
    /// By part, locus and meaning.
    told: Map<(u32, usize, usize), LocusMatch>,
    /// By part, locus and antigen meaning: what the antigens alone say.
    antigens: Map<(u32, usize, u32), Comparison>,
    comparer: Comparer,
}

impl<'s> Teller<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, profile: &'s Profile, query: &'s Query) -> Teller<'s> {
        Teller {
            snapshot,
            profile,
            query,
            told: Map::default(),
            antigens: Map::default(),
            comparer: Comparer::default(),
        }
    }

    pub(super) fn hit(&mut self, candidate: &Candidate) -> Hit {
        let (query, profile) = (self.query, self.profile);
        let segment = &self.snapshot.parts()[candidate.part as usize].segment;
        let row = candidate.row as usize;
        let facts = segment.stock.get(row);
        let loci = std::array::from_fn(|i| {
            let number = segment.numbers[i].get(row);
            *self.told.entry((candidate.part, i, number)).or_insert_with(|| {
                let dictionary = &segment.dictionaries[i];
                let unit = dictionary.meaning(number);
                let known = self.antigens.entry((candidate.part, i, dictionary.antigen_of[number]));
                locus_match(
                    Locus::MATCHED[i],
                    profile.loci[i].as_ref(),
                    unit.as_ref(),
                    &mut self.comparer,
                    |ours, theirs, comparer| *known.or_insert_with(|| antigens_match(ours, theirs, comparer)),
                )
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
            Reason::Segment(facts.flags & flag::SEGMENT != 0),
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
