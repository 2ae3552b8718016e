//! Money as whole fen, and the reading of amounts as people type them.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::refusal::Refusal;

/// An amount of renminbi in fen (1 yuan = 100 fen); signed, because postings are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// The largest amount that any paper or ledger line holds: 999,999,999,999.99 yuan (支付结算办法's form).
pub const LARGEST: Fen = Fen(99_999_999_999_999);

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum, or `None` when it leaves ±[`LARGEST`].
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).filter(|fen| fen.abs() <= LARGEST.0).map(Self)
    }

    /// The same amount with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// Reads an amount as people write it: `１００`, `1,000.00`, `¥50`, `50元`, `RMB 50`.
    ///
    /// Full-width digits and signs are understood. Thousands separators must stand where they belong, so that
    /// `1,00` (a decimal comma?) is asked about and never guessed.
    ///
    /// # Errors
    /// [`Refusal::AmountUnreadable`] for anything else, [`Refusal::AmountTooFine`] for more than two decimals,
    /// [`Refusal::AmountOverCap`] above [`LARGEST`].
    pub fn read(typed: &str) -> Result<Self, Refusal> {
        let plain = crate::text::half_width(typed);
        let mut text = plain.trim();
        let unsigned = text.strip_prefix(['-', '−']);
        text = unsigned.unwrap_or(text).trim_start();
        for sign in ["¥", "￥", "RMB", "CNY", "rmb", "cny"] {
            if let Some(rest) = text.strip_prefix(sign) {
                text = rest.trim_start();
                break;
            }
        }
        for unit in ["元整", "元", "圆"] {
            if let Some(rest) = text.strip_suffix(unit) {
                text = rest.trim_end();
                break;
            }
        }
        let fen = read_decimal(text)?;
        Ok(if unsigned.is_some() { fen.negated() } else { fen })
    }

    /// The amount with thousands separators and always two decimals: `1,000.00`, `-0.50`.
    #[must_use]
    pub fn grouped(self) -> String {
        let (yuan, cents) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        let digits = yuan.to_string();
        let mut out = String::with_capacity(digits.len() + 8);
        if self.0 < 0 {
            out.push('-');
        }
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out.push_str(&format!(".{cents:02}"));
        out
    }

    /// [`Fen::grouped`] without decimals where they are zero: `1,000`, `0.50`.
    #[must_use]
    pub fn short(self) -> String {
        let text = self.grouped();
        text.strip_suffix(".00").map_or_else(|| text.clone(), str::to_owned)
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.grouped())
    }
}

fn read_decimal(text: &str) -> Result<Fen, Refusal> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if text.ends_with('.') || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::AmountUnreadable);
    }
    let digits = ungroup(whole)?;
    if decimals.len() > 2 {
        return Err(Refusal::AmountTooFine);
    }
    let digits = digits.trim_start_matches('0');
    if digits.len() > 12 {
        return Err(Refusal::AmountOverCap { cap: LARGEST });
    }
    let yuan: i64 =
        if digits.is_empty() { 0 } else { digits.parse().map_err(|_| Refusal::AmountUnreadable)? };
    let cents: i64 = format!("{decimals:0<2}").parse().map_err(|_| Refusal::AmountUnreadable)?;
    Ok(Fen(yuan * 100 + cents))
}

/// The digits of a whole number, its separators checked and taken out.
fn ungroup(whole: &str) -> Result<String, Refusal> {
    let groups: Vec<&str> = whole.split(',').collect();
    let well_grouped = groups.len() == 1
        || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3));
    if whole.is_empty() || !well_grouped || !groups.concat().bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::AmountUnreadable);
    }
    Ok(groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_as_people_type_them() {
        for (typed, fen) in [
            ("100", 10_000),
            ("１００", 10_000),
            ("1,000.00", 100_000),
            ("¥50", 5_000),
            ("￥ 50.5", 5_050),
            ("50元", 5_000),
            ("50 元整", 5_000),
            ("RMB 12", 1_200),
            ("０．０１", 1),
            ("-3", -300),
            ("007", 700),
            ("999999999999.99", LARGEST.0),
        ] {
            assert_eq!(Fen::read(typed), Ok(Fen(fen)), "{typed}");
        }
    }

    #[test]
    fn what_is_no_amount() {
        for typed in [
            "", " ", "1e9", "一百", "5OO", "1,00", "1,0000", ",100", "1..0", "1.", ".5", "--5", "-−5", "¥¥5",
            "5元元", "1 000",
        ] {
            assert_eq!(Fen::read(typed), Err(Refusal::AmountUnreadable), "{typed}");
        }
        assert_eq!(Fen::read("0.001"), Err(Refusal::AmountTooFine));
        assert_eq!(Fen::read("1000000000000"), Err(Refusal::AmountOverCap { cap: LARGEST }));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(fen in -LARGEST.0..=LARGEST.0) {
            prop_assert_eq!(Fen::read(&Fen(fen).grouped()), Ok(Fen(fen)));
            prop_assert_eq!(Fen::read(&Fen(fen).short()), Ok(Fen(fen)));
        }

        #[test]
        fn any_text_is_answered(text in ".*") {
            let _ = Fen::read(&text);
        }
    }
}
