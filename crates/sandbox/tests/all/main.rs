//! Tests of the sandbox over real sockets: a client written from the README, and a listener that is notified.

#![allow(clippy::unwrap_used, reason = "a test, and what only tests use, may panic")]

mod bill;
mod client;
mod harness;
mod listener;
mod modes;
mod notifications;
mod page;
mod payments;
mod refunds;
mod restart;
mod signatures;
mod sms;
