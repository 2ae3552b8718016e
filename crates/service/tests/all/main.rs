//! Use cases on both databases.

mod giving;
mod support;
