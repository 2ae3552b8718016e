//! The rows of a CSV text, numbered as a spreadsheet program numbers them.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};
use domain::takeover::SheetRow;

use super::error::FileError;
use super::has_header;
use super::limits::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS};

/// A row put behind the text: when it does not come out as a row of its own, a quote was left open.
const END: &str = "\u{1}end of text";

/// What divides the cells where it is no comma: spreadsheet programs write these, too.
const OTHER_DELIMITERS: [u8; 2] = *b"\t;";

/// The rows of a text; its cells are divided by commas, or by what else makes a header of its first rows.
pub(super) fn read(text: &str) -> Result<Vec<SheetRow>, FileError> {
    let by_commas = read_with(text, b',');
    if by_commas.as_ref().is_ok_and(|rows| has_header(rows)) {
        return by_commas;
    }
    let others = OTHER_DELIMITERS.into_iter().map(|delimiter| read_with(text, delimiter));
    others.flatten().find(|rows| has_header(rows)).map_or(by_commas, Ok)
}

/// The rows of a text. Empty lines count as rows; a line break inside quotes does not begin one.
fn read_with(text: &str, delimiter: u8) -> Result<Vec<SheetRow>, FileError> {
    let behind = format!("\n{END}\n");
    let input = text.as_bytes().chain(behind.as_bytes());
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(input);
    let mut rows: Vec<SheetRow> = Vec::new();
    let mut cells = 0;
    let mut record = StringRecord::new();
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        if !reader.read_record(&mut record).map_err(unexpected)? {
            return Err(FileError::QuoteNotClosed { line: rows.last().map_or(1, |row| row.line) });
        }
        // The CSV reader passes over empty lines without a word.
        for _ in 0..empty_lines(text, start) {
            push(&mut rows, Vec::new())?;
        }
        if record.len() == 1 && record.get(0) == Some(END) {
            return Ok(rows);
        }
        cells += record.len();
        if cells > MAX_CELLS {
            return Err(FileError::TooManyCells { limit: MAX_CELLS });
        }
        push(&mut rows, record.iter().map(str::to_owned).collect())?;
        check_cells(rows.last())?;
    }
}

fn push(rows: &mut Vec<SheetRow>, cells: Vec<String>) -> Result<(), FileError> {
    if rows.len() == MAX_ROWS {
        return Err(FileError::TooManyRows { limit: MAX_ROWS });
    }
    let line = u32::try_from(rows.len() + 1).map_err(|_| FileError::TooManyRows { limit: MAX_ROWS })?;
    rows.push(SheetRow { line, cells });
    Ok(())
}

fn check_cells(row: Option<&SheetRow>) -> Result<(), FileError> {
    let Some(row) = row else { return Ok(()) };
    if row.cells.len() > MAX_COLUMNS {
        return Err(FileError::TooManyColumns { line: row.line, limit: MAX_COLUMNS });
    }
    let too_long = |cell: &String| cell.len() > MAX_CELL_CHARS && cell.chars().count() > MAX_CELL_CHARS;
    match row.cells.iter().position(too_long) {
        Some(place) => {
            Err(FileError::CellTooLong { line: row.line, column: place + 1, limit: MAX_CELL_CHARS })
        }
        None => Ok(()),
    }
}

/// How many empty lines stand at `start`, where the row before has ended: after its `\r`, if that was `\r\n`.
fn empty_lines(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut rest = bytes.get(start..).unwrap_or_default();
    if start > 0 && bytes.get(start - 1) == Some(&b'\r') {
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    }
    let mut count = 0;
    loop {
        rest = match rest {
            [b'\r', b'\n', after @ ..] | [b'\r' | b'\n', after @ ..] => after,
            _ => return count,
        };
        count += 1;
    }
}

/// Text in memory gives neither I/O nor UTF-8 nor length errors; one that comes all the same is passed on.
fn unexpected(error: csv::Error) -> FileError {
    FileError::Io(std::io::Error::other(error))
}
