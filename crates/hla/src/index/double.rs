//! Two units for one patient: both of a sufficient class, and enough cells together.

use super::best::largest;
use super::outcome::Outcome;
use super::rank::Candidate;
use super::sieve::Sieve;
use super::tally::Tally;
use super::tell::Teller;
use super::{Hit, Query, QueryError, Snapshot, TNC_UNIT};
use crate::rules::Profile;
use crate::typing::Typing;

/// What two units must have. The figures are policy; unit-to-unit matching is not asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DoublePolicy {
    /// Nucleated cells per kg of the two together.
    pub tnc_per_kg: u64,
    /// Nucleated cells per kg of each.
    pub each_tnc_per_kg: u64,
    /// CD34-positive cells per kg of each.
    pub each_cd34_per_kg: u64,
    /// How many pairs are told.
    pub top: usize,
}

/// Two units that are enough together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DoubleUnit {
    /// The better matched of the two, or the larger.
    pub first: Hit,
    /// The other.
    pub second: Hit,
    /// Nucleated cells per kg of both together.
    pub tnc_per_kg: u64,
}

/// Sums of the worse and of the better unit.
type Standing = (Outcome, Outcome);

/// By sum of outcomes, ascending: the units with the most cells, with their cells.
pub(super) type Largest = Vec<(Outcome, Vec<(u32, Candidate)>)>;

impl Snapshot {
    /// The best pairs of units that both may reach the query's class: first by the matches of the worse one, then of
    /// the better one, then by the cells of both together.
    ///
    /// # Errors
    /// As [`Snapshot::search`]; the weight is required.
    pub fn search_double(
        &self,
        patient: &Typing,
        query: &Query,
        policy: &DoublePolicy,
    ) -> Result<Vec<DoubleUnit>, QueryError> {
        let weight = query.weight_g.filter(|&w| w > 0).ok_or(QueryError::NoWeight)?;
        let profile = Profile::new(self.release(), patient)?;
        let mut query = query.clone();
        let at_least = |own: Option<u64>, each: u64| Some(own.unwrap_or(0).max(each));
        query.filter.tnc_per_kg = at_least(query.filter.tnc_per_kg, policy.each_tnc_per_kg);
        query.filter.cd34_per_kg = at_least(query.filter.cd34_per_kg, policy.each_cd34_per_kg);
        let sieve = Sieve::new(&query)?;
        // Among units of the same matches only the largest can be in one of the best pairs: one more than are told,
        // because a pair can take two of them.
        let mut tally = Tally::new(query.at_least, usize::MAX);
        let mut sighted = self.sight(&profile, &query, &sieve, &mut tally);
        let groups = largest(&mut sighted, &query, policy.top.saturating_add(1));
        let pairs = best_pairs(&groups, policy, weight);
        let mut teller = Teller::new(self, &profile, &query);
        Ok(pairs
            .into_iter()
            .map(|(first, second, tnc)| DoubleUnit {
                first: teller.hit(&first),
                second: teller.hit(&second),
                tnc_per_kg: tnc * TNC_UNIT * 1_000 / u64::from(weight),
            })
            .collect())
    }
}

fn best_pairs(groups: &Largest, policy: &DoublePolicy, weight: u32) -> Vec<(Candidate, Candidate, u64)> {
    let mut pairs: Vec<((Standing, u64), (Candidate, Candidate))> = Vec::new();
    let groups: Vec<_> = groups.iter().rev().collect();
    for (i, (better, ours)) in groups.iter().enumerate() {
        for (j, (worse, theirs)) in groups.iter().enumerate().skip(i) {
            for (x, (tnc, first)) in ours.iter().enumerate() {
                let from = if i == j { x + 1 } else { 0 };
                for (more, second) in theirs.iter().skip(from) {
                    let tnc = u64::from(*tnc) + u64::from(*more);
                    let dose = u128::from(tnc) * u128::from(TNC_UNIT) * 1_000;
                    if dose >= u128::from(policy.tnc_per_kg) * u128::from(weight) {
                        pairs.push((((*worse, *better), tnc), (*first, *second)));
                    }
                }
            }
        }
    }
    pairs.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| (b.1.0, b.1.1).cmp(&(a.1.0, a.1.1))));
    pairs.truncate(policy.top);
    pairs.into_iter().map(|((_, tnc), (first, second))| (first, second, tnc)).collect()
}
