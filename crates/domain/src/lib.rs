//! The rules and states of each noun: pure, with clock, randomness and ids as parameters.
//!
//! Base modules (`id`, `money`, `capitals`, `time`, `text`, `identity`, `password`, `refusal`) know nothing of the others;
//! then `ledger` ← `giving` ← `receipt`; `audit` and `access` stand beside them.

pub mod access;
pub mod audit;
pub mod bill;
pub mod capitals;
pub mod fund;
pub mod giving;
pub mod id;
pub mod identity;
pub mod ledger;
pub mod money;
pub mod password;
pub mod receipt;
pub mod refusal;
pub mod registry;
pub mod takeover;
pub mod text;
pub mod time;
