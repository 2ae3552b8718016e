//! Tests of the store that need both databases.

mod readers;
mod statements;
mod units;
