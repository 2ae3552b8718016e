//! QR codes as outlines: one path for paper and web, without seams between the modules.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};

/// Light modules around the code that a scanner needs (ISO/IEC 18004).
pub const QUIET_ZONE: i32 = 4;

/// A corner of an outline, in modules from the code's top left.
pub type Corner = (i32, i32);

/// A QR code's dark area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// Modules on a side, without the quiet zone.
    pub size: i32,
    /// Closed outlines; dark lies on the right of each, so both fill rules give the same picture.
    pub outlines: Vec<Vec<Corner>>,
}

/// Right, down, left, up.
const STEPS: [Corner; 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

impl Qr {
    /// The code of `text` at error correction level M (a seventh of it may be dirty).
    ///
    /// `None` when the text is longer than a QR code can hold (2,331 bytes).
    pub fn new(text: &str) -> Option<Self> {
        let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
        let size = i32::try_from(code.size).ok()?;
        let dark = |x: i32, y: i32| {
            (0..size).contains(&x) && (0..size).contains(&y) && code[y as usize][x as usize].value()
        };
        Some(Self { size, outlines: outlines(size, dark) })
    }
}

/// Walks around the dark cells. Each corner keeps the set of border edges that leave it, by direction.
fn outlines(size: i32, dark: impl Fn(i32, i32) -> bool) -> Vec<Vec<Corner>> {
    let side = size + 1;
    let mut leaving = vec![[false; 4]; (side * side) as usize];
    let at = |(x, y): Corner| (y * side + x) as usize;
    for y in 0..size {
        for x in (0..size).filter(|x| dark(*x, y)) {
            leaving[at((x, y))][0] = !dark(x, y - 1);
            leaving[at((x + 1, y))][1] = !dark(x + 1, y);
            leaving[at((x + 1, y + 1))][2] = !dark(x, y + 1);
            leaving[at((x, y + 1))][3] = !dark(x - 1, y);
        }
    }
    let mut found = Vec::new();
    for start in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
        while leaving[at(start)].contains(&true) {
            found.push(walk(start, &mut leaving, at));
        }
    }
    found
}

/// One closed walk from `start`, taking away the edges it uses; corners are kept only where it turns.
fn walk(start: Corner, leaving: &mut [[bool; 4]], at: impl Fn(Corner) -> usize) -> Vec<Corner> {
    let (mut corner, mut heading, mut turns) = (start, None, Vec::new());
    while let Some(next) = leaving[at(corner)].iter().position(|there| *there) {
        leaving[at(corner)][next] = false;
        if heading != Some(next) {
            turns.push(corner);
            heading = Some(next);
        }
        corner = (corner.0 + STEPS[next].0, corner.1 + STEPS[next].1);
        if corner == start {
            break;
        }
    }
    turns
}

/// A QR code of `text` as an inline SVG for a web page.
///
/// It scales by its `viewBox` (quiet zone inside), is drawn in `currentColor` with crisp edges, names itself
/// to screen readers by the text it holds, and has neither styles nor ids, so that a strict
/// Content-Security-Policy lets it pass and it may stand on a page twice. The page gives it a size, and a light
/// ground under dark modules (many scanners cannot read an inverted code).
///
/// A text beyond 2,331 bytes fits in no code: the answer is an empty string, and the page shows the text alone.
pub fn qr_svg(text: &str) -> String {
    let Some(qr) = Qr::new(text) else { return String::new() };
    let side = qr.size + 2 * QUIET_ZONE;
    let mut path = String::new();
    for outline in &qr.outlines {
        for (index, (x, y)) in outline.iter().enumerate() {
            let (x, y) = (x + QUIET_ZONE, y + QUIET_ZONE);
            // Outlines run along the axes only, so one coordinate says the next corner.
            let step = match index {
                0 => format!("M{x} {y}"),
                _ if outline[index - 1].1 + QUIET_ZONE == y => format!("H{x}"),
                _ => format!("V{y}"),
            };
            path.push_str(&step);
        }
        path.push('z');
    }
    let mut svg = String::new();
    let label = escaped(text);
    write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
         aria-label=\"{label}\" shape-rendering=\"crispEdges\" focusable=\"false\">\
         <path fill=\"currentColor\" d=\"{path}\"/></svg>"
    )
    .expect("a String takes every write");
    svg
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://spark.example/verify/9f86d081884c7d659a2feaa0c55ad015";

    /// Fills outlines by the winding rule, cell by cell: the opposite way round from how they are made.
    fn filled(qr: &Qr) -> Vec<Vec<bool>> {
        let crosses = |outline: &Vec<Corner>, x: i32, y: i32| {
            let ends = outline.iter().zip(outline.iter().cycle().skip(1));
            // Vertical edges left of the cell's middle: down counts one, up takes one away.
            ends.filter(|(a, b)| a.0 == b.0 && a.0 <= x && (a.1.min(b.1)..a.1.max(b.1)).contains(&y))
                .map(|(a, b)| (b.1 - a.1).signum())
                .sum::<i32>()
        };
        let cell = |x, y| qr.outlines.iter().map(|outline| crosses(outline, x, y)).sum::<i32>() != 0;
        (0..qr.size).map(|y| (0..qr.size).map(|x| cell(x, y)).collect()).collect()
    }

    #[test]
    fn outlines_enclose_exactly_the_dark_modules() {
        for text in ["1", ADDRESS, &"火种".repeat(200)] {
            let code = QRBuilder::new(text).ecl(ECL::M).build().unwrap();
            let expected: Vec<Vec<bool>> =
                (0..code.size).map(|y| code[y].iter().map(|module| module.value()).collect()).collect();
            assert_eq!(filled(&Qr::new(text).unwrap()), expected);
        }
    }

    #[test]
    fn svg_is_plain_and_names_itself() {
        let svg = qr_svg("https://spark.example/?a=1&b=\"<2>\"");
        assert!(
            svg.contains("aria-label=\"https://spark.example/?a=1&amp;b=&quot;&lt;2&gt;&quot;\""),
            "{svg}"
        );
        assert!(svg.contains("fill=\"currentColor\"") && svg.contains("role=\"img\""));
        assert!(!svg.contains("style") && !svg.contains(" id="));
        // Version 3, 29 modules, and the quiet zone on both sides.
        assert!(svg.contains("viewBox=\"0 0 37 37\""), "{svg}");
    }

    #[test]
    fn a_text_that_fits_no_code_gives_nothing() {
        assert_ne!(qr_svg(&"a".repeat(2331)), "");
        assert_eq!(qr_svg(&"a".repeat(2332)), "");
    }
}
