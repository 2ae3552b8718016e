//! The two faces of a paper: shaping, measuring, and making sure that no missing character becomes a box.

use std::ops::Range;
use std::sync::LazyLock;

use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Feature, UnicodeBuffer};

use crate::units::Len;

static REGULAR: &[u8] = include_bytes!(env!("PAPER_FONT_REGULAR"));
static MEDIUM: &[u8] = include_bytes!(env!("PAPER_FONT_MEDIUM"));

/// Which face a text is set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Body text.
    Regular,
    /// Names, numbers and headings.
    Medium,
}

/// One face, ready for shaping and for embedding.
pub struct Face {
    shaper: rustybuzz::Face<'static>,
    embedded: krilla::text::Font,
}

static FACES: LazyLock<[Face; 2]> = LazyLock::new(|| [Face::open(REGULAR), Face::open(MEDIUM)]);

/// One placed glyph, in font units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph {
    /// The glyph's number in the face; 0 is the box for a missing character.
    pub id: u32,
    /// How far the pen moves.
    pub advance: i32,
    /// Shift to the right.
    pub dx: i32,
    /// Shift upwards.
    pub dy: i32,
    /// The bytes of the text that this glyph stands for.
    pub range: Range<usize>,
}

impl Face {
    fn open(data: &'static [u8]) -> Self {
        Self {
            shaper: rustybuzz::Face::from_slice(data, 0).expect("the build took a readable font"),
            embedded: krilla::text::Font::new(data.into(), 0).expect("the build took a readable font"),
        }
    }

    /// The face of a weight.
    pub fn of(weight: Weight) -> &'static Self {
        match weight {
            Weight::Regular => &FACES[0],
            Weight::Medium => &FACES[1],
        }
    }

    /// The font as the PDF library embeds it.
    pub fn embedded(&self) -> krilla::text::Font {
        self.embedded.clone()
    }

    /// Font units in one em.
    pub fn units_per_em(&self) -> i32 {
        self.shaper.units_per_em()
    }

    /// Turns `text` into glyphs from left to right.
    pub fn shape(&self, text: &str) -> Vec<Glyph> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        // The face holds no right-to-left script, so clusters may be relied on to grow.
        buffer.set_direction(Direction::LeftToRight);
        let shaped = rustybuzz::shape(&self.shaper, &marks(text), buffer);
        let starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).enumerate();
        glyphs
            .map(|(index, (info, position))| {
                let start = starts[index];
                let end = starts[index..].iter().copied().find(|next| *next > start).unwrap_or(text.len());
                Glyph {
                    id: info.glyph_id,
                    advance: position.x_advance,
                    dx: position.x_offset,
                    dy: position.y_offset,
                    range: start..end,
                }
            })
            .collect()
    }

    /// The length of `units` font units at `size`.
    pub fn length(&self, units: i64, size: Len) -> Len {
        let length = units * i64::from(size) / i64::from(self.units_per_em());
        Len::try_from(length).unwrap_or(Len::MAX)
    }

    fn has(&self, character: char) -> bool {
        self.shaper.glyph_index(character).is_some_and(|glyph| glyph.0 != 0)
    }
}

/// The widths of punctuation marks, by the face's own features. Where two wide marks meet, each brings half an em
/// of white: the first closing one, or the second opening one, gives its half up (`halt`; CLREQ 3.1.6). A quote or
/// apostrophe that touches a Latin letter is a Latin one (`pwid`), though it shares its code with the Chinese.
fn marks(text: &str) -> Vec<Feature> {
    let opens = |mark: char| "（《〈「『【〔“‘".contains(mark);
    let closes = |mark: char| "）》〉」』】〕”’，。、；：！？".contains(mark);
    let latin = |mark: Option<char>| mark.is_some_and(|mark| mark.is_ascii_alphanumeric());
    let mut features = Vec::new();
    let mut before = None;
    let mut rest = text.char_indices().peekable();
    while let Some((at, mark)) = rest.next() {
        let after = rest.peek().map(|(_, next)| *next);
        let feature = if "“”‘’".contains(mark) && (latin(before) || latin(after)) {
            Some(b"pwid")
        } else if (closes(mark) && after.is_some_and(|next| opens(next) || closes(next)))
            || (opens(mark) && before.is_some_and(opens))
        {
            Some(b"halt")
        } else {
            None
        };
        features.extend(feature.map(|tag| Feature::new(Tag::from_bytes(tag), 1, at..at + mark.len_utf8())));
        before = Some(mark);
    }
    features
}

/// Makes a foreign string fit for print: control characters and runs of blanks become one blank, invisible
/// format characters go, and a character that the faces cannot draw is written out as `[U+20BB7]`, so that a
/// reader sees *which* character it is instead of a box that could be any.
pub fn printable(text: &str) -> String {
    spell_out_missing(&cleaned(text))
}

/// Without what has no shape.
fn cleaned(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || matches!(character, ' ' | '\u{2028}' | '\u{2029}') {
            if !clean.ends_with(' ') {
                clean.push(' ');
            }
        } else if !is_invisible(character) {
            clean.push(character);
        }
    }
    clean.trim().to_owned()
}

/// What a paper prints in place of `text`, where the faces cannot draw all of it as it is.
#[must_use]
pub fn printed_otherwise(text: &str) -> Option<String> {
    let clean = cleaned(text);
    Some(spell_out_missing(&clean)).filter(|printed| *printed != clean)
}

/// Both weights come from one family and hold the same characters, so the regular face decides for both.
fn spell_out_missing(text: &str) -> String {
    let face = Face::of(Weight::Regular);
    let mut missing: Vec<Range<usize>> =
        face.shape(text).into_iter().filter(|glyph| glyph.id == 0).map(|glyph| glyph.range).collect();
    missing.dedup();
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let in_bad_cluster = missing.iter().any(|range| range.contains(&at));
        let drawn = !is_meaningless(character) && (!in_bad_cluster || face.has(character));
        if let Some(digit) = raised(character).filter(|_| !drawn) {
            out.extend(['^', digit]);
        } else if !drawn {
            out.push_str(&format!("[U+{:04X}]", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out
}

/// The digit of a raised one: `10⁷` reads `10^7` where the faces have no raised seven.
fn raised(character: char) -> Option<char> {
    "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().zip('0'..='9').find(|(raised, _)| *raised == character).map(|(_, digit)| digit)
}

/// Characters without a shape of their own: joiners, direction marks, variation selectors, tags.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
        | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFF8
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// Private-use characters mean something else on every machine (PDF/A forbids them), and the replacement
/// character says that an earlier program lost the real one.
fn is_meaningless(character: char) -> bool {
    matches!(u32::from(character), 0xE000..=0xF8FF | 0xFFF9..=0xFFFF | 0xF0000..=0x10FFFF)
        || u32::from(character) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_names_that_the_face_has_stay_as_they_are() {
        for name in ["王小明", "㛃", "𬍛", "阿卜杜拉·买买提", "Zoë Müller-Ångström", "〇", "王　明"]
        {
            assert_eq!(printable(name), name);
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_spelled_out() {
        assert_eq!(printable("𠮷野家"), "[U+20BB7]野家");
        assert_eq!(printable("3.0×10⁷/kg"), "3.0×10^7/kg");
        assert_eq!(printable("김철수"), "[U+AE40][U+CCA0][U+C218]");
        assert_eq!(printable("a\u{E000}b\u{FFFD}"), "a[U+E000]b[U+FFFD]");
        assert_eq!(printable("👨\u{200D}👩"), "[U+1F468][U+1F469]");
        assert_eq!(printed_otherwise("𠮷野家").as_deref(), Some("[U+20BB7]野家"));
        assert_eq!(printed_otherwise("王小明"), None);
        assert_eq!(
            printed_otherwise("\u{3164}王\u{FE00}小\u{AD}明"),
            None,
            "what has no shape is not missed"
        );
    }

    #[test]
    fn accents_compose_and_lonely_ones_are_spelled_out() {
        assert_eq!(printable("e\u{301}"), "e\u{301}");
        assert_eq!(printable("q\u{359}"), "q[U+0359]");
    }

    #[test]
    fn control_and_direction_characters_leave_no_trace() {
        assert_eq!(printable(" a\r\n\tb\u{0}c\u{202E}d\u{FEFF} "), "a b cd");
    }

    #[test]
    fn both_faces_hold_the_same_characters() {
        let count = |weight| {
            (0..0x30000).filter_map(char::from_u32).filter(|c| Face::of(weight).has(*c)).collect::<Vec<_>>()
        };
        assert!(count(Weight::Regular) == count(Weight::Medium));
    }

    #[test]
    fn neighbouring_marks_share_their_white() {
        let ems = |text| Face::of(Weight::Regular).shape(text).iter().map(|glyph| glyph.advance).sum::<i32>();
        for (text, width) in [("票，不", 3000), ("票》，不", 3500), ("（《票", 2500), ("“《票》”。", 4500)]
        {
            assert_eq!(ems(text), width, "{text}");
        }
    }

    #[test]
    fn latin_quotes_are_narrow_and_chinese_ones_wide() {
        let advance = |text| Face::of(Weight::Regular).shape(text)[1].advance;
        assert_eq!(advance("说“愿"), 1000);
        assert!(advance("O’Brien") < 400);
    }

    #[test]
    fn digits_are_of_one_width() {
        for weight in [Weight::Regular, Weight::Medium] {
            let widths: Vec<i32> = Face::of(weight).shape("0123456789").iter().map(|g| g.advance).collect();
            assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
        }
    }
}
