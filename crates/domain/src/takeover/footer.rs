//! The totals below a list: finding them, and comparing them with what was read.

use serde::{Serialize, Serializer};

use super::amount::read_amount;
use super::gift::FundCode;
use super::header::{Field, Header};
use super::label::{TotalsKind, label, plain_label};
use super::reason::{BadReason, excerpt};
use super::report::Totals;
use super::row::SheetRow;
use super::rules::Rules;
use crate::capitals::capitals;
use crate::money::Fen;
use crate::text::half_width;

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
    /// What it is called there; empty where only a figure stands.
    pub label: String,
    /// What it sums up.
    pub kind: TotalsKind,
    /// The fund that an [`TotalsKind::Other`] names: it sums up the gifts to that one.
    pub fund: Option<FundCode>,
    /// How many rows it says there are.
    pub count: Stated,
    /// The amount that it says they come to, in fen.
    pub amount: Stated,
}

/// Which figure of the footer disagrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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

impl Serialize for Stated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_none(),
            Self::Value(value) => serializer.serialize_i64(*value),
            Self::Unreadable(text) => serializer.serialize_str(text),
        }
    }
}

/// One figure of the footer that is not what was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FooterDifference {
    /// The line of the footer.
    pub line: u32,
    /// What it is called there.
    pub label: String,
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
    pub(super) fn read(row: &SheetRow, kind: TotalsKind, header: &Header, rules: &Rules) -> Self {
        let amount = match read_amount(header.cell(row, Field::Amount)) {
            Ok(fen) => Stated::Value(fen.0),
            Err(BadReason::AmountZero) => Stated::Value(0),
            Err(BadReason::AmountMissing) => amount_aside(row, header),
            Err(_) => Stated::Unreadable(header.cell(row, Field::Amount).to_owned()),
        };
        let fund = if kind == TotalsKind::Other { fund_named(row, header, rules) } else { None };
        let label = excerpt(label(row, header));
        Self { line: row.line, label, kind, fund, count: read_count(row, header), amount }
    }
}

/// The fund of which the label speaks (火种工程合计), by the longest of its names.
fn fund_named(row: &SheetRow, header: &Header, rules: &Rules) -> Option<FundCode> {
    let label = plain_label(row, header);
    let named = rules.aliases.iter().filter(|(alias, _)| label.contains(alias.as_str()));
    named.max_by_key(|(alias, _)| alias.len()).map(|(_, code)| code.clone())
}

/// The cells of a row of totals in which a figure may stand besides the amount's own.
fn cells_aside<'r>(row: &'r SheetRow, header: &Header) -> impl Iterator<Item = &'r str> {
    let not_there = [Field::Amount, Field::Phone, Field::Note].map(|field| header.column(field));
    (0..row.cells.len())
        .filter(move |column| !not_there.contains(&Some(*column)))
        .map(|column| row.cell(column))
}

/// An amount that stands in another cell than its column's, as in `合计：9,999.00元`. A whole number alone may be a
/// count and is none.
fn amount_aside(row: &SheetRow, header: &Header) -> Stated {
    let parts = |cell: &'_ str| -> Vec<String> {
        let apart = |c: char| c.is_whitespace() || matches!(c, '，' | '；' | '、' | ';');
        cell.split(apart).map(half_width).collect()
    };
    let mut found = cells_aside(row, header).flat_map(parts).filter_map(|part| {
        let figure =
            part.trim_start_matches(|c: char| !c.is_ascii_digit() && !matches!(c, '¥' | '￥' | '-' | '−'));
        let is_money = figure.contains(['.', '¥', '￥', '元']);
        read_amount(figure).ok().filter(|_| is_money)
    });
    match (found.next(), found.next()) {
        (Some(only), None) => Stated::Value(only.0),
        _ => Stated::Nothing,
    }
}

/// The count: a cell such as `2916笔` or `共2916笔`; without a unit, the only cell beside the amount that is a whole number.
fn read_count(row: &SheetRow, header: &Header) -> Stated {
    let cells: Vec<String> = cells_aside(row, header).map(half_width).collect();
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

/// A count and a sum in fen.
type Read = (i64, i64);

/// What the whole list comes to.
struct Whole {
    gifts: Read,
    refunds: Read,
    net: Read,
}

/// Compares the footer with what was read.
///
/// # Errors
/// [`FooterMismatch`] with both figures of each difference.
pub(super) fn check(footer: &[FooterLine], totals: &Totals) -> Result<(), FooterMismatch> {
    let whole = Whole {
        gifts: (count(totals.good), totals.gross()),
        refunds: (count(totals.refunds), totals.refund_fen),
        net: (count(totals.good + totals.refunds), totals.net_fen),
    };
    let has =
        |kinds: &[TotalsKind]| footer.iter().any(|line| kinds.contains(&line.kind) && line.fund.is_none());
    let in_parts = has(&[TotalsKind::Refunds, TotalsKind::Net]);
    // Beside a sum of this list, 累计 may go on from other lists; by itself it is this one's.
    let running = |line: &FooterLine| line.kind == TotalsKind::Running && whole.is_stated_by(line);
    let settled = has(&[TotalsKind::Gifts, TotalsKind::Net, TotalsKind::Other]) || footer.iter().any(running);
    let mut differences = Vec::new();
    for line in footer {
        let (figures, read) = match line.kind {
            // A single 合计 is often the spreadsheet's own sum of the column, refunds taken off.
            TotalsKind::Gifts if !in_parts && agrees(line, whole.net) => continue,
            TotalsKind::Gifts => ((Figure::GiftCount, Figure::GiftSum), whole.gifts),
            TotalsKind::Refunds => ((Figure::RefundCount, Figure::RefundSum), whole.refunds_as(line)),
            TotalsKind::Net => ((Figure::NetCount, Figure::NetSum), whole.net),
            TotalsKind::Part => continue,
            TotalsKind::Running if settled => continue,
            TotalsKind::Running | TotalsKind::Other => match &line.fund {
                None if whole.is_stated_by(line) => continue,
                None => ((Figure::GiftCount, Figure::GiftSum), whole.gifts),
                Some(fund) => {
                    let sum = totals.sum_fen.get(fund).copied().unwrap_or(0);
                    differences.extend(difference(line, Figure::GiftSum, &line.amount, sum));
                    continue;
                }
            },
        };
        differences.extend(difference(line, figures.0, &line.count, read.0));
        differences.extend(difference(line, figures.1, &line.amount, read.1));
    }
    if differences.is_empty() { Ok(()) } else { Err(FooterMismatch { differences }) }
}

impl Whole {
    /// The refunds with the sign that the line uses.
    const fn refunds_as(&self, line: &FooterLine) -> Read {
        let sign = if matches!(line.amount, Stated::Value(fen) if fen > 0) { -1 } else { 1 };
        (self.refunds.0, sign * self.refunds.1)
    }

    /// Whether a line that does not say which sum it is has one of the whole list.
    fn is_stated_by(&self, line: &FooterLine) -> bool {
        let refunds = self.refunds_as(line);
        let says = !matches!((&line.count, &line.amount), (Stated::Nothing, Stated::Nothing));
        says && (agrees(line, self.gifts)
            || agrees(line, self.net)
            || (refunds.0 > 0 && agrees(line, refunds)))
    }
}

fn difference(line: &FooterLine, figure: Figure, stated: &Stated, read: i64) -> Option<FooterDifference> {
    let differs = !matches(figure, stated, read);
    let (label, stated) = (line.label.clone(), stated.clone());
    differs.then_some(FooterDifference { line: line.line, label, figure, stated, read })
}

fn agrees(line: &FooterLine, read: Read) -> bool {
    matches(Figure::GiftCount, &line.count, read.0) && matches(Figure::GiftSum, &line.amount, read.1)
}

fn matches(figure: Figure, stated: &Stated, read: i64) -> bool {
    match stated {
        Stated::Nothing => true,
        Stated::Value(value) => *value == read,
        // 壹佰叁拾元整: a sum written in capitals.
        Stated::Unreadable(text) => figure.is_sum() && in_capitals(text, read),
    }
}

fn in_capitals(text: &str, fen: i64) -> bool {
    let written: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
    let written = written.trim_start_matches("人民币").trim_start_matches([':', '¥']);
    capitals(Fen(fen)).is_some_and(|right| right == written.replace('圆', "元"))
}

impl Figure {
    /// Whether it is a sum in fen, not a count.
    #[must_use]
    pub const fn is_sum(self) -> bool {
        matches!(self, Self::GiftSum | Self::RefundSum | Self::NetSum)
    }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
