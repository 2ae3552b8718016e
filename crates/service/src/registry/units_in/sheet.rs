//! Units in CSV, read row by row, and in workbooks.

use std::io::{BufRead, BufReader, Chain, Read};

use csv::{ReaderBuilder, StringRecord};
use domain::registry::LoadFileRefusal;
use encoding_rs::{CoderResult, Decoder, GB18030};

use super::bounded::{Bounded, Passed};
use super::columns::{Columns, SheetMap};
use super::record::Record;
use crate::takeover::Charset;

/// Bytes of one row.
const MAX_ROW: usize = 1024 * 1024;

/// Bytes that the CSV reader takes at a time.
const AHEAD: usize = 64 * 1024;

/// A row put behind the text: when it does not come out as a row of its own, a quote was left open or the file ends in
/// the middle of a row.
const END: &str = "\u{1}end of text";
const BEHIND: &[u8] = b"\n\x01end of text\n";

/// In which charset a text is, found by reading all of it: what is valid UTF-8 is UTF-8.
///
/// # Errors
/// [`LoadFileRefusal::CharsetUnknown`], or a line beyond all measure.
pub fn charset_of(input: impl BufRead) -> Result<Charset, LoadFileRefusal> {
    let mut input = input;
    let (mut line, mut utf8, mut other, mut carried) = (1_i64, true, true, Vec::new());
    let mut gb = GB18030.new_decoder_without_bom_handling();
    let mut sink = vec![0_u8; 4 * AHEAD];
    loop {
        let given = input.fill_buf().map_err(|_| LoadFileRefusal::CutOff { line })?;
        let (last, length) = (given.is_empty(), given.len());
        let taken = &given[..length.min(AHEAD)];
        if utf8 {
            carried.extend_from_slice(taken);
            match std::str::from_utf8(&carried) {
                Ok(_) => carried.clear(),
                Err(error) if error.error_len().is_none() && !last => {
                    carried.drain(..error.valid_up_to());
                }
                Err(_) => utf8 = false,
            }
        }
        let (result, _, _, replaced) = gb.decode_to_utf8(taken, &mut sink, last);
        other &= !replaced && result == CoderResult::InputEmpty;
        if !utf8 && !other {
            return Err(LoadFileRefusal::CharsetUnknown { line });
        }
        if last {
            return Ok(if utf8 { Charset::Utf8 } else { Charset::Gb18030 });
        }
        line += taken.iter().filter(|byte| **byte == b'\n').count() as i64;
        let amount = taken.len();
        input.consume(amount);
    }
}

/// Gives text in UTF-8, whatever it is written in.
pub(super) struct Decoding<R> {
    inner: R,
    decoder: Option<Decoder>,
    ready: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: BufRead> Decoding<R> {
    fn new(inner: R, charset: Charset) -> Self {
        let decoder = (charset == Charset::Gb18030).then(|| GB18030.new_decoder_without_bom_handling());
        Self { inner, decoder, ready: Vec::new(), given: 0, ended: false }
    }
}

impl<R: BufRead> Read for Decoding<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let Some(decoder) = &mut self.decoder else { return self.inner.read(into) };
        while self.given == self.ready.len() && !self.ended {
            let given = self.inner.fill_buf()?;
            let taken = given.len().min(AHEAD);
            self.ended = taken == 0;
            self.ready.resize(4 * AHEAD, 0);
            let (_, read, written, _) = decoder.decode_to_utf8(&given[..taken], &mut self.ready, self.ended);
            self.ready.truncate(written);
            self.given = 0;
            self.inner.consume(read);
        }
        let length = (self.ready.len() - self.given).min(into.len());
        into[..length].copy_from_slice(&self.ready[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

type Text<R> = Chain<BufReader<Decoding<Bounded<R>>>, &'static [u8]>;

/// Reads units out of a CSV text one after another.
pub struct SheetReader<R: BufRead> {
    reader: csv::Reader<Text<R>>,
    columns: Columns,
    row: StringRecord,
    ended: bool,
}

impl<R: BufRead> SheetReader<R> {
    /// Reads the heading.
    ///
    /// # Errors
    /// [`LoadFileRefusal`].
    pub fn new(input: R, charset: Charset, map: &SheetMap) -> Result<Self, LoadFileRefusal> {
        let mut bounded = Bounded::new(input);
        bounded.allow(MAX_ROW);
        let text = BufReader::with_capacity(AHEAD, Decoding::new(bounded, charset)).chain(BEHIND);
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let mut row = StringRecord::new();
        let read = reader.read_record(&mut row).map_err(|error| refusal(&error, 1))?;
        if !read || is_end(&row) {
            return Err(LoadFileRefusal::NoInventory);
        }
        let heading: Vec<String> = row.iter().map(str::to_owned).collect();
        let columns = Columns::of(&heading, map)?;
        Ok(Self { reader, columns, row, ended: false })
    }

    /// Its columns.
    #[must_use]
    pub const fn columns(&self) -> &Columns {
        &self.columns
    }

    /// How many bytes were read, and the digest of them.
    #[must_use]
    pub fn progress(&self) -> (u64, [u8; 32]) {
        let bounded = &self.reader.get_ref().get_ref().0.get_ref().inner;
        (bounded.read_bytes(), bounded.digest())
    }

    /// How many bytes were read.
    #[must_use]
    pub fn read_bytes(&self) -> u64 {
        self.reader.get_ref().get_ref().0.get_ref().inner.read_bytes()
    }

    /// The next unit; none at the end of a whole file.
    ///
    /// # Errors
    /// [`LoadFileRefusal`]: nothing of the file is to be used.
    pub fn next_record(&mut self) -> Result<Option<Record>, LoadFileRefusal> {
        while !self.ended {
            self.reader.get_mut().get_mut().0.get_mut().inner.allow(MAX_ROW + AHEAD);
            let line = i64::try_from(self.reader.position().line()).unwrap_or(i64::MAX);
            let read = self.reader.read_record(&mut self.row);
            if !read.map_err(|error| refusal(&error, line))? {
                return Err(LoadFileRefusal::CutOff { line });
            }
            if is_end(&self.row) {
                self.ended = true;
            } else if self.row.iter().any(|cell| !cell.trim().is_empty()) {
                // Empty lines before a row are passed over without a word: its own place is where it was found.
                let line = self.row.position().map_or(line, |at| at.line() as i64);
                return Ok(Some(self.columns.record(line, self.row.iter())));
            }
        }
        Ok(None)
    }
}

fn is_end(row: &StringRecord) -> bool {
    row.len() == 1 && row.get(0) == Some(END)
}

fn refusal(error: &csv::Error, line: i64) -> LoadFileRefusal {
    match error.kind() {
        csv::ErrorKind::Io(inner) if inner.get_ref().is_some_and(|e| e.is::<Passed>()) => {
            LoadFileRefusal::limit("row", line)
        }
        csv::ErrorKind::Utf8 { .. } => LoadFileRefusal::CharsetUnknown { line },
        csv::ErrorKind::Io(_) => LoadFileRefusal::CutOff { line },
        _ => LoadFileRefusal::Malformed { line },
    }
}
