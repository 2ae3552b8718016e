//! The JSON API for laboratories' systems under `/api/v1`: a key instead of a session, no cookie, no page.

pub mod document;
pub mod lab;
mod problem;
mod read;
pub mod units;

pub use problem::{of_bare, unknown};
