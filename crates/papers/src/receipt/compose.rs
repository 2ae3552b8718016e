//! Lays a receipt out: head, donor, amount, particulars, dedication; roomy at first, tighter when it must be.

use crate::PaperError;
use crate::amount::figures;
use crate::font::Weight;
use crate::qr::Qr;
use crate::sheet::{Area, Item, Kind, Lang, NodeId, PAGE_HEIGHT, PAGE_WIDTH, Rgb, Sheet, baseline, style};
use crate::text::{Line, Shaped, Style, fit};
use crate::units::{Len, percent, pt, tenths};
use crate::wording::{self, Words};

use super::{Bilingual, PaperKind, ReceiptPaper, title};

/// Ink of the text. All text colours keep at least 4.5 : 1 on white.
pub const INK: Rgb = Rgb(0x25, 0x20, 0x1B);
/// Labels and English.
pub const SOFT: Rgb = Rgb(0x6E, 0x65, 0x5B);
/// Hairlines.
pub const HAIR: Rgb = Rgb(0xDC, 0xD4, 0xC9);
/// The one accent.
pub const EMBER: Rgb = Rgb(0xC6, 0x46, 0x1C);
/// Links.
pub const TEAL: Rgb = Rgb(0x0F, 0x5C, 0x63);
/// Void papers only.
pub const RED: Rgb = Rgb(0xA8, 0x21, 0x1C);
const AMBER: Rgb = Rgb(0x7A, 0x4B, 0x06);
const AMBER_GROUND: Rgb = Rgb(0xFC, 0xF3, 0xDF);
const RED_WATERMARK: Rgb = Rgb(0xF8, 0xDF, 0xDA);
const SOFT_WATERMARK: Rgb = Rgb(0xF3, 0xEE, 0xE6);

/// White at the left and right edge.
pub const SIDE: Len = pt(40);
/// Width of the text.
pub const WIDTH: Len = PAGE_WIDTH - 2 * SIDE;
const TOP: Len = pt(40);
/// Where the text ends.
pub const BOTTOM: Len = PAGE_HEIGHT - pt(34);
/// Room between the two columns.
const GUTTER: Len = pt(18);
const HALF: Len = (WIDTH - GUTTER) / 2;
/// A hairline's thickness.
const HAIRLINE: Len = tenths(5);

/// How much of the planned room and type size is used, in percent.
#[derive(Debug, Clone, Copy)]
struct Density {
    gaps: i32,
    type_size: i32,
}

const DENSITIES: [Density; 4] = [
    Density { gaps: 100, type_size: 100 },
    Density { gaps: 72, type_size: 100 },
    Density { gaps: 50, type_size: 95 },
    Density { gaps: 34, type_size: 90 },
];

/// Lays out `paper` at the first density that needs one page, else over several pages.
pub fn receipt(paper: &ReceiptPaper, qr: &Qr, seal: Option<(u32, u32)>) -> Result<Sheet, PaperError> {
    let amount = figures(paper.amount_fen)?;
    let mut sheet = Sheet::default();
    for density in DENSITIES {
        let mut flow = Flow { sheet: Sheet::default(), paper, density, y: TOP };
        flow.start_page();
        flow.head();
        flow.state();
        flow.donor_and_amount(&amount);
        flow.particulars();
        flow.dedication();
        flow.thanks();
        super::foot::place(&mut flow, qr, seal);
        sheet = flow.sheet;
        if sheet.pages.len() == 1 {
            return Ok(sheet);
        }
    }
    number_pages(&mut sheet, paper);
    Ok(sheet)
}

/// A pen that moves down the page and takes a new page when one is full.
pub struct Flow<'a> {
    /// What was laid out so far.
    pub sheet: Sheet,
    /// The paper.
    pub paper: &'a ReceiptPaper,
    density: Density,
    /// Top of the next line.
    pub y: Len,
}

impl Flow<'_> {
    /// A style at this density; size and leading in tenths of a point.
    pub fn style(&self, weight: Weight, size: i32, leading: i32) -> Style {
        let scaled = |length| percent(tenths(length), self.density.type_size);
        style(weight, scaled(size), scaled(leading))
    }

    /// Leaves room, as much as the density allows.
    pub fn gap(&mut self, room: Len) {
        self.y += percent(room, self.density.gaps);
    }

    /// Takes a new page unless `height` still fits on this one.
    pub fn need(&mut self, height: Len) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.start_page();
        }
    }

    /// Starts a page with what stands on every page.
    pub fn start_page(&mut self) {
        self.sheet.pages.push(Vec::new());
        self.y = TOP;
        let mark = match self.paper.kind {
            PaperKind::Void => Some((wording::VOID, RED_WATERMARK)),
            PaperKind::Replaced => Some((wording::REPLACED, RED_WATERMARK)),
            _ if self.paper.demo => Some((wording::DEMO, SOFT_WATERMARK)),
            PaperKind::Copy => Some((wording::COPY, SOFT_WATERMARK)),
            PaperKind::Original => None,
        };
        if let Some((word, colour)) = mark {
            self.sheet.put(Item::Watermark(word.zh.to_owned(), colour));
        }
        if self.paper.demo {
            self.demo_band();
        }
    }

    fn demo_band(&mut self) {
        let band = Area { x: SIDE, y: pt(14), w: WIDTH, h: pt(14) };
        self.sheet.put(Item::Fill(band, AMBER_GROUND));
        let node = self.sheet.node(None, Kind::Paragraph);
        let word = self.style(Weight::Medium, 65, 140);
        let (x, y) = (band.x + pt(6), band.y);
        let after = self.run(wording::DEMO.zh, (x, y), word, AMBER, Lang::Zh, node);
        let after = self.run(wording::DEMO.en, (after + pt(3), y), word, AMBER, Lang::En, node);
        let line = self.style(Weight::Regular, 62, 140);
        let after = self.run(wording::DEMO_LINE.zh, (after + pt(9), y), line, AMBER, Lang::Zh, node);
        self.run(wording::DEMO_LINE.en, (after + pt(5), y), line, AMBER, Lang::En, node);
    }

    /// Sets one line with its top at `at`, and returns where it ends.
    pub fn run(
        &mut self,
        text: &str,
        at: (Len, Len),
        style: Style,
        colour: Rgb,
        lang: Lang,
        node: NodeId,
    ) -> Len {
        let mut end = at.0;
        for line in Shaped::new(text, style.weight).lines(&style, Len::MAX) {
            end = at.0 + line.width;
            let at = (at.0, at.1 + baseline(&style));
            self.sheet.put(Item::Text { at, line, style, colour, lang, node: Some(node) });
        }
        end
    }

    /// Sets lines one below the other from the pen, page by page.
    pub fn lines(&mut self, x: Len, lines: Vec<Line>, style: Style, look: (Rgb, Lang), node: NodeId) {
        for line in lines {
            self.need(style.leading);
            let at = (x, self.y + baseline(&style));
            let (colour, lang) = look;
            self.sheet.put(Item::Text { at, line, style, colour, lang, node: Some(node) });
            self.y += style.leading;
        }
    }

    /// Sets a paragraph in lines of `width`.
    pub fn paragraph(&mut self, x: Len, width: Len, text: &str, style: Style, look: (Rgb, Lang), node: NodeId) {
        let lines = Shaped::new(text, style.weight).lines(&style, width);
        self.lines(x, lines, style, look, node);
    }

    /// A label in both languages on one line, its top at `at`.
    pub fn label(&mut self, words: Words, at: (Len, Len), node: NodeId) {
        let (zh, en) = (self.style(Weight::Regular, 70, 100), self.style(Weight::Regular, 62, 100));
        let after = self.run(words.zh, at, zh, SOFT, Lang::Zh, node);
        self.run(words.en, (after + tenths(35), at.1), en, SOFT, Lang::En, node);
    }

    /// A line across the text.
    pub fn hair(&mut self) {
        self.need(HAIRLINE);
        self.sheet.put(Item::Fill(Area { x: SIDE, y: self.y, w: WIDTH, h: HAIRLINE }, HAIR));
        self.y += HAIRLINE;
    }

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
        let year = self.paper.year.to_string();
        let with_year = !number.contains(&year);
        let label_width = Shaped::new("编号 No.", Weight::Regular).lines(&small, Len::MAX)[0].width;
        let widest = lines.iter().map(|line| line.width).max().unwrap_or(0).max(label_width + pt(2));
        let x = SIDE + WIDTH - widest;
        let node = self.sheet.node(None, Kind::Paragraph);
        self.label(wording::NUMBER, (x, top), node);
        self.y = top + small.leading + pt(2);
        self.lines(x, lines, style, (INK, Lang::Zh), node);
        if with_year {
            let after = self.run(&year, (x, self.y), small, SOFT, Lang::Zh, node);
            self.run(wording::YEAR.zh, (after + pt(2), self.y), small, SOFT, Lang::Zh, node);
            self.y += small.leading;
        }
        let end = self.y;
        self.y = top;
        (widest, end)
    }

    fn title(&mut self) {
        let zh = Style { tracking: tenths(20), ..self.style(Weight::Medium, 250, 320) };
        let en = self.style(Weight::Regular, 90, 120);
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
            PaperKind::Original => None,
            PaperKind::Copy => Some((wording::COPY, SOFT)),
            PaperKind::Void => Some((wording::VOID, RED)),
            PaperKind::Replaced => Some((wording::REPLACED, RED)),
        }
    }

    fn draw_badge(&mut self, words: Words, colour: Rgb, top: Len) {
        let (zh, en) = (self.style(Weight::Medium, 105, 200), self.style(Weight::Medium, 70, 200));
        let width = |text, style: Style| Shaped::new(text, style.weight).lines(&style, Len::MAX)[0].width;
        let wide = width(words.zh, zh) + pt(5) + width(words.en, en) + pt(18);
        let area = Area { x: SIDE + WIDTH - wide, y: top, w: wide, h: zh.leading };
        self.sheet.put(Item::Frame(area, colour));
        let node = self.sheet.node(None, Kind::Paragraph);
        let after = self.run(words.zh, (area.x + pt(9), top), zh, colour, Lang::Zh, node);
        let level = top + baseline(&zh) - baseline(&en);
        self.run(words.en, (after + pt(5), level), en, colour, Lang::En, node);
    }

    /// What became of the receipt, and the receipts before and after it.
    fn state(&mut self) {
        let line = match self.paper.kind {
            PaperKind::Original => None,
            PaperKind::Copy => Some((wording::COPY_LINE, SOFT)),
            PaperKind::Void => Some((wording::VOID_LINE, RED)),
            PaperKind::Replaced => Some((wording::REPLACED_LINE, RED)),
        };
        let links = [
            (wording::REPLACED_BY, self.paper.replaced_by.clone()),
            (wording::REPLACES, self.paper.replaces.clone()),
        ];
        if line.is_some() || links.iter().any(|(_, number)| number.is_some()) {
            self.gap(pt(12));
        }
        let (zh, en) = (self.style(Weight::Medium, 85, 130), self.style(Weight::Regular, 70, 130));
        if let Some((words, colour)) = line {
            let node = self.sheet.node(None, Kind::Paragraph);
            let after = self.run(words.zh, (SIDE, self.y), zh, colour, Lang::Zh, node);
            self.run(words.en, (after + pt(5), self.y), en, colour, Lang::En, node);
            self.y += zh.leading;
        }
        for (words, number) in links {
            if let Some(number) = number {
                let node = self.sheet.node(None, Kind::Paragraph);
                let label = format!("{} {}", words.zh, words.en);
                let after = self.run(&label, (SIDE, self.y), en, SOFT, Lang::Zh, node) + pt(5);
                self.paragraph(after, SIDE + WIDTH - after, &number, zh, (INK, Lang::Zh), node);
            }
        }
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
        self.need(pt(60));
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
        let x = self.run(wording::CAPITALS.zh, (SIDE, level), small, SOFT, Lang::Zh, node) + pt(3);
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
        self.need(pt(34));
        self.hair();
        self.gap(pt(7));
        let row = self.sheet.node(Some(table), Kind::Row);
        let top = self.y;
        let mut end = top;
        for (index, (words, value)) in cells.iter().enumerate() {
            let x = SIDE + if index == 0 { 0 } else { HALF + GUTTER };
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

    /// A void or replaced receipt thanks nobody.
    fn thanks(&mut self) {
        if matches!(self.paper.kind, PaperKind::Void | PaperKind::Replaced) {
            return;
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
