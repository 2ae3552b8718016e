//! Use cases on both databases.

#![allow(clippy::unwrap_used, reason = "a test, and what only tests use, may panic")]

mod api_keys;
mod api_lab;
mod api_loads;
mod api_same;
mod api_support;
mod api_writes;
mod backup;
mod bills;
mod changed_rows;
mod consents;
mod export;
mod giving;
mod hold_desk;
mod holds;
mod limits;
mod load_own_word;
mod messages;
mod outside;
mod programme;
mod providers;
mod receipts;
mod refunds;
mod registry_live;
mod registry_report;
mod registry_support;
mod registry_tamper;
mod releases;
mod reversals;
mod smtp;
mod staff;
mod support;
mod takeover;
mod takeover_tamper;
mod tamper;
mod units_disclosed;
mod units_in;
mod units_in_bad;
mod units_lab;
mod units_out;
mod units_read;
mod units_support;
mod units_tamper;
mod uploads;
mod workers;
