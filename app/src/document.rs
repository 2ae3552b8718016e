//! The HTML document around every page: head, assets, nonce.

use std::sync::Arc;

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::App;

/// The addresses of the built web assets, found once when the server starts. Each name carries its content's hash.
#[derive(Debug, Clone)]
pub struct Assets {
    /// The stylesheet.
    pub style: Arc<str>,
    /// `start.js`, which fetches the other two and wakes the islands.
    pub start: Arc<str>,
    /// The module that wasm-bindgen made.
    pub module: Arc<str>,
    /// The browser half itself.
    pub wasm: Arc<str>,
}

/// The document that every page is rendered into.
pub fn shell(assets: Assets) -> impl IntoView {
    // Resources belong to islands only: what the page itself awaited need not travel to the browser.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    view! {
        <!DOCTYPE html>
        <html lang="zh-CN">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=assets.style />
                // `crossorigin` as the fetches that follow will have it: otherwise each is fetched twice.
                <link rel="modulepreload" href=assets.module nonce=use_nonce() />
                <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <script type="module" src=assets.start nonce=use_nonce()></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
