//! Where a provider tells of payments and refunds: verified over the raw body, answered fast, idempotent.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::access::Actor;
use domain::giving::Channel;
use service::Ctx;
use service::provider::notification_receive;

use super::router::Shared;

/// Takes a notification of the sandbox provider.
pub async fn sandbox(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let ctx = Ctx { house: shared.house.clone(), actor: Actor::System, now: (shared.clock)() };
    match notification_receive(&ctx, Channel::Sandbox, &headers, &body).await {
        Ok(_) => (StatusCode::OK, "success").into_response(),
        Err(error) => {
            tracing::warn!(%error, "a notification was refused");
            (error.status(), "refused").into_response()
        }
    }
}
