//! Identity numbers with their check digits: resident ID, unified social credit code, bank card.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::text::half_width;
use crate::time::Date;

/// A resident identity number (公民身份号码, GB 11643) whose check digit and date hold. Never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidentId(String);

impl std::fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResidentId(…)")
    }
}

const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECKS: &[u8; 11] = b"10X98765432";

impl ResidentId {
    /// Reads an 18-character number; a lower-case x is understood. Area codes are not looked up: retired ones live
    /// on in people's cards.
    ///
    /// # Errors
    /// [`Refusal::ResidentIdShape`], [`Refusal::ResidentIdChecksum`] or [`Refusal::ResidentIdDate`] (no such day, or
    /// after `today`).
    pub fn read(typed: &str, today: Date) -> Result<Self, Refusal> {
        let text = half_width(typed).trim().to_ascii_uppercase();
        let bytes = text.as_bytes();
        let shape = bytes.len() == 18
            && bytes[..17].iter().all(u8::is_ascii_digit)
            && (bytes[17].is_ascii_digit() || bytes[17] == b'X');
        if !shape {
            return Err(Refusal::ResidentIdShape);
        }
        let sum: u32 = bytes.iter().zip(ID_WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
        if bytes[17] != ID_CHECKS[(sum % 11) as usize] {
            return Err(Refusal::ResidentIdChecksum);
        }
        let born = Self::date_in(&text).ok_or(Refusal::ResidentIdDate)?;
        if born > today { Err(Refusal::ResidentIdDate) } else { Ok(Self(text)) }
    }

    fn date_in(text: &str) -> Option<Date> {
        let part = |from: usize, to: usize| text[from..to].parse::<i16>().ok();
        Date::new(part(6, 10)?, part(10, 12)? as i8, part(12, 14)? as i8).ok()
    }

    /// The number itself, to be sealed at once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What staff may see in a list: the last four characters.
    #[must_use]
    pub fn tail(&self) -> &str {
        &self.0[14..]
    }
}

/// A unified social credit code (统一社会信用代码, GB 32100) whose check character holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditCode(String);

const CODE_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

impl CreditCode {
    /// Reads an 18-character code; lower case is understood.
    ///
    /// # Errors
    /// [`Refusal::CreditCodeShape`] or [`Refusal::CreditCodeChecksum`].
    pub fn read(typed: &str) -> Result<Self, Refusal> {
        let text = half_width(typed).trim().to_ascii_uppercase();
        let values: Option<Vec<u32>> = text
            .bytes()
            .map(|b| CODE_ALPHABET.iter().position(|c| *c == b).map(|place| place as u32))
            .collect();
        let values = values.filter(|v| v.len() == 18).ok_or(Refusal::CreditCodeShape)?;
        let (mut sum, mut weight) = (0, 1);
        for value in &values[..17] {
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        if (31 - sum % 31) % 31 == values[17] { Ok(Self(text)) } else { Err(Refusal::CreditCodeChecksum) }
    }

    /// The code: public, so it may be shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a bank card number passes Luhn's check. A failure only warns: corporate accounts need not pass.
#[must_use]
pub fn luhn_holds(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn today() -> Date {
        Date::new(2026, 11, 22).unwrap()
    }

    #[test]
    fn resident_ids() {
        for good in ["11010519491231002X", "11010519491231002x", "440524188001010014", "370102201602290010"] {
            assert!(ResidentId::read(good, today()).is_ok(), "{good}");
        }
        for dated in ["370102201502290013", "370102190002290016"] {
            assert_eq!(ResidentId::read(dated, today()), Err(Refusal::ResidentIdDate), "{dated}");
        }
        let before = Date::new(2016, 2, 28).unwrap();
        assert_eq!(ResidentId::read("370102201602290010", before), Err(Refusal::ResidentIdDate));
        assert_eq!(ResidentId::read("370102201602290011", today()), Err(Refusal::ResidentIdChecksum));
        assert_eq!(ResidentId::read("37010220160229001", today()), Err(Refusal::ResidentIdShape));
        assert!(!format!("{:?}", ResidentId::read("37010220160301005X", today())).contains("3701"));
    }

    #[test]
    fn credit_codes() {
        for good in ["91350100M000100Y43", "533700000000000430", "53370000000000465Y", "53370000000000465y"] {
            assert!(CreditCode::read(good).is_ok(), "{good}");
        }
        assert_eq!(CreditCode::read("91350100M000100Y4Z"), Err(Refusal::CreditCodeShape));
        assert_eq!(CreditCode::read("91350100M000100Y44"), Err(Refusal::CreditCodeChecksum));
    }

    #[test]
    fn bank_cards() {
        assert!(luhn_holds("4111111111111111") && luhn_holds("6217000000000000012"));
        assert!(!luhn_holds("4111111111111112") && !luhn_holds(""));
    }

    proptest! {
        /// ISO 7064 finds every single wrong digit.
        #[test]
        fn one_wrong_digit_is_seen(place in 0usize..17, shift in 1u8..10) {
            let mut text = b"11010519491231002X".to_vec();
            text[place] = (text[place] - b'0' + shift) % 10 + b'0';
            prop_assert!(ResidentId::read(std::str::from_utf8(&text).unwrap(), today()).is_err());
        }
    }
}
