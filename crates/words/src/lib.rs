//! Every word a person reads, in Chinese and English: one function per key of `locales/*.toml`, made at build time.
//!
//! A key or a parameter that exists in one language only stops the build. Codes of `domain` (refusals, states, roles)
//! have one exhaustive match each, so that a new code without words does not compile.

mod codes;
mod files;
mod found;
mod lang;
pub mod letters;
mod lists;
mod load_refusals;
mod refusals;
mod registry;
mod rows;
mod unit;
mod when;

pub use codes::{
    account, action, bill_difference, channel, entry_kind, gift_field, gift_state, receipt_state, role,
    standing, standing_reason,
};
pub use files::{file_refusal, release_fault, upload_end, upload_state};
pub use found::{
    abo_fit, criterion, dose_class, match_grade, matches_in_words, resolution, typing_fault, typing_notice,
    typing_problem, unfit_typings, why_rank,
};
pub use lang::Lang;
pub use lists::{change, conflict, footer_difference, sheet_error, skipped, yuan};
pub use load_refusals::{load_file_refusal, load_refusal};
pub use refusals::refusal;
pub use registry::{
    compartment_state, hold_purpose, hold_state, release_state, step, step_finding, step_phase,
    typing_verdict, unit_bar, unit_ownership, unit_status,
};
pub use rows::bad_reason;
pub use unit::{culture, dose_policy, haemoglobin, markers, sex, typing_method, version_source};
pub use when::{date, minute, wait};

include!(concat!(env!("OUT_DIR"), "/keys.rs"));
