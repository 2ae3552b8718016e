//! Use cases on both databases.

#![allow(clippy::unwrap_used, reason = "a test, and what only tests use, may panic")]

mod giving;
mod messages;
mod outside;
mod providers;
mod receipts;
mod refunds;
mod smtp;
mod support;
mod takeover;
mod workers;
