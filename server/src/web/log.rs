//! One line and one count for each request: its route, never its address, since addresses hold tokens.

use std::sync::{Arc, OnceLock};
use std::time::Instant as Stopwatch;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use domain::id::ApiKeyId;

/// The key that a request showed, set by whoever reads it. What is asked with a key is always told in the log.
#[derive(Debug, Clone, Default)]
pub struct KeyShown(Arc<OnceLock<ApiKeyId>>);

impl KeyShown {
    /// Says which key it was.
    pub fn set(&self, key: ApiKeyId) {
        // Each request shows one.
        let _ = self.0.set(key);
    }
}

/// Logs and counts a request once it is answered.
pub async fn request(mut request: Request, next: Next) -> Response {
    let began = Stopwatch::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", |path| path.as_str()).to_owned();
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("-").to_owned();
    let shown = KeyShown::default();
    request.extensions_mut().insert(shown.clone());
    let response = next.run(request).await;
    let (status, took) = (response.status(), began.elapsed());
    let key = shown.0.get().map(ToString::to_string);
    if status.is_server_error() {
        tracing::error!(%method, route, status = status.as_u16(), micros = took.as_micros() as u64, id, key, "answered");
    } else if key.is_some() {
        tracing::info!(%method, route, status = status.as_u16(), micros = took.as_micros() as u64, id, key, "answered");
    } else {
        tracing::debug!(%method, route, status = status.as_u16(), micros = took.as_micros() as u64, id, "answered");
    }
    let class = format!("{}xx", status.as_u16() / 100);
    metrics::counter!("spark_requests_total", "route" => route.clone(), "status" => class).increment(1);
    metrics::histogram!("spark_request_seconds", "route" => route).record(took);
    response
}
