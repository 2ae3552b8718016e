//! Signing in and out.

use app::pages::public::sign_in::{SignInView, SignedOut, page};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::refusal::Refusal;
use serde::Deserialize;
use service::ServiceError;
use service::staff::sign_in;
use tower_sessions::Session;

use super::language::own_address;
use super::page::Reader;
use super::typed::{Form, Query};
use crate::sessions;

/// Why one comes to the page.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Came {
    next: String,
    out: String,
}

/// The sign-in form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Credentials {
    name: String,
    password: String,
    next: String,
}

/// Where to go after signing in: a page of the console.
fn after(next: &str) -> String {
    let own = own_address(next);
    if own.starts_with("/console") { own.to_owned() } else { "/console".to_owned() }
}

/// The page.
pub async fn show(reader: Reader, Query(came): Query<Came>) -> Response {
    let signed_out = (came.out == "asked").then_some(SignedOut::Asked);
    let view = SignInView { name: String::new(), refusal: None, next: after(&came.next), signed_out };
    reader.page(StatusCode::OK, |context| page(context, view))
}

/// Takes name and password; the session gets a new id, so that one planted before is worth nothing.
pub async fn send(reader: Reader, session: Session, Form(typed): Form<Credentials>) -> Response {
    let refusal = match sign_in(&reader.ctx, &typed.name, &typed.password, reader.address).await {
        Ok(signed_in) => {
            return match sessions::begin(&session, &reader.ctx, signed_in).await {
                Ok(()) => Redirect::to(&after(&typed.next)).into_response(),
                Err(error) => reader.problem(error),
            };
        }
        Err(ServiceError::Refused(refusal)) => refusal,
        Err(error) => return reader.problem(error),
    };
    let status = match refusal {
        Refusal::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let view =
        SignInView { name: typed.name, refusal: Some(refusal), next: after(&typed.next), signed_out: None };
    reader.page(status, |context| page(context, view))
}

/// Ends the session on every node.
pub async fn out(reader: Reader, session: Session) -> Response {
    match sessions::end(&session).await {
        Ok(()) => Redirect::to("/sign-in?out=asked").into_response(),
        Err(error) => reader.problem(error),
    }
}
