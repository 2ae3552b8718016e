//! Line icons from lucide-static, inlined; decoration beside a word, so hidden from screen readers.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;

include!(concat!(env!("OUT_DIR"), "/icons.rs"));

/// Draws an icon at the size of the text beside it.
#[component]
pub fn IconMark(
    /// Which.
    icon: Icon,
) -> impl IntoView {
    InertElement::new(icon.svg())
}
