//! Renders every page to files, for looking at them.
fn main() {}
