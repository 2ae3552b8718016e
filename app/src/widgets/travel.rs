//! How a gift travels: received, into the fund, to a family, outcome.

use leptos::prelude::*;
use words::{Lang, travel as say};

use crate::ui::{Path, Step, StepState};

/// The path of any gift, drawn: what this site does, not what one gift has reached.
pub fn travel(lang: Lang) -> impl IntoView {
    let step = |title: &str, text: &str| Step {
        state: StepState::Ahead,
        title: title.to_owned(),
        text: Some(text.to_owned()),
        when: None,
    };
    let mut steps = vec![
        step(say::received(lang), say::received_text(lang)),
        step(say::fund(lang), say::fund_text(lang)),
        step(say::family(lang), say::family_text(lang)),
        step(say::outcome(lang), say::outcome_text(lang)),
    ];
    steps[0].state = StepState::Done;
    view! {
        <Path steps=steps wide=true />
        <p class="aside-note">{say::note(lang)}</p>
    }
}
