//! What staff see after signing in.

pub mod bills;
pub mod calls;
pub mod gift;
pub mod gift_records;
pub mod gifts;
pub mod jobs;
pub mod mail;
pub mod messages;
