//! Lays a receipt out: head, donor, amount, particulars, dedication; roomy at first, tighter when it must be.

use crate::PaperError;
use crate::amount::figures;
use crate::font::Weight;
use crate::qr::Qr;
use crate::sheet::{Area, Item, Kind, Lang, NodeId, Rgb, Sheet, baseline, style};
use crate::text::{self, Shaped, Style, fit};
use crate::units::{Len, percent, pt, tenths};
use crate::wording::{self, Words};

use super::flow::{BOTTOM, Density, EMBER, Flow, INK, RED, SIDE, SOFT, TIGHTEST, WIDTH};
use super::{Bilingual, PaperKind, ReceiptPaper, title};

/// Room between the two columns.
const GUTTER: Len = pt(18);
/// Width of one column.
const HALF: Len = (WIDTH - GUTTER) / 2;
/// Left edge of the second column.
pub const SECOND: Len = SIDE + HALF + GUTTER;

/// Lays out `paper` on one page, with the largest type and then the most room that fits; over several pages
/// when even the tightest setting needs them.
pub fn receipt(paper: &ReceiptPaper, qr: &Qr, seal: Option<(u32, u32)>) -> Result<Sheet, PaperError> {
    let amount = figures(paper.amount_fen)?;
    let at = |density| laid_out(paper, &amount, qr, seal, density);
    let mut sheet = Sheet::default();
    for tightest in TIGHTEST {
        sheet = at(tightest);
        if sheet.pages.len() == 1 {
            return Ok(roomiest(tightest, sheet, at));
        }
    }
    number_pages(&mut sheet, paper);
    Ok(sheet)
}

/// Opens the gaps of a setting that fits on one page as far as it stays on one.
fn roomiest(tightest: Density, mut fitting: Sheet, at: impl Fn(Density) -> Sheet) -> Sheet {
    const PLANNED: i32 = 100;
    let (mut fits, mut too_wide) = (tightest.gaps, PLANNED + 1);
    while too_wide - fits > 1 {
        // The planned room is tried first: an ordinary receipt has it.
        let gaps = if too_wide > PLANNED { PLANNED } else { fits + (too_wide - fits) / 2 };
        let sheet = at(Density { gaps, ..tightest });
        if sheet.pages.len() == 1 {
            (fits, fitting) = (gaps, sheet);
        } else {
            too_wide = gaps;
        }
    }
    fitting
}

fn laid_out(
    paper: &ReceiptPaper,
    amount: &str,
    qr: &Qr,
    seal: Option<(u32, u32)>,
    density: Density,
) -> Sheet {
    let mut flow = Flow::new(paper, density);
    flow.head();
    flow.state();
    flow.donor_and_amount(amount);
    flow.particulars();
    flow.dedication();
    flow.thanks();
    super::foot::place(&mut flow, qr, seal);
    flow.sheet
}

impl Flow<'_> {
    /// The organisation at the left, the number at the right, the title below.
    fn head(&mut self) {
        let top = self.y;
        let numbers = self.number_block(top);
        let mark = Area { x: SIDE, y: top + tenths(5), w: tenths(115), h: pt(15) };
        self.sheet.put(Item::Ember(mark, EMBER));
        let x = mark.x + mark.w + pt(7);
        let width = SIDE + WIDTH - numbers.0 - pt(16) - x;
        let node = self.sheet.node(None, Kind::Paragraph);
        let name = &self.paper.recipient.name;
        let sizes = [105, 95, 85].map(|size| self.style(Weight::Medium, size, size * 14 / 10));
        let (style, lines) = fit(&name.zh, &sizes, width, 2);
        self.lines(x, lines, style, (INK, Lang::Zh), node);
        if let Some(en) = &name.en {
            let style = self.style(Weight::Regular, 68, 95);
            let lines = Shaped::new(en, style.weight).balanced(&style, width);
            self.lines(x, lines, style, (SOFT, Lang::En), node);
        }
        self.y = self.y.max(numbers.1);
        self.gap(pt(26));
        self.title();
    }

    /// Number and year; returns how wide the block is and where it ends.
    fn number_block(&mut self, top: Len) -> (Len, Len) {
        let style = self.style(Weight::Medium, 95, 135);
        let small = self.style(Weight::Regular, 68, 95);
        let number = self.paper.number.clone();
        let (style, lines) =
            fit(&number, &[style, self.style(Weight::Medium, 80, 115)], percent(WIDTH, 42), 1);
        let year = format!("{} {}", self.paper.year, wording::YEAR);
        let year = (!number.contains(&self.paper.year.to_string())).then_some(year);
        let widest = lines
            .iter()
            .map(|line| line.width)
            .chain([self.label_width(wording::NUMBER)])
            .chain(year.as_deref().map(|year| text::width(year, &small)))
            .fold(0, Len::max);
        let x = SIDE + WIDTH - widest;
        let node = self.sheet.node(None, Kind::Paragraph);
        self.label(wording::NUMBER, (x, top), node);
        self.y = top + small.leading + pt(2);
        self.lines(x, lines, style, (INK, Lang::Zh), node);
        if let Some(year) = year {
            self.run(&year, (x, self.y), small, SOFT, Lang::Zh, node);
            self.y += small.leading;
        }
        let end = self.y;
        self.y = top;
        (widest, end)
    }

    fn title(&mut self) {
        let zh = Style { tracking: tenths(20), ..self.style(Weight::Medium, 250, 320) };
        let en = self.style(Weight::Regular, 90, 120);
        self.need(pt(50));
        let top = self.y;
        let node = self.sheet.node(None, Kind::Heading(title(self.paper)));
        let after = self.run(wording::TITLE.zh, (SIDE, top), zh, INK, Lang::Zh, node);
        // Both stand on one baseline.
        let level = top + baseline(&zh) - baseline(&en);
        self.run(wording::TITLE.en, (after + pt(10), level), en, SOFT, Lang::En, node);
        if let Some((words, colour)) = self.badge() {
            self.draw_badge(words, colour, top + pt(6));
        }
        self.y = top + zh.leading + pt(5);
        self.sheet.put(Item::Fill(Area { x: SIDE, y: self.y, w: pt(26), h: tenths(16) }, EMBER));
        self.y += tenths(16);
    }

    fn badge(&self) -> Option<(Words, Rgb)> {
        match self.paper.kind {
            PaperKind::Copy => Some((wording::COPY, SOFT)),
            PaperKind::Original => match self.paper.left_fen? {
                0 => Some((wording::RETURNED, RED)),
                _ => Some((wording::PARTLY_RETURNED, RED)),
            },
            PaperKind::Void => Some((wording::VOID, RED)),
            PaperKind::Replaced => Some((wording::REPLACED, RED)),
        }
    }

    fn draw_badge(&mut self, words: Words, colour: Rgb, top: Len) {
        let (zh, en) = (self.style(Weight::Medium, 105, 200), self.style(Weight::Medium, 70, 200));
        let wide = text::width(words.zh, &zh) + pt(5) + text::width(words.en, &en) + pt(18);
        let area = Area { x: SIDE + WIDTH - wide, y: top, w: wide, h: zh.leading };
        self.sheet.put(Item::Frame(area, colour));
        let node = self.sheet.node(None, Kind::Paragraph);
        let after = self.run(words.zh, (area.x + pt(9), top), zh, colour, Lang::Zh, node);
        let level = top + baseline(&zh) - baseline(&en);
        self.run(words.en, (after + pt(5), level), en, colour, Lang::En, node);
    }

    /// What became of the receipt, and the receipts before and after it.
    fn state(&mut self) {
        let plain = |words: Words, colour| Some((words.zh.to_owned(), words.en.to_owned(), colour));
        let line = match self.paper.kind {
            PaperKind::Original => None,
            PaperKind::Copy => plain(wording::COPY_LINE, SOFT),
            PaperKind::Void => plain(wording::VOID_LINE, RED),
            PaperKind::Replaced => plain(wording::REPLACED_LINE, RED),
        };
        let lines: Vec<_> = line.into_iter().chain(self.returned()).collect();
        let links = [
            (wording::REPLACED_BY, self.paper.replaced_by.clone()),
            (wording::REPLACES, self.paper.replaces.clone()),
        ];
        if !lines.is_empty() || links.iter().any(|(_, number)| number.is_some()) {
            self.gap(pt(12));
        }
        let (zh, en) = (self.style(Weight::Medium, 85, 130), self.style(Weight::Regular, 70, 130));
        for (chinese, english, colour) in lines {
            let node = self.sheet.node(None, Kind::Paragraph);
            let after = self.run(&chinese, (SIDE, self.y), zh, colour, Lang::Zh, node);
            self.run(&english, (after + pt(5), self.y), en, colour, Lang::En, node);
            self.y += zh.leading;
        }
        for (words, number) in links {
            if let Some(number) = number {
                let node = self.sheet.node(None, Kind::Paragraph);
                self.need(zh.leading);
                let level = self.y + tenths(15);
                let after = self.label(words, (SIDE, level), node) + pt(5);
                self.paragraph(after, SIDE + WIDTH - after, &number, zh, (INK, Lang::Zh), node);
            }
        }
    }

    /// What went back of a receipt that otherwise stands.
    fn returned(&self) -> Option<(String, String, Rgb)> {
        if matches!(self.paper.kind, PaperKind::Void | PaperKind::Replaced) {
            return None;
        }
        let left = self.paper.left_fen?;
        let (words, left) = match figures(left) {
            Ok(left) => (wording::PARTLY_RETURNED_LINE, left),
            Err(_) => (wording::RETURNED_LINE, String::new()),
        };
        Some((words.zh.replace("{left}", &left), words.en.replace("{left}", &left), RED))
    }

    fn donor_and_amount(&mut self, amount: &str) {
        self.gap(pt(22));
        let node = self.sheet.node(None, Kind::Paragraph);
        self.label(wording::RECEIVED_FROM, (SIDE, self.y), node);
        self.y += pt(13);
        let sizes = [160, 140, 120, 105, 95].map(|size| self.style(Weight::Medium, size, size * 14 / 10));
        let donor = self.paper.donor.clone();
        let (style, lines) = fit(donor.as_deref().unwrap_or(wording::ANONYMOUS.zh), &sizes, WIDTH, 2);
        self.lines(SIDE, lines, style, (INK, Lang::Zh), node);
        if donor.is_none() {
            let small = self.style(Weight::Regular, 75, 110);
            self.paragraph(SIDE, WIDTH, wording::ANONYMOUS.en, small, (SOFT, Lang::En), node);
        }
        self.gap(pt(18));
        let node = self.sheet.node(None, Kind::Paragraph);
        self.need(pt(84));
        self.label(wording::AMOUNT, (SIDE, self.y), node);
        self.y += pt(11);
        let figure = self.style(Weight::Medium, 280, 360);
        let sign = self.style(Weight::Medium, 160, 360);
        let level = self.y + baseline(&figure) - baseline(&sign);
        let after = self.run("¥", (SIDE, level), sign, EMBER, Lang::Zh, node);
        self.run(amount, (after + pt(2), self.y), figure, INK, Lang::Zh, node);
        self.y += figure.leading;
        let node = self.sheet.node(None, Kind::Paragraph);
        let small = self.style(Weight::Regular, 80, 150);
        let capitals = self.style(Weight::Medium, 105, 150);
        let level = self.y + baseline(&capitals) - baseline(&small);
        let x = self.run(wording::CAPITALS, (SIDE, level), small, SOFT, Lang::Zh, node) + pt(3);
        let text = self.paper.amount_capitals.clone();
        let (style, lines) =
            fit(&text, &[capitals, self.style(Weight::Medium, 90, 140)], SIDE + WIDTH - x, 2);
        self.lines(x, lines, style, (INK, Lang::Zh), node);
    }

    /// The table: label above value, two columns where both values are short.
    fn particulars(&mut self) {
        self.gap(pt(20));
        let date = |words, date: &super::PaperDate| {
            Some((words, Bilingual { zh: date.zh.clone(), en: Some(date.iso.clone()) }))
        };
        let paper = self.paper;
        let handler = paper.handler.clone().map(|zh| (wording::HANDLER, Bilingual { zh, en: None }));
        let rows = [
            [
                Some((wording::FUND, paper.fund.clone())),
                paper.programme.clone().map(|words| (wording::PROGRAMME, words)),
            ],
            [date(wording::RECEIVED, &paper.received), date(wording::ISSUED, &paper.issued)],
            [Some((wording::CHANNEL, paper.channel.clone())), handler],
        ];
        let table = self.sheet.node(None, Kind::Table);
        for row in rows {
            let cells: Vec<(Words, Bilingual)> = row.into_iter().flatten().collect();
            if cells.len() == 2 && cells.iter().all(|(_, value)| self.is_short(value)) {
                self.row(table, &cells, HALF);
            } else {
                for cell in cells {
                    self.row(table, &[cell], WIDTH);
                }
            }
        }
        self.hair();
    }

    fn is_short(&self, value: &Bilingual) -> bool {
        let style = self.style(Weight::Regular, 100, 150);
        let wide = |text: &str| Shaped::new(text, style.weight).lines(&style, HALF).len() == 1;
        wide(&value.zh) && value.en.as_deref().is_none_or(wide)
    }

    fn row(&mut self, table: NodeId, cells: &[(Words, Bilingual)], width: Len) {
        self.need(pt(48));
        self.hair();
        self.gap(pt(7));
        let row = self.sheet.node(Some(table), Kind::Row);
        let top = self.y;
        let mut end = top;
        for (index, (words, value)) in cells.iter().enumerate() {
            let x = if index == 0 { SIDE } else { SECOND };
            self.y = top;
            let label = self.sheet.node(Some(row), Kind::Label);
            self.label(*words, (x, top), label);
            self.y += pt(11);
            let columns = if cells.len() == 1 { 3 } else { 1 };
            let node = self.sheet.node(Some(row), Kind::Value(columns));
            self.value(value, x, width, node);
            end = if cells.len() == 1 { self.y } else { end.max(self.y) };
        }
        self.y = end;
        self.gap(pt(6));
    }

    /// Chinese, and English on the same line where there is room for it.
    fn value(&mut self, value: &Bilingual, x: Len, width: Len, node: NodeId) {
        let style = self.style(Weight::Regular, 100, 150);
        let small = self.style(Weight::Regular, 72, 105);
        let lines = Shaped::new(&value.zh, style.weight).lines(&style, width);
        let last = lines.last().map_or(0, |line| line.width);
        self.lines(x, lines, style, (INK, Lang::Zh), node);
        let Some(en) = &value.en else { return };
        let beside = x + last + pt(5);
        let set = Shaped::new(en, small.weight).lines(&small, width);
        if set.len() == 1 && beside + set[0].width <= x + width {
            let level = self.y - style.leading + baseline(&style) - baseline(&small);
            self.run(en, (beside, level), small, SOFT, Lang::En, node);
        } else {
            self.lines(x, set, small, (SOFT, Lang::En), node);
        }
    }

    fn dedication(&mut self) {
        let Some(text) = self.paper.dedication.clone() else { return };
        self.gap(pt(14));
        self.need(pt(30));
        let node = self.sheet.node(None, Kind::Quote);
        let label = self.sheet.node(Some(node), Kind::Paragraph);
        let words = self.sheet.node(Some(node), Kind::Paragraph);
        let x = SIDE + pt(10);
        self.label(wording::DEDICATION, (x, self.y), label);
        self.bar(pt(11));
        self.y += pt(11);
        let style = self.style(Weight::Regular, 95, 155);
        for line in Shaped::new(&text, style.weight).lines(&style, WIDTH - pt(10)) {
            self.need(style.leading);
            self.bar(style.leading);
            self.lines(x, vec![line], style, (INK, Lang::Zh), words);
        }
    }

    /// The ember line beside the donor's words, one piece a line so that it follows them over pages.
    fn bar(&mut self, height: Len) {
        self.sheet.put(Item::Fill(Area { x: SIDE, y: self.y, w: tenths(14), h: height }, EMBER));
    }

    /// A void or replaced receipt thanks nobody, nor does one of which nothing is left.
    fn thanks(&mut self) {
        if matches!(self.paper.kind, PaperKind::Void | PaperKind::Replaced) || self.paper.left_fen == Some(0)
        {
            return self.gap(pt(14));
        }
        self.gap(pt(14));
        let (zh, en) = (self.style(Weight::Regular, 90, 140), self.style(Weight::Regular, 72, 140));
        self.need(zh.leading);
        let node = self.sheet.node(None, Kind::Paragraph);
        let after = self.run(wording::THANKS.zh, (SIDE, self.y), zh, INK, Lang::Zh, node);
        self.run(wording::THANKS.en, (after + pt(5), self.y), en, SOFT, Lang::En, node);
        self.y += zh.leading;
    }
}

/// Several pages say which of them each is, and of which receipt.
fn number_pages(sheet: &mut Sheet, paper: &ReceiptPaper) {
    let pages = sheet.pages.len().to_string();
    let small = style(Weight::Regular, tenths(65), tenths(100));
    for (index, page) in sheet.pages.iter_mut().enumerate() {
        let fill = |words: &str| words.replace("{page}", &(index + 1).to_string()).replace("{pages}", &pages);
        let text = format!("{} · {} · {}", paper.number, fill(wording::PAGE.zh), fill(wording::PAGE.en));
        for line in Shaped::new(&text, small.weight).lines(&small, WIDTH).into_iter().take(1) {
            let at = (SIDE + WIDTH - line.width, BOTTOM + pt(16));
            page.push(Item::Text { at, line, style: small, colour: SOFT, lang: Lang::Zh, node: None });
        }
    }
}

#[cfg(test)]
mod tests;
