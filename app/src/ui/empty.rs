//! Nothing here yet: what this place is for and what to do next.

use leptos::prelude::*;

use super::{Icon, IconMark};

/// An empty place that says what will stand there.
#[component]
pub fn EmptyState(
    /// What is not there.
    #[prop(optional, into)]
    title: Option<String>,
    /// What to do, or what will happen.
    #[prop(into)]
    text: String,
    /// A mark.
    #[prop(default = Icon::Inbox)]
    icon: Icon,
) -> impl IntoView {
    view! {
        <div class="empty">
            <IconMark icon=icon />
            <div>
                {title.map(|title| view! { <p class="empty-title">{title}</p> })}
                <p>{text}</p>
            </div>
        </div>
    }
}
