//! The thread that reads a file: it turns records into versions and hands them over in batches.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use domain::id::{ChangeId, UnitId};
use domain::registry::{LoadFileRefusal, Ownership, VersionSource};
use serde::Serialize;
use store::unit_version::VersionRow;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

use super::{LoadKind, LoadRequest, Refused};
use crate::registry::units_in::{
    Columns, Drafter, Named, Record, Said, SheetReader, UnitDraft, WmdaReader, charset_of,
};
use crate::takeover::{FileError, read_path};

/// Units of one batch, and so of one command of the writer.
pub(super) const BATCH: usize = 500;

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitFormat {
    /// WMDA inventory XML.
    Wmda,
    /// Comma-separated text.
    Csv,
    /// An Excel workbook.
    Xlsx,
}

impl UnitFormat {
    /// The word in table `unit_load`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wmda => "wmda",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// By a file's first bytes.
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let mut head = Vec::new();
        File::open(path)?.take(64).read_to_end(&mut head)?;
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
        let first = text.iter().position(|byte| !byte.is_ascii_whitespace());
        Ok(match first.map(|place| &text[place..]) {
            Some(rest) if rest.starts_with(b"PK\x03\x04") => Self::Xlsx,
            Some(rest) if rest.starts_with(b"<") => Self::Wmda,
            _ => Self::Csv,
        })
    }
}

/// A unit that is ready to be compared with the registry.
pub(super) struct Item {
    /// Its place in the load: its line, or one more than the unit before where several stand on one line.
    pub(super) place: i64,
    /// What the file says.
    pub(super) draft: UnitDraft,
    /// The version that it would become; none when it is withdrawn. Unit and change are put in later.
    pub(super) row: Option<VersionRow>,
}

/// What the reading thread hands over.
pub(super) enum Piece {
    /// Units, up to [`BATCH`], and what was refused among them.
    Batch(Vec<Item>, Vec<Refused>, u64),
    /// The file is at its end.
    End {
        /// SHA-256 of the file.
        digest: [u8; 32],
        /// Headings that were not read.
        ignored: Vec<String>,
    },
    /// The file is refused as a whole.
    Refused(LoadFileRefusal),
}

/// Reads the whole file into `out`. Ends early when nobody listens any more.
pub(super) fn read(request: &LoadRequest, format: UnitFormat, kind: LoadKind, out: &Sender<Piece>) {
    let mut rules = request.rules.clone();
    if format == UnitFormat::Wmda {
        // The format is made for offering units to everybody: what is not said otherwise is donated.
        rules.ownership = rules.ownership.or(Some(Ownership::Donated));
    }
    let mut batches = Batches {
        drafter: Drafter::new(rules),
        out,
        items: Vec::new(),
        refused: Vec::new(),
        place: 0,
        left: false,
    };
    let end = match format {
        UnitFormat::Wmda => wmda(request, kind, &mut batches),
        UnitFormat::Csv => csv(request, &mut batches),
        UnitFormat::Xlsx => xlsx(request, &mut batches),
    };
    let piece = end.unwrap_or_else(Piece::Refused);
    // A caller that went away needs no answer.
    let _ = out.blocking_send(piece);
}

fn open(path: &Path) -> Result<BufReader<File>, LoadFileRefusal> {
    let file = File::open(path).map_err(|_| LoadFileRefusal::CutOff { line: 1 })?;
    Ok(BufReader::with_capacity(256 * 1024, file))
}

fn wmda(request: &LoadRequest, kind: LoadKind, batches: &mut Batches<'_>) -> Result<Piece, LoadFileRefusal> {
    let mut reader = WmdaReader::new(open(&request.path)?);
    while let Some(record) = reader.next_record()? {
        let says = reader.head().and_then(|head| head.full);
        if says.is_some_and(|full| full != (kind == LoadKind::Full)) {
            return Err(LoadFileRefusal::OtherKind);
        }
        batches.add(record, reader.read_bytes());
        if batches.left {
            break;
        }
    }
    let (bytes, digest) = reader.progress();
    batches.flush(bytes);
    Ok(Piece::End { digest, ignored: Vec::new() })
}

fn csv(request: &LoadRequest, batches: &mut Batches<'_>) -> Result<Piece, LoadFileRefusal> {
    let charset = charset_of(open(&request.path)?)?;
    let mut reader = SheetReader::new(open(&request.path)?, charset, &request.map)?;
    while let Some(record) = reader.next_record()? {
        batches.add(record, reader.read_bytes());
        if batches.left {
            break;
        }
    }
    let (bytes, digest) = reader.progress();
    batches.flush(bytes);
    Ok(Piece::End { digest, ignored: reader.columns().ignored.clone() })
}

fn xlsx(request: &LoadRequest, batches: &mut Batches<'_>) -> Result<Piece, LoadFileRefusal> {
    let refusal = |error: FileError| match error {
        FileError::FileTooLarge { .. } | FileError::UnpacksTooLarge { .. } => {
            LoadFileRefusal::limit("file", 1)
        }
        _ => LoadFileRefusal::WorkbookDamaged,
    };
    let sheet = read_path(&request.path, request.sheet.as_deref()).map_err(refusal)?;
    let mut rows = sheet.rows.into_iter().filter(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
    let heading = rows.next().ok_or(LoadFileRefusal::NoInventory)?;
    let columns = Columns::of(&heading.cells, &request.map)?;
    for row in rows {
        batches.add(columns.record(row.line.into(), row.cells.iter().map(String::as_str)), 0);
    }
    batches.flush(0);
    let bytes = std::fs::read(&request.path).map_err(|_| LoadFileRefusal::WorkbookDamaged)?;
    let digest = domain::audit::Fields::new("workbook").bytes(&bytes).finish();
    Ok(Piece::End { digest, ignored: columns.ignored })
}

struct Batches<'s> {
    drafter: Drafter,
    out: &'s Sender<Piece>,
    items: Vec<Item>,
    refused: Vec<Refused>,
    place: i64,
    left: bool,
}

impl Batches<'_> {
    fn add(&mut self, record: Record, bytes: u64) {
        // A load that was given up has no use for the rest.
        if self.left {
            return;
        }
        self.place = record.line.max(self.place + 1);
        let named = Named::of(&record);
        match self.drafter.draft(record) {
            Ok(draft) => {
                let row = match &draft.said {
                    Said::Content(content) => Some(VersionRow::new(
                        UnitId(Uuid::nil()),
                        ChangeId(Uuid::nil()),
                        VersionSource::Load,
                        content,
                        false,
                        None,
                    )),
                    Said::Withdrawn => None,
                };
                self.items.push(Item { place: self.place, draft, row });
            }
            Err(unit) => self.refused.push(Refused { place: self.place, named, unit: *unit }),
        }
        if self.items.len() + self.refused.len() >= BATCH {
            self.flush(bytes);
        }
    }

    fn flush(&mut self, bytes: u64) {
        let (items, refused) = (std::mem::take(&mut self.items), std::mem::take(&mut self.refused));
        self.left |= self.out.blocking_send(Piece::Batch(items, refused, bytes)).is_err();
    }
}
