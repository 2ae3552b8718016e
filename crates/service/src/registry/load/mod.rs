//! Loading a file of units: read in its own thread, staged in short batches between which gifts go, published at once.
//!
//! Until it is published nothing of it is seen; a load that ends early, for whatever reason, leaves nothing but its
//! own row that says so.

mod begin;
mod decide;
mod meanwhile;
mod read;
mod run;
mod single;
mod stage;
mod sweep;

use std::path::PathBuf;

use domain::id::{BankId, LoadId};
use domain::registry::{LoadFileRefusal, LoadRefusal};
use domain::time::Instant;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::units_in::{Named, RefusedUnit, SheetMap, UnitRules};
use crate::error::ServiceError;
use crate::work::Clock;

pub use begin::bank_set;
pub use read::UnitFormat;
pub use run::units_load;
pub(crate) use single::{Outcome, units_record};
pub use sweep::{DEAD_AFTER_SECONDS, sweep_round};

/// Whether a file names all units of a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadKind {
    /// All of them: what it does not name is withdrawn.
    Full,
    /// Some: what it does not name stays.
    Differential,
}

impl LoadKind {
    /// The word in table `unit_load`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Differential => "differential",
        }
    }
}

/// What is to be loaded.
#[derive(Clone)]
pub struct LoadRequest {
    /// The load's id, where it must be known beforehand.
    pub id: Option<LoadId>,
    /// The file.
    pub path: PathBuf,
    /// The file's name, where it is not the path's.
    pub file_name: Option<String>,
    /// The code of the bank whose units they are; without it, the only bank that there is.
    pub bank: Option<String>,
    /// Whether a bank of that code is made where there is none.
    pub create_bank: bool,
    /// Full or differential; without it, as the file says of itself, else full.
    pub kind: Option<LoadKind>,
    /// The file's format; without it, found by its first bytes.
    pub format: Option<UnitFormat>,
    /// The sheet of a workbook that has several.
    pub sheet: Option<String>,
    /// Headings of the operator's own.
    pub map: SheetMap,
    /// What the file is read under.
    pub rules: UnitRules,
    /// Whether a full load may withdraw most of the bank's units.
    pub may_shrink: bool,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// The clock: a load takes minutes.
    pub clock: Clock,
    /// Ends the load early.
    pub stop: CancellationToken,
}

/// What is told while a load runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'t> {
    /// So far.
    Progress {
        /// Bytes read.
        bytes: u64,
        /// Bytes of the file.
        of: u64,
        /// Units read.
        units: i64,
    },
    /// A unit was refused.
    Refused(&'t RefusedUnit),
}

/// How a load ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadReport {
    /// The load; none for a dry run.
    pub load: Option<LoadId>,
    /// The bank's code.
    pub bank: String,
    /// Full or differential.
    pub kind: LoadKind,
    /// The file's format.
    pub format: UnitFormat,
    /// The release that typings were read under.
    pub release: Option<String>,
    /// The number under which it was published; none for a dry run.
    pub registry_number: Option<i64>,
    /// Units that the file names.
    pub read: i64,
    /// Units that are new.
    pub added: i64,
    /// Units of which it says something else than the registry did.
    pub changed: i64,
    /// Units of which it says the same.
    pub unchanged: i64,
    /// Units that it withdraws.
    pub withdrawn: i64,
    /// Units that were refused.
    pub refused: i64,
    /// Headings of a sheet that mean nothing here and were not read.
    pub ignored_columns: Vec<String>,
}

/// Why nothing was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file as a whole is refused.
    #[error("the file is refused: {0}")]
    File(LoadFileRefusal),
    /// The file can't be opened.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A load of this bank is running.
    #[error("a load of this bank is running since {}", .since.rfc3339())]
    Running {
        /// Since when.
        since: Instant,
    },
    /// The bank must be named.
    #[error("a bank must be named")]
    BankNeeded,
    /// There is no such bank.
    #[error("there is no bank of this code")]
    BankUnknown,
    /// It was asked to stop.
    #[error("stopped")]
    Stopped,
    /// The load was given up by another program while it ran: it was taken for dead.
    #[error("the load was given up meanwhile")]
    GivenUp,
    /// The use case was refused or the store failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for LoadError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl From<LoadFileRefusal> for LoadError {
    fn from(refusal: LoadFileRefusal) -> Self {
        Self::File(refusal)
    }
}

/// The bank of a load.
#[derive(Debug, Clone)]
struct Bank {
    id: BankId,
    code: String,
}

/// A unit of the file that stays out, with the place that is its own in the load.
#[derive(Debug, Clone)]
struct Refused {
    place: i64,
    named: Named,
    unit: RefusedUnit,
}

impl Refused {
    fn new(place: i64, line: i64, id: &str, reason: LoadRefusal) -> Self {
        Self { place, named: Named::default(), unit: RefusedUnit { line, id: id.to_owned(), reason } }
    }
}
