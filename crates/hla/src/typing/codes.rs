//! Multiple-allele codes (`A*02:AB`): a table that the operator supplies, as NMDP publishes it.

use crate::{AlleleName, Suffix};
use std::collections::HashMap;
use std::fmt;

/// A line of the table that is not one of its rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeTableError {
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for CodeTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code table: line {}", self.line)
    }
}

impl std::error::Error for CodeTableError {}

/// The table: each code with the alleles that it stands for.
///
/// A generic code lists second fields for any family (`AB` = `01/02`); an allele-specific one lists two-field names
/// (`02:01/03:01`).
#[derive(Clone, Default, Debug)]
pub struct CodeTable {
    lists: HashMap<Box<str>, Box<str>>,
}

impl CodeTable {
    /// Reads the published text: columns apart by tabs or spaces, an optional `*` first, then code and list.
    ///
    /// # Errors
    /// The first line that is neither a row nor one of the heading lines.
    pub fn parse(text: &str) -> Result<CodeTable, CodeTableError> {
        let mut lists = HashMap::new();
        for (i, line) in text.lines().enumerate() {
            let mut columns = line.split_whitespace().filter(|c| *c != "*");
            let (Some(code), list) = (columns.next(), columns.next()) else { continue };
            if code.starts_with('#') || code == "CODE" || code == "LAST" {
                continue;
            }
            let list = list.ok_or(CodeTableError { line: i + 1 })?;
            let letters = code.len() >= 2 && code.bytes().all(|b| b.is_ascii_uppercase());
            if !letters || list.split('/').any(|item| parts(item).is_none()) {
                return Err(CodeTableError { line: i + 1 });
            }
            lists.insert(code.into(), list.into());
        }
        Ok(CodeTable { lists })
    }

    /// How many codes there are.
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Whether a code lists second fields for any family. Another one names its alleles itself.
    pub fn is_generic(&self, code: &str) -> bool {
        self.lists.get(code).is_some_and(|list| !list.contains(':'))
    }

    /// What a code stands for after this family; `None` when the table lacks it.
    pub fn expand(&self, family: u16, code: &str) -> Option<Vec<AlleleName>> {
        let list = self.lists.get(code)?;
        let mut names: Vec<AlleleName> = list
            .split('/')
            .filter_map(parts)
            .filter_map(|(fields, suffix)| match fields[..] {
                [second] => AlleleName::new(&[family, second], suffix),
                _ => AlleleName::new(&fields, suffix),
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        Some(names)
    }
}

/// An item of a list: `01`, `01N` or `02:01`.
fn parts(item: &str) -> Option<(Vec<u16>, Option<Suffix>)> {
    let last = item.chars().next_back()?;
    let (digits, suffix) = if last.is_ascii_alphabetic() {
        (&item[..item.len() - 1], Some(Suffix::from_letter(last)?))
    } else {
        (item, None)
    };
    let fields =
        digits.split(':').map(|d| if d.bytes().all(|b| b.is_ascii_digit()) { d.parse().ok() } else { None });
    let fields: Vec<u16> = fields.collect::<Option<_>>()?;
    (fields.len() <= 2 && !fields.contains(&0)).then_some((fields, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_form_is_read() {
        let table = "LAST UPDATED: 20000101\n*\tCODE\tSUBTYPE\n\n\tAB\t01/02\n*\tDXYZ\t02:01/03:01N\n";
        let codes = CodeTable::parse(table).unwrap();
        assert_eq!(codes.len(), 2);
        let shown = |f, c| codes.expand(f, c).map(|n| n.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(shown(15, "AB"), Some(vec!["15:01".into(), "15:02".into()]));
        assert_eq!(shown(2, "DXYZ"), Some(vec!["02:01".into(), "03:01N".into()]));
        assert_eq!(shown(2, "AC"), None);
        assert!(codes.is_generic("AB") && !codes.is_generic("DXYZ"));
    }

    #[test]
    fn a_bad_line_is_named() {
        for bad in ["AB", "AB\t01/x", "A1\t01", "AB\t01//02", "AB\t00"] {
            assert_eq!(CodeTable::parse(&format!("AA\t01\n{bad}\n")).unwrap_err().line, 2, "{bad}");
        }
    }
}
