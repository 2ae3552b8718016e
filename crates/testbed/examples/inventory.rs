//! Writes an invented WMDA inventory of N units to standard output, to measure loading with.

use std::io::{BufWriter, Write as _, stdout};

fn main() -> std::io::Result<()> {
    let units = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000);
    let mut out = BufWriter::new(stdout().lock());
    testbed::inventory::inventory(1, units, &mut out)?;
    out.flush()
}
