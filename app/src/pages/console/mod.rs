//! What staff see after signing in.

pub mod bills;
pub mod calls;
pub mod gift;
pub mod gift_records;
pub mod gifts;
pub mod idle;
pub mod jobs;
pub mod mail;
pub mod messages;
pub mod unit;
pub mod unit_records;
pub mod units;
