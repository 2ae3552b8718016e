//! The middleware that signs every answer under `/v1`, refusals too.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::Error;
use crate::fields;
use crate::signing::{self, header};

/// Reads the whole answer, signs it together with the request's nonce (`-` when there was none), passes it on.
pub(crate) async fn sign(State(app): State<App>, request: Request, next: Next) -> Response {
    let nonce = request.headers().get(header::NONCE).and_then(|value| value.to_str().ok());
    let nonce = nonce.filter(|nonce| fields::is_nonce(nonce)).unwrap_or("-").to_owned();
    let (mut parts, body) = next.run(request).await.into_parts();
    // Every answer here is made in memory; none is endless.
    let body = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return Error::Internal(error.into()).into_response(),
    };
    let status = parts.status.as_u16();
    parts.headers.extend(
        app.key.headers(&*app.world, |at, own| signing::answer_message(&nonce, status, at, own, &body)),
    );
    Response::from_parts(parts, Body::from(body))
}
