//! Which handler answers which address.

use app::{App, shell};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::middleware;
use axum::response::Response;
use http::request::Parts;
use leptos::config::LeptosOptions;
use leptos::nonce::Nonce;
use leptos::prelude::{AnyView, IntoAny, provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list};

use super::assets::Site;
use super::csp;

/// What handlers share.
#[derive(Clone, FromRef)]
pub struct Shared {
    site: Site,
    leptos: LeptosOptions,
}

/// The whole site: pages, server functions, assets.
pub fn router(site: Site) -> Router {
    // Leptos wants its own settings; our assets have their own names, so only the type matters.
    let leptos = LeptosOptions::builder().output_name("app").build();
    let shared = Shared { site, leptos };
    let page = page(&shared);
    Router::new()
        .leptos_routes_with_context(&shared, generate_route_list(App), page_context, page)
        .fallback(asset_or_not_found)
        .layer(middleware::from_fn(csp::guard))
        .with_state(shared)
}

/// The view that renders the document and, in it, the page that the address asks for.
fn page(shared: &Shared) -> impl Fn() -> AnyView + Clone + Send + Sync + 'static {
    let assets = shared.site.assets().clone();
    move || shell(assets.clone()).into_any()
}

/// What every page and server function finds in its context.
fn page_context() {
    // The header and the page must name the same nonce: the middleware made it.
    if let Some(nonce) = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Nonce>().cloned()) {
        provide_context(nonce);
    }
}

async fn asset_or_not_found(State(shared): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if let Some(response) = shared.site.answer(path, request.headers()) {
        return response;
    }
    let page = page(&shared);
    leptos_axum::render_app_async_with_context(page_context, page)(request).await
}
