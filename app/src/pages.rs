//! One file a page.

pub mod public;
