//! Receipts (捐赠收据): gapless yearly numbers per legal recipient, void and reissue.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::refusal::Refusal;

/// A receipt's number: unique per recipient, without gaps within a year of Asia/Shanghai.
///
/// It is ours; the official 公益事业捐赠统一票据 gets its numbers from the finance authority (财综〔2024〕1号).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptNumber {
    /// The recipient's letters.
    pub prefix: String,
    /// The year of issue.
    pub year: i32,
    /// 1, 2, 3 …
    pub number: i64,
}

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:06}", self.prefix, self.year, self.number)
    }
}

impl std::str::FromStr for ReceiptNumber {
    type Err = Refusal;

    /// Reads a number as people copy it: any dash that a keyboard or a paper makes, and with `No.` or `编号` before it.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let plain = plain_number(text);
        let mut parts = plain.rsplitn(3, '-');
        let (Some(number), Some(year), Some(prefix)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Refusal::ReceiptNumberShape);
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if prefix.is_empty() || year.len() != 4 || number.len() < 6 || !digits(year) || !digits(number) {
            return Err(Refusal::ReceiptNumberShape);
        }
        let year = year.parse().map_err(|_| Refusal::ReceiptNumberShape)?;
        let number = number.parse().map_err(|_| Refusal::ReceiptNumberShape)?;
        Ok(Self { prefix: prefix.to_owned(), year, number })
    }
}

/// The number without what people put around and between its parts.
fn plain_number(text: &str) -> String {
    let upper = crate::text::half_width(text).to_uppercase();
    let upper = upper.replace(['‐', '‑', '‒', '–', '—', '―', '−', '﹣', '﹘'], "-");
    let mut plain = upper.trim();
    for label in ["收据编号", "编号", "收据", "№", "NO.", "NO:", "NO "] {
        if let Some(rest) = plain.strip_prefix(label) {
            plain = rest.trim_start_matches([':', '.', ' ']);
            break;
        }
    }
    plain.split_whitespace().collect()
}

/// Another name for a receipt to bear than the one before it bore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DonorName(String);

impl DonorName {
    /// The name as typed; nothing typed is no other name.
    ///
    /// # Errors
    /// As [`crate::text::line`].
    pub fn read(typed: &str) -> Result<Option<Self>, Refusal> {
        let name = crate::text::line(typed, crate::giving::LIMITS.name)?;
        Ok(if name.is_empty() { None } else { Some(Self(name)) })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a receipt is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// It stands.
    Valid,
    /// It was taken back.
    Void,
    /// Another receipt stands in its place.
    Replaced,
    /// Its gift was given back in part; the receipt stands for the rest.
    PartlyRefunded,
    /// Its gift was given back whole.
    Refunded,
}

/// What was done to a receipt after its issue: one row of table `receipt_mark`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptMark {
    /// Taken back.
    Void,
    /// Taken back and issued anew.
    Replaced,
}

impl ReceiptMark {
    /// The word in table `receipt_mark`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::Replaced => "replaced",
        }
    }

    /// The mark of a word in table `receipt_mark`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Void, Self::Replaced].into_iter().find(|mark| mark.as_str() == word)
    }
}

impl ReceiptState {
    /// The state that follows from the mark and from what is left of the gift. A receipt that was issued after a refund
    /// acknowledges what was left then, and is worth all of that.
    #[must_use]
    pub fn now(mark: Option<ReceiptMark>, receipt_fen: i64, left_fen: i64) -> Self {
        match mark {
            Some(ReceiptMark::Void) => Self::Void,
            Some(ReceiptMark::Replaced) => Self::Replaced,
            None if left_fen <= 0 => Self::Refunded,
            None if left_fen < receipt_fen => Self::PartlyRefunded,
            None => Self::Valid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn states() {
        assert_eq!(ReceiptState::now(None, 100, 100), ReceiptState::Valid);
        assert_eq!(ReceiptState::now(None, 100, 99), ReceiptState::PartlyRefunded);
        assert_eq!(ReceiptState::now(None, 100, 0), ReceiptState::Refunded);
        assert_eq!(ReceiptState::now(None, 40, 40), ReceiptState::Valid, "issued for what was left");
        assert_eq!(ReceiptState::now(Some(ReceiptMark::Replaced), 100, 100), ReceiptState::Replaced);
    }

    #[test]
    fn a_corrected_name_is_a_line_or_none() {
        let read = |typed: &str| DonorName::read(typed).map(|name| name.map(|name| name.as_str().to_owned()));
        assert_eq!(read("  王　晓明 "), Ok(Some("王 晓明".to_owned())));
        assert_eq!(read(" 　"), Ok(None), "the name stays");
        assert_eq!(read(&"王".repeat(61)), Err(Refusal::TooLong { max: 60 }));
        assert_eq!(read("王\u{202E}明"), Err(Refusal::TextUnprintable));
    }

    #[test]
    fn a_number_is_read_as_people_copy_it() {
        let number = ReceiptNumber { prefix: "SP".into(), year: 2026, number: 27 };
        for typed in [
            "SP-2026-000027",
            " ＳＰ－２０２６－０００027 ",
            "No. sp—2026—000027",
            "编号：SP–2026–000027",
            "SP − 2026 − 000027",
        ] {
            assert_eq!(typed.parse(), Ok(number.clone()), "{typed}");
        }
        for odd in ["", "27", "SP-2026-27", "SP-26-000027", "-2026-000027", "No."] {
            assert_eq!(odd.parse::<ReceiptNumber>(), Err(Refusal::ReceiptNumberShape), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn a_number_reads_back(prefix in "[A-Z]{1,6}", year in 1000i32..9999, number in 1i64..100_000_000) {
            let receipt = ReceiptNumber { prefix, year, number };
            prop_assert_eq!(receipt.to_string().parse(), Ok(receipt.clone()));
            prop_assert_eq!(receipt.to_string().to_lowercase().parse(), Ok(receipt));
        }

        #[test]
        fn any_text_is_answered(text in ".*") {
            let _ = text.parse::<ReceiptNumber>();
        }
    }
}
