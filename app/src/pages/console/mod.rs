//! What staff see after signing in.

pub mod bills;
pub mod calls;
pub mod gift;
pub mod gift_records;
pub mod gifts;
pub mod idle;
pub mod jobs;
pub mod lab;
pub mod lab_hold;
pub mod lab_release;
pub mod lab_unit;
pub mod load_form;
pub mod load_run;
pub mod loads;
pub mod mail;
pub mod match_desk;
pub mod match_result;
pub mod messages;
pub mod nomenclature;
pub mod registry;
pub mod unit;
pub mod unit_records;
pub mod units;
