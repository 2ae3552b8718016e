//! Reading a form and showing what is wrong in it: the browser's half of `ui::field`.

use domain::giving::GiftForm;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlDetailsElement, HtmlElement, HtmlFormElement};

/// What the form holds now, by the names of its inputs.
pub(super) fn read(form: &HtmlFormElement) -> GiftForm {
    let Ok(data) = FormData::new_with_form(form) else { return GiftForm::default() };
    let value = |name: &str| data.get(name).as_string().unwrap_or_default();
    GiftForm {
        gift_key: value("gift_key"),
        target: value("target"),
        amount: value("amount"),
        preset: value("preset"),
        donor_kind: value("donor_kind"),
        name: value("name"),
        anonymous: value("anonymous"),
        email: value("email"),
        phone: value("phone"),
        dedication: value("dedication"),
        message: value("message"),
        receipt: value("receipt"),
        tax: value("tax"),
        tax_title: value("tax_title"),
        tax_number: value("tax_number"),
        tax_consent: value("tax_consent"),
        related: value("related"),
        consent: value("consent"),
        channel: value("channel"),
    }
}

/// Shows `message` under the field `id`, or takes away what stands there.
pub(super) fn show(id: &str, message: Option<&str>) {
    let Some(place) = document().get_element_by_id(&format!("{id}-error")) else { return };
    if place.text_content().unwrap_or_default() == message.unwrap_or_default() {
        return;
    }
    place.set_text_content(message);
    if let Some(frame) = first(&format!("[data-field=\"{id}\"]")) {
        let _ = frame.class_list().toggle_with_force("field-wrong", message.is_some());
    }
    let Some(control) = document().get_element_by_id(id) else { return };
    let _ = match message {
        Some(_) => control.set_attribute("aria-invalid", "true"),
        None => control.remove_attribute("aria-invalid"),
    };
}

/// Puts the focus on the field `id`, opening the fold that hides it.
pub(super) fn focus(id: &str) {
    let Some(mut target) = document().get_element_by_id(id) else { return };
    if let Ok(Some(fold)) = target.closest("details")
        && let Ok(fold) = fold.dyn_into::<HtmlDetailsElement>()
    {
        fold.set_open(true);
    }
    // A group of choices takes no focus itself: its first choice does.
    if let Ok(Some(inside)) = target.query_selector("input") {
        target = inside;
    }
    if let Some(control) = target.dyn_ref::<HtmlElement>() {
        let _ = control.focus();
    }
}

/// The first element that a selector names.
pub(super) fn first(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// All elements that a selector names.
pub(super) fn all(selector: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|place| found.get(place)?.dyn_into().ok()).collect()
}
