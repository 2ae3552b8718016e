//! A small word beside a name: what kind it is. A state has a mark instead.

use leptos::prelude::*;

/// The word in a frame.
#[component]
pub fn Tag(
    /// The word.
    #[prop(into)]
    word: String,
) -> impl IntoView {
    view! { <span class="tag">{word}</span> }
}
