//! One unit as a file wrote it, before anything of it is understood: values by the path of their element.

use std::collections::BTreeMap;

use domain::registry::LoadRefusal;

/// Text that one unit may bring, in bytes, names of its fields included.
pub const MAX_UNIT_BYTES: usize = 256 * 1024;

/// What stands before the fields that the WMDA's format has no element for: `SPARK/OWNERSHIP` … In XML they stand in
/// processing instructions, which a validator passes over.
pub(in crate::registry) const OWN: &str = "SPARK/";

/// Of a file that another house exported and that says less than it knew: the compartments that it speaks of, and the
/// bank's id there (`1,3/5 ID`).
pub(in crate::registry) const REMAINS: &str = "SPARK/REMAINS";

/// The fields of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Its line in the file.
    pub line: i64,
    /// The values, trimmed and not empty, by path: `HLA/A/DNA/FIELD1`.
    pub fields: BTreeMap<String, String>,
    /// Why it can't be used, found while it was read.
    pub refusal: Option<LoadRefusal>,
    bytes: usize,
}

impl Record {
    /// An empty one.
    #[must_use]
    pub fn at(line: i64) -> Self {
        Self { line, ..Self::default() }
    }

    /// Puts a value; an empty one says nothing.
    pub fn put(&mut self, path: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() || self.refusal.is_some() {
            return;
        }
        self.bytes += path.len() + value.len();
        if self.bytes > MAX_UNIT_BYTES {
            self.refusal = Some(LoadRefusal::TooLarge { limit: MAX_UNIT_BYTES });
        } else if self.fields.insert(path.to_owned(), value.to_owned()).is_some() {
            self.refusal = Some(LoadRefusal::FieldTwice { field: path.to_owned() });
        }
    }

    /// Takes a value out.
    pub(super) fn take(&mut self, path: &str) -> Option<String> {
        self.fields.remove(path)
    }
}
