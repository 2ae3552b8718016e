//! What the fuzz targets share: an invented release, a table of codes, and what reads units.

use std::sync::LazyLock;

use hla::Release;
use hla::typing::CodeTable;

#[cfg(feature = "units")]
pub mod units;

/// The small release of the tests of `hla`, with every kind of edge.
#[allow(dead_code)]
#[path = "../../crates/hla/tests/all/support.rs"]
pub mod support;

/// Codes, as an operator supplies them.
pub static CODES: LazyLock<CodeTable> = LazyLock::new(|| {
    CodeTable::parse("CODE\tLIST\nAB\t01/02\nBC\t02:01/02:05\nZZ\t09N/10\n").expect("a sound table")
});

static NONE: LazyLock<Release> = LazyLock::new(Release::none);

/// No release.
pub fn no_release() -> &'static Release {
    &NONE
}

/// What separates the tables of one release in one input.
pub const APART: &str = "\n====\n";
