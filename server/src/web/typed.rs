//! What readers type: forms and queries as pairs of text, freed from control characters here and nowhere else.
//!
//! PostgreSQL takes no NUL in a text, and no other control character means anything in a field of ours: a paste that
//! holds one is taken without it. Handlers take [`Form`] and [`Query`] of this module; a tidy test refuses axum's own.

use std::sync::Arc;

use axum::RequestExt as _;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer};

/// The most fields that are looked at: the longest form has some twenty.
const FIELDS: usize = 64;

/// Names with their texts, each name once: the last one that was sent counts.
pub type Pairs = Vec<(String, String)>;

/// The form that came with a request.
#[derive(Clone)]
pub struct Sent(pub Arc<Pairs>);

/// A form, read into `T`. What is malformed is answered 422; `problem::of_bare` makes a page of it.
pub struct Form<T>(pub T);

/// An address's query, read into `T`. What is malformed leads nowhere: 404.
pub struct Query<T>(pub T);

/// Reads the form of a POST once, so that an answer can give back what was typed, whatever became of it.
pub async fn read(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    // The limit of the body's length stands in the extensions.
    let whole = Request::from_parts(parts.clone(), body).extract::<Bytes, _>().await;
    let bytes = match whole {
        Ok(bytes) => bytes,
        Err(rejection) => return rejection.status().into_response(),
    };
    if !bytes.is_empty() && !is_form(&parts.headers) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    parts.extensions.insert(Sent(Arc::new(pairs(&bytes))));
    next.run(Request::from_parts(parts, Body::empty())).await
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn pairs(encoded: &[u8]) -> Pairs {
    let mut pairs = Pairs::new();
    for (name, text) in url::form_urlencoded::parse(encoded).take(FIELDS) {
        let text = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')).collect();
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some(pair) => pair.1 = text,
            None => pairs.push((name.into_owned(), text)),
        }
    }
    pairs
}

fn fill<T: DeserializeOwned>(pairs: &Pairs) -> Result<T, Error> {
    T::deserialize(MapDeserializer::new(pairs.iter().map(|(name, text)| (name.as_str(), text.as_str()))))
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Form<T> {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let sent = parts.extensions.get::<Sent>();
        let form = sent.map_or_else(|| fill(&Pairs::new()), |sent| fill(&sent.0));
        form.map(Self).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let query = pairs(parts.uri.query().unwrap_or_default().as_bytes());
        fill(&query).map(Self).map_err(|_| StatusCode::NOT_FOUND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Why {
        reason: String,
        #[serde(default)]
        note: String,
    }

    #[test]
    fn control_characters_go_and_line_breaks_stay() {
        let read = pairs("reason=%00a%0D%0Ab%09%1B%7F%C2%85%E7%8E%8B&note=x&note=y&reason2=".as_bytes());
        let why: Why = fill(&read).unwrap();
        assert_eq!(
            (why.reason.as_str(), why.note.as_str()),
            ("a\r\nb\t王", "y"),
            "the last of a name counts"
        );
    }

    #[test]
    fn a_form_without_a_field_that_it_must_have_is_malformed() {
        assert!(fill::<Why>(&pairs(b"note=x")).is_err());
        assert!(fill::<Why>(&pairs(b"reason=%FF")).is_ok(), "what is no UTF-8 is read as far as it goes");
    }

    #[test]
    fn a_flood_of_names_is_not_looked_at() {
        let flood = (0..20_000).map(|n| format!("n{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(pairs(flood.as_bytes()).len(), FIELDS);
    }
}
