//! What anyone may read without signing in.

pub mod home;
pub mod not_found;
