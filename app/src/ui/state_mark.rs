//! A state as a small mark: a sign of its own shape, a colour, and always the word.

use leptos::prelude::*;

use super::{Icon, IconMark};

/// The shape and colour of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Open: something is awaited.
    Waiting,
    /// Good.
    Good,
    /// Good in part.
    Part,
    /// Gone back.
    Back,
    /// Over, or not valid.
    Off,
    /// Wrong.
    Wrong,
}

impl Mark {
    const fn parts(self) -> (&'static str, Icon) {
        match self {
            Self::Waiting => ("waiting", Icon::Dashed),
            Self::Good => ("good", Icon::Full),
            Self::Part => ("part", Icon::Part),
            Self::Back => ("back", Icon::Undo),
            Self::Off => ("off", Icon::Ban),
            Self::Wrong => ("wrong", Icon::Alert),
        }
    }
}

/// The mark with its word.
#[component]
pub fn StateMark(
    /// Shape and colour.
    mark: Mark,
    /// The word.
    #[prop(into)]
    word: String,
) -> impl IntoView {
    let (name, icon) = mark.parts();
    view! {
        <span class="state" data-mark=name>
            <IconMark icon=icon />
            {word}
        </span>
    }
}
