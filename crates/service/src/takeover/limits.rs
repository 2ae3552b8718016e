//! How large a file of the past may be. A limit that is met is a clear error, never a slow machine.

/// Bytes of a file: 64 MiB.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Rows of a sheet, blank ones counted.
pub const MAX_ROWS: usize = 1_000_000;

/// Columns of a sheet.
pub const MAX_COLUMNS: usize = 256;

/// Characters of a cell.
pub const MAX_CELL_CHARS: usize = 10_000;

/// Cells of a file in all: [`MAX_ROWS`] rows of an ordinary list, with room to spare.
pub const MAX_CELLS: usize = 20_000_000;

/// Bytes of a workbook when unpacked, and of the text of its cells: a few kilobytes can unpack to terabytes.
pub const MAX_UNPACKED_BYTES: usize = 512 * 1024 * 1024;
