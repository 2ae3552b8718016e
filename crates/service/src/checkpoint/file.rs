//! The file of checkpoints: appended to under a lock, mended after a crash, thinned when it has grown long.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// More than the bytes of one record: enough to find the last one.
const TAIL: u64 = 4096;

/// How long the file may grow before it is thinned: some 2,000 records.
const LONGEST: u64 = 512 * 1024;

/// How many of the newest records are kept; of those before them, the last one of each month.
pub const NEWEST: usize = 1000;

/// Opens the file for appending and keeps others from doing so until it is closed.
pub fn open_locked(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    loop {
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        file.lock()?;
        // While we waited, another program may have put a thinned file, or nothing, in its place.
        let ours = file.metadata()?;
        match std::fs::metadata(path) {
            Ok(there) if (there.dev(), there.ino()) == (ours.dev(), ours.ino()) => return Ok(file),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
}

/// Gives the last whole record and cuts off what a crash left behind it.
pub fn mend_tail(file: &mut File) -> std::io::Result<Option<String>> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let end = end_of_records(&text);
    if end < text.len() {
        file.set_len(length - (text.len() - end) as u64)?;
    }
    // Record = note, empty line, signature, empty line: the last one begins after the empty line before last.
    let whole = text[..end].trim_end_matches('\n');
    let begin = whole.rmatch_indices("\n\n").nth(1).map_or(0, |(place, _)| place + 2);
    Ok((!whole.is_empty()).then(|| whole[begin..].to_owned()))
}

/// Adds a record durably. `file` is the locked file at `path`.
pub fn append(path: &Path, mut file: File, record: &str) -> std::io::Result<()> {
    file.write_all(record.as_bytes())?;
    file.sync_data()?;
    if file.metadata()?.len() > LONGEST { thin(path) } else { Ok(()) }
}

/// Puts a thinned file in the place of the one at `path`, whose lock the caller holds. All or nothing.
fn thin(path: &Path) -> std::io::Result<()> {
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let mut kept = VecDeque::new();
    let mut later_month = None;
    for (place, record) in records(&text).into_iter().rev().enumerate() {
        let month = month(record);
        if place < NEWEST || later_month != Some(month) {
            kept.push_front(record);
        }
        later_month = Some(month);
    }
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    for record in kept {
        file.write_all(record.as_bytes())?;
    }
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// The month in which a record was signed, `YYYY-MM`; records from before they said so are of one month.
fn month(record: &str) -> &str {
    record.lines().nth(3).and_then(|day| day.get(..7)).unwrap_or_default()
}

/// The whole records of a file, in their order. A record is two paragraphs: the note and its signature.
pub fn records(text: &str) -> Vec<&str> {
    let mut rest = &text[..end_of_records(text)];
    let mut records = Vec::new();
    while !rest.is_empty() {
        let mut ends = rest.match_indices("\n\n").map(|(place, _)| place + 2);
        let (record, later) = rest.split_at(ends.nth(1).unwrap_or(rest.len()));
        records.push(record);
        rest = later;
    }
    records
}

/// Where the last whole record ends: after a signature's line and an empty line.
fn end_of_records(text: &str) -> usize {
    let mut search = text.len();
    while let Some(place) = text[..search].rfind("\n\n") {
        let line = text[..place].rfind('\n').map_or(0, |before| before + 1);
        if text[line..place].starts_with('\u{2014}') {
            return place + 2;
        }
        search = place + 1;
    }
    0
}
