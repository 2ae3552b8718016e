//! A form whose consequences follow what is typed: after a short pause the form is sent as it stands, and the parts of
//! the page that the answer brings take the place of those with the same id.
//!
//! Without it a button of the form does the same with a whole page.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Element, FormData, HtmlFormElement, HtmlTemplateElement, RequestInit, Response,
    UrlSearchParams,
};

use super::{live, mark_alive};

/// The header by which the server knows that only the parts are wanted.
const HEADER: &str = "x-part";

/// How long to wait after the last key.
const TYPED: Duration = Duration::from_millis(350);
/// How long to wait after a box or a list was changed: nobody types there.
const CHANGED: Duration = Duration::from_millis(30);

/// Listens to the form with `data-live` inside it.
#[island]
pub fn LiveForm(
    /// Names of the fields that may stand in the page's address, so that a reload keeps them. Nothing about a person is
    /// among them.
    keep: Vec<String>,
    /// What is said where no answer comes.
    failed: String,
    children: Children,
) -> impl IntoView {
    let asking = StoredValue::new_local(Asking { keep, failed, waits: None, under_way: None });
    Effect::new(move |_| mark_alive());
    view! {
        <div
            class="live-form"
            on:input=move |event: ev::Event| {
                if !is_choice(&event) {
                    ask_after(asking, TYPED);
                }
            }
            on:change=move |event: ev::Event| {
                if is_choice(&event) {
                    ask_after(asking, CHANGED);
                }
            }
        >
            {children()}
        </div>
    }
}

struct Asking {
    keep: Vec<String>,
    failed: String,
    waits: Option<TimeoutHandle>,
    under_way: Option<AbortController>,
}

/// Whether an event comes from a box or a list, where one deed is one choice.
fn is_choice(event: &ev::Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| {
        element.matches("select, input[type=checkbox], input[type=radio]").unwrap_or(false)
    })
}

fn ask_after(asking: StoredValue<Asking, LocalStorage>, pause: Duration) {
    let next = set_timeout_with_handle(move || ask(asking), pause).ok();
    asking.update_value(|asking| {
        if let Some(waits) = std::mem::replace(&mut asking.waits, next) {
            waits.clear();
        }
    });
}

fn form() -> Option<HtmlFormElement> {
    live::first("form[data-live]")?.dyn_into().ok()
}

fn ask(asking: StoredValue<Asking, LocalStorage>) {
    let Some(form) = form() else { return };
    let control = AbortController::new().ok();
    // What was asked before is of no interest any more.
    asking.update_value(|asking| {
        if let Some(before) = std::mem::replace(&mut asking.under_way, control.clone()) {
            before.abort();
        }
    });
    let _ = form.set_attribute("aria-busy", "true");
    spawn_local(async move {
        let answer = answer(&form, control.as_ref()).await;
        if control.is_some_and(|control| control.signal().aborted()) {
            return;
        }
        let _ = form.remove_attribute("aria-busy");
        match answer {
            Some(html) => {
                put(&html);
                say("");
                asking.with_value(|asking| address(&form, &asking.keep));
            }
            None => asking.with_value(|asking| say(&asking.failed)),
        }
    });
}

/// What the form would be answered, as parts of a page.
async fn answer(form: &HtmlFormElement, control: Option<&AbortController>) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let body = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    let headers = web_sys::Headers::new().ok()?;
    headers.set(HEADER, "live").ok()?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(body.as_ref());
    init.set_headers(headers.as_ref());
    init.set_signal(control.map(AbortController::signal).as_ref());
    let asked = window().fetch_with_str_and_init(&form.get_attribute("action")?, &init);
    let response: Response = JsFuture::from(asked).await.ok()?.dyn_into().ok()?;
    // A page of an error, or of signing in, has no parts.
    response.headers().get(HEADER).ok().flatten()?;
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// Puts each part of `html` in the place of the element with its id.
fn put(html: &str) {
    let Some(template) = document().create_element("template").ok() else { return };
    let Ok(template) = template.dyn_into::<HtmlTemplateElement>() else { return };
    template.set_inner_html(html);
    let parts = template.content().children();
    let parts: Vec<Element> = (0..parts.length()).filter_map(|place| parts.item(place)).collect();
    for part in parts {
        let id = part.id();
        if let Some(field) = id.strip_suffix("-error") {
            let message = part.text_content().filter(|text| !text.is_empty());
            live::show(field, message.as_deref());
        } else if let Some(place) = document().get_element_by_id(&id) {
            let _ = place.replace_with_with_node_1(&part);
        }
    }
}

fn say(text: &str) {
    if let Some(place) = document().get_element_by_id("live-state") {
        place.set_text_content(Some(text));
    }
}

/// Lets the address say what may be said there.
fn address(form: &HtmlFormElement, keep: &[String]) {
    if keep.is_empty() {
        return;
    }
    let (Ok(data), Ok(query)) = (FormData::new_with_form(form), UrlSearchParams::new()) else { return };
    for name in keep {
        if let Some(value) = data.get(name).as_string().filter(|value| !value.is_empty()) {
            query.append(name, &value);
        }
    }
    let query = query.to_string().as_string().unwrap_or_default();
    let path = window().location().pathname().unwrap_or_default();
    let whole = if query.is_empty() { path } else { format!("{path}?{query}") };
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&whole));
    }
}
