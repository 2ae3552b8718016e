//! Use cases on both databases.

mod giving;
mod receipts;
mod support;
mod takeover;
