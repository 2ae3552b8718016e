//! Whether this node lives, whether it can do its work, and what it has counted.

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::router::Shared;

/// The process answers.
pub async fn live() -> &'static str {
    "ok"
}

/// The database answers.
pub async fn ready(State(shared): State<Shared>) -> (StatusCode, &'static str) {
    let head = async {
        let mut reader = shared.house.db.read().await?;
        store::audit::chain_head(&mut reader.conn(), 1).await
    };
    match head.await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready")
        }
    }
}

/// What this node has counted, in Prometheus' text form; only for whoever asks from this machine.
pub async fn metrics(State(shared): State<Shared>, parts: Parts) -> Response {
    // Behind a proxy on this machine everybody seems to be on it: then nobody is told.
    let forwarded = parts.headers.contains_key("x-forwarded-for");
    if forwarded || !shared.trusted_proxies.client(&parts).is_loopback() {
        return StatusCode::NOT_FOUND.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], shared.metrics.render()).into_response()
}
