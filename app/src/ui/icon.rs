//! Line icons from lucide-static, inlined; decoration beside a word, so hidden from screen readers.

use leptos::prelude::*;

include!(concat!(env!("OUT_DIR"), "/icons.rs"));

/// Draws an icon at the size of the text beside it.
#[component]
pub fn IconMark(
    /// Which.
    icon: Icon,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" inner_html=icon.paths()></svg>
    }
}
