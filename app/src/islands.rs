//! The parts of pages that are alive in the browser. Everything else is plain HTML.

pub mod alive;
