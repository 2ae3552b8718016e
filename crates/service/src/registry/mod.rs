//! The unit registry's use cases.

pub mod api;
pub mod confirm;
pub mod consents;
mod deed;
pub mod desk;
pub mod disclose;
pub mod dispatch;
mod ground;
pub mod hold_desk;
pub mod hold_files;
pub mod holds;
pub mod hospitals;
pub mod lab;
pub mod live;
pub mod load;
pub mod loads;
pub mod nomenclature;
pub mod patients;
pub mod reach;
pub mod releases;
pub mod report;
pub mod search;
pub mod standing;
pub mod storage;
mod typing;
pub mod units;
pub mod units_in;
mod units_out;
pub mod uploads;

pub use reach::Reach;
