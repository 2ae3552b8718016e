//! The filter of a search, worked out for a patient: doses per kg become counts of cells.

use super::segment::Segment;
use super::{Abo, CD34_UNIT, Filter, Query, QueryError, TNC_UNIT};

/// The filter, worked out for a patient.
pub(super) struct Sieve {
    filter: Filter,
    patient: Abo,
    tnc: u32,
    cd34: u32,
    /// Nothing is asked for: the facts need not be looked at.
    nothing: bool,
}

impl Sieve {
    pub(super) fn new(query: &Query) -> Result<Sieve, QueryError> {
        if query.at_least > query.class.of() {
            return Err(QueryError::TooMany);
        }
        let weight = query.weight_g.filter(|&w| w > 0);
        // The smallest whole count whose dose reaches the one that is asked for.
        let count = |per_kg: Option<u64>, unit: u64| match (per_kg, weight) {
            (None | Some(0), _) => Ok(0),
            (Some(_), None) => Err(QueryError::NoWeight),
            (Some(dose), Some(weight)) => {
                let needed = (u128::from(dose) * u128::from(weight)).div_ceil(u128::from(unit) * 1_000);
                Ok(u32::try_from(needed).unwrap_or(u32::MAX))
            }
        };
        Ok(Sieve {
            tnc: count(query.filter.tnc_per_kg, TNC_UNIT)?,
            cd34: count(query.filter.cd34_per_kg, CD34_UNIT)?,
            patient: query.abo,
            nothing: query.filter == Filter::default(),
            filter: query.filter.clone(),
        })
    }

    /// Whether a row has what is asked for.
    pub(super) fn lets(&self, segment: &Segment, row: usize) -> bool {
        if self.nothing {
            return true;
        }
        let (f, facts) = (&self.filter, &segment.facts[row]);
        f.statuses.is_none_or(|s| facts.status < 32 && s & 1 << facts.status != 0)
            && facts.tnc >= self.tnc
            && facts.cd34 >= self.cd34
            && facts.flags & f.flags == f.flags
            && facts.compartments >= f.compartments
            && f.collected_from.is_none_or(|day| facts.collected >= day)
            && f.banks.as_ref().is_none_or(|b| b.contains(&facts.bank))
            && f.abo.is_none_or(|worst| self.patient.receives(facts.abo) <= worst)
    }
}
