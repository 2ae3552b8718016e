//! Writing units into files, the other way round than `units_in`: WMDA inventory XML, CSV, and FHIR.
//!
//! What is written as XML or CSV is read back by `units_in` as the same identity and content.

mod fhir;
mod fields;
mod sheet;
mod typing;
mod wmda;

use std::io::{self, Write};

use domain::id::BankId;
use domain::registry::Leaving;
use domain::time::Instant;
use store::unit::UnitRow;

/// In what form units leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitsFormat {
    /// WMDA inventory XML, with the element names of schema 2.4.
    Wmda,
    /// CSV with the headings that a load reads.
    Csv,
    /// FHIR R4 as NDJSON: on each line a `Bundle` of one unit with its observations. One bundle of all units could be
    /// neither written nor read in little memory; lines of single resources would part a unit from its typing.
    Fhir,
}

impl UnitsFormat {
    /// The word in table `registry_disclosure`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wmda => "wmda",
            Self::Csv => "csv",
            Self::Fhir => "fhir",
        }
    }
}

/// What is said of a file as a whole.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// Whose units they are.
    pub(super) bank: BankId,
    /// Its code.
    pub(super) bank_code: String,
    /// When it was made.
    pub(super) made_at: Instant,
}

/// A unit that leaves.
pub(super) struct Outgoing<'u> {
    pub(super) unit: &'u UnitRow,
    pub(super) leaving: &'u Leaving,
    pub(super) bank: BankId,
}

/// Writes units one after another; needs the memory of one.
pub(super) enum UnitsOut<W: Write> {
    Wmda(wmda::WmdaOut<W>),
    Csv(sheet::SheetOut<W>),
    Fhir(fhir::FhirOut<W>),
}

impl<W: Write> UnitsOut<W> {
    /// Begins a file.
    pub(super) fn new(out: W, format: UnitsFormat, head: &Head) -> io::Result<Self> {
        Ok(match format {
            UnitsFormat::Wmda => Self::Wmda(wmda::WmdaOut::new(out, head)?),
            UnitsFormat::Csv => Self::Csv(sheet::SheetOut::new(out)?),
            UnitsFormat::Fhir => Self::Fhir(fhir::FhirOut::new(out, head)),
        })
    }

    /// Writes a unit. How many of its values had no place in the format.
    pub(super) fn unit(&mut self, unit: &Outgoing<'_>) -> io::Result<i64> {
        match self {
            Self::Wmda(out) => out.unit(unit),
            Self::Csv(out) => out.unit(unit).map(|()| 0),
            Self::Fhir(out) => out.unit(unit).map(|()| 0),
        }
    }

    /// Ends the file and gives the output back, with nothing held back.
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Wmda(out) => out.finish(),
            Self::Csv(out) => out.finish(),
            Self::Fhir(out) => out.finish(),
        }
    }
}
