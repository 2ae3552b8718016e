//! Whether this node lives, and whether it can do its work.

use axum::extract::State;
use axum::http::StatusCode;

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
