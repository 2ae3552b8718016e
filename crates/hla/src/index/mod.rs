//! The search index: all units in columns, in memory, immutable; a search reads it without a lock.
//!
//! How it is fast. Units share typings: per locus, each *distinct meaning* of a typing gets a number, and a unit is
//! five numbers. A search compares the patient with each distinct meaning once, and only with those that have an antigen
//! in common with it, and writes the outcome into a byte (`probe`, `tables`); from there on a unit is five look-ups. Units
//! are sorted by their antigens at B and A, so that whole runs are skipped when even a perfect rest can't reach the class
//! that is searched (`runs`); a second order leads to those that match twice at DRB1 (`by_drb1`). Most of what is found is
//! only counted (`tally`); the best are picked criterion by criterion (`best`), and only these are told (`tell`).
//!
//! A [`Snapshot`] never changes. Additions, changes and withdrawals make a new one that shares all but the difference
//! ([`Snapshot::apply`]); [`Live`] swaps it in.

mod best;
mod block;
mod by_drb1;
mod column;
mod dictionary;
mod double;
mod entry;
mod ours;
mod outcome;
mod probe;
mod rank;
mod runs;
mod scan;
mod search;
mod segment;
mod sets;
mod sieve;
mod snapshot;
mod stock;
mod tables;
mod tally;
mod tell;

use crate::Locus;
use crate::rules::{Contradictory, Report, Span};
use std::fmt;

pub use double::{DoublePolicy, DoubleUnit};
pub use rank::{Criterion, Reason};
pub use segment::Builder;
pub use snapshot::{Change, Live, Snapshot};

/// What the caller knows a unit by, such as a UUID's 128 bits.
pub type UnitKey = u128;

/// ABO blood group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(u8)]
pub enum Abo {
    /// Not known.
    #[default]
    Unknown,
    /// O
    O,
    /// A
    A,
    /// B
    B,
    /// AB
    Ab,
}

/// How a unit's blood group suits a patient's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AboFit {
    /// The same.
    Identical,
    /// The unit has no antigen that the patient lacks, but lacks one that the patient has (minor mismatch).
    Compatible,
    /// One of the two is not known.
    Unknown,
    /// The unit has an antigen that the patient lacks (major mismatch).
    Incompatible,
}

impl Abo {
    /// How a unit of group `unit` suits a patient of this group.
    pub fn receives(self, unit: Abo) -> AboFit {
        match (self, unit) {
            (Abo::Unknown, _) | (_, Abo::Unknown) => AboFit::Unknown,
            (patient, unit) if patient == unit => AboFit::Identical,
            (Abo::Ab, _) | (_, Abo::O) => AboFit::Compatible,
            _ => AboFit::Incompatible,
        }
    }
}

/// What a search needs to know of a unit besides its HLA.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// Total nucleated cells that remain, before freezing, in 10⁵; 0 when not known.
    pub tnc: u32,
    /// CD34-positive cells that remain, before freezing, in 10³; 0 when not known.
    pub cd34: u32,
    /// Day of collection, counted from 1970-01-01.
    pub collected: i32,
    /// The caller's number of the bank.
    pub bank: u16,
    /// The caller's number of the status, below 32.
    pub status: u8,
    /// Blood group.
    pub abo: Abo,
    /// Compartments that remain.
    pub compartments: u8,
    /// Yes-or-no facts, see [`flag`].
    pub flags: u8,
}

/// The bits of [`Facts::flags`].
pub mod flag {
    /// A segment is attached to the bag.
    pub const SEGMENT: u8 = 1;
    /// Infectious-disease markers are done and clear.
    pub const MARKERS_CLEAR: u8 = 2;
    /// Cultures are done and show no growth.
    pub const CULTURE_CLEAR: u8 = 4;
    /// The haemoglobin screening is done and unremarkable.
    pub const HAEMOGLOBIN_CLEAR: u8 = 8;
}

/// The class that a search is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// Out of 6: A and B by antigen, DRB1 by allele.
    Six,
    /// Out of 8: A, B, C, DRB1 by allele.
    Eight,
    /// Out of 10: those and DQB1 by allele.
    Ten,
}

impl Class {
    /// 6, 8 or 10.
    pub fn of(self) -> u8 {
        match self {
            Class::Six => 6,
            Class::Eight => 8,
            Class::Ten => 10,
        }
    }
}

/// What a unit must have to be found. The default asks for nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Statuses that are found, as bits; `None` for all.
    pub statuses: Option<u32>,
    /// Banks whose units are found; `None` for all.
    pub banks: Option<Vec<u16>>,
    /// Worst blood group that is found.
    pub abo: Option<AboFit>,
    /// At least so many nucleated cells per kg of the patient. Needs the weight; units without a count are left out.
    pub tnc_per_kg: Option<u64>,
    /// At least so many CD34-positive cells per kg of the patient, likewise.
    pub cd34_per_kg: Option<u64>,
    /// Collected on this day or later, counted from 1970-01-01.
    pub collected_from: Option<i32>,
    /// At least so many compartments remain.
    pub compartments: u8,
    /// All of these flags are set.
    pub flags: u8,
}

/// What is searched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// The class.
    pub class: Class,
    /// Units are found that *may* have at least so many matches.
    pub at_least: u8,
    /// The patient's weight in grams.
    pub weight_g: Option<u32>,
    /// The patient's blood group.
    pub abo: Abo,
    /// What else a unit must have.
    pub filter: Filter,
    /// How many of the best are told in full.
    pub top: usize,
}

impl Query {
    /// A search for this class with nothing else asked, the best 50 told in full.
    pub fn new(class: Class, at_least: u8) -> Query {
        Query { class, at_least, weight_g: None, abo: Abo::Unknown, filter: Filter::default(), top: 50 }
    }
}

/// Why a search can't be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueryError {
    /// The patient's DNA and serology exclude each other.
    Contradictory(Locus),
    /// A dose per kg is asked for and the weight is missing or 0.
    NoWeight,
    /// More matches are asked for than the class has.
    TooMany,
}

impl From<Contradictory> for QueryError {
    fn from(c: Contradictory) -> QueryError {
        QueryError::Contradictory(c.0)
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for QueryError {}

/// How many units may have so many matches at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Total {
    /// Of these, for certain.
    pub certain: u64,
    /// Of these, only perhaps.
    pub potential: u64,
}

/// A unit that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    /// Which.
    pub key: UnitKey,
    /// Its facts as the index has them.
    pub facts: Facts,
    /// Matches out of the class that was searched.
    pub matches: Span,
    /// Everything that the match rules say, with the release.
    pub report: Report,
    /// Nucleated cells per kg of the patient, when both are known.
    pub tnc_per_kg: Option<u64>,
    /// CD34-positive cells per kg of the patient, when both are known.
    pub cd34_per_kg: Option<u64>,
    /// What its rank rests on, in the order of weight.
    pub reasons: Vec<Reason>,
    /// The first criterion by which it comes after the hit before it; `None` for the first.
    pub behind_by: Option<Criterion>,
}

/// What a search found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The best, best first.
    pub hits: Vec<Hit>,
    /// By possible matches, from 0 to the class' number: how many units, all of them counted.
    pub totals: Vec<Total>,
    /// The release that this rests on; `None` when none was loaded, which must be shown beside it.
    pub release: Option<std::sync::Arc<str>>,
}

impl Found {
    /// All units that were found.
    pub fn total(&self) -> u64 {
        self.totals.iter().map(|t| t.certain + t.potential).sum()
    }
}

/// Cells per kg, rounded down: `count` in `unit` cells, weight in grams.
pub(crate) fn per_kg(count: u32, unit: u64, weight_g: Option<u32>) -> Option<u64> {
    let weight = weight_g.filter(|&w| w > 0)?;
    (count > 0).then(|| u64::from(count) * unit * 1_000 / u64::from(weight))
}

/// [`Facts::tnc`] counts in these.
pub(crate) const TNC_UNIT: u64 = 100_000;
/// [`Facts::cd34`] counts in these.
pub(crate) const CD34_UNIT: u64 = 1_000;
