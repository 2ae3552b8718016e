//! Proof that islands wake up: a counter that only the browser can turn.

use leptos::prelude::*;

/// A button that counts its clicks.
#[island]
pub fn Alive() -> impl IntoView {
    let (count, set_count) = signal(0_u32);
    view! {
        <button type="button" id="alive" on:click=move |_| set_count.update(|n| *n += 1)>
            {count}
        </button>
    }
}
