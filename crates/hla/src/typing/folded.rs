//! Text as people paste it in Chinese: full-width letters and signs, and commas of their own, as the plain ones that the
//! reader knows.

use super::{Notice, TypingError};
use std::borrow::Cow;

/// A text in plain letters, and where each came from.
pub(super) struct Folded<'t> {
    original: &'t str,
    pub(super) text: Cow<'t, str>,
}

impl<'t> Folded<'t> {
    pub(super) fn new(original: &'t str) -> Folded<'t> {
        let text = if original.chars().all(|c| plain(c) == c) {
            Cow::Borrowed(original)
        } else {
            Cow::Owned(original.chars().map(plain).collect())
        };
        Folded { original, text }
    }

    /// The place in the original of a place in the plain text.
    fn place(&self, at: usize) -> usize {
        if matches!(self.text, Cow::Borrowed(_)) {
            return at;
        }
        let mut before = 0;
        for (place, c) in self.original.char_indices() {
            if before >= at {
                return place;
            }
            before += plain(c).len_utf8();
        }
        self.original.len()
    }

    pub(super) fn fault(&self, error: TypingError) -> TypingError {
        let (from, to) = (self.place(error.at), self.place(error.at + error.len));
        TypingError { at: from, len: to - from, ..error }
    }

    pub(super) fn notices(&self, notices: &mut [Notice]) {
        for notice in notices {
            match notice {
                Notice::Renamed { at, .. }
                | Notice::OldNotation { at, .. }
                | Notice::PublicEpitope { at } => {
                    *at = self.place(*at);
                }
                Notice::TakenTwice { .. } => {}
            }
        }
    }
}

fn plain(c: char) -> char {
    match c {
        '、' | '，' => ',',
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    }
}
