//! Waits for a payment's result and loads the page again when there is one.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::mark_alive;

/// Seconds between two questions: often at first, when the donor comes back from paying.
const PAUSES: [u64; 8] = [1, 2, 2, 3, 3, 5, 5, 10];

/// Asks `address` for `{"state":"…"}` until it is another than `state`, then loads the page again.
#[island]
pub fn PayWatcher(
    /// Where the state is asked for.
    address: String,
    /// The state that this page shows.
    state: String,
) -> impl IntoView {
    Effect::new(move |_| {
        mark_alive();
        ask_later(address.clone(), state.clone(), 0);
    });
}

fn ask_later(address: String, shown: String, turn: usize) {
    let pause = PAUSES.get(turn).or(PAUSES.last()).copied().unwrap_or(10);
    let next = move || {
        spawn_local(async move {
            // A page that nobody looks at asks nothing; it goes on when it is seen again.
            let seen = document().visibility_state() == web_sys::VisibilityState::Visible;
            match if seen { ask(&address).await } else { None } {
                Some(now) if now != shown => {
                    let _ = window().location().reload();
                }
                _ => ask_later(address, shown, if seen { turn + 1 } else { turn }),
            }
        });
    };
    set_timeout(next, Duration::from_secs(pause));
}

/// The state, or `None` when no answer came: then it is asked again later.
async fn ask(address: &str) -> Option<String> {
    let response = JsFuture::from(window().fetch_with_str(address)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let body = JsFuture::from(response.json().ok()?).await.ok()?;
    web_sys::js_sys::Reflect::get(&body, &"state".into()).ok()?.as_string()
}
