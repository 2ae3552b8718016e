//! Writing lists as CSV that no spreadsheet program mistakes for formulas; the file of bad rows.

use std::io::{self, Write};

use domain::takeover::{Header, neutralise};

/// The columns that the file of rows left out puts before the original ones. In both languages, since staff read it.
pub const LEFT_OUT_HEADINGS: [&str; 2] = ["行号 line", "原因 reason"];

/// A row that was not taken over: bad, or in conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut<'r> {
    /// Its line in the list.
    pub line: u32,
    /// Why, in words.
    pub reason: String,
    /// Its cells as they were.
    pub cells: &'r [String],
}

/// A CSV writer that makes every cell harmless with [`neutralise`]; `domain::takeover::restore` takes it back.
///
/// It writes UTF-8 with a byte order mark and `\r\n`, as spreadsheet programs on Windows want it.
pub struct NeutralCsv<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> NeutralCsv<W> {
    /// Begins a file with its header row.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new<'c>(mut out: W, headings: impl IntoIterator<Item = &'c str>) -> io::Result<Self> {
        out.write_all("\u{FEFF}".as_bytes())?;
        let mut csv = Self::go_on(out);
        csv.row(headings)?;
        Ok(csv)
    }

    /// Goes on with a file whose beginning was written elsewhere.
    pub fn go_on(out: W) -> Self {
        let writer =
            csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(out);
        Self { writer }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// Those of the output.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        self.writer.write_record(cells.into_iter().map(neutralise)).map_err(io::Error::other)
    }

    /// Writes out what is held back and gives the output back.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(|error| io::Error::other(error.error().to_string()))
    }
}

/// Writes the rows left out with their line and reason before their own cells; the file can be mended and read again,
/// since it keeps the list's header and gives back neutralised cells.
///
/// # Errors
/// Those of `out`.
pub fn write_left_out<W: Write>(out: W, header: &Header, rows: &[LeftOut<'_>]) -> io::Result<W> {
    let headings = LEFT_OUT_HEADINGS.into_iter().chain(header.headings.iter().map(String::as_str));
    let mut csv = NeutralCsv::new(out, headings)?;
    for row in rows {
        let line = row.line.to_string();
        let cells = [line.as_str(), row.reason.as_str()];
        csv.row(cells.into_iter().chain(row.cells.iter().map(String::as_str)))?;
    }
    csv.finish()
}
