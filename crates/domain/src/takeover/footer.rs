//! The totals below a list: finding them, and comparing them with what was read.

use super::amount::read_amount;
use super::header::{Field, Header};
use super::reason::BadReason;
use super::report::Totals;
use super::row::SheetRow;
use crate::text::half_width;

/// What a row of totals sums up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalsKind {
    /// All gifts, refunds not taken off (合计). In a list that has no row of refunds or net, it may also be the
    /// sum of the whole column.
    Gifts,
    /// The refunds (退款).
    Refunds,
    /// Gifts less refunds (净额).
    Net,
    /// A sum of part of the list (小计), which is not checked.
    Part,
}

impl TotalsKind {
    /// The kind of a row by its first filled cell; `None` when it is no row of totals. A row with a serial
    /// number is none, whatever a column before it says (类型: 退款).
    #[must_use]
    pub fn of(row: &SheetRow, header: &Header) -> Option<Self> {
        let first = row.first_filled();
        let serial = header.cell(row, Field::Serial);
        if !serial.is_empty() && serial != first {
            return None;
        }
        let label: String = half_width(first).chars().filter(|c| !c.is_whitespace()).collect();
        LABELS.iter().find(|(begin, _)| label.starts_with(begin)).map(|(_, kind)| *kind)
    }
}

/// How the first cell of a row of totals begins.
const LABELS: [(&str, TotalsKind); 14] = [
    ("合计", TotalsKind::Gifts),
    ("总计", TotalsKind::Gifts),
    ("共计", TotalsKind::Gifts),
    ("总合计", TotalsKind::Gifts),
    ("捐赠合计", TotalsKind::Gifts),
    ("捐款合计", TotalsKind::Gifts),
    ("退款", TotalsKind::Refunds),
    ("净额", TotalsKind::Net),
    ("净合计", TotalsKind::Net),
    ("小计", TotalsKind::Part),
    ("累计", TotalsKind::Part),
    ("本页", TotalsKind::Part),
    ("本月", TotalsKind::Part),
    ("本年", TotalsKind::Part),
];

/// A figure of the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated {
    /// The row leaves it out.
    Nothing,
    /// A number of rows, or an amount in fen.
    Value(i64),
    /// Something stands there that is no figure.
    Unreadable(String),
}

/// One row of totals below the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FooterLine {
    /// Its line.
    pub line: u32,
    /// What it sums up.
    pub kind: TotalsKind,
    /// How many rows it says there are.
    pub count: Stated,
    /// The amount that it says they come to, in fen.
    pub amount: Stated,
}

/// Which figure of the footer disagrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// The number of gifts.
    GiftCount,
    /// Their sum, refunds not taken off.
    GiftSum,
    /// The number of refunds.
    RefundCount,
    /// Their sum.
    RefundSum,
    /// The number of gifts and refunds.
    NetCount,
    /// Gifts less refunds.
    NetSum,
}

/// One figure of the footer that is not what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FooterDifference {
    /// The line of the footer.
    pub line: u32,
    /// The figure.
    pub figure: Figure,
    /// What the footer says: a count, or fen.
    pub stated: Stated,
    /// What was read: a count, or fen.
    pub read: i64,
}

/// The footer does not agree with what was read: something was lost or changed, and nothing is taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{differences:?}")]
pub struct FooterMismatch {
    /// Every figure that disagrees, in the footer's order; at least one.
    pub differences: Vec<FooterDifference>,
}

impl FooterLine {
    /// The figures of a row of totals.
    pub(super) fn read(row: &SheetRow, kind: TotalsKind, header: &Header) -> Self {
        let amount = match read_amount(header.cell(row, Field::Amount)) {
            Ok(fen) => Stated::Value(fen.0),
            Err(BadReason::AmountZero) => Stated::Value(0),
            Err(BadReason::AmountMissing) => Stated::Nothing,
            Err(_) => Stated::Unreadable(header.cell(row, Field::Amount).to_owned()),
        };
        Self { line: row.line, kind, count: read_count(row, header), amount }
    }
}

/// The count: a cell such as `2916笔` or `共2916笔`; without a unit, the only cell beside the amount that is a whole number.
fn read_count(row: &SheetRow, header: &Header) -> Stated {
    let aside = [Field::Amount, Field::Phone, Field::Note].map(|field| header.column(field));
    let cells: Vec<String> = (0..row.cells.len())
        .filter(|column| !aside.contains(&Some(*column)))
        .map(|column| half_width(row.cell(column)))
        .collect();
    let number = |text: &str| text.trim().replace(',', "").parse::<u32>().map(i64::from);
    for cell in &cells {
        if let Some(digits) = ["笔", "条"].iter().find_map(|unit| cell.strip_suffix(unit)) {
            let digits = digits.trim_start_matches(|c: char| !c.is_ascii_digit());
            return number(digits).map_or_else(|_| Stated::Unreadable(cell.clone()), Stated::Value);
        }
    }
    let mut bare = cells.iter().filter_map(|cell| number(cell).ok());
    match (bare.next(), bare.next()) {
        (Some(only), None) => Stated::Value(only),
        _ => Stated::Nothing,
    }
}

/// Compares the footer with what was read.
///
/// # Errors
/// [`FooterMismatch`] with both figures of each difference.
pub(super) fn check(footer: &[FooterLine], totals: &Totals) -> Result<(), FooterMismatch> {
    let gifts = (count(totals.good), totals.gross());
    let net = (count(totals.good + totals.refunds), totals.net_fen);
    let alone = footer.iter().all(|line| line.kind == TotalsKind::Gifts);
    let mut differences = Vec::new();
    for line in footer {
        let (figures, read) = match line.kind {
            // A single 合计 is often the spreadsheet's own sum of the column, refunds taken off.
            TotalsKind::Gifts if alone && agrees(line, net) => continue,
            TotalsKind::Gifts => ((Figure::GiftCount, Figure::GiftSum), gifts),
            TotalsKind::Refunds => {
                let sign = if matches!(line.amount, Stated::Value(fen) if fen > 0) { -1 } else { 1 };
                ((Figure::RefundCount, Figure::RefundSum), (count(totals.refunds), sign * totals.refund_fen))
            }
            TotalsKind::Net => ((Figure::NetCount, Figure::NetSum), net),
            TotalsKind::Part => continue,
        };
        for (figure, stated, read) in [(figures.0, &line.count, read.0), (figures.1, &line.amount, read.1)] {
            if !matches(stated, read) {
                differences.push(FooterDifference { line: line.line, figure, stated: stated.clone(), read });
            }
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(FooterMismatch { differences }) }
}

fn agrees(line: &FooterLine, read: (i64, i64)) -> bool {
    matches(&line.count, read.0) && matches(&line.amount, read.1)
}

fn matches(stated: &Stated, read: i64) -> bool {
    match stated {
        Stated::Nothing => true,
        Stated::Value(value) => *value == read,
        Stated::Unreadable(_) => false,
    }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
