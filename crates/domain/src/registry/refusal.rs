//! Why a unit of a file, or a whole file of units, is not taken in: codes with arguments, never prose.

use serde::{Deserialize, Serialize};

use super::{NumberError, UnitContentError};

/// Why one unit is refused. The others of its file are not touched by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[error("{self:?}")]
pub enum LoadRefusal {
    /// It bears no number of the registry.
    IdMissing,
    /// Its number is longer than 64 characters or holds hidden ones.
    IdShape,
    /// A DIN or GRID is none, or its check character does not fit.
    Number {
        /// The field.
        field: String,
        /// What is wrong with it.
        error: NumberError,
    },
    /// A typing can't be read, its names are not in the release, or DNA and serology exclude each other.
    Typing {
        /// The field.
        field: String,
        /// The code of the fault: `unknown_allele`, `contradiction` …
        fault: String,
        /// What was written.
        typed: String,
        /// Byte offset in it.
        at: usize,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// Not typed at A, B or DRB1: such a unit can't be searched.
    LocusMissing {
        /// The first of them that is missing.
        locus: String,
    },
    /// A word that its field does not have.
    WordUnknown {
        /// The field.
        field: String,
        /// The word.
        value: String,
    },
    /// Not a number, or not a whole one where it must be, or too large.
    FigureUnreadable {
        /// The field.
        field: String,
        /// What was written.
        value: String,
    },
    /// Not a day that the calendar has.
    DateUnreadable {
        /// The field.
        field: String,
        /// What was written.
        value: String,
    },
    /// What it says contradicts itself.
    Content {
        /// How.
        error: UnitContentError,
    },
    /// The file says nothing of whose it is, and nobody said it for the whole file.
    OwnershipMissing,
    /// A family stored it for itself, and the file gives it to all.
    FamilyTurnedDonated,
    /// It was released, destroyed or given out, and the file offers it again.
    ReleasedPutAvailable,
    /// Staff or the laboratory changed it, or something happened to its compartments, while the file was being loaded.
    ChangedMeanwhile,
    /// It is withdrawn or called gone, or a full load does not name it, and somebody holds or has ordered of it.
    HeldNotWithdrawn,
    /// Compartments of it are held or have left, and the file gives it another number of them.
    CompartmentsTaken,
    /// It stands in this file twice, with other data the second time.
    Repeated {
        /// Where it stands first.
        line: i64,
    },
    /// Its DIN or GRID is another unit's.
    NumberTaken {
        /// The field.
        field: String,
        /// The other unit's registry id.
        other: String,
    },
    /// The registry knows it under another DIN or GRID.
    NumberDiffers {
        /// The field.
        field: String,
    },
    /// The registry knows it as another bank's.
    OtherBank,
    /// It is withdrawn, and was never there.
    WithdrawnUnknown,
    /// One field stands twice.
    FieldTwice {
        /// The field.
        field: String,
    },
    /// Control or hidden characters, or more text than the field holds.
    TextUnfit {
        /// The field.
        field: String,
    },
    /// More text than a unit may bring.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The file was exported from this registry and says less of the unit than the registry knows.
    RemainsOnly,
    /// A row with more cells than the heading.
    CellsBeyondHeading,
}

/// Why a whole file is refused: nothing of it is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[error("{self:?}")]
pub enum LoadFileRefusal {
    /// Not of a format that is read, or not the one that was named.
    FormatUnknown,
    /// It ends in the middle.
    CutOff {
        /// Where it ends.
        line: i64,
    },
    /// Not well-formed.
    Malformed {
        /// Where.
        line: i64,
    },
    /// It declares a document type or entities of its own.
    EntitiesDeclared {
        /// Where.
        line: i64,
    },
    /// It uses an entity that XML does not define.
    EntityUnknown {
        /// Where.
        line: i64,
    },
    /// Not in UTF-8 (XML), nor in UTF-8 or GB18030 (CSV).
    CharsetUnknown {
        /// Where.
        line: i64,
    },
    /// A tag, a text, a row, or the depth of elements passes its limit.
    LimitPassed {
        /// Where.
        line: i64,
        /// The limit: `text`, `depth`, `attributes`, `units`, `row`, `file`.
        what: String,
    },
    /// No inventory of cord blood units is in it.
    NoInventory,
    /// It is an inventory of donors.
    NotUnits,
    /// It says of itself that it is the other kind of load.
    OtherKind,
    /// The heading lacks a column that is needed.
    ColumnMissing {
        /// The field.
        field: String,
    },
    /// Two columns mean the same.
    ColumnTwice {
        /// The field.
        field: String,
    },
    /// A workbook can't be read.
    WorkbookDamaged,
    /// A full load would withdraw most of the bank's units.
    WithdrawsMost {
        /// How many.
        withdrawn: i64,
        /// Of how many.
        standing: i64,
    },
}

impl LoadFileRefusal {
    /// The limit `what` was passed at `line`.
    #[must_use]
    pub fn limit(what: &str, line: i64) -> Self {
        Self::LimitPassed { line, what: what.to_owned() }
    }
}
