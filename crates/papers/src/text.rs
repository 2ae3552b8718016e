//! Setting text in lines: where a line may break, and how large the type may be.

use std::ops::Range;

use unicode_linebreak::{BreakOpportunity, linebreaks};

use crate::font::{Face, Glyph, Weight};
use crate::units::Len;

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The face.
    pub weight: Weight,
    /// Height of the em.
    pub size: Len,
    /// Distance between baselines.
    pub leading: Len,
    /// Room added after each character.
    pub tracking: Len,
}

/// One line of set text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The text of the line; a blank at which the line was broken stays in it.
    pub text: String,
    /// Its glyphs, with ranges into `text`.
    pub glyphs: Vec<Glyph>,
    /// Its width without blanks at the end.
    pub width: Len,
}

/// A text that was shaped once and can be cut into lines of any width.
pub struct Shaped {
    text: String,
    glyphs: Vec<Glyph>,
    weight: Weight,
}

impl Shaped {
    /// Shapes `text`, which must have gone through [`crate::font::printable`] where it is not our own.
    pub fn new(text: &str, weight: Weight) -> Self {
        Self { text: text.to_owned(), glyphs: Face::of(weight).shape(text), weight }
    }

    /// Cuts the text into lines of at most `width`. A word longer than a line is cut between characters.
    pub fn lines(&self, style: &Style, width: Len) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut start = 0;
        let mut last_fit = 0;
        for (end, kind) in linebreaks(&self.text) {
            if self.width(start..end, style) > width {
                if last_fit > start {
                    lines.push(self.line(start..last_fit, style));
                    start = last_fit;
                }
                start = self.cut_long_word(start..end, style, width, &mut lines);
            }
            last_fit = end;
            if kind == BreakOpportunity::Mandatory {
                lines.push(self.line(start..end, style));
                start = end;
            }
        }
        lines
    }

    /// Cuts full lines off a stretch without any place to break, and returns where the rest begins.
    fn cut_long_word(&self, word: Range<usize>, style: &Style, width: Len, lines: &mut Vec<Line>) -> usize {
        let mut start = word.start;
        while self.width(start..word.end, style) > width {
            let inside = self.glyphs.iter().map(|glyph| glyph.range.end).filter(|end| *end > start);
            let mut fitting = inside.clone().take_while(|end| self.width(start..*end, style) <= width);
            // At least one character a line, or a narrow column would never end.
            let cut = fitting.by_ref().last().or_else(|| inside.clone().next()).unwrap_or(word.end);
            if cut >= word.end {
                break;
            }
            lines.push(self.line(start..cut, style));
            start = cut;
        }
        start
    }

    /// Lines of about the same length: the narrowest width that needs no more lines than `width` does.
    pub fn balanced(&self, style: &Style, width: Len) -> Vec<Line> {
        let wide = self.lines(style, width);
        let (mut too_narrow, mut enough) = (0, width);
        while wide.len() > 1 && enough - too_narrow > style.size / 4 {
            let middle = too_narrow + (enough - too_narrow) / 2;
            let lines = self.lines(style, middle);
            // A column narrower than its longest word breaks the word: that is not balance.
            if lines.len() <= wide.len() && lines.iter().all(|line| line.width <= middle) {
                enough = middle;
            } else {
                too_narrow = middle;
            }
        }
        self.lines(style, enough)
    }

    fn in_range(&self, range: &Range<usize>) -> impl Iterator<Item = &Glyph> {
        let first = self.glyphs.partition_point(|glyph| glyph.range.start < range.start);
        self.glyphs[first..].iter().take_while(move |glyph| glyph.range.start < range.end)
    }

    fn width(&self, range: Range<usize>, style: &Style) -> Len {
        let range = range.start..range.start + self.text[range].trim_end().len();
        let face = Face::of(self.weight);
        let (mut units, mut count) = (0, 0);
        for glyph in self.in_range(&range) {
            units += i64::from(glyph.advance);
            count += 1;
        }
        face.length(units, style.size).saturating_add(style.tracking * (count - 1).max(0))
    }

    fn line(&self, range: Range<usize>, style: &Style) -> Line {
        let width = self.width(range.clone(), style);
        let text = self.text[range.clone()].trim_end_matches('\n').to_owned();
        let kept = range.start..range.start + text.len();
        let glyphs = self
            .in_range(&kept)
            .map(|glyph| Glyph {
                range: glyph.range.start - range.start..glyph.range.end - range.start,
                ..glyph.clone()
            })
            .collect();
        Line { text, glyphs, width }
    }
}

/// How wide `text` is on one line.
pub fn width(text: &str, style: &Style) -> Len {
    Shaped::new(text, style.weight).width(0..text.len(), style)
}

/// Sets `text` at the first of `styles` that needs no more than `most_lines` lines, else at the last one in as
/// many lines as it takes: names shrink, then wrap, and are never cut.
pub fn fit(text: &str, styles: &[Style], width: Len, most_lines: usize) -> (Style, Vec<Line>) {
    let mut set = None;
    for style in styles {
        let lines = Shaped::new(text, style.weight).balanced(style, width);
        let fits = lines.len() <= most_lines;
        set = Some((*style, lines));
        if fits {
            break;
        }
    }
    set.expect("callers name at least one style")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::pt;

    const STYLE: Style = Style { weight: Weight::Regular, size: 10_000, leading: 15_000, tracking: 0 };

    fn texts(text: &str, width: Len) -> Vec<String> {
        Shaped::new(text, Weight::Regular).lines(&STYLE, width).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn chinese_breaks_anywhere_but_before_a_closing_mark() {
        assert_eq!(texts("愿每个孩子都好。", pt(70)), ["愿每个孩子都", "好。"]);
        assert_eq!(texts("愿你（平安）", pt(30)), ["愿你", "（平", "安）"]);
    }

    #[test]
    fn latin_breaks_at_blanks_and_keeps_them_for_readers() {
        assert_eq!(texts("for every child", pt(45)), ["for every ", "child"]);
    }

    #[test]
    fn a_word_longer_than_a_line_is_cut_and_nothing_is_lost() {
        let address = "https://spark.example/verify/0123456789abcdef0123456789abcdef";
        for width in [pt(1), pt(12), pt(70), pt(400)] {
            let lines = texts(address, width);
            assert_eq!(lines.concat(), address, "{width}");
        }
        assert!(texts(address, pt(70)).len() > 3);
    }

    #[test]
    fn balanced_lines_are_alike_and_no_more() {
        let shaped = Shaped::new("山东省脐带血造血干细胞库火种工程公益基金会办公室", Weight::Regular);
        let lines = shaped.balanced(&STYLE, pt(200));
        assert_eq!(lines.len(), 2);
        assert!((lines[0].width - lines[1].width).abs() <= pt(10), "{lines:?}");
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let text =
            "山东 Spark 火种工程：“愿 every child 都能等到一份 matching cord-blood unit”，谢谢！2026-11-22";
        for width in (30..200).map(pt) {
            let lines = Shaped::new(text, Weight::Regular).lines(&STYLE, width);
            assert!(lines.iter().all(|line| line.width <= width));
            assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<String>(), text);
        }
    }

    #[test]
    fn fit_shrinks_before_it_wraps() {
        let sizes = [16, 13, 10].map(|size| Style { size: pt(size), ..STYLE });
        assert_eq!(fit("王小明", &sizes, pt(100), 1).0.size, pt(16));
        assert_eq!(fit("王小明王小明王", &sizes, pt(100), 1).0.size, pt(13));
        let (style, lines) = fit(&"王".repeat(35), &sizes, pt(100), 1);
        assert_eq!((style.size, lines.len()), (pt(10), 4));
    }
}
