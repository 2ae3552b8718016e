//! The filter of a search, worked out for a patient: doses per kg become counts of cells.

use super::snapshot::Part;
use super::stock::{Label, Stock};
use super::{Abo, CD34_UNIT, Filter, Query, QueryError, TNC_UNIT};
use std::ops::Range;

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

    /// The same for a part: each combination of facts is looked at once.
    pub(super) fn on<'s>(&self, part: &'s Part) -> Pass<'s> {
        let (f, stock) = (&self.filter, &part.segment.stock);
        let fits = |label: &Label| {
            f.statuses.is_none_or(|s| label.status < 32 && s & 1 << label.status != 0)
                && label.flags & f.flags == f.flags
                && label.compartments >= f.compartments
                && f.banks.as_ref().is_none_or(|b| b.contains(&label.bank))
                && f.abo.is_none_or(|worst| self.patient.receives(label.abo) <= worst)
        };
        let meshes = (!self.nothing).then(|| Meshes {
            stock,
            labels: stock.labels().iter().map(fits).collect(),
            tnc: self.tnc,
            cd34: self.cd34,
            collected: f.collected_from.unwrap_or(i32::MIN),
        });
        Pass { part, meshes }
    }
}

/// Which rows of a part count: those that are not dead and have what is asked for.
pub(super) struct Pass<'s> {
    part: &'s Part,
    /// `None` when nothing is asked for.
    meshes: Option<Meshes<'s>>,
}

impl Pass<'_> {
    /// Whether each of these rows counts.
    pub(super) fn lets_all(&self, rows: &Range<usize>) -> bool {
        self.meshes.is_none() && !self.part.has_dead(rows)
    }

    /// Whether this row counts.
    #[inline]
    pub(super) fn lets(&self, row: u32) -> bool {
        let row = row as usize;
        !self.part.is_dead(row) && self.meshes.as_ref().is_none_or(|m| m.let_through(row))
    }
}

/// A sieve for one segment.
struct Meshes<'s> {
    stock: &'s Stock,
    /// By combination of facts: whether it passes.
    labels: Vec<bool>,
    tnc: u32,
    cd34: u32,
    collected: i32,
}

impl Meshes<'_> {
    /// Whether a row has what is asked for.
    fn let_through(&self, row: usize) -> bool {
        self.labels[self.stock.label_of().get(row)]
            && (self.tnc == 0 || self.stock.tnc(row) >= self.tnc)
            && (self.cd34 == 0 || self.stock.cd34(row) >= self.cd34)
            && (self.collected == i32::MIN || self.stock.collected(row) >= self.collected)
    }
}
