//! Use cases on both databases.

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
