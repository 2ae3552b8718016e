//! The numbers on a bag: ISBT 128 donation identification numbers and GRIDs, with their check characters.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a number is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{self:?}")]
pub enum NumberError {
    /// Too short or too long, or characters that the standard does not have.
    Shape,
    /// The check character does not fit.
    Check,
}

/// A donation identification number (ISBT 128 Standard Technical Specification, data structure 001): five characters of
/// the facility, two of the year, six of the sequence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Din(String);

/// The check of a donation number: its value from 0 to 36 and the character that is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DonationCheck {
    /// ISO 7064 mod 37-2.
    pub value: u8,
    /// `0`–`9`, `A`–`Z`, `*`.
    pub character: char,
}

const ALPHABET_37: &[u8; 37] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*";

impl Din {
    /// Reads a number as scanned or typed: 13 characters, or 14 with the check character at the end; an `=` in front, as
    /// the bar code has it, blanks and hyphens are passed over.
    ///
    /// # Errors
    /// [`NumberError`].
    pub fn read(typed: &str) -> Result<Self, NumberError> {
        let kept: String = plain(typed);
        let (number, check) = match kept.len() {
            13 => (kept.as_str(), None),
            14 => (&kept[..13], kept.chars().last()),
            _ => return Err(NumberError::Shape),
        };
        let bytes = number.as_bytes();
        let first = bytes[0].is_ascii_uppercase() || (b'1'..=b'9').contains(&bytes[0]);
        let facility = bytes[1].is_ascii_uppercase() || bytes[1].is_ascii_digit();
        if !first || !facility || !bytes[2..].iter().all(u8::is_ascii_digit) {
            return Err(NumberError::Shape);
        }
        let din = Self(number.to_owned());
        match check {
            Some(character) if character != din.check().character => Err(NumberError::Check),
            _ => Ok(din),
        }
    }

    /// The check by ISO 7064 mod 37-2.
    #[must_use]
    pub fn check(&self) -> DonationCheck {
        let sum = self.0.bytes().fold(0_u32, |sum, byte| (sum + value(byte)) * 2 % 37);
        let value = ((38 - sum) % 37) as u8;
        DonationCheck { value, character: char::from(ALPHABET_37[usize::from(value)]) }
    }

    /// The 13 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A Global Registration Identifier for Donors: 4 digits of the issuing organisation, 13 characters of its own, and two
/// digits by ISO 7064 mod 97-10.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Grid(String);

impl Grid {
    /// Reads 19 characters; blanks and hyphens are passed over.
    ///
    /// # Errors
    /// [`NumberError`].
    pub fn read(typed: &str) -> Result<Self, NumberError> {
        let kept = plain(typed);
        let bytes = kept.as_bytes();
        let alphanumeric = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if bytes.len() != 19
            || !bytes[..4].iter().all(u8::is_ascii_digit)
            || !bytes[4..17].iter().all(alphanumeric)
            || !bytes[17..].iter().all(u8::is_ascii_digit)
        {
            return Err(NumberError::Shape);
        }
        if kept[17..] == Self::check(&kept[..17]) { Ok(Self(kept)) } else { Err(NumberError::Check) }
    }

    /// A GRID of an issuing organisation and its own 13 characters, with the check digits put behind.
    ///
    /// # Errors
    /// [`NumberError::Shape`].
    pub fn issue(ion: &str, own: &str) -> Result<Self, NumberError> {
        let body = plain(&format!("{ion}{own}"));
        if body.len() != 17 {
            return Err(NumberError::Shape);
        }
        Self::read(&format!("{body}{}", Self::check(&body)))
    }

    fn check(body: &str) -> String {
        let digits = body.bytes().fold(0_u32, |rest, byte| {
            let value = value(byte);
            (if value < 10 { rest * 10 + value } else { rest * 100 + value }) % 97
        });
        format!("{:02}", 98 - digits * 100 % 97)
    }

    /// The 19 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn plain(typed: &str) -> String {
    let half = crate::text::half_width(typed).to_ascii_uppercase();
    let kept: String = half.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '=').collect();
    // Slicing below counts bytes: whatever is not ASCII can't be a number anyhow.
    if kept.is_ascii() { kept } else { String::new() }
}

fn value(byte: u8) -> u32 {
    u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 })
}

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NumberError;
            fn try_from(text: String) -> Result<Self, NumberError> {
                Self::read(&text)
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> Self {
                number.0
            }
        }
    )+};
}
as_text!(Din, Grid);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_standards_example_has_its_check_character() {
        let din = Din::read("G123498654321").expect("a number");
        assert_eq!(din.check(), DonationCheck { value: 17, character: 'H' });
        assert_eq!(Din::read("=G1234 98 654321 H"), Ok(din));
        assert_eq!(Din::read("G123498654321I"), Err(NumberError::Check));
        for wrong in
            ["", "G12349865432", "g12349865432é", "0123498654321", "G12A498654321", "G1234986543211H"]
        {
            assert_eq!(Din::read(wrong), Err(NumberError::Shape), "{wrong}");
        }
    }

    #[test]
    fn a_grid_carries_its_check_digits() {
        let grid = Grid::issue("9991", "SD00000012345").expect("a grid");
        assert_eq!(grid.as_str().len(), 19);
        assert_eq!(Grid::read(&format!("{}-{}", &grid.as_str()[..4], &grid.as_str()[4..])), Ok(grid));
        assert_eq!(Grid::read("9991SD0000001234X00"), Err(NumberError::Check));
        assert_eq!(Grid::read("999SD00000012345000"), Err(NumberError::Shape));
    }

    proptest! {
        /// Both checks are made to catch exactly this: one character wrong, or two neighbours swapped.
        #[test]
        fn one_slip_is_seen(sequence in 0_u32..1_000_000, at in 5_usize..13, other in 0_u8..10) {
            let number = format!("A999926{sequence:06}");
            let din = Din::read(&number).expect("a number");
            let grid = Grid::issue("9991", &number).expect("a grid");
            let slip = |text: &str, at: usize| {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = b'0' + other;
                String::from_utf8(bytes).expect("digits")
            };
            let (typed, checked) = (slip(&number, at), format!("{}{}", slip(&number, at), din.check().character));
            prop_assert_eq!(Din::read(&checked).is_ok(), typed == number);
            let typed = slip(grid.as_str(), at + 4);
            prop_assert_eq!(Grid::read(&typed).is_ok(), typed == grid.as_str());
            let mut swapped = number.clone().into_bytes();
            swapped.swap(at - 1, at);
            let swapped = String::from_utf8(swapped).expect("digits");
            let checked = format!("{swapped}{}", din.check().character);
            prop_assert_eq!(Din::read(&checked).is_ok(), swapped == number);
        }

        #[test]
        fn nothing_typed_breaks_the_readers(typed in "\\PC{0,24}") {
            if let Ok(din) = Din::read(&typed) { prop_assert_eq!(din.as_str().len(), 13); }
            if let Ok(grid) = Grid::read(&typed) { prop_assert_eq!(grid.as_str().len(), 19); }
        }
    }
}
