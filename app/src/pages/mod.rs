//! One file a page: its `View`, which the server fills, and the function that makes a [`crate::Page`] of it.

pub mod console;
pub mod public;
