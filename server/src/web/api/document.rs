//! The description of the API, made from the handlers themselves.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, RefOr};
use utoipa::{Modify, OpenApi};

use super::{lab, units};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Spark for laboratory systems",
        description = "Units of one bank: read, recorded, typed, stored. docs/API.md shows how it is used."
    ),
    paths(units::list, units::show, units::add, lab::typing, lab::steps, lab::status, lab::moved, show),
    modifiers(&Key, &Refusals)
)]
struct Api;

/// How a key is shown.
struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("spark_api_…").build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// What any route that takes a key may answer: described once, since it is the same for all.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut Document) {
        for item in document.paths.paths.values_mut() {
            item.get.iter_mut().for_each(refusals);
            if let Some(operation) = &mut item.post {
                refusals(operation);
                let again = header("`true`: this was done before, and this is the answer of that time");
                if let Some(RefOr::T(done)) = operation.responses.responses.get_mut("200") {
                    done.headers.insert("Idempotency-Replayed".to_owned(), again);
                }
            }
        }
    }
}

/// Adds them to an operation, each with the body of its other refusals.
fn refusals(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let Some(RefOr::T(refused)) = responses.get("4XX").cloned() else { return };
    let wait = ("Retry-After", header("Seconds until it may be sent again"));
    let challenge = ("WWW-Authenticate", header("What is wrong with the key, as RFC 6750 has it"));
    let told = |description: &str, headers: &[&(&str, RefOr<Header>)]| {
        let mut told = refused.clone();
        told.description = description.to_owned();
        let headers = headers.iter().map(|(name, header)| ((*name).to_owned(), header.clone()));
        told.headers.extend(headers);
        RefOr::T(told)
    };
    for (status, response) in [
        ("401", told("No key, or none that opens anything", &[&challenge])),
        ("403", told("The key lacks a scope", &[&challenge])),
        ("429", told("Too many requests, or too many wrong keys", &[&wait])),
        ("500", told("Our fault", &[])),
        ("503", told("There is no answer now: send it again, with the same Idempotency-Key", &[&wait])),
    ] {
        responses.insert(status.to_owned(), response);
    }
}

fn header(description: &str) -> RefOr<Header> {
    let mut header = Header::new(Object::with_type(Type::String));
    header.description = Some(description.to_owned());
    RefOr::T(header)
}

/// The document never changes while the program runs.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| Api::openapi().to_json().unwrap_or_default());

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object))
)]
pub async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
