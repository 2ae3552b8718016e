//! The pen of a report: it moves down an A4 page, and takes a new one when it is full.

use crate::font::{Weight, printable};
use crate::sheet::{A4, Area, Item, Kind, Lang, NodeId, Rgb, Sheet, baseline, style};
use crate::text::{Shaped, Style};
use crate::units::{Len, pt, tenths};

/// White at the left and right edge.
pub const SIDE: Len = pt(44);
/// Width of the text.
pub const WIDTH: Len = A4.0 - 2 * SIDE;
const TOP: Len = pt(44);
const BOTTOM: Len = A4.1 - pt(46);

/// Ink of the text.
pub const INK: Rgb = Rgb(0x25, 0x20, 0x1B);
/// Labels.
pub const SOFT: Rgb = Rgb(0x6E, 0x65, 0x5B);
/// Hairlines.
pub const HAIR: Rgb = Rgb(0xDC, 0xD4, 0xC9);
/// Warnings.
pub const RED: Rgb = Rgb(0xA8, 0x21, 0x1C);
const MARK: Rgb = Rgb(0xF8, 0xE4, 0xE0);

/// A look of text: size and leading in tenths of a point.
pub fn look(weight: Weight, size: i32, leading: i32) -> Style {
    style(weight, tenths(size), tenths(leading))
}

/// A pen that moves down the page.
pub struct Pen {
    /// What was laid out so far.
    pub sheet: Sheet,
    /// Top of the next line.
    pub y: Len,
    watermark: Option<String>,
}

impl Pen {
    /// At the top of the first page.
    pub fn new(lang: Lang, watermark: Option<&str>) -> Self {
        let sheet = Sheet { size: A4, lang, ..Sheet::default() };
        let mut pen = Self { sheet, y: TOP, watermark: watermark.map(printable) };
        pen.page();
        pen
    }

    fn page(&mut self) {
        self.sheet.pages.push(Vec::new());
        self.y = TOP;
        if let Some(word) = self.watermark.clone() {
            self.sheet.put(Item::Watermark(word, MARK));
        }
    }

    /// Takes a new page unless `height` still fits on this one.
    pub fn need(&mut self, height: Len) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.page();
        }
    }

    /// A text in lines of `width` with its top at `at`; where it ends.
    pub fn set(&mut self, text: &str, at: (Len, Len), width: Len, look: (Style, Rgb), node: NodeId) -> Len {
        let (style, colour) = look;
        let mut y = at.1;
        for line in Shaped::new(&printable(text), style.weight).lines(&style, width) {
            let at = (at.0, y + baseline(&style));
            let lang = self.sheet.lang;
            self.sheet.put(Item::Text { at, line, style, colour, lang, node: Some(node) });
            y += style.leading;
        }
        y
    }

    /// How high a text is in lines of `width`.
    pub fn height(text: &str, width: Len, style: &Style) -> Len {
        let lines = Shaped::new(&printable(text), style.weight).lines(style, width).len();
        style.leading * Len::try_from(lines).unwrap_or(1)
    }

    /// A paragraph from the pen on over the whole width.
    pub fn paragraph(&mut self, text: &str, look: (Style, Rgb)) {
        self.need(Self::height(text, WIDTH, &look.0));
        let node = self.sheet.node(None, Kind::Paragraph);
        self.y = self.set(text, (SIDE, self.y), WIDTH, look, node);
    }

    /// A line across the text.
    pub fn hair(&mut self) {
        self.sheet.put(Item::Fill(Area { x: SIDE, y: self.y, w: WIDTH, h: tenths(5) }, HAIR));
        self.y += tenths(5);
    }
}
