//! Giving: what a donor types, the intent it means, and the states a gift goes through.

mod form;
mod state;

pub use form::{
    FieldErrors, GiftField, GiftForm, GiftIntent, GiftTarget, LIMITS, Limits, TaxTitle, gift_amount,
};
pub use state::{Channel, GiftState};
