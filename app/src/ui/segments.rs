//! A row of choices of which one is in force, each a link: views of one list, without a script.

use leptos::prelude::*;

/// One of the choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its word.
    pub word: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is the one in force.
    pub current: bool,
    /// How many there are, where that is known.
    pub count: Option<i64>,
}

/// The choices side by side; they wrap where there is little room.
#[component]
pub fn Segments(
    /// What is chosen, for whoever does not see it.
    #[prop(into)]
    label: String,
    /// The choices.
    segments: Vec<Segment>,
) -> impl IntoView {
    let links = segments
        .into_iter()
        .map(|segment| {
            view! {
                <li>
                    <a href=segment.href aria-current=segment.current.then_some("true")>
                        {segment.word}
                        {segment.count.map(|count| view! { <span class="segment-count">{count}</span> })}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="segments" aria-label=label>
            <ul>{links}</ul>
        </nav>
    }
}
