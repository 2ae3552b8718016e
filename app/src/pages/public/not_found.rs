//! The page for an address that leads nowhere.

use leptos::prelude::*;

/// Says that nothing is here and answers 404.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <h1>"没有这个页面"</h1>
        <p>
            <a href="/">"回到首页"</a>
        </p>
    }
}
