//! Why a file of the past could not be read at all.

/// A file that cannot be used. Nothing of it is taken over.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk said no.
    #[error("io: {0}")]
    Io(#[from] std::io::Error),
    /// More bytes than the limit.
    #[error("file_too_large: {limit} bytes")]
    FileTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The workbook unpacks to more bytes than the limit.
    #[error("unpacks_too_large: {limit} bytes")]
    UnpacksTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More rows than the limit.
    #[error("too_many_rows: {limit}")]
    TooManyRows {
        /// The limit.
        limit: usize,
    },
    /// A row with more columns than the limit.
    #[error("too_many_columns: line {line}, {limit}")]
    TooManyColumns {
        /// The row.
        line: u32,
        /// The limit.
        limit: usize,
    },
    /// More cells in all than the limit.
    #[error("too_many_cells: {limit}")]
    TooManyCells {
        /// The limit.
        limit: usize,
    },
    /// A cell with more characters than the limit; in CSV often an opening quote that is never closed.
    #[error("cell_too_long: line {line}, column {column}, {limit} characters")]
    CellTooLong {
        /// The row.
        line: u32,
        /// The column, from 1.
        column: usize,
        /// The limit in characters.
        limit: usize,
    },
    /// A quoted cell that is open at the end of the file: rows are hidden inside it.
    #[error("quote_not_closed: line {line}")]
    QuoteNotClosed {
        /// The row in which it opens.
        line: u32,
    },
    /// Neither UTF-8 nor GB18030.
    #[error("charset_unknown: byte {byte}")]
    CharsetUnknown {
        /// The first byte (from 0) that GB18030 does not know.
        byte: usize,
    },
    /// An Excel 97 file (.xls), or a workbook that is locked by a password: save it as .xlsx without one.
    #[error("old_or_locked_excel")]
    OldOrLockedExcel,
    /// Not a workbook, or a damaged one.
    #[error("workbook_damaged: {0}")]
    WorkbookDamaged(String),
    /// The workbook has no sheet of this name.
    #[error("sheet_unknown: {names:?}")]
    SheetUnknown {
        /// The sheets that it has.
        names: Vec<String>,
    },
    /// Several sheets look like lists of gifts: one must be named.
    #[error("several_sheets: {names:?}")]
    SeveralSheets {
        /// Their names.
        names: Vec<String>,
    },
}
