//! What people see: the document, pages, widgets, the design system, and the islands that come alive in the browser.
//!
//! `ui` knows no domain; `widgets` ← ui + domain; `islands` run in both halves; `pages` put them together from a
//! `View` that the server has filled. A page is whole without JavaScript.

// Without `erase_components`, as in a release build, a view's type nests as deep as its elements.
#![recursion_limit = "256"]

pub mod islands;

#[cfg(feature = "ssr")]
pub mod console_nav;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod ui;
#[cfg(feature = "ssr")]
pub mod widgets;

#[cfg(feature = "ssr")]
pub use document::{
    Assets, Layout, Page, PageContext, SignedIn, SiteSettings, TypedForm, render, render_parts, shell,
};

/// Starts the browser half: islands find their own places in the page and come alive there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
