//! Writing lists as CSV that no spreadsheet program mistakes for formulas; the file of bad rows.

use std::io::{self, Write};

use domain::takeover::{BadRow, Header, neutralise};

/// The columns that the file of bad rows puts before the original ones. In both languages, since staff read it.
pub const BAD_ROW_HEADINGS: [&str; 3] = ["行号 line", "流水号 serial", "原因 reason"];

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

/// Writes the bad rows with their line, serial number and reason before their own cells. `reason` words it; the
/// file can be mended and read again, since it keeps the list's header and gives back neutralised cells.
///
/// # Errors
/// Those of `out`.
pub fn write_bad_rows<W: Write>(
    out: W,
    header: &Header,
    bad: &[BadRow],
    reason: impl Fn(&BadRow) -> String,
) -> io::Result<W> {
    let headings = BAD_ROW_HEADINGS.into_iter().chain(header.headings.iter().map(String::as_str));
    let mut csv = NeutralCsv::new(out, headings)?;
    for row in bad {
        let (line, reason) = (row.line.to_string(), reason(row));
        let cells = [line.as_str(), row.serial.as_str(), reason.as_str()];
        csv.row(cells.into_iter().chain(row.cells.iter().map(String::as_str)))?;
    }
    csv.finish()
}
