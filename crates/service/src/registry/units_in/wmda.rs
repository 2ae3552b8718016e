//! The WMDA's inventory XML (2.2 to 2.4), read element by element: nothing but the unit at hand is in memory.
//!
//! No document type is read and no entity is expanded but XML's own five and character references. Whatever is longer,
//! deeper or more than any inventory has is refused before it takes room.

use std::io::BufRead;

use domain::registry::LoadFileRefusal;
use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::{BytesPI, BytesStart, Event};

use super::bounded::Bounded;
use super::columns::{DETAILS, details};
use super::record::{OWN, Record};

/// Bytes of one tag, one text, one comment.
pub(in crate::registry) const MAX_PIECE: usize = 64 * 1024;
/// Elements inside each other.
const MAX_DEPTH: usize = 32;
/// Attributes of one tag.
const MAX_ATTRIBUTES: usize = 32;

/// What an inventory says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InventoryHead {
    /// Whether it says that it is a full or a differential load.
    pub full: Option<bool>,
}

/// Reads units one after another.
pub struct WmdaReader<R: BufRead> {
    reader: Reader<Bounded<R>>,
    piece: Vec<u8>,
    open: Vec<String>,
    text: String,
    head: Option<InventoryHead>,
    unit: Option<(Record, usize)>,
    ended: bool,
}

impl<R: BufRead> WmdaReader<R> {
    /// Reads from `input`.
    #[must_use]
    pub fn new(input: R) -> Self {
        let mut reader = Reader::from_reader(Bounded::new(input));
        let config = reader.config_mut();
        config.check_end_names = true;
        config.allow_unmatched_ends = false;
        config.allow_dangling_amp = false;
        Self {
            reader,
            piece: Vec::new(),
            open: Vec::new(),
            text: String::new(),
            head: None,
            unit: None,
            ended: false,
        }
    }

    /// What the inventory said of itself, once its first tag was read.
    #[must_use]
    pub const fn head(&self) -> Option<InventoryHead> {
        self.head
    }

    /// How many bytes were read, and the digest of them.
    #[must_use]
    pub fn progress(&self) -> (u64, [u8; 32]) {
        (self.read_bytes(), self.reader.get_ref().digest())
    }

    /// How many bytes were read.
    #[must_use]
    pub const fn read_bytes(&self) -> u64 {
        self.reader.get_ref().read_bytes()
    }

    /// The next unit; none at the end of a whole inventory.
    ///
    /// # Errors
    /// [`LoadFileRefusal`]: nothing of the file is to be used, not even what was read before.
    pub fn next_record(&mut self) -> Result<Option<Record>, LoadFileRefusal> {
        while !self.ended {
            self.piece.clear();
            let mut piece = std::mem::take(&mut self.piece);
            self.reader.get_mut().allow(MAX_PIECE);
            let event = self.reader.read_event_into(&mut piece);
            let line = self.reader.get_ref().line();
            let done = match event {
                Ok(event) => Self::on_event(
                    event,
                    line,
                    State {
                        open: &mut self.open,
                        text: &mut self.text,
                        head: &mut self.head,
                        unit: &mut self.unit,
                        ended: &mut self.ended,
                    },
                ),
                Err(error) => Err(refusal(&error, line)),
            };
            self.piece = piece;
            if let Some(record) = done? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn on_event(
        event: Event<'_>,
        line: i64,
        mut state: State<'_>,
    ) -> Result<Option<Record>, LoadFileRefusal> {
        match event {
            Event::Start(tag) => state.start(&tag, line).map(|()| None),
            Event::Empty(tag) => {
                state.start(&tag, line)?;
                Ok(state.end())
            }
            Event::End(_) => Ok(state.end()),
            Event::Text(text) => state.add(&text, line).map(|()| None),
            Event::CData(text) => state.add(&text, line).map(|()| None),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character.to_string(),
                    Ok(None) => quick_xml::escape::resolve_xml_entity(&reference)
                        .ok_or(LoadFileRefusal::EntityUnknown { line })?
                        .to_owned(),
                    Err(_) => return Err(LoadFileRefusal::EntityUnknown { line }),
                };
                state.add(&character, line).map(|()| None)
            }
            Event::DocType(_) => Err(LoadFileRefusal::EntitiesDeclared { line }),
            Event::Decl(declaration) => match declaration.encoding() {
                Some(Ok(name)) if !["utf-8", "utf8", "us-ascii"].contains(&&*name.to_ascii_lowercase()) => {
                    Err(LoadFileRefusal::CharsetUnknown { line })
                }
                Some(Err(_)) => Err(LoadFileRefusal::Malformed { line }),
                _ => Ok(None),
            },
            Event::PI(instruction) => {
                state.instruction(&instruction);
                Ok(None)
            }
            Event::Comment(_) => Ok(None),
            Event::Eof => state.eof(line).map(|()| None),
        }
    }
}

struct State<'s> {
    open: &'s mut Vec<String>,
    text: &'s mut String,
    head: &'s mut Option<InventoryHead>,
    unit: &'s mut Option<(Record, usize)>,
    ended: &'s mut bool,
}

impl State<'_> {
    fn start(&mut self, tag: &BytesStart<'_>, line: i64) -> Result<(), LoadFileRefusal> {
        if self.open.len() == MAX_DEPTH {
            return Err(LoadFileRefusal::limit("depth", line));
        }
        let local = tag.local_name();
        let name: &str = local.as_ref();
        self.open.push(name.to_owned());
        self.text.clear();
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            if attributes.len() == MAX_ATTRIBUTES {
                return Err(LoadFileRefusal::limit("attributes", line));
            }
            let attribute = attribute.map_err(|_| LoadFileRefusal::Malformed { line })?;
            let key: &str = attribute.key.local_name().into_inner();
            let value = quick_xml::escape::unescape(&attribute.value)
                .map_err(|_| LoadFileRefusal::EntityUnknown { line })?;
            attributes.push((key.to_owned(), value.into_owned()));
        }
        if let Some((record, depth)) = self.unit {
            let path = self.open[*depth..].join("/");
            for (key, value) in attributes {
                record.put(&format!("{path}/@{key}"), &value);
            }
            return Ok(());
        }
        match name {
            "INVENTORY" => {
                let of =
                    |wanted: &str| attributes.iter().find(|(key, _)| key == wanted).map(|(_, v)| v.as_str());
                if of("CONTENT_TYPE").is_some_and(|content| !content.trim().starts_with('C')) {
                    return Err(LoadFileRefusal::NotUnits);
                }
                let full = of("UPDATE_MODE").map(|mode| mode.trim().eq_ignore_ascii_case("FULL"));
                *self.head = Some(InventoryHead { full });
            }
            "DONOR" => return Err(LoadFileRefusal::NotUnits),
            "CBU" => {
                self.head.get_or_insert_default();
                let mut record = Record::at(line);
                for (key, value) in attributes {
                    record.put(&format!("@{key}"), &value);
                }
                *self.unit = Some((record, self.open.len()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends the element that was opened last; a unit that ends with it.
    fn end(&mut self) -> Option<Record> {
        let ended = match self.unit {
            Some((_, depth)) if self.open.len() == *depth => self.unit.take().map(|(record, _)| record),
            Some((record, depth)) => {
                if !self.text.trim().is_empty() {
                    record.put(&self.open[*depth..].join("/"), self.text);
                }
                None
            }
            None => None,
        };
        self.open.pop();
        self.text.clear();
        ended
    }

    fn add(&mut self, text: &str, line: i64) -> Result<(), LoadFileRefusal> {
        if self.text.len() + text.len() > MAX_PIECE {
            return Err(LoadFileRefusal::limit("text", line));
        }
        // Outside of units nothing is kept, but text still counts against its limit.
        self.text.push_str(text);
        Ok(())
    }

    fn instruction(&mut self, instruction: &BytesPI<'_>) {
        let Some((record, depth)) = self.unit else { return };
        if instruction.target() != "spark" || self.open.len() != *depth {
            return;
        }
        if let Some((name, value)) = instruction.content().trim_start().split_once(' ')
            && let Ok(value) = quick_xml::escape::unescape(value)
        {
            match format!("{OWN}{name}") {
                path if path == DETAILS => details(record, &value),
                path => record.put(&path, &value),
            }
        }
    }

    fn eof(&mut self, line: i64) -> Result<(), LoadFileRefusal> {
        if !self.open.is_empty() {
            return Err(LoadFileRefusal::CutOff { line });
        }
        if self.head.is_none() {
            return Err(LoadFileRefusal::NoInventory);
        }
        *self.ended = true;
        Ok(())
    }
}

fn refusal(error: &Error, line: i64) -> LoadFileRefusal {
    match error {
        // The bound speaks through I/O; a disk that can't be read ends a file just as surely.
        Error::Io(inner) if inner.get_ref().is_some_and(|e| e.is::<super::bounded::Passed>()) => {
            LoadFileRefusal::limit("text", line)
        }
        Error::Io(_) => LoadFileRefusal::CutOff { line },
        Error::Syntax(SyntaxError::InvalidBangMarkup) => LoadFileRefusal::Malformed { line },
        Error::Syntax(SyntaxError::UnclosedDoctype) => LoadFileRefusal::EntitiesDeclared { line },
        Error::Syntax(_) | Error::IllFormed(IllFormedError::MissingEndTag(_)) => {
            LoadFileRefusal::CutOff { line }
        }
        Error::Encoding(_) => LoadFileRefusal::CharsetUnknown { line },
        Error::Escape(_) => LoadFileRefusal::EntityUnknown { line },
        _ => LoadFileRefusal::Malformed { line },
    }
}
