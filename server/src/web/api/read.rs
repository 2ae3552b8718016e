//! Who asks and what: a key in the header `Authorization`, and a body of strict JSON with the name of its request.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::Actor;
use domain::refusal::Refusal;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use service::limits::{Limit, limit_address, limit_take};
use service::registry::api::{Answered, Asked, Call, api_key_open};
use service::{Answer, Ctx, ServiceError};

use super::problem::{Fault, Teller};
use crate::web::log::KeyShown;
use crate::web::router::Shared;

/// Wrong keys shown from one address.
const WRONG_KEYS: Limit = Limit { purpose: "api wrong key", max: 60, seconds: 600 };

/// The laboratory's system that asks.
pub struct Caller {
    /// The context in which use cases run for it.
    pub ctx: Ctx,
    /// How it is told what went wrong.
    pub teller: Teller,
}

impl Caller {
    /// An answer, or what went wrong.
    pub fn json<T: serde::Serialize>(&self, answer: Answer<T>) -> Response {
        match answer.map(|told| serde_json::to_string(&told)) {
            Ok(Ok(body)) => json(StatusCode::OK, body),
            Ok(Err(error)) => {
                tracing::error!(%error, "an answer cannot be written");
                self.teller.fault(Fault::Broken)
            }
            Err(error) => self.teller.error(error),
        }
    }

    /// What a change was answered, now or an earlier time.
    pub fn answered(&self, answer: Answer<Answered>) -> Response {
        match answer {
            Ok(answer) => {
                let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
                let mut response = json(status, answer.body);
                if answer.again {
                    let yes = axum::http::HeaderValue::from_static("true");
                    response.headers_mut().insert("idempotency-replayed", yes);
                }
                response
            }
            Err(error) => self.teller.error(error),
        }
    }
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body)
        .into_response()
}

/// The header that names a request.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// That a header does not come twice: which of the two would count? Otherwise the arguments that name it.
fn once(headers: &HeaderMap, name: &HeaderName) -> Result<(), Map<String, Value>> {
    if headers.get_all(name).iter().nth(1).is_none() {
        return Ok(());
    }
    Err(Map::from_iter([("header".to_owned(), name.as_str().into())]))
}

/// The key that is shown; the scheme's name in any case (RFC 9110 section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = shown.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let teller = Teller::of(&parts.headers);
        let ctx = Ctx { house: Arc::clone(&shared.house), actor: Actor::Public, now: (shared.clock)() };
        once(&parts.headers, &header::AUTHORIZATION)
            .map_err(|name| teller.fault_with(Fault::HeaderRepeated, name))?;
        let Some(key) = bearer(&parts.headers) else { return Err(teller.fault(Fault::KeyNeeded)) };
        let call = if parts.method.is_safe() { Call::Read } else { Call::Change };
        match api_key_open(&ctx, key, call).await {
            Ok(ctx) => {
                if let (Actor::ApiKey { key_id, .. }, Some(shown)) =
                    (&ctx.actor, parts.extensions.get::<KeyShown>())
                {
                    shown.set(*key_id);
                }
                Ok(Self { ctx, teller })
            }
            Err(ServiceError::Refused(Refusal::ApiKeyInvalid)) => {
                let address = limit_address(shared.trusted_proxies.client(parts));
                let counted = limit_take(&ctx, WRONG_KEYS, &address).await;
                Err(teller.error(counted.err().unwrap_or(Refusal::ApiKeyInvalid.into())))
            }
            Err(error) => Err(teller.error(error)),
        }
    }
}

/// A change that is asked for: its body, and its name with a digest of all of it.
pub struct Sent<T> {
    /// What it says.
    pub body: T,
    /// What it is.
    pub asked: Asked,
}

impl<T: DeserializeOwned> FromRequest<Shared> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Response> {
        let teller = Teller::of(request.headers());
        if !is_json(request.headers()) {
            return Err(teller.fault(Fault::ContentType));
        }
        once(request.headers(), &IDEMPOTENCY_KEY)
            .map_err(|name| teller.fault_with(Fault::HeaderRepeated, name))?;
        let name = request.headers().get(&IDEMPOTENCY_KEY).and_then(|name| name.to_str().ok());
        let name = name.unwrap_or_default().to_owned();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let bytes = match Bytes::from_request(request, shared).await {
            Ok(bytes) => bytes,
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                return Err(teller.fault(Fault::TooLarge));
            }
            Err(_) => return Err(teller.fault(Fault::Malformed)),
        };
        let Some(asked) = Asked::new(&name, method.as_str(), &path, &bytes) else {
            return Err(teller.fault(Fault::IdempotencyKey));
        };
        match read(&bytes) {
            Ok(body) => Ok(Self { body, asked }),
            Err(arguments) => Err(teller.fault_with(Fault::Malformed, arguments)),
        }
    }
}

/// Only JSON in UTF-8: a browser sends no such thing from another site without asking first.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, rest) = kind.split_once(';').unwrap_or((kind, ""));
    let rest = rest.trim().to_ascii_lowercase();
    kind.trim().eq_ignore_ascii_case("application/json")
        && ["", "charset=utf-8", "charset=\"utf-8\""].contains(&rest.as_str())
}

/// Reads a body; where it is of another shape, the place: `units[0].status`, line and column.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader);
    let at = |path: String, error: &serde_json::Error| {
        let mut arguments = Map::new();
        arguments.insert("path".to_owned(), path.into());
        arguments.insert("line".to_owned(), error.line().into());
        arguments.insert("column".to_owned(), error.column().into());
        arguments
    };
    let value = read.map_err(|error| at(error.path().to_string(), error.inner()))?;
    reader.end().map_err(|error| at(".".to_owned(), &error))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::registry::api::StatusGiven;

    #[test]
    fn a_body_of_another_shape_is_refused_with_its_place() {
        let place = |text: &str| {
            let arguments = read::<StatusGiven>(text.as_bytes()).expect_err(text);
            format!("{} {}", arguments["path"], arguments["column"])
        };
        assert!(read::<StatusGiven>(br#"{"status":"available"}"#).is_ok());
        assert_eq!(place(r#"{"status":"lost"}"#), r#""status" 16"#);
        assert_eq!(place(r#"{"status":"gone","why":1}"#), r#""why" 22"#);
        assert_eq!(place(r#"{"status":"gone"} x"#), r#""." 19"#);
        assert_eq!(place(r#"{"status":"gone","status":"gone"}"#), r#""." 25"#);
        assert_eq!(place(r#"{"status":"go"#), r#""status" 13"#);
    }

    #[test]
    fn only_json_is_read() {
        let is = |kind: &str| is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]));
        assert!(is("application/json") && is("Application/JSON; charset=UTF-8"));
        assert!(!is("text/plain") && !is("application/x-www-form-urlencoded") && !is(""));
        assert!(!is("application/json; charset=gb18030") && !is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_key_is_shown_as_a_bearer_token() {
        let shown = |text: &str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, text.parse().unwrap())]);
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(shown("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(shown("bearer abc").as_deref(), Some("abc"));
        assert_eq!(shown("Basic abc"), None);
        assert_eq!(shown("Bearer"), None);
    }
}
