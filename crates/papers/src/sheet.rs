//! A laid-out paper before it is drawn: pages of placed items, and the tree that says what they mean.

use crate::font::Weight;
use crate::qr::Qr;
use crate::text::{Line, Style};
use crate::units::{Len, mm};

/// Width of A5 upright (ISO 216).
pub const PAGE_WIDTH: Len = mm(148);
/// Height of A5 upright.
pub const PAGE_HEIGHT: Len = mm(210);

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// A language of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Chinese as written in mainland China; the language of the document.
    Zh,
    /// English.
    En,
}

/// A rectangle on a page; `y` grows downwards from the top edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub x: Len,
    /// Top edge.
    pub y: Len,
    /// Width.
    pub w: Len,
    /// Height.
    pub h: Len,
}

/// Points to a node of the structure tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeId(pub usize);

/// What a node of the structure tree is (ISO 32000-1, 14.8.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The paper's title.
    Heading(String),
    /// A paragraph.
    Paragraph,
    /// The donor's own words.
    Quote,
    /// The table of particulars.
    Table,
    /// A row of it.
    Row,
    /// A label in it.
    Label,
    /// The label of a column.
    Column,
    /// A value in it, over so many columns.
    Value(u32),
    /// A picture with the words that stand for it.
    Figure(String),
    /// A link.
    Link,
}

/// A node of the structure tree: its own items come first, then its children, in reading order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The nodes inside it.
    pub children: Vec<NodeId>,
}

/// Something that stands on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A line of text with the left end of its baseline. Without a node it is decoration.
    Text {
        /// Left end of the baseline.
        at: (Len, Len),
        /// The line.
        line: Line,
        /// How it looks.
        style: Style,
        /// Its colour.
        colour: Rgb,
        /// Its language.
        lang: Lang,
        /// What it belongs to.
        node: Option<NodeId>,
    },
    /// A filled rectangle: a hairline, a bar, a band.
    Fill(Area, Rgb),
    /// A rectangle's outline, a hairline wide.
    Frame(Area, Rgb),
    /// The ember mark.
    Ember(Area, Rgb),
    /// A QR code on white ground.
    Code(Area, Qr, NodeId),
    /// The recipient's own seal.
    Seal(Area, NodeId),
    /// A word across the page, behind everything, drawn as outlines so that it does not mix with the text.
    Watermark(String, Rgb),
    /// A place that opens an address.
    Link {
        /// Where one can click.
        area: Area,
        /// The address.
        address: String,
        /// The link's node.
        node: NodeId,
    },
}

/// Width and height of A4 upright.
pub const A4: (Len, Len) = (mm(210), mm(297));

/// Pages and their meaning.
#[derive(Debug)]
pub struct Sheet {
    /// Width and height of a page.
    pub size: (Len, Len),
    /// The language of the document.
    pub lang: Lang,
    /// Items of each page in drawing order.
    pub pages: Vec<Vec<Item>>,
    /// All nodes.
    pub nodes: Vec<Node>,
    /// The outermost nodes in reading order.
    pub roots: Vec<NodeId>,
}

impl Default for Sheet {
    /// A5 upright in Chinese.
    fn default() -> Self {
        Self {
            size: (PAGE_WIDTH, PAGE_HEIGHT),
            lang: Lang::Zh,
            pages: Vec::new(),
            nodes: Vec::new(),
            roots: Vec::new(),
        }
    }
}

impl Sheet {
    /// Adds a node at the end of `parent`, or outermost.
    pub fn node(&mut self, parent: Option<NodeId>, kind: Kind) -> NodeId {
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node { kind, children: Vec::new() });
        match parent {
            Some(NodeId(parent)) => self.nodes[parent].children.push(id),
            None => self.roots.push(id),
        }
        id
    }

    /// Puts an item on the last page.
    pub fn put(&mut self, item: Item) {
        if self.pages.is_empty() {
            self.pages.push(Vec::new());
        }
        self.pages.last_mut().expect("a page was just made sure of").push(item);
    }
}

/// Where the baseline of a line with this style lies below the line's top: the face's em box (0.88 above the
/// baseline, 0.12 below it) is centred in the leading.
pub const fn baseline(style: &Style) -> Len {
    (style.leading - style.size) / 2 + style.size / 100 * 88
}

/// A style without tracking.
pub const fn style(weight: Weight, size: Len, leading: Len) -> Style {
    Style { weight, size, leading, tracking: 0 }
}
