//! A button that copies a text; without JavaScript it is not there at all.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::mark_alive;

/// How the copying went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Went {
    Not,
    Well,
    Badly,
}

/// Copies `text`.
#[island]
pub fn CopyButton(
    /// What is copied.
    text: String,
    /// What the button says.
    label: String,
    /// What it says once copied.
    done: String,
    /// What it says where the browser refuses.
    failed: String,
) -> impl IntoView {
    let alive = RwSignal::new(false);
    let went = RwSignal::new(Went::Not);
    Effect::new(move |_| {
        alive.set(true);
        mark_alive();
    });
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            went.set(if write(&text).await { Went::Well } else { Went::Badly });
            set_timeout(move || went.set(Went::Not), std::time::Duration::from_secs(4));
        });
    };
    view! {
        <button type="button" class="copy" hidden=move || !alive.get() on:click=copy>
            <span aria-live="polite">
                {move || match went.get() {
                    Went::Not => label.clone(),
                    Went::Well => done.clone(),
                    Went::Badly => failed.clone(),
                }}
            </span>
        </button>
    }
}

/// Only a secure page has a clipboard: elsewhere the property is missing, and asking for it would throw.
async fn write(text: &str) -> bool {
    let navigator = window().navigator();
    let clipboard = web_sys::js_sys::Reflect::get(&navigator, &"clipboard".into());
    let Some(clipboard) = clipboard.ok().and_then(|value| value.dyn_into::<web_sys::Clipboard>().ok()) else {
        return false;
    };
    wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
}
