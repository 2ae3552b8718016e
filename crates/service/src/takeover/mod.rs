//! Taking over the past: from a spreadsheet file to rows, and from a reading to the file of bad rows.
//!
//! [`gifts_import`] is the use case. [`read_path`] gives the rows of a CSV or XLSX file with the line numbers that a
//! spreadsheet program shows; what the rows mean is `domain::takeover`.

mod charset;
mod csv_file;
mod error;
mod export;
mod import;
mod limits;
mod post;
#[cfg(test)]
mod tests;
mod xlsx_file;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use domain::takeover::{Header, SheetError, SheetRow, restore};

pub use charset::Charset;
pub use error::FileError;
pub use export::{LEFT_OUT_HEADINGS, LeftOut, NeutralCsv, write_left_out};
pub use import::{DEFAULT_SOURCE, Ending, Mode, Takeover, TakeoverError, gifts_import, gifts_take_over};
pub use limits::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS, MAX_UNPACKED_BYTES};

/// The rows of a file, and how it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetFile {
    /// Its rows from the top. An XLSX sheet leaves out rows without any cell; line numbers tell.
    pub rows: Vec<SheetRow>,
    /// What kind of file it is.
    pub kind: FileKind,
}

/// What kind of file was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileKind {
    /// Text whose cells commas, semicolons or tabs divide.
    Csv(Charset),
    /// A sheet of an Excel workbook, by its name.
    Xlsx(String),
}

/// Reads a file from disk. `sheet` names a workbook's sheet; without it, the only one with a header is taken.
///
/// # Errors
/// [`FileError`]: nothing of the file can be used.
pub fn read_path(path: &Path, sheet: Option<&str>) -> Result<SheetFile, FileError> {
    let mut bytes = Vec::new();
    // One byte over the limit is enough to see that it is passed, also where the size is not known beforehand.
    File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    read_bytes(&bytes, sheet)
}

/// [`read_path`] for a file that is in memory.
///
/// # Errors
/// [`FileError`]: nothing of the file can be used.
pub fn read_bytes(bytes: &[u8], sheet: Option<&str>) -> Result<SheetFile, FileError> {
    const ZIP: &[u8] = b"PK\x03\x04";
    const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
    if bytes.len() > MAX_FILE_BYTES {
        return Err(FileError::FileTooLarge { limit: MAX_FILE_BYTES });
    }
    let mut file = if bytes.starts_with(ZIP) {
        xlsx_file::read(bytes, sheet)?
    } else if bytes.starts_with(COMPOUND_FILE) {
        return Err(FileError::OldOrLockedExcel);
    } else {
        let (charset, text) = charset::decode(bytes)?;
        SheetFile { rows: csv_file::read(&text)?, kind: FileKind::Csv(charset) }
    };
    restore_own_export(&mut file.rows);
    Ok(file)
}

/// The text of a file in UTF-8 or GB18030; none when it is neither.
pub(crate) fn text_of(bytes: &[u8]) -> Option<std::borrow::Cow<'_, str>> {
    charset::decode(bytes).ok().map(|(_, text)| text)
}

fn has_header(rows: &[SheetRow]) -> bool {
    !matches!(Header::find(rows), Err(SheetError::NoHeader))
}

/// A file of rows left out that staff mended comes back with the cells that [`write_left_out`] made harmless.
fn restore_own_export(rows: &mut [SheetRow]) {
    let [line, reason] = LEFT_OUT_HEADINGS;
    let own = rows.first().is_some_and(|row| {
        row.cells.first().is_some_and(|cell| cell == line) && row.cells.iter().any(|cell| cell == reason)
    });
    if own {
        for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
            *cell = restore(cell).to_owned();
        }
    }
}
