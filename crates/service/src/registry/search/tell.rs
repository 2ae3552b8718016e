//! A unit as a search tells it: the match rules' verdict, doses, warnings, in the registry's own words.

use domain::id::UnitId;
use domain::registry::UnitContent;
use domain::registry::matching::{
    AntibodyHit, Doses, LocusResult, MatchHit, MatchLocus, SearchAsked, Standing, facts_of, remaining,
};
use hla::Release;
use hla::index::{Builder, Facts, Found, Hit, Query, flag};
use hla::rules::{Carried, Profile, Report};
use std::sync::Arc;
use store::StoreError;
use store::standing::UnitStanding;

use super::patient::Antibody;
use crate::registry::live::{Stored, Typings, key_of, standing_now};

/// A unit as the database has it at one moment, understood under one release.
pub(crate) struct Unit {
    pub(crate) id: UnitId,
    pub(crate) row: UnitStanding,
    pub(crate) content: UnitContent,
    pub(crate) standing: Standing,
    pub(crate) facts: Facts,
    pub(crate) stored: Stored,
}

impl Unit {
    pub(crate) fn new(id: UnitId, row: UnitStanding, typings: &mut Typings) -> Result<Self, StoreError> {
        let content = row.version.content()?;
        let standing = standing_now(&content, row.version.withdrawn, row.consented, &row.away);
        Ok(Self::standing(id, row, content, standing, typings))
    }

    /// As it stood when something was reported of it: `standing` is what was reported.
    pub(crate) fn standing(
        id: UnitId,
        row: UnitStanding,
        content: UnitContent,
        standing: Standing,
        typings: &mut Typings,
    ) -> Self {
        let facts = facts_of(&content, &standing, row.bank_number);
        let stored = typings.read(&content.hla);
        Self { id, row, content, standing, facts, stored }
    }

    /// Its typing at a locus as a GL String, also one that contradicts itself; empty when there is none.
    fn at_locus(&self, locus: MatchLocus) -> String {
        let (locus, mut alone) = (locus.hla(), hla::Typing::default());
        if let Some(at) = self.stored.typing.get(locus).or_else(|| self.stored.contradictory.get(locus)) {
            alone.set(locus, at.clone());
        }
        alone.to_string()
    }

    /// Whether the index says of it what the database says. What contradicts itself the index does not find.
    pub(crate) fn is_as(&self, hit: &Hit, fresh: Option<&Report>) -> bool {
        self.standing.is_found()
            && self.stored.contradictory.is_empty()
            && self.facts == hit.facts
            && fresh == Some(&hit.report)
    }
}

/// What telling a unit needs of the search.
pub(crate) struct Teller<'s> {
    pub(crate) release: &'s Release,
    pub(crate) asked: &'s SearchAsked,
    pub(crate) antibodies: &'s [Antibody],
}

impl<'s> Teller<'s> {
    pub(crate) fn new(release: &'s Release, asked: &'s SearchAsked, antibodies: &'s [Antibody]) -> Self {
        Self { release, asked, antibodies }
    }

    pub(crate) fn tell(&self, hit: &Hit, unit: &Unit, own: bool) -> MatchHit {
        let report = &hit.report;
        let loci = report.loci.iter().zip(MatchLocus::ALL).map(|(at, locus)| LocusResult {
            locus: *locus,
            unit: unit.at_locus(*locus),
            unread: unit.stored.unread_at(locus.hla()),
            contradictory: unit.stored.contradictory.get(locus.hla()).is_some(),
            grades: at.grades.map(Into::into),
            allele: at.allele.into(),
            antigen: at.antigen.into(),
        });
        let is = |flag: u8| hit.facts.flags & flag != 0;
        let doses = Doses::new(
            remaining(&unit.content, &unit.standing),
            self.asked.weight,
            self.asked.policy.as_ref(),
        );
        MatchHit {
            unit: unit.id,
            registry_id: unit.row.registry_id.clone(),
            grid: unit.row.grid.clone(),
            bank: unit.row.bank_code.clone(),
            own,
            status: unit.standing.status,
            matches: hit.matches.into(),
            of6: report.of6.into(),
            of8: report.of8.into(),
            of10: report.of10.into(),
            loci: loci.collect(),
            doses,
            compartments: unit.standing.compartments.clone(),
            abo: unit.content.abo,
            abo_fit: domain::registry::matching::index_abo(self.asked.abo).receives(hit.facts.abo).into(),
            collected_on: unit.content.collected_on,
            segments: unit.content.segments,
            clear: [is(flag::MARKERS_CLEAR), is(flag::CULTURE_CLEAR), is(flag::HAEMOGLOBIN_CLEAR)],
            antibodies: self.antibodies_of(unit),
            reasons: hit.reasons.iter().map(Into::into).collect(),
            behind_by: hit.behind_by.map(Into::into),
        }
    }

    fn antibodies_of(&self, unit: &Unit) -> Vec<AntibodyHit> {
        if self.antibodies.is_empty() {
            return Vec::new();
        }
        let Ok(profile) = Profile::new(self.release, &unit.stored.typing) else { return Vec::new() };
        let mut hits = Vec::new();
        for antibody in self.antibodies.iter().filter(|antibody| antibody.is_checked()) {
            let carried = profile.carries(self.release, antibody.locus, &antibody.call);
            if carried != Carried::No {
                let certain = carried == Carried::Surely;
                hits.push(AntibodyHit { against: antibody.against.clone(), certain });
            }
        }
        hits
    }
}

/// Searches among these units alone.
pub(crate) fn among(
    release: &Arc<Release>,
    units: &[Unit],
    patient: &hla::Typing,
    query: &Query,
) -> Result<Found, hla::index::QueryError> {
    let mut builder = Builder::new(Arc::clone(release));
    for unit in units {
        // Loci that contradict themselves were taken out: the unit is told with these unknown.
        let _ = builder.push(key_of(unit.id), &unit.stored.typing, unit.facts);
    }
    builder.finish().search(patient, query)
}
