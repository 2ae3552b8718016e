//! Parts that know the domain: money, states, funds, recipients, papers.

mod dose;
mod fund_line;
mod give_form;
mod hold;
mod measures;
mod message;
mod pay_watcher;
mod recipient;
mod states;
mod travel;
mod unit;

pub use dose::{asked_of, cells, dose_bars, dose_verdict, hundredths};
pub use fund_line::{FundLine, fund_bar, fund_name, fund_purpose, programme_name, programme_purpose};
pub use give_form::{FundChoice, GiveForm, fresh_form, give_form};
pub use hold::{HoldLine, hold_state, hold_table};
pub use measures::{count, millilitres, percent, thousandths};
pub use message::{message_channel, message_kind, message_mark, message_state};
pub use pay_watcher::{PayNews, pay_watcher};
pub use recipient::{organisation_name, plan_title, recipient, recipients};
pub use states::{
    again_address, amount, amount_short, gift_state, receipt_mark, receipt_state, standing, yuan, yuan_short,
};
pub use travel::travel;
pub use unit::{Chamber, chambers, compartment_state, loci_of, place_words, typing_text, unit_status};
