//! What a laboratory's system asks of the registry: with a key of one bank, in JSON, and each change once however often
//! it is sent.

mod given;
mod keys;
mod lab;
mod once;
mod told;
mod unit;
mod units;

pub use given::{
    CompartmentGiven, MoveGiven, PlaceGiven, StatusGiven, StepGiven, StepsGiven, TypingGiven, UnitGiven,
    UnitsGiven,
};
pub use keys::{
    CALLS, Call, DAYS, MOST_DAYS, NewKey, PREFIX, api_key_create, api_key_list, api_key_open, api_key_revoke,
};
pub use lab::{move_add, status_add, steps_add, typing_add};
pub use once::{Answered, Asked, KEPT_SECONDS, requests_round};
pub use told::{
    CompartmentTold, Outcome, Recorded, StandingTold, TraceTold, UnitLineTold, UnitRecorded, UnitTold,
    UnitsPage, UnitsRecorded,
};
pub use units::{MOST_LISTED, UNITS, unit_read, units_add, units_list};
