//! The rows of a sheet in an Excel workbook, its numbers and dates written as text.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use domain::takeover::SheetRow;
use zip::ZipArchive;

use super::error::FileError;
use super::limits::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_UNPACKED_BYTES};
use super::{FileKind, SheetFile, has_header};

/// Reads the named sheet, or the only visible one that has a header.
pub(super) fn read(bytes: &[u8], sheet: Option<&str>) -> Result<SheetFile, FileError> {
    refuse_bomb(bytes)?;
    // Damaged workbooks reach `expect`s inside the reader; they are damaged files, not faults of this program.
    catch_unwind(AssertUnwindSafe(|| read_workbook(bytes, sheet)))
        .unwrap_or_else(|_| Err(FileError::WorkbookDamaged("the reader gave up".to_owned())))
}

/// Unpacks everything once and throws it away: sizes that the archive states itself prove nothing.
fn refuse_bomb(bytes: &[u8]) -> Result<(), FileError> {
    let damaged = |error: &dyn std::fmt::Display| FileError::WorkbookDamaged(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut left = MAX_UNPACKED_BYTES as u64;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|error| damaged(&error))?;
        let unpacked =
            std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|e| damaged(&e))?;
        left = left.checked_sub(unpacked).ok_or(FileError::UnpacksTooLarge { limit: MAX_UNPACKED_BYTES })?;
    }
    Ok(())
}

fn read_workbook(bytes: &[u8], sheet: Option<&str>) -> Result<SheetFile, FileError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let sheets = workbook.sheets_metadata().iter().filter(|s| s.typ == SheetType::WorkSheet);
    let names: Vec<String> = match sheet {
        Some(wanted) => sheets.filter(|s| s.name == wanted).map(|s| s.name.clone()).collect(),
        None => sheets.filter(|s| s.visible == SheetVisible::Visible).map(|s| s.name.clone()).collect(),
    };
    if names.is_empty() {
        return Err(FileError::SheetUnknown { names: workbook.sheet_names() });
    }
    let mut budget = Budget { cells: MAX_CELLS, bytes: MAX_UNPACKED_BYTES };
    let mut found: Vec<SheetFile> = Vec::new();
    let mut headless = None;
    for name in names {
        let rows = read_sheet(&mut workbook, &name, &mut budget)?;
        let with_header = has_header(&rows);
        let file = SheetFile { rows, kind: FileKind::Xlsx(name) };
        if with_header {
            found.push(file);
        } else {
            headless = headless.or(Some(file));
        }
    }
    match (found.len(), headless) {
        (0, Some(file)) => Ok(file),
        (1, _) => Ok(found.remove(0)),
        _ => Err(FileError::SeveralSheets { names: found.into_iter().map(sheet_name).collect() }),
    }
}

fn sheet_name(file: SheetFile) -> String {
    match file.kind {
        FileKind::Xlsx(name) => name,
        FileKind::Csv(_) => String::new(),
    }
}

/// What the sheets of one workbook may still hold.
struct Budget {
    cells: usize,
    bytes: usize,
}

impl Budget {
    fn spend(&mut self, cells: usize, bytes: usize) -> Result<(), FileError> {
        self.cells = self.cells.checked_sub(cells).ok_or(FileError::TooManyCells { limit: MAX_CELLS })?;
        self.bytes =
            self.bytes.checked_sub(bytes).ok_or(FileError::UnpacksTooLarge { limit: MAX_UNPACKED_BYTES })?;
        Ok(())
    }
}

/// Reads cell by cell: the library's whole-sheet form makes room for every cell up to the last one's place.
fn read_sheet(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    budget: &mut Budget,
) -> Result<Vec<SheetRow>, FileError> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(damaged)?;
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let text = cell_text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (row, column) = cell.get_position();
        let line = row.saturating_add(1);
        if line as usize > MAX_ROWS {
            return Err(FileError::TooManyRows { limit: MAX_ROWS });
        }
        let column = column as usize;
        if column >= MAX_COLUMNS {
            return Err(FileError::TooManyColumns { line, limit: MAX_COLUMNS });
        }
        if text.len() > MAX_CELL_CHARS && text.chars().count() > MAX_CELL_CHARS {
            return Err(FileError::CellTooLong { line, column: column + 1, limit: MAX_CELL_CHARS });
        }
        let row = rows.entry(line).or_default();
        let wider = (column + 1).saturating_sub(row.len());
        budget.spend(wider, text.len())?;
        row.resize(row.len() + wider, String::new());
        row[column] = text;
    }
    Ok(rows.into_iter().map(|(line, cells)| SheetRow { line, cells }).collect())
}

/// A cell as a list written as text would have it.
fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::DateTime(when) if when.is_datetime() => date_text(when),
        DataRef::DateTime(span) => number_text(span.as_f64()),
        DataRef::Bool(_) | DataRef::Error(_) => Data::from(value.clone()).to_string(),
    }
}

/// A number as spreadsheet programs show it, with at most 15 significant digits: so 0.1+0.2 is `0.3`, and an
/// amount is exact. Numbers of other sizes than people write stay in scientific form and are no amounts.
fn number_text(number: f64) -> String {
    let scientific = format!("{number:.14e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let (whole, decimals) = match exponent {
        0..=20 => {
            let point = exponent as usize + 1;
            let padded = format!("{digits:0<point$}");
            (padded[..point].to_owned(), padded[point..].to_owned())
        }
        -20..=-1 => ("0".to_owned(), format!("{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1))),
        _ => return scientific,
    };
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

/// A date cell in ISO form, with its time where it has one.
fn date_text(when: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = when.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}

fn damaged(error: calamine::XlsxError) -> FileError {
    FileError::WorkbookDamaged(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_as_a_spreadsheet_shows_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1996.64, "1996.64"),
            (0.1 + 0.2, "0.3"),
            (-751.34, "-751.34"),
            (25_630_390.08, "25630390.08"),
            (19_900_004_906.0, "19900004906"),
            (0.05, "0.05"),
            (1e20, "100000000000000000000"),
            (1e21, "1.00000000000000e21"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    proptest! {
        #[test]
        fn an_amount_stays_exact(fen in -999_999_999_999_999i64..=999_999_999_999_999) {
            // The spreadsheet's own number of these fen: the nearest double.
            let plain = format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100);
            let number: f64 = plain.parse().unwrap();
            let shown = number_text(number);
            let (whole, decimals) = shown.split_once('.').unwrap_or((&shown, ""));
            prop_assert_eq!(format!("{whole}.{decimals:0<2}"), plain);
        }

        #[test]
        fn any_number_is_written(bits: u64) {
            let _ = number_text(f64::from_bits(bits));
        }
    }
}
