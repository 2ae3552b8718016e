//! Waits for a payment's result and loads the page again when there is one.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::VisibilityState;

use super::mark_alive;

/// Seconds between two questions: often at first, when the donor comes back from paying.
const PAUSES: [u64; 8] = [1, 2, 2, 3, 3, 5, 5, 10];

/// Answers without news after which the line no longer says that it looks, but that nothing was found.
const PATIENCE: usize = 3;

/// Asks `address` for `{"state":"…"}` until it is another than `state`, then loads the page again. Whoever comes back
/// to the page is told that it looks, and soon after that no payment was found yet.
#[island]
pub fn PayWatcher(
    /// Where the state is asked for.
    address: String,
    /// The state that this page shows.
    state: String,
    /// Whether people come to this page from paying, so that it says at once that it looks.
    says: bool,
    /// That it looks.
    looking: String,
    /// That nothing was found yet.
    not_yet: String,
) -> impl IntoView {
    let news = RwSignal::new(News::Quiet);
    Effect::new(move |_| {
        mark_alive();
        let (address, shown) = (address.clone(), state.clone());
        let (turn, answers, over) = (Cell::new(0), Cell::new(0), Cell::new(false));
        let watch = Rc::new(Watch { address, shown, news, turn, answers, over });
        if says {
            news.set(News::Looking);
        }
        let seen_again = Rc::clone(&watch);
        let visible = window_event_listener(ev::visibilitychange, move |_| {
            if is_seen() && !seen_again.over.get() {
                seen_again.turn.set(0);
                seen_again.answers.set(0);
                seen_again.news.set(News::Looking);
                spawn_local(Rc::clone(&seen_again).ask());
            }
        });
        on_cleanup(move || visible.remove());
        ask_later(watch);
    });
    view! {
        <p class="pay-news" role="status">
            {move || match news.get() {
                News::Quiet => None,
                News::Looking => said(&looking),
                News::NotYet => said(&not_yet),
            }}
        </p>
    }
}

/// An empty text would be written as a blank, and the line would no longer be empty.
fn said(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// What the line says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    Quiet,
    Looking,
    NotYet,
}

struct Watch {
    address: String,
    shown: String,
    news: RwSignal<News>,
    /// Questions since the page was opened or seen again.
    turn: Cell<usize>,
    /// How many of them were answered.
    answers: Cell<usize>,
    /// The result is here and the page is being loaded again: asking on would break that off.
    over: Cell<bool>,
}

impl Watch {
    /// Asks once; a new state loads the page again.
    async fn ask(self: Rc<Self>) {
        let now = state_at(&self.address).await;
        if self.over.get() {
            return;
        }
        self.turn.set(self.turn.get() + 1);
        let Some(now) = now else { return };
        if now != self.shown {
            self.over.set(true);
            let _ = window().location().reload();
            return;
        }
        self.answers.set(self.answers.get() + 1);
        if self.answers.get() >= PATIENCE && self.news.get_untracked() == News::Looking {
            self.news.set(News::NotYet);
        }
    }
}

/// Whether anybody looks at the page: one that nobody sees asks nothing.
fn is_seen() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

fn ask_later(watch: Rc<Watch>) {
    let pause = PAUSES.get(watch.turn.get()).or(PAUSES.last()).copied().unwrap_or(10);
    let next = move || {
        spawn_local(async move {
            if is_seen() {
                Rc::clone(&watch).ask().await;
            }
            if !watch.over.get() {
                ask_later(watch);
            }
        });
    };
    set_timeout(next, Duration::from_secs(pause));
}

/// The state, or `None` when no answer came: then it is asked again later.
async fn state_at(address: &str) -> Option<String> {
    let response = JsFuture::from(window().fetch_with_str(address)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let body = JsFuture::from(response.json().ok()?).await.ok()?;
    web_sys::js_sys::Reflect::get(&body, &"state".into()).ok()?.as_string()
}
