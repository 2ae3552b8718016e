//! A search: the rows of each part that suit, exact counts, and the best told in full.

use super::best::{Counts, best};
use super::scan::{Seen, Tables};
use super::sieve::Sieve;
use super::snapshot::{Part, Snapshot};
use super::tell::Teller;
use super::{Found, Query, QueryError};
use crate::rules::Profile;
use crate::typing::Typing;

/// A part and the rows of it that were found.
pub(super) struct Sighted<'s> {
    pub(super) part: &'s Part,
    pub(super) tables: Tables<'s>,
    pub(super) seen: Vec<Seen>,
}

impl Snapshot {
    /// Finds the units that may have at least so many matches, counts them all, and tells the best in full.
    ///
    /// # Errors
    /// When the patient's typing contradicts itself, a dose per kg is asked for without a weight, or more matches
    /// than the class has.
    pub fn search(&self, patient: &Typing, query: &Query) -> Result<Found, QueryError> {
        let profile = Profile::new(self.release(), patient)?;
        let sieve = Sieve::new(query)?;
        let mut sighted = self.sight(&profile, query, &sieve);
        let counts = Counts::of(&sighted);
        let ranked = best(&mut sighted, &counts, query, query.top);
        let mut hits = Vec::with_capacity(ranked.len());
        let mut teller = Teller::new(self, &profile, query);
        for (i, candidate) in ranked.iter().enumerate() {
            let mut hit = teller.hit(candidate);
            hit.behind_by = (i > 0).then(|| candidate.rank.decided_by(ranked[i - 1].rank));
            hits.push(hit);
        }
        Ok(Found { hits, totals: counts.totals(query.class.of()), release: self.release().version_shared() })
    }

    /// All rows that are found, part by part.
    pub(super) fn sight<'s>(
        &'s self,
        profile: &'s Profile,
        query: &Query,
        sieve: &Sieve,
    ) -> Vec<Sighted<'s>> {
        let of = |part: &'s Part| {
            let mut tables = Tables::new(profile, &part.segment);
            let mut seen = tables.scan(query);
            if part.has_dead() {
                seen.retain(|s| !part.is_dead(s.row as usize));
            }
            if let Some(meshes) = sieve.on(&part.segment) {
                seen.retain(|s| meshes.let_through(s.row as usize));
            }
            Sighted { part, tables, seen }
        };
        self.parts().iter().map(of).collect()
    }
}
