//! What a reader sees when something did not work: a page with its right status, and nothing of our insides.

use app::pages::public::error::{Again, ErrorView, Problem, page};
use app::{Page, PageContext};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::refusal::Refusal;
use service::{Answer, ServiceError};
use tower_http::csrf::ProtectionError;

use super::page::Reader;
use super::router::Shared;

/// When to come back while the database is away: it is mostly back within seconds.
const UNAVAILABLE_SECONDS: i64 = 5;

impl Reader {
    /// Renders `make` with what was loaded, or the page of what went wrong.
    pub fn answer<V>(&self, loaded: Answer<V>, make: impl FnOnce(&PageContext, V) -> Page) -> Response {
        match loaded {
            Ok(view) => self.page(StatusCode::OK, |context| make(context, view)),
            Err(error) => self.problem(error),
        }
    }

    /// The page of an error. What was typed comes back on it, to be sent again.
    pub fn problem(&self, error: ServiceError) -> Response {
        let (status, problem) = sorted(error);
        self.problem_page(status, problem)
    }

    /// The page of a problem under its status.
    pub fn problem_page(&self, status: StatusCode, problem: Problem) -> Response {
        let again = self.again(&problem);
        let wait = wait(&problem);
        let view = ErrorView { problem, request_id: self.request_id.clone(), again };
        later(self.page(status, |context| page(context, view)), wait)
    }

    /// What the reader may do again, if anything.
    fn again(&self, problem: &Problem) -> Option<Again> {
        if matches!(problem, Problem::NotFound | Problem::CrossSite | Problem::WrongMethod) {
            return None;
        }
        let address = self.context.path.clone();
        match &self.sent {
            None => (wait(problem).is_some() && self.method == Method::GET).then_some(Again::Open(address)),
            // A password is never given back, and without it nothing is worth sending again.
            Some(sent) if sent.0.is_empty() || sent.0.iter().any(|(name, _)| name == "password") => None,
            Some(sent) => Some(Again::Send { action: address, fields: sent.0.to_vec() }),
        }
    }
}

/// Seconds after which it is worth trying again, for what passes by itself.
pub fn wait(problem: &Problem) -> Option<i64> {
    match problem {
        Problem::TooMany { seconds } => Some((*seconds).max(1)),
        Problem::Unavailable => Some(UNAVAILABLE_SECONDS),
        _ => None,
    }
}

/// Says in the header when to come back (RFC 9110 section 10.2.3).
pub fn later(mut response: Response, seconds: Option<i64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Gives a page to every error that comes without one: what a layer or an extractor turns away, a method or address
/// that is none. Machines and whoever asks for a picture get the bare status.
pub async fn of_bare(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_ours(response.headers()) {
        return response;
    }
    let cross_site = response.extensions().get::<ProtectionError>().is_some();
    let (status, problem) = of_status(status, cross_site, parts.method.is_safe());
    let (mut bare, body) = response.into_parts();
    if !wants_page(&parts.headers) {
        bare.status = status;
        return Response::from_parts(bare, body);
    }
    let Ok(reader) = Reader::from_request_parts(&mut parts, &shared).await;
    let mut page = reader.problem_page(status, problem);
    for (name, value) in &bare.headers {
        // What was said beside the bare answer stays said: `Allow`, a cookie.
        if ![header::CONTENT_LENGTH, header::CONTENT_TYPE].contains(name) {
            page.headers_mut().append(name, value.clone());
        }
    }
    page
}

/// Our own answers name their type; axum's rejections are plain text.
fn is_ours(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"))
}

/// A picture or script that is missing needs no page around it.
fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_none_or(|accept| {
        accept.to_str().is_ok_and(|accept| accept.contains("text/html") || accept.contains("*/*"))
    })
}

fn of_status(status: StatusCode, cross_site: bool, safe: bool) -> (StatusCode, Problem) {
    match status {
        StatusCode::FORBIDDEN if cross_site => (status, Problem::CrossSite),
        StatusCode::NOT_FOUND => (status, Problem::NotFound),
        // An address that cannot be read leads nowhere.
        StatusCode::BAD_REQUEST if safe => (StatusCode::NOT_FOUND, Problem::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => (status, Problem::WrongMethod),
        StatusCode::PAYLOAD_TOO_LARGE => (status, Problem::TooLarge),
        // The session layer answers so when a session cannot be kept: the database is away.
        StatusCode::INTERNAL_SERVER_ERROR => (StatusCode::SERVICE_UNAVAILABLE, Problem::Unavailable),
        _ if status.is_server_error() => (status, Problem::Unavailable),
        _ => (status, Problem::Malformed),
    }
}

/// What an error is to a reader.
pub fn sorted(error: ServiceError) -> (StatusCode, Problem) {
    match error {
        // What one may not know is not there.
        ServiceError::Refused(Refusal::NotFound | Refusal::NotAllowed) => {
            (StatusCode::NOT_FOUND, Problem::NotFound)
        }
        ServiceError::Refused(Refusal::TooManyAttempts { seconds }) => {
            (StatusCode::TOO_MANY_REQUESTS, Problem::TooMany { seconds })
        }
        // Nothing is wrong with what was asked: it comes too early.
        ServiceError::Refused(refusal @ Refusal::RegistryBeingRead { .. }) => {
            (StatusCode::SERVICE_UNAVAILABLE, Problem::Refused(refusal))
        }
        ServiceError::Refused(refusal) | ServiceError::At(_, refusal) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Problem::Refused(refusal))
        }
        ServiceError::Fields(errors) => {
            let first = errors.into_values().next().unwrap_or(Refusal::Required);
            (StatusCode::UNPROCESSABLE_ENTITY, Problem::Refused(first))
        }
        ServiceError::Busy | ServiceError::Store(store::StoreError::Unavailable) => {
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
