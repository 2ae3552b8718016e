//! The words of messages by their words in table `message`.

use words::Lang;

use crate::ui::Mark;

/// What a message is about: `gift_paid`, `transfer_wanted`, `refund_done`; an unknown word is shown as it is.
#[must_use]
pub fn message_kind(lang: Lang, kind: &str) -> String {
    match kind {
        "gift_paid" => words::message_kind::gift_paid(lang).to_owned(),
        "transfer_wanted" => words::message_kind::transfer_wanted(lang).to_owned(),
        "refund_done" => words::message_kind::refund_done(lang).to_owned(),
        other => other.to_owned(),
    }
}

/// How it goes: `email`, `sms`, `call`.
#[must_use]
pub fn message_channel(lang: Lang, channel: &str) -> String {
    match channel {
        "email" => words::message_channel::email(lang).to_owned(),
        "sms" => words::message_channel::sms(lang).to_owned(),
        "call" => words::message_channel::call(lang).to_owned(),
        other => other.to_owned(),
    }
}

/// Where it stands: `waiting`, `sent`, `failed`, `done`.
#[must_use]
pub fn message_state(lang: Lang, state: &str) -> String {
    match state {
        "waiting" => words::message_state::waiting(lang).to_owned(),
        "sent" => words::message_state::sent(lang).to_owned(),
        "failed" => words::message_state::failed(lang).to_owned(),
        "done" => words::message_state::done(lang).to_owned(),
        other => other.to_owned(),
    }
}

/// The mark of such a state.
#[must_use]
pub fn message_mark(state: &str) -> Mark {
    match state {
        "sent" | "done" => Mark::Good,
        "failed" => Mark::Wrong,
        _ => Mark::Waiting,
    }
}
