//! A row of a sheet as text, before anybody knows what it means.

/// One row: its cells as text, and where a spreadsheet program shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// The row's number in a spreadsheet program, from 1. Blank rows count; a line break inside a cell does not
    /// begin a new row.
    pub line: u32,
    /// The cells from the first column on. Rows may be shorter or longer than the header.
    pub cells: Vec<String>,
}

impl SheetRow {
    /// The cell in a column (from 0), without white space around it; empty beyond the row's end.
    #[must_use]
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| trimmed(cell))
    }

    /// Whether there is nothing in any cell.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| trimmed(cell).is_empty())
    }

    /// The first cell that holds something.
    #[must_use]
    pub fn first_filled(&self) -> &str {
        self.cells.iter().map(|cell| trimmed(cell)).find(|cell| !cell.is_empty()).unwrap_or("")
    }
}

/// The text without white space and without the invisible marks that spreadsheets leave at a cell's edges.
#[must_use]
pub fn trimmed(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'))
}
