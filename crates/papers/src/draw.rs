//! Draws a laid-out sheet as a tagged PDF that keeps to PDF/A-2a and PDF/UA-1.

use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::{Page, PageSettings};
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup, TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use crate::PaperError;
use crate::font::{Face, Weight};
use crate::qr::{QUIET_ZONE, Qr};
use crate::sheet::{Area, Item, Kind, Lang, NodeId, Rgb, Sheet};
use crate::text::{Line, Style};
use crate::units::{Len, points, tenths};

/// Width of a frame's line.
const HAIRLINE: Len = tenths(6);

/// Draws `sheet`. The seal, where one is placed, is `seal`.
pub fn pdf(sheet: &Sheet, metadata: Metadata, seal: Option<&Image>) -> Result<Vec<u8>, PaperError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .expect("PDF/A-2a and PDF/UA-1 both allow PDF 1.7");
    let mut document = Document::new_with(SerializeSettings { configuration, ..Default::default() });
    let mut marks = vec![Vec::new(); sheet.nodes.len()];
    for items in &sheet.pages {
        let settings = PageSettings::from_wh(points(sheet.size.0), points(sheet.size.1))
            .expect("a page is larger than nothing");
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for item in items {
            draw(&mut surface, item, sheet.size, seal, &mut marks);
        }
        surface.finish();
        for item in items {
            link(&mut page, item, &mut marks);
        }
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some(tag_of(sheet.lang).to_owned()));
    for root in &sheet.roots {
        tree.push(group(sheet, *root, &marks));
    }
    document.set_outline(outline(sheet));
    document.set_tag_tree(tree);
    document.set_metadata(metadata);
    document.finish().map_err(refusal)
}

/// The document's only bookmark is its title; PDF/UA asks for one.
fn outline(sheet: &Sheet) -> Outline {
    let mut outline = Outline::new();
    for node in &sheet.nodes {
        if let Kind::Heading(title) = &node.kind {
            let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
            outline.push_child(OutlineNode::new(title.clone(), top));
        }
    }
    outline
}

fn refusal(error: KrillaError) -> PaperError {
    match error {
        KrillaError::Image(..) | KrillaError::SixteenBitImage(..) => PaperError::SealUnreadable,
        KrillaError::Validation(broken) => {
            PaperError::Format(format!("{:?}", broken.iter().map(|(rule, _)| rule).collect::<Vec<_>>()))
        }
        other => PaperError::Format(other.to_string()),
    }
}

fn tag_of(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    }
}

fn draw(
    surface: &mut Surface,
    item: &Item,
    size: (Len, Len),
    seal: Option<&Image>,
    marks: &mut [Vec<Identifier>],
) {
    let decoration = ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout));
    match item {
        Item::Text { at, line, style, colour, lang, node } => {
            let tag = match node {
                Some(_) => ContentTag::Span(SpanTag::empty().with_lang(Some(tag_of(*lang)))),
                None => decoration,
            };
            let mark = surface.start_tagged(tag);
            paint(surface, *colour);
            text(surface, *at, line, style, false);
            surface.end_tagged();
            if let Some(NodeId(node)) = node {
                marks[*node].push(mark);
            }
        }
        Item::Fill(area, colour) => {
            surface.start_tagged(decoration);
            paint(surface, *colour);
            surface.draw_path(&rectangle(*area));
            surface.end_tagged();
        }
        Item::Frame(area, colour) => {
            surface.start_tagged(decoration);
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: ink(*colour).into(),
                width: points(HAIRLINE),
                ..Default::default()
            }));
            surface.draw_path(&rectangle(*area));
            surface.set_stroke(None);
            surface.end_tagged();
        }
        Item::Ember(area, colour) => {
            surface.start_tagged(decoration);
            paint(surface, *colour);
            surface.draw_path(&ember(*area));
            surface.end_tagged();
        }
        Item::Code(area, qr, NodeId(node)) => {
            let mark = surface.start_tagged(ContentTag::Other);
            paint(surface, Rgb(255, 255, 255));
            surface.draw_path(&rectangle(*area));
            paint(surface, Rgb(0, 0, 0));
            surface.draw_path(&code(*area, qr));
            surface.end_tagged();
            marks[*node].push(mark);
        }
        Item::Seal(area, NodeId(node)) => {
            let mark = surface.start_tagged(ContentTag::Other);
            if let Some(image) = seal {
                surface.push_transform(&Transform::from_translate(points(area.x), points(area.y)));
                let size = Size::from_wh(points(area.w), points(area.h)).expect("a seal has a size");
                surface.draw_image(image.clone(), size);
                surface.pop();
            }
            surface.end_tagged();
            marks[*node].push(mark);
        }
        Item::Watermark(word, colour) => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Watermark)));
            watermark(surface, word, size, *colour);
            surface.end_tagged();
        }
        Item::Link { .. } => {}
    }
}

fn text(surface: &mut Surface, at: (Len, Len), line: &Line, style: &Style, outlined: bool) {
    let face = Face::of(style.weight);
    let ems = |units: i32| em_share(units, face.units_per_em());
    let tracking = em_share(style.tracking, style.size);
    let glyphs: Vec<KrillaGlyph> = line
        .glyphs
        .iter()
        .map(|glyph| {
            KrillaGlyph::new(
                GlyphId::new(glyph.id),
                sum(ems(glyph.advance), tracking),
                ems(glyph.dx),
                ems(glyph.dy),
                0.0,
                glyph.range.clone(),
                None,
            )
        })
        .collect();
    let start = Point::from_xy(points(at.0), points(at.1));
    surface.draw_glyphs(start, &glyphs, face.embedded(), &line.text, points(style.size), outlined);
}

#[expect(clippy::float_arithmetic, reason = "the PDF library takes glyph metrics as shares of an em")]
fn em_share(length: i32, em: i32) -> f32 {
    length as f32 / em as f32
}

#[expect(clippy::float_arithmetic, reason = "the PDF library takes glyph metrics as shares of an em")]
fn sum(a: f32, b: f32) -> f32 {
    a + b
}

/// A word across the page, rising to the right.
fn watermark(surface: &mut Surface, word: &str, page: (Len, Len), colour: Rgb) {
    const RISE_DEGREES: f32 = -32.0;
    const LARGEST: Len = tenths(960);
    // Each character takes about an em and some air; the slanted line is a little longer than the page is wide.
    let count = Len::try_from(word.chars().count().max(1)).unwrap_or(1);
    let size = LARGEST.min(page.0 * 100 / 94 / count);
    let style = Style { weight: Weight::Medium, size, leading: size, tracking: size / 16 };
    let shaped = crate::text::Shaped::new(word, style.weight);
    let middle = (page.0 / 2, page.1 / 2);
    surface.push_transform(&Transform::from_rotate_at(RISE_DEGREES, points(middle.0), points(middle.1)));
    paint(surface, colour);
    for line in shaped.lines(&style, Len::MAX) {
        let at = (middle.0 - line.width / 2, middle.1 + style.size * 38 / 100);
        text(surface, at, &line, &style, true);
    }
    surface.pop();
}

/// Adds the clickable part of a link to its page; text and picture of the link were drawn before.
fn link(page: &mut Page, item: &Item, marks: &mut [Vec<Identifier>]) {
    let Item::Link { area, address, node: NodeId(node) } = item else { return };
    let target = Target::Action(Action::Link(LinkAction::new(address.clone())));
    let annotation = Annotation::new_link(LinkAnnotation::new(rect(*area), target), Some(address.clone()));
    marks[*node].push(page.add_tagged_annotation(annotation));
}

fn group(sheet: &Sheet, id: NodeId, marks: &[Vec<Identifier>]) -> TagGroup {
    let node = &sheet.nodes[id.0];
    let mut group = match &node.kind {
        Kind::Heading(title) => TagGroup::new(Tag::Hn(std::num::NonZeroU16::MIN, Some(title.clone()))),
        Kind::Paragraph => TagGroup::new(Tag::P),
        Kind::Quote => TagGroup::new(Tag::BlockQuote),
        Kind::Table => TagGroup::new(Tag::Table),
        Kind::Row => TagGroup::new(Tag::TR),
        Kind::Label => TagGroup::new(Tag::TH(TableHeaderScope::Row)),
        Kind::Column => TagGroup::new(Tag::TH(TableHeaderScope::Column)),
        Kind::Value(columns) => {
            TagGroup::new(Tag::TD.with_col_span(std::num::NonZeroU32::new(*columns).filter(|n| n.get() > 1)))
        }
        Kind::Figure(alt) => TagGroup::new(Tag::Figure(Some(alt.clone()))),
        Kind::Link => TagGroup::new(Tag::Link),
    };
    for mark in &marks[id.0] {
        group.push(*mark);
    }
    for child in &node.children {
        group.push(self::group(sheet, *child, marks));
    }
    group
}

fn ink(Rgb(red, green, blue): Rgb) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn paint(surface: &mut Surface, colour: Rgb) {
    surface.set_fill(Some(Fill {
        paint: ink(colour).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }));
}

fn rect(area: Area) -> Rect {
    Rect::from_xywh(points(area.x), points(area.y), points(area.w), points(area.h))
        .expect("layout makes no empty areas")
}

fn rectangle(area: Area) -> Path {
    let mut path = PathBuilder::new();
    path.push_rect(rect(area));
    path.finish().expect("a rectangle is a path")
}

/// A place inside `area`, given in thousandths of its sides.
fn inside(area: Area, x: i32, y: i32) -> (f32, f32) {
    let along = |start: Len, side: Len, share: i32| {
        points(start + (i64::from(side) * i64::from(share) / 1000) as Len)
    };
    (along(area.x, area.w, x), along(area.y, area.h, y))
}

/// A small flame: one closed line with a lick of air in it.
fn ember(area: Area) -> Path {
    let mut path = PathBuilder::new();
    let place = |x, y| inside(area, x, y);
    let (x, y) = place(520, 0);
    path.move_to(x, y);
    for [a, b, c] in [
        [(560, 210), (860, 340), (860, 640)],
        [(860, 850), (700, 1000), (490, 1000)],
        [(280, 1000), (120, 850), (120, 640)],
        [(120, 500), (190, 410), (260, 320)],
        [(280, 400), (320, 450), (380, 470)],
        [(350, 300), (390, 120), (520, 0)],
    ] {
        let ((ax, ay), (bx, by), (cx, cy)) = (place(a.0, a.1), place(b.0, b.1), place(c.0, c.1));
        path.cubic_to(ax, ay, bx, by, cx, cy);
    }
    path.close();
    path.finish().expect("a flame is a path")
}

fn code(area: Area, qr: &Qr) -> Path {
    let side = qr.size + 2 * QUIET_ZONE;
    let place = |modules: i32, start: Len, length: Len| {
        points(start + (i64::from(length) * i64::from(modules + QUIET_ZONE) / i64::from(side)) as Len)
    };
    let mut path = PathBuilder::new();
    for outline in &qr.outlines {
        for (index, (x, y)) in outline.iter().enumerate() {
            let (x, y) = (place(*x, area.x, area.w), place(*y, area.y, area.h));
            if index == 0 {
                path.move_to(x, y);
            } else {
                path.line_to(x, y);
            }
        }
        path.close();
    }
    path.finish().expect("every code has dark modules")
}
