//! What people see: the document's shell, the routes, and the entry of the browser half.

pub mod islands;
pub mod pages;

#[cfg(feature = "ssr")]
mod document;
mod routes;

#[cfg(feature = "ssr")]
pub use document::{Assets, shell};
pub use routes::App;

/// Starts the browser half: islands find their own places in the page and come alive there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
