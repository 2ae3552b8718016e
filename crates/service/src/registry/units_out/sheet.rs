//! Units as CSV, under the first of the headings that a load knows for each field.

use std::io::{self, Write};

use super::Outgoing;
use super::fields::{Fields, fields};
use crate::registry::units_in::{DETAILS, HEADINGS, OF_COMPARTMENT, OWN};
use crate::takeover::NeutralCsv;

/// Compartments of a unit at most.
const MOST: u8 = 5;

/// Writes units as rows.
pub(in crate::registry) struct SheetOut<W: Write> {
    csv: NeutralCsv<W>,
    /// The paths of the columns but the last, which takes what has no column.
    paths: Vec<String>,
}

impl<W: Write> SheetOut<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let known = HEADINGS.iter().filter(|(path, _)| *path != DETAILS);
        let mut columns: Vec<(String, String)> =
            known.map(|(path, names)| ((*path).to_owned(), names[0].to_owned())).collect();
        for number in 1..=MOST {
            columns.extend(OF_COMPARTMENT.iter().map(|(field, names)| {
                (format!("{OWN}COMPARTMENT_{number}/{field}"), format!("{}{number}", names[0]))
            }));
        }
        let details = HEADINGS.iter().filter(|(path, _)| *path == DETAILS).map(|(_, names)| names[0]);
        let headings = columns.iter().map(|(_, heading)| heading.as_str()).chain(details);
        let csv = NeutralCsv::new(out, headings)?;
        Ok(Self { csv, paths: columns.into_iter().map(|(path, _)| path).collect() })
    }

    pub(super) fn unit(&mut self, unit: &Outgoing<'_>) -> io::Result<()> {
        let mut fields: Fields = fields(unit);
        let mut cells: Vec<String> =
            self.paths.iter().map(|path| fields.remove(path).unwrap_or_default()).collect();
        let rest = if fields.is_empty() { String::new() } else { serde_json::to_string(&fields)? };
        cells.push(rest);
        self.csv.row(cells.iter().map(String::as_str))
    }

    pub(super) fn finish(self) -> io::Result<W> {
        self.csv.finish()
    }
}
