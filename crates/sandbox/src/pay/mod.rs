//! The pay page: what a payer sees, with the test options folded away. Works without JavaScript; has none.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::{get, post};

use crate::app::App;

mod cancel;
mod page;
mod submit;

/// Every route under `/pay`.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/pay/style.css", get(style))
        .route("/pay/{trade_no}", get(page::handle))
        .route("/pay/{trade_no}/pay", post(submit::handle))
        .route("/pay/{trade_no}/cancel", post(cancel::handle))
}

async fn style() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, include_str!("style.css"))
}
