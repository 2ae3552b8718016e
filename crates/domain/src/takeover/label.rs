//! Which rows below (or between) the gifts are sums and signatures, by what they are called.

use super::amount::read_amount;
use super::header::{Field, Header};
use super::reason::BadReason;
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
    /// A running sum (累计, 本年): that of the list where nothing else sums it up.
    Running,
    /// A sum of part of the list (小计), which is not checked.
    Part,
    /// Called something else, or nothing: a sum of the whole list, or of the fund that it names.
    Other,
}

/// How the label of a row of totals begins.
const LABELS: [(&str, TotalsKind); 22] = [
    ("合计", TotalsKind::Gifts),
    ("总计", TotalsKind::Gifts),
    ("共计", TotalsKind::Gifts),
    ("总合计", TotalsKind::Gifts),
    ("捐赠合计", TotalsKind::Gifts),
    ("捐款合计", TotalsKind::Gifts),
    ("金额合计", TotalsKind::Gifts),
    ("总金额", TotalsKind::Gifts),
    ("总额", TotalsKind::Gifts),
    ("退款", TotalsKind::Refunds),
    ("净额", TotalsKind::Net),
    ("净合计", TotalsKind::Net),
    ("累计", TotalsKind::Running),
    ("本月", TotalsKind::Running),
    ("本季", TotalsKind::Running),
    ("本年", TotalsKind::Running),
    ("本页", TotalsKind::Part),
    ("其中", TotalsKind::Part),
    ("承前页", TotalsKind::Part),
    ("接上页", TotalsKind::Part),
    ("过次页", TotalsKind::Part),
    ("转下页", TotalsKind::Part),
];

/// Words that make a label one of totals wherever they stand in it.
const WORDS: [(&str, TotalsKind); 6] = [
    ("累计", TotalsKind::Running),
    ("合计", TotalsKind::Other),
    ("总计", TotalsKind::Other),
    ("共计", TotalsKind::Other),
    ("总额", TotalsKind::Other),
    ("总金额", TotalsKind::Other),
];

/// The word for a sum of a part, wherever it stands (本月小计).
const PART: &str = "小计";

/// How the label of a breakdown begins: the sums right below it belong to it.
const BREAKDOWN: &str = "其中";

/// How lines of signatures and remarks begin.
const SIGNATURES: [&str; 22] = [
    "制表",
    "制单",
    "填表",
    "编制",
    "审核",
    "审批",
    "复核",
    "核对",
    "出纳",
    "会计",
    "财务",
    "经办",
    "负责人",
    "主管",
    "签字",
    "签名",
    "盖章",
    "日期",
    "单位",
    "备注",
    "说明",
    "注",
];

/// What a row is called: its first filled cell that is not the amount.
pub(super) fn label<'r>(row: &'r SheetRow, header: &Header) -> &'r str {
    let amount = header.column(Field::Amount);
    let cells = (0..row.cells.len()).filter(|column| Some(*column) != amount);
    cells.map(|column| row.cell(column)).find(|cell| !cell.is_empty()).unwrap_or("")
}

/// [`label`] in half-width characters, without blanks.
pub(super) fn plain_label(row: &SheetRow, header: &Header) -> String {
    half_width(label(row, header)).chars().filter(|c| !c.is_whitespace()).collect()
}

impl TotalsKind {
    /// The kind of a row by its label; `None` when that is not one of totals. A row with a serial number is none,
    /// whatever a column before it says (类型: 退款).
    #[must_use]
    pub fn of(row: &SheetRow, header: &Header) -> Option<Self> {
        if has_serial_aside(row, header) {
            return None;
        }
        let label = plain_label(row, header);
        if label.contains(PART) {
            return Some(Self::Part);
        }
        let begins = LABELS.iter().find(|(begin, _)| label.starts_with(begin));
        let kind = begins.or_else(|| WORDS.iter().find(|(word, _)| label.contains(word)));
        kind.map(|(_, kind)| *kind)
    }

    /// The kind of a row below the last gift: there an amount without day, donor and fund sums something up,
    /// whatever it is called. `in_breakdown`: the rows right above it break a sum down.
    #[must_use]
    pub(super) fn below(row: &SheetRow, header: &Header, in_breakdown: bool) -> Option<Self> {
        if let Some(kind) = Self::of(row, header) {
            return Some(kind);
        }
        let empty = |field| header.cell(row, field).is_empty();
        let is_sum = [Field::Date, Field::Donor, Field::Fund].into_iter().all(empty)
            && has_figure(row, header)
            && !is_serial(header.cell(row, Field::Serial))
            && !has_serial_aside(row, header);
        is_sum.then_some(if in_breakdown { Self::Part } else { Self::Other })
    }
}

/// Whether a row of totals begins a breakdown, or goes on with the one above it.
pub(super) fn breaks_down(row: &SheetRow, header: &Header, kind: TotalsKind, above: bool) -> bool {
    kind == TotalsKind::Part && (above || plain_label(row, header).starts_with(BREAKDOWN))
}

fn has_serial_aside(row: &SheetRow, header: &Header) -> bool {
    let serial = header.cell(row, Field::Serial);
    !serial.is_empty() && serial != row.first_filled()
}

/// Whether the amount's cell holds a figure, of whatever size.
pub(super) fn has_figure(row: &SheetRow, header: &Header) -> bool {
    let read = read_amount(header.cell(row, Field::Amount));
    !matches!(read, Err(BadReason::AmountMissing | BadReason::AmountUnreadable(_)))
}

/// Whether a cell is written as serial numbers are, not as words: a row that lost all but number and amount is no sum.
fn is_serial(cell: &str) -> bool {
    let plain = half_width(cell);
    plain.chars().any(|c| c.is_ascii_digit())
        && plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | '#'))
}

/// Whether a row holds signatures or a remark: its label says so, and it has no figure.
pub(super) fn is_signature(row: &SheetRow, header: &Header) -> bool {
    let label = plain_label(row, header);
    let short = label.contains(':') || label.chars().count() <= 4;
    short
        && SIGNATURES.iter().any(|begin| label.starts_with(begin))
        && !has_figure(row, header)
        && !has_serial_aside(row, header)
}
