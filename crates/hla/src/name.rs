//! An allele's name without its gene: one to four numeric fields and perhaps an expression suffix.

use std::fmt;

/// How an allele's expression departs from the ordinary, the last letter of its name.
///
/// Source: WHO Nomenclature Committee for Factors of the HLA System.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Suffix {
    /// `N`: null, not expressed at all.
    Null,
    /// `L`: low at the cell's surface.
    Low,
    /// `S`: secreted, soluble only.
    Secreted,
    /// `C`: in the cytoplasm, not at the surface.
    Cytoplasm,
    /// `A`: aberrant, whether expressed is in doubt.
    Aberrant,
    /// `Q`: questionable.
    Questionable,
}

impl Suffix {
    /// The suffix of a letter.
    pub fn from_letter(letter: char) -> Option<Suffix> {
        Some(match letter.to_ascii_uppercase() {
            'N' => Suffix::Null,
            'L' => Suffix::Low,
            'S' => Suffix::Secreted,
            'C' => Suffix::Cytoplasm,
            'A' => Suffix::Aberrant,
            'Q' => Suffix::Questionable,
            _ => return None,
        })
    }

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            Suffix::Null => 'N',
            Suffix::Low => 'L',
            Suffix::Secreted => 'S',
            Suffix::Cytoplasm => 'C',
            Suffix::Aberrant => 'A',
            Suffix::Questionable => 'Q',
        }
    }
}

/// An allele's name after the `*`: `02:01:01:02L` is fields 2, 1, 1, 2 and [`Suffix::Low`].
///
/// Sorted as the nomenclature sorts: by field, a shorter name before the names that it begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlleleName {
    // Unused fields are 0, which no used field is.
    fields: [u16; 4],
    suffix: Option<Suffix>,
}

impl AlleleName {
    /// A name from one to four fields; `None` when there are none, too many, or one is 0.
    pub fn new(fields: &[u16], suffix: Option<Suffix>) -> Option<AlleleName> {
        if fields.is_empty() || fields.len() > 4 || fields.contains(&0) {
            return None;
        }
        let mut all = [0; 4];
        all[..fields.len()].copy_from_slice(fields);
        Some(AlleleName { fields: all, suffix })
    }

    /// Reads `02:01:01:02L`: the present form, with colons, ASCII digits only.
    pub fn parse(text: &str) -> Option<AlleleName> {
        let last = text.chars().next_back()?;
        let (digits, suffix) = if last.is_ascii_alphabetic() {
            (&text[..text.len() - 1], Some(Suffix::from_letter(last)?))
        } else {
            (text, None)
        };
        let mut fields = [0u16; 4];
        let mut used = 0;
        for part in digits.split(':') {
            let ok = (2..=5).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if !ok || used == 4 {
                return None;
            }
            fields[used] = part.parse().ok()?;
            used += 1;
        }
        AlleleName::new(&fields[..used], suffix)
    }

    /// The fields in use, one to four.
    pub fn fields(&self) -> &[u16] {
        let used = self.fields.iter().position(|&f| f == 0).unwrap_or(4);
        &self.fields[..used]
    }

    /// The first field: the allele family, usually the serological antigen.
    pub fn family(&self) -> u16 {
        self.fields[0]
    }

    /// The expression suffix.
    pub fn suffix(&self) -> Option<Suffix> {
        self.suffix
    }

    /// The same fields with another suffix.
    pub fn with_suffix(mut self, suffix: Option<Suffix>) -> AlleleName {
        self.suffix = suffix;
        self
    }

    /// The first `count` fields, without a suffix; `count` is at least 1.
    pub fn truncated(&self, count: usize) -> AlleleName {
        let mut fields = self.fields;
        for field in fields.iter_mut().skip(count.max(1)) {
            *field = 0;
        }
        AlleleName { fields, suffix: None }
    }

    /// Whether `other` has these fields as its first ones. Suffixes are not looked at.
    pub fn begins(&self, other: &AlleleName) -> bool {
        let mine = self.fields();
        other.fields().len() >= mine.len() && &other.fields[..mine.len()] == mine
    }
}

impl fmt::Display for AlleleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, field) in self.fields().iter().enumerate() {
            if i > 0 {
                f.write_str(":")?;
            }
            write!(f, "{field:02}")?;
        }
        match self.suffix {
            Some(s) => write!(f, "{}", s.letter()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for AlleleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for text in ["02:01", "02:01:01:02L", "24:09N", "02:1040", "1096:01", "01"] {
            assert_eq!(AlleleName::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn malformed_names_are_refused() {
        for text in [
            "",
            "2:1",
            "02:",
            ":02",
            "02:01:01:01:01",
            "02:01X",
            "02:00",
            "0２:01",
            "02:99999",
            "N",
            "02:01NN",
        ] {
            assert_eq!(AlleleName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_prefix_begins_longer_names_only_at_field_borders() {
        let short = AlleleName::parse("02:01").unwrap();
        assert!(short.begins(&AlleleName::parse("02:01:01:02L").unwrap()));
        assert!(short.begins(&short));
        assert!(!short.begins(&AlleleName::parse("02:010").unwrap().truncated(1)));
        assert!(!short.begins(&AlleleName::parse("02:101").unwrap()));
    }
}
