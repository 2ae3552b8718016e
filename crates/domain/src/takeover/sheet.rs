//! Reading a whole sheet: which rows are gifts, refunds, totals or nothing, and which are bad.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use super::amount::read_amount;
use super::footer::{self, FooterLine, FooterMismatch};
use super::gift::{FundCode, PastDonor, PastEntry, ReceiptMark};
use super::header::{Field, Header, SheetError};
use super::label::{TotalsKind, breaks_down, has_figure, is_signature};
use super::reason::{BadReason, excerpt};
use super::refund::{Named, settle_refunds};
use super::report::{BadRow, Totals};
use super::row::SheetRow;
use super::rules::Rules;
use super::when::{When, read_when};
use crate::money::{Fen, LARGEST};
use crate::text;

/// A name is not longer, in characters.
const LONGEST_NAME: usize = 200;

/// Why a row is neither an entry nor bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// Above the header.
    Title,
    /// The header, or its repetition inside the list.
    Header,
    /// Nothing in it.
    Blank,
    /// Totals below the list.
    Totals,
    /// Below the list: signatures and the like.
    Remark,
}

/// A sheet, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The header.
    pub header: Header,
    /// Gifts and refunds that can be taken over, in the sheet's order.
    pub entries: Vec<PastEntry>,
    /// The rows that cannot, in the sheet's order.
    pub bad: Vec<BadRow>,
    /// Line and kind of every other row, in the sheet's order.
    pub skipped: Vec<(u32, Skipped)>,
    /// The totals below the list; empty when it has none.
    pub footer: Vec<FooterLine>,
    /// What the entries come to.
    pub totals: Totals,
}

impl Reading {
    /// Reads a sheet. Nothing is guessed: a row that is not understood whole is bad.
    ///
    /// # Errors
    /// When the sheet as a whole cannot be read.
    pub fn of(rows: &[SheetRow], rules: &Rules) -> Result<Self, SheetError> {
        let header = Header::find(rows)?;
        let mut sorted = Sorted::of(rows, &header, rules);
        let mut first_lines: HashMap<&str, u32> = HashMap::new();
        let mut named: HashMap<String, Named> = HashMap::new();
        let (mut entries, mut bad) = (Vec::new(), std::mem::take(&mut sorted.bad));
        for row in sorted.data {
            let read = read_entry(row, &header, rules, &mut first_lines);
            let serial = header.cell(row, Field::Serial);
            match read {
                Ok(entry) => {
                    named.insert(serial.to_owned(), Named::of(&entry));
                    entries.push((row, entry));
                }
                Err(reasons) => {
                    // Only the first row with a serial number bears it.
                    named.entry(serial.to_owned()).or_insert(Named::Bad { line: row.line });
                    bad.push(bad_row(row, &header, reasons));
                }
            }
        }
        let mut good = Vec::new();
        for (row, settled) in settle_refunds(entries, named, rules) {
            match settled {
                Ok(entry) => good.push(entry),
                Err(reason) => bad.push(bad_row(row, &header, vec![reason])),
            }
        }
        bad.sort_by_key(|row| row.line);
        let totals = add_up(&good)?;
        Ok(Self { header, entries: good, bad, skipped: sorted.skipped, footer: sorted.footer, totals })
    }

    /// Compares the footer, where there is one, with what was read.
    ///
    /// # Errors
    /// [`FooterMismatch`]: nothing may be taken over then.
    pub fn check_footer(&self) -> Result<(), FooterMismatch> {
        footer::check(&self.footer, &self.totals)
    }
}

/// The rows of a sheet by what they are.
struct Sorted<'r> {
    data: Vec<&'r SheetRow>,
    bad: Vec<BadRow>,
    skipped: Vec<(u32, Skipped)>,
    footer: Vec<FooterLine>,
}

impl<'r> Sorted<'r> {
    fn of(rows: &'r [SheetRow], header: &Header, rules: &Rules) -> Self {
        let mut out = Self { data: Vec::new(), bad: Vec::new(), skipped: Vec::new(), footer: Vec::new() };
        let last_data = rows.iter().rposition(|row| row.line > header.line && looks_like_data(row, header));
        let mut in_breakdown = false;
        for (place, row) in rows.iter().enumerate() {
            let below = last_data.is_none_or(|last| place > last);
            let kind = if below {
                TotalsKind::below(row, header, in_breakdown)
            } else {
                TotalsKind::of(row, header)
            };
            if row.line < header.line {
                out.skipped.push((row.line, if row.is_blank() { Skipped::Blank } else { Skipped::Title }));
            } else if row.line == header.line || header.repeats_in(row) {
                out.skipped.push((row.line, Skipped::Header));
            } else if row.is_blank() {
                out.skipped.push((row.line, Skipped::Blank));
            } else if let (Some(kind), true) = (kind, below) {
                out.skipped.push((row.line, Skipped::Totals));
                out.footer.push(FooterLine::read(row, kind, header, rules));
                in_breakdown = breaks_down(row, header, kind, in_breakdown);
            } else if kind.is_some() {
                out.bad.push(bad_row(row, header, vec![BadReason::TotalsInside]));
            } else if below
                && !has_figure(row, header)
                && (!out.footer.is_empty() || is_signature(row, header))
            {
                out.skipped.push((row.line, Skipped::Remark));
            } else {
                out.data.push(row);
            }
        }
        out
    }
}

/// Whether a row was meant as a gift: two of day, amount and fund are filled, and it is no row of totals or signatures.
fn looks_like_data(row: &SheetRow, header: &Header) -> bool {
    let filled =
        [Field::Date, Field::Amount, Field::Fund].iter().filter(|f| !header.cell(row, **f).is_empty());
    filled.count() >= 2
        && TotalsKind::of(row, header).is_none()
        && !header.repeats_in(row)
        && !is_signature(row, header)
}

fn bad_row(row: &SheetRow, header: &Header, reasons: Vec<BadReason>) -> BadRow {
    let serial = header.cell(row, Field::Serial).to_owned();
    BadRow { line: row.line, serial, reasons, cells: row.cells.clone() }
}

/// One row by itself; whether a refund's gift exists is seen later.
fn read_entry<'r>(
    row: &'r SheetRow,
    header: &Header,
    rules: &Rules,
    first_lines: &mut HashMap<&'r str, u32>,
) -> Result<PastEntry, Vec<BadReason>> {
    let cell = |field| header.cell(row, field);
    let mut reasons = Vec::new();
    let serial = note_reason(&mut reasons, read_serial(cell(Field::Serial), row.line, first_lines));
    let when = note_reason(&mut reasons, read_day(cell(Field::Date), rules));
    let donor = note_reason(&mut reasons, read_donor(cell(Field::Donor), rules));
    let amount = note_reason(&mut reasons, read_amount(cell(Field::Amount)));
    let fund = note_reason(&mut reasons, read_fund(cell(Field::Fund), rules));
    for field in Field::ALL {
        if cell(field).contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            reasons.push(BadReason::Unprintable { column: field.heading().to_owned() });
        }
    }
    let note = cell(Field::Note).replace("\r\n", "\n").replace('\r', "\n");
    let (Some(serial), Some(when), Some(donor), Some(amount), Some(fund), true) =
        (serial, when, donor, amount, fund, reasons.is_empty())
    else {
        return Err(reasons);
    };
    let refund_of = super::refund::gift_named_in(&note, amount).map_err(|reason| vec![reason])?;
    Ok(PastEntry {
        line: row.line,
        serial,
        when,
        donor,
        phone: text::mobile(cell(Field::Phone)).unwrap_or_else(|_| text::half_width(cell(Field::Phone))),
        amount,
        method: cell(Field::Method).to_owned(),
        fund,
        receipt: ReceiptMark::read(cell(Field::Receipt)),
        note,
        refund_of,
    })
}

fn note_reason<T>(reasons: &mut Vec<BadReason>, read: Result<T, BadReason>) -> Option<T> {
    read.map_err(|reason| reasons.push(reason)).ok()
}

fn read_serial<'r>(
    cell: &'r str,
    line: u32,
    first_lines: &mut HashMap<&'r str, u32>,
) -> Result<String, BadReason> {
    if cell.is_empty() {
        return Err(BadReason::SerialMissing);
    }
    match first_lines.entry(cell) {
        Entry::Vacant(free) => {
            free.insert(line);
            Ok(cell.to_owned())
        }
        Entry::Occupied(taken) => Err(BadReason::SerialRepeated { first_line: *taken.get() }),
    }
}

fn read_day(cell: &str, rules: &Rules) -> Result<When, BadReason> {
    let when = read_when(cell)?;
    if when.date > rules.today {
        Err(BadReason::DateInFuture(when.date))
    } else if when.date < rules.earliest {
        Err(BadReason::DateTooEarly(when.date))
    } else {
        Ok(when)
    }
}

fn read_donor(cell: &str, rules: &Rules) -> Result<PastDonor, BadReason> {
    let name = text::line(cell, LONGEST_NAME).map_err(|_| BadReason::DonorUnreadable)?;
    if name.is_empty() {
        Err(BadReason::DonorMissing)
    } else if rules.names_nobody(&name) {
        Ok(PastDonor::Anonymous { wording: name })
    } else {
        Ok(PastDonor::Named(name))
    }
}

fn read_fund(cell: &str, rules: &Rules) -> Result<FundCode, BadReason> {
    if cell.is_empty() {
        return Err(BadReason::FundMissing);
    }
    rules.aliases.get(cell).cloned().ok_or_else(|| BadReason::FundUnknown(excerpt(cell)))
}

fn add_up(entries: &[PastEntry]) -> Result<Totals, SheetError> {
    let (mut sums, mut good, mut refunds) = (BTreeMap::<FundCode, i64>::new(), 0, 0);
    let (mut gross, mut back) = (Fen::ZERO, Fen::ZERO);
    for entry in entries {
        if entry.refund_of.is_some() {
            refunds += 1;
            back = back.plus(entry.amount).ok_or(SheetError::SumOverCap)?;
        } else {
            good += 1;
            gross = gross.plus(entry.amount).ok_or(SheetError::SumOverCap)?;
            *sums.entry(entry.fund.clone()).or_default() += entry.amount.0;
        }
    }
    debug_assert!(gross <= LARGEST && sums.values().sum::<i64>() == gross.0);
    Ok(Totals { good, sum_fen: sums, refunds, refund_fen: back.0, net_fen: gross.0 + back.0 })
}
