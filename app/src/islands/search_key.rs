//! The key `/` goes to the search, wherever one is in the console.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{live, mark_alive};

/// Listens for `/` outside of fields and puts the focus on the element with the id `target`.
#[island]
pub fn SearchKey(
    /// The id of the search field.
    target: String,
) -> impl IntoView {
    Effect::new(move |_| {
        mark_alive();
        let target = target.clone();
        let pressed = window_event_listener(ev::keydown, move |event| {
            let typing = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok())
                .is_some_and(|element| element.matches("input, textarea, select").unwrap_or(false));
            if event.key() != "/" || typing || event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let field =
                live::first(&format!("#{target}")).and_then(|field| field.dyn_into::<HtmlElement>().ok());
            if let Some(field) = field {
                event.prevent_default();
                let _ = field.focus();
            }
        });
        on_cleanup(move || pressed.remove());
    });
}
