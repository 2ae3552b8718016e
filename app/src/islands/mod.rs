//! The parts of pages that are alive in the browser. Everything else is plain HTML, and a page works without these.

#![expect(missing_docs, reason = "the macro makes a struct of an island's props and gives it no words")]

pub mod copy_button;
pub mod donate_form;
mod live;
pub mod live_form;
pub mod pay_watcher;
pub mod progress;
pub mod search_key;

/// Tells browser tests, by `<html data-hydrated>`, that an island of this page has come alive.
fn mark_alive() {
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.set_attribute("data-hydrated", "");
    }
}
