//! Why a file that somebody sent is not taken: a file of units, or the files of a release of the nomenclature.

use hla::ReleaseError;
use hla::nomenclature::RowFault;
use serde::{Deserialize, Serialize};

/// A reason that has to do with files that staff send through the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{self:?}")]
pub enum FileRefusal {
    /// No file was chosen, or an empty one.
    Missing,
    /// It is larger than is taken.
    TooLarge {
        /// The limit in MiB.
        mib: u64,
    },
    /// It broke off before its end.
    BrokeOff,
    /// The disk does not take it.
    DiskFull,
    /// Neither UTF-8 nor GB18030.
    NotText,
    /// Another load of this bank is running.
    LoadRunning,
    /// Too many files wait already.
    TooManyWaiting {
        /// The most that may wait.
        max: usize,
    },
    /// The file is not kept any more.
    Gone,
    /// Nothing is running that could be stopped.
    Over,
}

/// Why files are no release of the nomenclature: the table by its file's name, and the line where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[error("{self:?}")]
pub enum ReleaseFault {
    /// The one table is missing without which there is no release.
    NamesMissing,
    /// A table is missing without which the rules would call different what is the same.
    TableMissing {
        /// Which.
        table: String,
    },
    /// A table is larger than any release's.
    TooLarge {
        /// Which.
        table: String,
    },
    /// A table cannot be read from the disk.
    Unreadable {
        /// Which.
        table: String,
    },
    /// A table is not UTF-8.
    NotText {
        /// Which.
        table: String,
    },
    /// A file that says of itself that it is none of the tables.
    NotATable {
        /// The file's name.
        file: String,
    },
    /// A table came twice.
    Twice {
        /// Which.
        table: String,
    },
    /// The archive is damaged, locked, or unpacks to more than a release has.
    Archive,
    /// The header names no version.
    NoVersion {
        /// Which.
        table: String,
    },
    /// A table is of another release than the names.
    OtherVersion {
        /// Which.
        table: String,
        /// The version of the names.
        expected: String,
        /// The version of this table.
        found: String,
    },
    /// A row is not what its table has.
    Row {
        /// Which.
        table: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: RowProblem,
    },
    /// Alleles have no row in a table that gives one to each: it was cut off.
    CutOff {
        /// Which.
        table: String,
        /// The first allele without a row.
        first: String,
        /// How many have none.
        count: usize,
    },
    /// No allele of any known locus.
    Empty,
    /// Other files bear this version already.
    OtherFiles {
        /// Which.
        version: String,
    },
}

/// What is wrong with a row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowProblem {
    /// Another number of columns.
    Columns,
    /// No name of an allele.
    Name,
    /// No number.
    Number,
    /// An allele that the names lack or call deleted.
    UnknownAllele,
    /// Said again.
    Repeated,
}

impl From<ReleaseError> for ReleaseFault {
    fn from(error: ReleaseError) -> Self {
        let name = |table: hla::Table| table.file_name().to_owned();
        match error {
            ReleaseError::Unreadable { table, .. } => Self::Unreadable { table: name(table) },
            ReleaseError::NoVersion { table } => Self::NoVersion { table: name(table) },
            ReleaseError::VersionsDiffer { table, expected, found } => {
                Self::OtherVersion { table: name(table), expected, found }
            }
            ReleaseError::Row { table, line, fault } => {
                let what = match fault {
                    RowFault::Columns => RowProblem::Columns,
                    RowFault::Name => RowProblem::Name,
                    RowFault::Number => RowProblem::Number,
                    RowFault::UnknownAllele => RowProblem::UnknownAllele,
                    RowFault::Repeated => RowProblem::Repeated,
                };
                Self::Row { table: name(table), line, what }
            }
            ReleaseError::Incomplete { table, first, count } => {
                Self::CutOff { table: name(table), first, count }
            }
            ReleaseError::Empty => Self::Empty,
        }
    }
}
