//! The pen that lays out a receipt: it moves down the page, and takes a new page when one is full.

use crate::font::Weight;
use crate::sheet::{Area, Item, Kind, Lang, NodeId, PAGE_HEIGHT, PAGE_WIDTH, Rgb, Sheet, baseline, style};
use crate::text::{self, Line, Shaped, Style};
use crate::units::{Len, percent, pt, tenths};
use crate::wording::{self, Words};

use super::{PaperKind, ReceiptPaper};

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
/// Text of the demonstration band.
const AMBER: Rgb = Rgb(0x7A, 0x4B, 0x06);
const AMBER_GROUND: Rgb = Rgb(0xFC, 0xF3, 0xDF);
const RED_WATERMARK: Rgb = Rgb(0xF8, 0xDF, 0xDA);
const SOFT_WATERMARK: Rgb = Rgb(0xF3, 0xEE, 0xE6);

/// White at the left and right edge.
pub const SIDE: Len = pt(40);
/// Width of the text.
pub const WIDTH: Len = PAGE_WIDTH - 2 * SIDE;
/// Where the text begins.
pub const TOP: Len = pt(40);
/// Where the text ends.
pub const BOTTOM: Len = PAGE_HEIGHT - pt(31);
/// Room between the languages of a label.
const LABEL_SPACE: Len = tenths(35);
/// A hairline's thickness.
const HAIRLINE: Len = tenths(5);

/// How much of the planned room and type size is used.
#[derive(Debug, Clone, Copy)]
pub struct Density {
    /// Percent of the planned room between blocks.
    pub gaps: i32,
    /// Percent of the planned type size.
    pub type_size: i32,
}

/// From roomy to tight: each type size with the least room between blocks that still looks well with it.
pub const TIGHTEST: [Density; 3] = [
    Density { gaps: 50, type_size: 100 },
    Density { gaps: 45, type_size: 95 },
    Density { gaps: 32, type_size: 90 },
];

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

impl<'a> Flow<'a> {
    /// A pen at the top of the first page.
    pub fn new(paper: &'a ReceiptPaper, density: Density) -> Self {
        let mut flow = Self { sheet: Sheet::default(), paper, density, y: TOP };
        flow.start_page();
        flow
    }

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
    fn start_page(&mut self) {
        self.sheet.pages.push(Vec::new());
        self.y = TOP;
        let mark = match self.paper.kind {
            PaperKind::Void => Some((wording::VOID, RED_WATERMARK)),
            PaperKind::Replaced => Some((wording::REPLACED, RED_WATERMARK)),
            _ if self.paper.left_fen == Some(0) => Some((wording::RETURNED, RED_WATERMARK)),
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
    pub fn paragraph(
        &mut self,
        x: Len,
        width: Len,
        text: &str,
        style: Style,
        look: (Rgb, Lang),
        node: NodeId,
    ) {
        let lines = Shaped::new(text, style.weight).lines(&style, width);
        self.lines(x, lines, style, look, node);
    }

    /// A label in both languages on one line, its top at `at`; returns where it ends.
    pub fn label(&mut self, words: Words, at: (Len, Len), node: NodeId) -> Len {
        let (zh, en) = self.label_styles();
        let after = self.run(words.zh, at, zh, SOFT, Lang::Zh, node);
        self.run(words.en, (after + LABEL_SPACE, at.1), en, SOFT, Lang::En, node)
    }

    /// How wide a label is.
    pub fn label_width(&self, words: Words) -> Len {
        let (zh, en) = self.label_styles();
        text::width(words.zh, &zh) + LABEL_SPACE + text::width(words.en, &en)
    }

    fn label_styles(&self) -> (Style, Style) {
        (self.style(Weight::Regular, 70, 100), self.style(Weight::Regular, 62, 100))
    }

    /// A line across the text.
    pub fn hair(&mut self) {
        self.need(HAIRLINE);
        self.sheet.put(Item::Fill(Area { x: SIDE, y: self.y, w: WIDTH, h: HAIRLINE }, HAIR));
        self.y += HAIRLINE;
    }
}
