//! Finding the header row and what each column holds.

use super::row::{SheetRow, trimmed};
use crate::text::half_width;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The serial number, unique within the source.
    Serial,
    /// The day of the gift.
    Date,
    /// The donor's name.
    Donor,
    /// The donor's telephone number.
    Phone,
    /// The amount.
    Amount,
    /// How it was paid.
    Method,
    /// The fund.
    Fund,
    /// Whether a receipt was issued.
    Receipt,
    /// A remark; for a refund, the gift that it belongs to.
    Note,
}

impl Field {
    /// Every field, in the order of a usual list.
    pub const ALL: [Self; 9] = [
        Self::Serial,
        Self::Date,
        Self::Donor,
        Self::Phone,
        Self::Amount,
        Self::Method,
        Self::Fund,
        Self::Receipt,
        Self::Note,
    ];

    /// Without these no row can be taken over.
    pub const REQUIRED: [Self; 5] = [Self::Serial, Self::Date, Self::Donor, Self::Amount, Self::Fund];

    /// The headings that stand for it, the most telling first. 序号 is none: it numbers rows and identifies nothing.
    const fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Serial => &["流水号", "捐赠流水号", "捐赠编号", "编号"],
            Self::Date => &["捐赠日期", "捐款日期", "捐赠时间", "捐款时间", "日期"],
            Self::Donor => &["捐赠人", "捐款人", "捐赠方", "捐赠者", "捐赠人姓名", "姓名"],
            Self::Phone => &["联系电话", "电话", "手机号", "手机"],
            Self::Amount => &["捐赠金额", "捐款金额", "金额"],
            Self::Method => &["捐赠方式", "支付方式", "捐款方式"],
            Self::Fund => &["捐赠项目", "捐款项目", "捐赠基金", "项目", "基金"],
            Self::Receipt => &["开票", "是否开票", "开票情况"],
            Self::Note => &["备注", "留言"],
        }
    }

    /// Its usual heading, for messages.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        self.headings()[0]
    }
}

/// The header row of a sheet, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its line.
    pub line: u32,
    /// The headings as written.
    pub headings: Vec<String>,
    columns: [Option<usize>; Field::ALL.len()],
}

/// Why a sheet as a whole cannot be read. Nothing of it is taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum SheetError {
    /// No row among the first [`HEADER_WITHIN`] looks like a header.
    NoHeader,
    /// A row looks like the header but lacks columns.
    HeaderLacks {
        /// Its line.
        line: u32,
        /// What is missing.
        fields: Vec<Field>,
    },
    /// Two columns bear the same heading.
    HeadingTwice {
        /// The header's line.
        line: u32,
        /// The heading.
        heading: String,
    },
    /// The sheet counts in another unit than yuan (单位：万元, 金额（万元）).
    UnitNotYuan {
        /// Where it says so.
        line: u32,
        /// The unit as written.
        unit: String,
    },
    /// The sums of the sheet leave the range of the books.
    SumOverCap,
}

/// The header stands within so many rows from the top; titles are short.
pub const HEADER_WITHIN: usize = 50;

/// Units of money in which amounts could be meant instead of yuan.
const OTHER_UNITS: [&str; 10] = ["万元", "千元", "百元", "亿元", "万", "角", "分", "美元", "港元", "USD"];

impl Header {
    /// The first row near the top that holds at least three known headings.
    ///
    /// # Errors
    /// When there is none, when a required column is missing or a heading stands twice, and when a title or
    /// heading names another unit than yuan.
    pub fn find(rows: &[SheetRow]) -> Result<Self, SheetError> {
        let near_top = &rows[..rows.len().min(HEADER_WITHIN)];
        let known = |row: &SheetRow| {
            let names: Vec<String> = row.cells.iter().map(|cell| heading_key(cell)).collect();
            Field::ALL
                .iter()
                .filter(|field| field.headings().iter().any(|h| names.iter().any(|n| n == h)))
                .count()
        };
        let place = near_top.iter().position(|row| known(row) >= 3).ok_or(SheetError::NoHeader)?;
        for row in &near_top[..=place] {
            refuse_other_units(row)?;
        }
        Self::understand(&near_top[place])
    }

    fn understand(row: &SheetRow) -> Result<Self, SheetError> {
        let names: Vec<String> = row.cells.iter().map(|cell| heading_key(cell)).collect();
        let mut columns = [None; Field::ALL.len()];
        for field in Field::ALL {
            for heading in field.headings() {
                let mut at =
                    names.iter().enumerate().filter(|(_, name)| name == heading).map(|(place, _)| place);
                let Some(first) = at.next() else { continue };
                if at.next().is_some() {
                    return Err(SheetError::HeadingTwice { line: row.line, heading: (*heading).to_owned() });
                }
                columns[field as usize] = Some(first);
                break;
            }
        }
        let fields: Vec<Field> =
            Field::REQUIRED.into_iter().filter(|f| columns[*f as usize].is_none()).collect();
        if !fields.is_empty() {
            return Err(SheetError::HeaderLacks { line: row.line, fields });
        }
        let headings = row.cells.iter().map(|cell| trimmed(cell).to_owned()).collect();
        Ok(Self { line: row.line, headings, columns })
    }

    /// The column of a field, from 0; `None` where the sheet has no such column.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<usize> {
        self.columns[field as usize]
    }

    /// The trimmed cell of a field in a row; empty where there is no such column.
    #[must_use]
    pub fn cell<'r>(&self, row: &'r SheetRow, field: Field) -> &'r str {
        self.column(field).map_or("", |column| row.cell(column))
    }

    /// Whether the row is the header once more, as lists pasted together have it.
    #[must_use]
    pub fn repeats_in(&self, row: &SheetRow) -> bool {
        let width = self.headings.len().max(row.cells.len());
        (0..width).all(|place| row.cell(place) == self.headings.get(place).map_or("", String::as_str))
    }
}

/// A heading without blanks and without a unit in brackets: `捐 赠 金 额（元）` is 捐赠金额.
fn heading_key(cell: &str) -> String {
    let plain: String = half_width(cell).chars().filter(|c| !c.is_whitespace() && *c != '\u{FEFF}').collect();
    match plain.split_once('(') {
        Some((name, _)) if !name.is_empty() => name.to_owned(),
        _ => plain,
    }
}

/// A title `单位：万元` or a heading `金额（万元）` would make every amount wrong by a power of ten.
fn refuse_other_units(row: &SheetRow) -> Result<(), SheetError> {
    for cell in &row.cells {
        let plain: String = half_width(cell).chars().filter(|c| !c.is_whitespace()).collect();
        let titled = plain.split_once("单位:").map(|(_, unit)| unit.trim_end_matches(')'));
        let bracketed = plain.split_once('(').map(|(_, unit)| unit.trim_end_matches(')'));
        for unit in titled.into_iter().chain(bracketed) {
            if OTHER_UNITS.contains(&unit.strip_prefix("人民币").unwrap_or(unit)) {
                return Err(SheetError::UnitNotYuan { line: row.line, unit: unit.to_owned() });
            }
        }
    }
    Ok(())
}
