//! What went wrong, as RFC 9457 has it: a status, a code with its arguments, and a sentence; nothing of our insides.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::ServiceError;
use service::registry::units_in::RefusedUnit;
use store::StoreError;
use utoipa::ToSchema;
use words::Lang;

/// The type of every problem's body.
pub const PROBLEM: &str = "application/problem+json";

/// When to come back while the database is away.
const UNAVAILABLE_SECONDS: i64 = 5;

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What it is, as a code for programs: `unit_not_available`, `too_many_attempts` …
    pub code: String,
    /// The code's arguments; `path` is the place in the request, where it is one: `steps[136].operator`.
    #[schema(value_type = Object)]
    pub arguments: Map<String, Value>,
    /// What to do about it, for people, in the language that was asked for.
    pub detail: String,
    /// What is wrong with single units of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitProblem>,
    /// The id of this request, for whoever asks for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What is wrong with one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitProblem {
    /// Its place in the request, from 0.
    pub index: usize,
    /// Its number.
    pub registry_id: String,
    /// What it is, as a code for programs: `typing`, `released_put_available` …
    pub code: String,
    /// The code's arguments.
    #[schema(value_type = Object)]
    pub arguments: Map<String, Value>,
    /// What to do about it, for people.
    pub detail: String,
}

/// What is wrong with a request before anything of it is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No key in the header `Authorization`.
    KeyNeeded,
    /// Not `application/json`.
    ContentType,
    /// No usable header `Idempotency-Key`.
    IdempotencyKey,
    /// A header that counts once came twice.
    HeaderRepeated,
    /// More than is read.
    TooLarge,
    /// No such address or thing.
    NotFound,
    /// Not this way.
    Method,
    /// The body or the query is broken off or of another shape.
    Malformed,
    /// The house can't serve now.
    Unavailable,
    /// Our fault.
    Broken,
}

impl Fault {
    fn parts(self, lang: Lang) -> (StatusCode, &'static str, &'static str) {
        use words::api as say;
        match self {
            Self::KeyNeeded => (StatusCode::UNAUTHORIZED, "key_needed", say::key_needed(lang)),
            Self::ContentType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", say::content_type(lang))
            }
            Self::IdempotencyKey => {
                (StatusCode::BAD_REQUEST, "idempotency_key_needed", say::idempotency_key_needed(lang))
            }
            Self::HeaderRepeated => (StatusCode::BAD_REQUEST, "header_repeated", say::header_repeated(lang)),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", say::too_large(lang)),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", say::not_found(lang)),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", say::method(lang)),
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed", say::malformed(lang)),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", say::unavailable(lang)),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "broken", say::broken(lang)),
        }
    }
}

/// How problems are told to one asker.
#[derive(Debug, Clone)]
pub struct Teller {
    lang: Lang,
    request_id: Option<String>,
}

impl Teller {
    /// Whoever sent these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            lang: Lang::choose(None, text("accept-language")),
            request_id: text("x-request-id").map(str::to_owned),
        }
    }

    fn problem(&self, status: StatusCode, code: &str, detail: String) -> Problem {
        Problem {
            status: status.as_u16(),
            code: code.to_owned(),
            arguments: Map::new(),
            detail,
            units: Vec::new(),
            request_id: self.request_id.clone(),
        }
    }

    /// A request that was not understood.
    pub fn fault(&self, fault: Fault) -> Response {
        self.fault_with(fault, Map::new())
    }

    /// As [`Teller::fault`], with arguments that say where.
    pub fn fault_with(&self, fault: Fault, arguments: Map<String, Value>) -> Response {
        let (status, code, detail) = fault.parts(self.lang);
        let mut problem = self.problem(status, code, detail.to_owned());
        problem.arguments = arguments;
        let challenge = (fault == Fault::KeyNeeded).then(|| "Bearer realm=\"spark\"".to_owned());
        let wait = (fault == Fault::Unavailable).then_some(UNAVAILABLE_SECONDS);
        answer(problem, challenge, wait)
    }

    /// What a use case did not do.
    pub fn error(&self, error: ServiceError) -> Response {
        match error {
            ServiceError::Refused(refusal) => self.refused(&refusal, None),
            ServiceError::At(path, refusal) => self.refused(&refusal, Some(path)),
            ServiceError::Units(refused) => self.units(&refused),
            ServiceError::Busy | ServiceError::Store(StoreError::Unavailable) => {
                self.fault(Fault::Unavailable)
            }
            error => {
                tracing::error!(%error, "a request failed");
                self.fault(Fault::Broken)
            }
        }
    }

    /// A rule that spoke against a request, and the place in it where that is one.
    fn refused(&self, refusal: &Refusal, path: Option<String>) -> Response {
        let status = match refusal {
            Refusal::NotFound => return self.fault(Fault::NotFound),
            Refusal::ApiKeyInvalid => StatusCode::UNAUTHORIZED,
            Refusal::NotAllowed | Refusal::ScopeMissing { .. } => StatusCode::FORBIDDEN,
            Refusal::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Refusal::RegistryBeingRead { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::NumberAmbiguous => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        // RFC 6750, section 3.1.
        let challenge = match refusal {
            Refusal::ApiKeyInvalid => Some("Bearer realm=\"spark\", error=\"invalid_token\"".to_owned()),
            Refusal::ScopeMissing { scope } => Some(format!(
                "Bearer realm=\"spark\", error=\"insufficient_scope\", scope=\"{}\"",
                scope.as_str()
            )),
            _ => None,
        };
        let wait = match refusal {
            Refusal::TooManyAttempts { seconds } => Some((*seconds).max(1)),
            Refusal::RegistryBeingRead { .. } => Some(UNAVAILABLE_SECONDS),
            _ => None,
        };
        let (code, arguments) = code_of(refusal);
        let mut problem = self.problem(status, &code, words::refusal(self.lang, refusal));
        problem.arguments = arguments;
        if let Some(path) = path {
            problem.arguments.insert("path".to_owned(), path.into());
        }
        answer(problem, challenge, wait)
    }

    fn units(&self, refused: &[RefusedUnit]) -> Response {
        let detail = words::api::units_refused(self.lang, refused.len());
        let mut problem = self.problem(StatusCode::UNPROCESSABLE_ENTITY, "units_refused", detail);
        problem.units = refused
            .iter()
            .map(|one| {
                let (code, arguments) = code_of(&one.reason);
                UnitProblem {
                    // Lines of a request are counted from 1.
                    index: usize::try_from(one.line - 1).unwrap_or(0),
                    registry_id: one.id.clone(),
                    code,
                    arguments,
                    detail: words::load_refusal(self.lang, &one.reason),
                }
            })
            .collect();
        answer(problem, None, None)
    }
}

fn answer(problem: Problem, challenge: Option<String>, wait: Option<i64>) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // Cannot fail: its keys are text.
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, PROBLEM), (header::CACHE_CONTROL, "no-store")], body)
        .into_response();
    let challenge = challenge.and_then(|text| HeaderValue::from_str(&text).ok());
    if let Some(challenge) = challenge {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The code of a refusal and its arguments. `domain` writes them as a word, as one word that holds them, or as a table
/// with the member `code`.
fn code_of(refusal: &impl Serialize) -> (String, Map<String, Value>) {
    let mut value = serde_json::to_value(refusal).unwrap_or_default();
    loop {
        match value {
            Value::String(code) => return (code, Map::new()),
            Value::Object(mut table) => {
                if let Some(Value::String(code)) = table.remove("code") {
                    return (code, table);
                }
                let Some((code, inner)) = table.into_iter().next() else { break };
                match inner {
                    // A rule of the registry is named by itself.
                    inner if code == "unit" => value = inner,
                    Value::Object(arguments) => return (code, arguments),
                    _ => return (code, Map::new()),
                }
            }
            _ => break,
        }
    }
    ("refused".to_owned(), Map::new())
}

/// No such address.
pub async fn unknown(headers: HeaderMap) -> Response {
    Teller::of(&headers).fault(Fault::NotFound)
}

/// Gives a body to every error that comes without one: what a layer turns away, a method that is none.
pub async fn of_bare(request: Request, next: Next) -> Response {
    let teller = Teller::of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let ours = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let fault = match status {
        StatusCode::NOT_FOUND => Fault::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Fault::Method,
        StatusCode::PAYLOAD_TOO_LARGE => Fault::TooLarge,
        StatusCode::SERVICE_UNAVAILABLE => Fault::Unavailable,
        status if status.is_client_error() => Fault::Malformed,
        _ => Fault::Broken,
    };
    let mut told = teller.fault(fault);
    for (name, value) in response.headers() {
        // What was said beside the bare answer stays said: `Allow`.
        if ![header::CONTENT_LENGTH, header::CONTENT_TYPE].contains(name) {
            told.headers_mut().append(name, value.clone());
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::Scope;
    use domain::refusal::UnitRefusal;
    use domain::registry::LoadRefusal;

    #[test]
    fn a_refusal_is_told_as_a_code_with_arguments() {
        let told = |refusal: Refusal| {
            let (code, arguments) = code_of(&refusal);
            format!("{code} {}", Value::Object(arguments))
        };
        assert_eq!(told(Refusal::Required), "required {}");
        assert_eq!(told(Refusal::TooLong { max: 9 }), "too_long {\"max\":9}");
        assert_eq!(told(UnitRefusal::UnitSpent.into()), "unit_spent {}");
        assert_eq!(told(UnitRefusal::LogTooLong { rows: 3 }.into()), "log_too_long {\"rows\":3}");
        assert_eq!(
            told(Refusal::ScopeMissing { scope: Scope::UnitsRead }),
            "scope_missing {\"scope\":\"units:read\"}"
        );
        let (code, arguments) = code_of(&LoadRefusal::LocusMissing { locus: "B".into() });
        assert_eq!((code.as_str(), arguments["locus"].as_str()), ("locus_missing", Some("B")));
        assert_eq!(code_of(&LoadRefusal::OtherBank).0, "other_bank");
    }
}
