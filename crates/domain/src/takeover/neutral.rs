//! Making a cell harmless to spreadsheet programs, and taking that back.

/// Signs with which a spreadsheet program begins to calculate, also in their full-width forms.
/// Source: OWASP, "CSV Injection".
const FORMULA_SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The mark put in front of a dangerous cell: spreadsheet programs take the rest as text.
const MARK: char = '\'';

/// The cell as it may be written into a CSV file: one that a spreadsheet program could take for a formula gets
/// an apostrophe in front. Blanks and control characters before the sign don't hide it.
///
/// [`restore`] gives the cell back exactly, since a cell that already begins with an apostrophe gets one too.
#[must_use]
pub fn neutralise(cell: &str) -> String {
    let shown = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
    let control_first = cell.starts_with(['\t', '\r', '\n']);
    if cell.starts_with(MARK) || control_first || shown.starts_with(FORMULA_SIGNS) {
        let mut out = String::with_capacity(cell.len() + 1);
        out.push(MARK);
        out.push_str(cell);
        out
    } else {
        cell.to_owned()
    }
}

/// The cell as it was before [`neutralise`].
#[must_use]
pub fn restore(cell: &str) -> &str {
    cell.strip_prefix(MARK).unwrap_or(cell)
}

/// Characters that show nothing and may stand before a formula's sign unseen.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_formula_becomes_text() {
        for cell in
            ["=HYPERLINK(\"x\")", "+1", "-751.34", "@SUM(A1)", " =1", "\t=1", "＝1", "\u{FEFF}=1", "\r1"]
        {
            assert_eq!(neutralise(cell), format!("'{cell}"));
        }
        for cell in ["", "愿平安,健康", "100.00", "他说\"谢谢\"", "a=b"] {
            assert_eq!(neutralise(cell), cell);
        }
        assert_eq!(neutralise("'已有"), "''已有");
    }

    proptest! {
        #[test]
        fn what_was_neutralised_comes_back(cell in "[\\s'=+@\\-]{0,4}.{0,20}") {
            let written = neutralise(&cell);
            prop_assert_eq!(restore(&written), &cell);
            let begins_formula = written.trim_start().starts_with(FORMULA_SIGNS);
            prop_assert!(!begins_formula, "{:?}", written);
        }
    }
}
