//! Signing in and out.

use app::pages::public::error::Problem;
use app::pages::public::sign_in::{SignInView, SignedOut, page};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::staff::sign_in;
use tower_sessions::Session;

use super::language::own_address;
use super::page::Reader;
use super::problem::{later, sorted, wait};
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
    let view = SignInView { next: after(&came.next), signed_out, ..SignInView::default() };
    reader.page(StatusCode::OK, |context| page(context, view))
}

/// Takes name and password; the session gets a new id, so that one planted before is worth nothing.
pub async fn send(reader: Reader, session: Session, Form(typed): Form<Credentials>) -> Response {
    let signed_in = async {
        let signed_in = sign_in(&reader.ctx, &typed.name, &typed.password, reader.address).await?;
        sessions::begin(&session, &reader.ctx, signed_in).await
    };
    let error = match signed_in.await {
        Ok(()) => return Redirect::to(&after(&typed.next)).into_response(),
        Err(error) => error,
    };
    let mut view = SignInView { name: typed.name, next: after(&typed.next), ..SignInView::default() };
    let (status, problem) = sorted(error);
    let seconds = wait(&problem);
    match problem {
        Problem::Refused(refusal) => view.refusal = Some(refusal),
        problem => view.problem = Some(problem),
    }
    later(reader.page(status, |context| page(context, view)), seconds)
}

/// Ends the session on every node.
pub async fn out(reader: Reader, session: Session) -> Response {
    match sessions::end(&session).await {
        Ok(()) => Redirect::to("/sign-in?out=asked").into_response(),
        Err(error) => reader.problem(error),
    }
}
