//! A gift and a refund of the past, as an old list tells of them.

use super::when::When;
use crate::money::Fen;
use crate::refusal::Refusal;

/// A fund's short code: `spark`, `aid`, `research`.
pub type FundCode = String;

/// One row that is taken over: a gift or, with `refund_of`, money given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastEntry {
    /// The row's number in a spreadsheet program.
    pub line: u32,
    /// Its serial number: with the name of the source, its identity.
    pub serial: String,
    /// The day.
    pub when: When,
    /// Who gave, or whom it was given back to.
    pub donor: PastDonor,
    /// Telephone as written, in half-width characters; empty when there is none.
    pub phone: String,
    /// The amount in fen: above zero for a gift, below zero for a refund.
    pub amount: Fen,
    /// How it was paid, as written; empty when the list does not say.
    pub method: String,
    /// The fund's code.
    pub fund: FundCode,
    /// What the list says about a receipt.
    pub receipt: ReceiptMark,
    /// The remark as written, its ends trimmed and its line breaks `\n`. It may begin with `=`: it is text.
    pub note: String,
    /// For a refund, the serial number of the gift.
    pub refund_of: Option<String>,
}

/// Who gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastDonor {
    /// Somebody with a name.
    Named(String),
    /// Somebody who did not want to be named: a one-off, never merged with another of the same wording.
    Anonymous {
        /// The wording: 匿名, 爱心人士 …
        wording: String,
    },
}

impl PastDonor {
    /// The name or wording as written.
    #[must_use]
    pub fn as_written(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Anonymous { wording } => wording,
        }
    }
}

/// How the names of organisations end.
const ORGANISATIONS: [&str; 17] = [
    "公司",
    "厂",
    "集团",
    "中学",
    "小学",
    "大学",
    "学校",
    "学院",
    "医院",
    "协会",
    "学会",
    "商会",
    "基金会",
    "委员会",
    "合作社",
    "事务所",
    "红十字会",
];

impl PastDonor {
    /// Whether the name is that of an organisation: at least five characters that end as such names do. Lists have
    /// no column for it. A person is never taken for one by this, since names of persons are shorter; an
    /// organisation that is missed is treated with a person's discretion.
    #[must_use]
    pub fn is_organisation(&self) -> bool {
        match self {
            Self::Named(name) => {
                name.chars().count() >= 5 && ORGANISATIONS.iter().any(|end| name.ends_with(end))
            }
            Self::Anonymous { .. } => false,
        }
    }
}

/// What an old list says about a receipt (开票).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptMark {
    /// None was issued.
    None,
    /// One was issued elsewhere; it is not linked to anything here.
    IssuedElsewhere,
    /// A mark that is neither: staff look at the paper before they issue another receipt.
    Unclear(String),
}

impl ReceiptMark {
    /// Reads a trimmed cell: 是, √ and 已开 mean issued; 否, 未开, × and an empty cell mean none.
    #[must_use]
    pub fn read(cell: &str) -> Self {
        match cell {
            "是" | "√" | "✓" | "✔" | "已开" => Self::IssuedElsewhere,
            "" | "否" | "未开" | "×" => Self::None,
            other => Self::Unclear(other.to_owned()),
        }
    }

    /// The word that the event of a gift that was taken over keeps: an unclear mark stands as it was written.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::None => "none",
            Self::IssuedElsewhere => "issued_elsewhere",
            Self::Unclear(mark) => mark,
        }
    }

    /// What is known of a gift whose row says whether a receipt counts as issued elsewhere, and whose event kept `word`.
    #[must_use]
    pub fn of_gift(issued_elsewhere: bool, word: Option<&str>) -> Self {
        match word {
            _ if !issued_elsewhere => Self::None,
            None => Self::IssuedElsewhere,
            Some(word) if word == Self::IssuedElsewhere.word() => Self::IssuedElsewhere,
            Some(mark) => Self::Unclear(mark.to_owned()),
        }
    }
}

/// Whether a receipt may be issued for a gift that none of ours stands for. Where one counts as issued elsewhere, only
/// for somebody who has looked at that paper: a gift must not have two.
///
/// # Errors
/// [`Refusal::ReceiptIssuedElsewhere`].
pub const fn second_receipt(issued_elsewhere: bool, paper_seen: bool) -> Result<(), Refusal> {
    if issued_elsewhere && !paper_seen { Err(Refusal::ReceiptIssuedElsewhere) } else { Ok(()) }
}

impl PastEntry {
    /// The entry's content as bytes, the same however the sheet wrote it: amounts in fen, days in ISO form,
    /// every part preceded by its length. Two entries with one serial number are equal when these bytes are.
    ///
    /// The line is left out: a row that moved is the same row. Names are inside, so a store keeps only a keyed
    /// digest of it.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let time = self.when.time.map(|time| time.to_string()).unwrap_or_default();
        let (receipt, mark) = match &self.receipt {
            ReceiptMark::None => ("none", ""),
            ReceiptMark::IssuedElsewhere => ("elsewhere", ""),
            ReceiptMark::Unclear(mark) => ("unclear", mark.as_str()),
        };
        let anonymous = matches!(self.donor, PastDonor::Anonymous { .. });
        let parts = [
            "past entry 1",
            &self.serial,
            &self.when.date.to_string(),
            &time,
            if anonymous { "anonymous" } else { "named" },
            self.donor.as_written(),
            &self.phone,
            &self.amount.0.to_string(),
            &self.method,
            &self.fund,
            receipt,
            mark,
            &self.note,
            self.refund_of.as_deref().unwrap_or(""),
        ];
        let mut out = Vec::new();
        for part in parts {
            out.extend_from_slice(&(part.len() as u64).to_be_bytes());
            out.extend_from_slice(part.as_bytes());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisations_by_their_last_word() {
        for name in ["济南泉城商贸有限公司", "临沂市第三中学", "山东齐鲁机械厂", "烟台爱心志愿者协会"]
        {
            assert!(PastDonor::Named(name.into()).is_organisation(), "{name}");
        }
        for name in ["李勇杰", "欧阳中学", "王厂", "马学院"] {
            assert!(!PastDonor::Named(name.into()).is_organisation(), "{name}");
        }
        assert!(!PastDonor::Anonymous { wording: "某某有限公司".into() }.is_organisation());
    }
}
