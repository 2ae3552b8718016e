//! A search: the rows of each part that suit, exact counts, and the best told in full.

use super::best::best;
use super::block::{Block, Seen};
use super::scan::Scan;
use super::sieve::Sieve;
use super::snapshot::{Part, Snapshot};
use super::tables::Tables;
use super::tally::Tally;
use super::tell::Teller;
use super::{Found, Query, QueryError};
use crate::rules::Profile;
use crate::typing::Typing;

/// A part and the rows of it that may be among the best.
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
        let mut tally = Tally::new(query.at_least, query.top);
        let mut sighted = self.sight(&profile, query, &sieve, &mut tally);
        let ranked = best(&mut sighted, &tally, query, query.top);
        let mut hits = Vec::with_capacity(ranked.len());
        let mut teller = Teller::new(self, &profile, query);
        for (i, candidate) in ranked.iter().enumerate() {
            let mut hit = teller.hit(candidate);
            hit.behind_by = (i > 0).then(|| candidate.rank.decided_by(ranked[i - 1].rank));
            hits.push(hit);
        }
        Ok(Found { hits, totals: tally.totals(query.class.of()), release: self.release().version_shared() })
    }

    /// Counts the rows that are found, part by part, and keeps those that may be among the best.
    pub(super) fn sight<'s>(
        &'s self,
        profile: &'s Profile,
        query: &Query,
        sieve: &Sieve,
        tally: &mut Tally,
    ) -> Vec<Sighted<'s>> {
        let mut block = Block::new();
        let mut of = |part: &'s Part| {
            let mut tables = Tables::new(profile, &part.segment);
            let pass = sieve.on(part);
            let mut scan = Scan { tables: &mut tables, tally: &mut *tally, pass: &pass, best: Vec::new() };
            scan.run(query, &mut block);
            let seen = scan.best;
            Sighted { part, tables, seen }
        };
        self.parts().iter().map(&mut of).collect()
    }
}
