//! The first page: what the programme is, and the giving form.

use leptos::prelude::*;

use crate::islands::alive::Alive;

/// The home page.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <h1>"火种工程"</h1>
        <Alive />
    }
}
