//! A path of steps, from what is done to what is still to come.

use leptos::prelude::*;

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It happened.
    Done,
    /// It is happening.
    Now,
    /// It has not happened.
    Ahead,
    /// It went back.
    Back,
}

impl StepState {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Ahead => "ahead",
            Self::Back => "back",
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How far it is.
    pub state: StepState,
    /// What it is.
    pub title: String,
    /// More about it.
    pub text: Option<String>,
    /// When it happened.
    pub when: Option<String>,
}

/// The steps in their order, as an ordered list with a line drawn through it.
#[component]
pub fn Path(
    /// The steps.
    steps: Vec<Step>,
    /// On a wide screen the steps stand side by side.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    let steps = steps
        .into_iter()
        .map(|step| {
            let current = (step.state == StepState::Now).then_some("step");
            view! {
                <li class="path-step" data-step=step.state.word() aria-current=current>
                    <p class="path-title">{step.title}</p>
                    {step.when.map(|when| view! { <p class="path-when">{when}</p> })}
                    {step.text.map(|text| view! { <p class="path-text">{text}</p> })}
                </li>
            }
        })
        .collect_view();
    view! { <ol class=if wide { "path path-wide" } else { "path" }>{steps}</ol> }
}
