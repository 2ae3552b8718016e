//! Tests of the store that need both databases.

mod statements;
mod units;
