//! What anyone may read without signing in.

pub mod donate;
pub mod error;
pub mod figures;
pub mod fund;
pub mod gift;
mod gift_receipt;
pub mod home;
pub mod how;
pub mod pay;
pub mod privacy;
pub mod sign_in;
pub mod verify;
