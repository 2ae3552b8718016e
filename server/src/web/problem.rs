//! What a reader sees when something did not work: a page with its right status, and nothing of our insides.

use app::pages::public::error::{ErrorView, Problem, page};
use app::{Page, PageContext};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use domain::refusal::Refusal;
use service::{Answer, ServiceError};
use tower_http::csrf::ProtectionError;

use super::page::Reader;
use super::router::Shared;

impl Reader {
    /// Renders `make` with what was loaded, or the page of what went wrong.
    pub fn answer<V>(&self, loaded: Answer<V>, make: impl FnOnce(&PageContext, V) -> Page) -> Response {
        match loaded {
            Ok(view) => self.page(StatusCode::OK, |context| make(context, view)),
            Err(error) => self.problem(error),
        }
    }

    /// The page of an error.
    pub fn problem(&self, error: ServiceError) -> Response {
        let (status, problem) = sorted(error);
        let view = ErrorView { problem, request_id: self.request_id.clone() };
        self.page(status, |context| page(context, view))
    }
}

/// Gives a page to whoever the cross-site guard turns away: the guard's own answer is empty.
pub async fn of_cross_site(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    if response.extensions().get::<ProtectionError>().is_none() {
        return response;
    }
    let Ok(reader) = Reader::from_request_parts(&mut parts, &shared).await;
    let view = ErrorView { problem: Problem::CrossSite, request_id: reader.request_id.clone() };
    reader.page(StatusCode::FORBIDDEN, |context| page(context, view))
}

fn sorted(error: ServiceError) -> (StatusCode, Problem) {
    match error {
        // What one may not know is not there.
        ServiceError::Refused(Refusal::NotFound | Refusal::NotAllowed) => {
            (StatusCode::NOT_FOUND, Problem::NotFound)
        }
        ServiceError::Refused(Refusal::TooManyAttempts { seconds }) => {
            (StatusCode::TOO_MANY_REQUESTS, Problem::TooMany { seconds })
        }
        ServiceError::Refused(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, Problem::Refused(refusal)),
        ServiceError::Fields(errors) => {
            let first = errors.into_values().next().unwrap_or(Refusal::Required);
            (StatusCode::UNPROCESSABLE_ENTITY, Problem::Refused(first))
        }
        ServiceError::Store(store::StoreError::Unavailable) => {
            (StatusCode::SERVICE_UNAVAILABLE, Problem::Unavailable)
        }
        ServiceError::Provider(error) => {
            tracing::warn!(%error, "a provider did not answer as it should");
            (StatusCode::SERVICE_UNAVAILABLE, Problem::Unavailable)
        }
        error => {
            tracing::error!(%error, "a request failed");
            (StatusCode::INTERNAL_SERVER_ERROR, Problem::Broken)
        }
    }
}
