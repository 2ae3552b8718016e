//! Lays a match report out: head, particulars, the patient, the counts, each unit with its table, legend, signature.

use crate::font::Weight;
use crate::sheet::{Area, Item, Kind, NodeId, Rgb, Sheet, style};
use crate::text::{self, Style};
use crate::units::{Len, pt, tenths};

use super::pen::{INK, Pen, RED, SIDE, SOFT, WIDTH, look};
use super::{MatchPaper, PaperGrade, PaperLocus, PaperUnit};

/// Width of one of five columns.
const COLUMN: Len = WIDTH / 5;
/// Side of a grade's symbol.
const SIGN: Len = pt(11);

/// Lays the report out.
pub fn report(paper: &MatchPaper) -> Sheet {
    let mut pen = Pen::new(paper.lang, paper.watermark.as_deref());
    head(&mut pen, paper);
    pen.y += pt(14);
    heading(&mut pen, &paper.headings[0]);
    patient(&mut pen, paper);
    pen.y += pt(8);
    for total in &paper.totals {
        pen.paragraph(total, (look(Weight::Regular, 90, 140), INK));
    }
    pen.y += pt(12);
    heading(&mut pen, &paper.headings[1]);
    for unit in &paper.units {
        unit_block(&mut pen, paper, unit);
    }
    pen.y += pt(8);
    legend(&mut pen, paper);
    pen.y += pt(10);
    for note in &paper.notes {
        pen.paragraph(note, (look(Weight::Regular, 80, 125), SOFT));
        pen.y += pt(3);
    }
    pen.y += pt(14);
    for line in &paper.signature {
        pen.paragraph(line, (look(Weight::Medium, 100, 165), INK));
    }
    number_pages(&mut pen.sheet, paper);
    pen.sheet
}

fn head(pen: &mut Pen, paper: &MatchPaper) {
    let node = pen.sheet.node(None, Kind::Heading(format!("{} {}", paper.title, paper.number)));
    pen.y = pen.set(&paper.title, (SIDE, pen.y), WIDTH, (look(Weight::Medium, 200, 270), INK), node);
    pen.y = pen.set(&paper.number, (SIDE, pen.y), WIDTH, (look(Weight::Regular, 100, 150), SOFT), node);
    if let Some(watermark) = &paper.watermark {
        pen.y += pt(4);
        pen.paragraph(watermark, (look(Weight::Medium, 120, 180), RED));
    }
    pen.y += pt(8);
    pen.hair();
    pen.y += pt(8);
    let table = pen.sheet.node(None, Kind::Table);
    let label = look(Weight::Regular, 85, 140);
    let value = look(Weight::Regular, 90, 140);
    let indent =
        paper.particulars.iter().map(|(name, _)| text::width(name, &label)).fold(0, Len::max) + pt(12);
    for (name, text) in &paper.particulars {
        pen.need(Pen::height(text, WIDTH - indent, &value));
        let row = pen.sheet.node(Some(table), Kind::Row);
        let node = pen.sheet.node(Some(row), Kind::Label);
        pen.set(name, (SIDE, pen.y), indent, (label, SOFT), node);
        let node = pen.sheet.node(Some(row), Kind::Value(1));
        pen.y = pen.set(text, (SIDE + indent, pen.y), WIDTH - indent, (value, INK), node);
    }
}

fn heading(pen: &mut Pen, words: &str) {
    pen.need(pt(60));
    pen.paragraph(words, (look(Weight::Medium, 120, 190), INK));
    pen.hair();
    pen.y += pt(6);
}

fn patient(pen: &mut Pen, paper: &MatchPaper) {
    let table = pen.sheet.node(None, Kind::Table);
    let names = paper.patient.each_ref().map(|(name, _)| name.as_str());
    let cells = paper.patient.each_ref().map(|(_, typing)| typing.as_str());
    columns(pen, table, names);
    let row = pen.sheet.node(Some(table), Kind::Row);
    row_of(pen, row, cells, 0);
}

fn columns(pen: &mut Pen, table: NodeId, names: [&str; 5]) {
    let row = pen.sheet.node(Some(table), Kind::Row);
    let style = look(Weight::Medium, 85, 130);
    for (place, name) in (0..).zip(names) {
        let node = pen.sheet.node(Some(row), Kind::Column);
        pen.set(name, (SIDE + place * COLUMN, pen.y), COLUMN - pt(8), (style, SOFT), node);
    }
    pen.y += style.leading;
}

/// A row of five texts; `indent` leaves room for signs below which the text begins.
fn row_of(pen: &mut Pen, row: NodeId, cells: [&str; 5], below: Len) {
    let style = small();
    let top = pen.y + below;
    let mut end = top;
    for (place, text) in (0..).zip(cells) {
        let node = pen.sheet.node(Some(row), Kind::Value(1));
        let at = (SIDE + place * COLUMN, top);
        end = end.max(pen.set(text, at, COLUMN - pt(8), (style, INK), node));
    }
    pen.y = end;
}

fn small() -> Style {
    look(Weight::Regular, 75, 105)
}

fn unit_block(pen: &mut Pen, paper: &MatchPaper, unit: &PaperUnit) {
    let (title, line) = (look(Weight::Medium, 105, 160), look(Weight::Regular, 85, 130));
    let tallest =
        unit.loci.iter().map(|l| Pen::height(&l.typing, COLUMN - pt(8), &small())).max().unwrap_or(0);
    let texts = unit.lines.len() + unit.warnings.len() + 3;
    pen.need(title.leading + tallest + line.leading * Len::try_from(texts).unwrap_or(8) + pt(40));
    pen.paragraph(&unit.title, (title, INK));
    pen.paragraph(&unit.matches, (look(Weight::Medium, 90, 140), INK));
    pen.y += pt(3);
    let table = pen.sheet.node(None, Kind::Table);
    columns(pen, table, paper.patient.each_ref().map(|(name, _)| name.as_str()));
    let row = pen.sheet.node(Some(table), Kind::Row);
    signs(pen, row, &unit.loci);
    let row = pen.sheet.node(Some(table), Kind::Row);
    row_of(pen, row, unit.loci.each_ref().map(|locus| locus.typing.as_str()), pt(2));
    pen.y += pt(3);
    for text in &unit.lines {
        pen.paragraph(text, (line, INK));
    }
    for text in &unit.warnings {
        pen.paragraph(text, (look(Weight::Medium, 85, 130), RED));
    }
    pen.paragraph(&unit.why, (line, SOFT));
    pen.y += pt(5);
    pen.hair();
    pen.y += pt(7);
}

/// The grades of five loci: for each a coloured field with its symbol in it, which the legend explains.
fn signs(pen: &mut Pen, row: NodeId, loci: &[PaperLocus; 5]) {
    for (place, locus) in (0..).zip(loci) {
        let cell = pen.sheet.node(Some(row), Kind::Value(1));
        let node = pen.sheet.node(Some(cell), Kind::Paragraph);
        for (at, grade) in (0..).zip(locus.grades) {
            let x = SIDE + place * COLUMN + at * (SIGN + pt(4));
            sign(pen, (x, pen.y), grade, node);
        }
    }
    pen.y += SIGN;
}

/// A field with a letter that tells the grade without its colour; the more it matches, the darker.
fn sign(pen: &mut Pen, at: (Len, Len), grade: PaperGrade, node: NodeId) {
    let (letter, ground, ink) = match grade {
        PaperGrade::Allele => ("=", Rgb(0x0F, 0x5C, 0x63), Rgb(0xFF, 0xFF, 0xFF)),
        PaperGrade::Potential => ("~", Rgb(0xBF, 0xDD, 0xDF), INK),
        PaperGrade::Antigen => ("a", Rgb(0xF3, 0xDD, 0xB0), INK),
        PaperGrade::PotentialAntigen => ("a?", Rgb(0xFB, 0xF3, 0xE2), INK),
        PaperGrade::Mismatch => ("×", Rgb(0xA8, 0x21, 0x1C), Rgb(0xFF, 0xFF, 0xFF)),
        PaperGrade::Unknown => ("?", Rgb(0xFF, 0xFF, 0xFF), INK),
    };
    let area = Area { x: at.0, y: at.1, w: SIGN, h: SIGN };
    pen.sheet.put(Item::Fill(area, ground));
    pen.sheet.put(Item::Frame(area, SOFT));
    let style = style(Weight::Medium, tenths(80), SIGN);
    let x = at.0 + (SIGN - text::width(letter, &style)) / 2;
    pen.set(letter, (x, at.1), SIGN, (style, ink), node);
}

fn legend(pen: &mut Pen, paper: &MatchPaper) {
    let line = look(Weight::Regular, 80, 140);
    pen.need(line.leading * 3);
    let top = pen.y;
    for (place, (grade, words)) in (0..).zip(&paper.legend) {
        let (column, row) = (place % 2, place / 2);
        let at = (SIDE + column * (WIDTH / 2), top + row * line.leading);
        let node = pen.sheet.node(None, Kind::Paragraph);
        sign(pen, at, *grade, node);
        pen.set(words, (at.0 + SIGN + pt(6), at.1), WIDTH / 2 - SIGN - pt(10), (line, INK), node);
    }
    pen.y = top + 3 * line.leading;
}

fn number_pages(sheet: &mut Sheet, paper: &MatchPaper) {
    let pages = sheet.pages.len();
    let small = look(Weight::Regular, 70, 100);
    let lang = sheet.lang;
    let (width, height) = sheet.size;
    for (index, page) in sheet.pages.iter_mut().enumerate() {
        let text = format!("{} · {}/{pages}", paper.number, index + 1);
        for line in text::Shaped::new(&text, small.weight).lines(&small, WIDTH).into_iter().take(1) {
            let at = (width - SIDE - line.width, height - pt(26));
            page.push(Item::Text { at, line, style: small, colour: SOFT, lang, node: None });
        }
    }
}
