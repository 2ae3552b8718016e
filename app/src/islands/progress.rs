//! How far something is that the server does in the background: asked again and again; when its state changes, the page
//! is loaded again. Without a script the bar stands still and the link beside it loads the page.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::mark_alive;

/// Between two questions.
const EVERY: Duration = Duration::from_millis(900);

/// What is told: `state`, `percent` where it is known, and the words under the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    state: String,
    percent: Option<u32>,
    text: String,
}

/// A bar with words under it. Asks `address` for `{"state":"…","percent":…,"text":"…"}` until the state is another than
/// `state`, then loads the page again.
#[island]
pub fn Progress(
    /// Where it is asked.
    address: String,
    /// What goes on, for whoever does not see the bar.
    label: String,
    /// The state that this page shows.
    state: String,
    /// How far it is; not known at all for what has no measure.
    percent: Option<u32>,
    /// The words under the bar.
    text: String,
) -> impl IntoView {
    let (percent, set_percent) = signal(percent);
    let (text, set_text) = signal(text);
    Effect::new(move |_| {
        mark_alive();
        ask_later(address.clone(), state.clone(), set_percent, set_text);
    });
    view! {
        <div class="progress">
            <progress class="progress-bar" max="100" value=move || percent.get() aria-label=label></progress>
            <p class="progress-text">{move || text.get()}</p>
        </div>
    }
}

fn ask_later(address: String, shown: String, percent: WriteSignal<Option<u32>>, text: WriteSignal<String>) {
    let next = move || {
        spawn_local(async move {
            // A page that nobody looks at asks nothing; it goes on when it is seen again.
            let seen = document().visibility_state() == web_sys::VisibilityState::Visible;
            match if seen { ask(&address).await } else { None } {
                Some(now) if now.state != shown => {
                    let _ = window().location().reload();
                    return;
                }
                Some(now) => {
                    percent.set(now.percent);
                    text.set(now.text);
                }
                None => {}
            }
            ask_later(address, shown, percent, text);
        });
    };
    set_timeout(next, EVERY);
}

/// What is told, or `None` when no answer came: then it is asked again later.
async fn ask(address: &str) -> Option<Told> {
    let response = JsFuture::from(window().fetch_with_str(address)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let body = JsFuture::from(response.json().ok()?).await.ok()?;
    let get = |name: &str| web_sys::js_sys::Reflect::get(&body, &name.into()).ok();
    Some(Told {
        state: get("state")?.as_string()?,
        // A percentage is a small whole number.
        percent: get("percent").and_then(|number| number.as_f64()).map(|number| number as u32),
        text: get("text")?.as_string().unwrap_or_default(),
    })
}
