//! What a laboratory's system records of a unit.

use axum::extract::Path;
use axum::response::Response;
use service::registry::api::{
    MoveGiven, Recorded, StatusGiven, StepsGiven, TypingGiven, move_add, status_add, steps_add, typing_add,
};

use super::problem::Problem;
use super::read::{Caller, Sent};

/// Gives a unit another typing.
#[utoipa::path(
    post,
    path = "/api/v1/units/{id}/typings",
    params(
        ("id" = String, Path, description = "Id, the registry's number, DIN, GRID, or the bank's own number"),
        ("Idempotency-Key" = String, Header, description = "Names this request: sent again, it changes nothing")
    ),
    request_body = TypingGiven,
    responses(
        (status = 200, description = "Recorded", body = Recorded),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["typings:write"]))
)]
pub async fn typing(caller: Caller, Path(id): Path<String>, sent: Sent<TypingGiven>) -> Response {
    caller.answered(typing_add(&caller.ctx, sent.asked, &id, sent.body).await)
}

/// Records steps and tests of a unit's process, all or none.
#[utoipa::path(
    post,
    path = "/api/v1/units/{id}/steps",
    params(
        ("id" = String, Path, description = "Id, the registry's number, DIN, GRID, or the bank's own number"),
        ("Idempotency-Key" = String, Header, description = "Names this request: sent again, it changes nothing")
    ),
    request_body = StepsGiven,
    responses(
        (status = 200, description = "Recorded", body = Recorded),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["steps:write"]))
)]
pub async fn steps(caller: Caller, Path(id): Path<String>, sent: Sent<StepsGiven>) -> Response {
    caller.answered(steps_add(&caller.ctx, sent.asked, &id, sent.body).await)
}

/// Says that a unit is to be had, or why not. What was released is never offered again.
#[utoipa::path(
    post,
    path = "/api/v1/units/{id}/status",
    params(
        ("id" = String, Path, description = "Id, the registry's number, DIN, GRID, or the bank's own number"),
        ("Idempotency-Key" = String, Header, description = "Names this request: sent again, it changes nothing")
    ),
    request_body = StatusGiven,
    responses(
        (status = 200, description = "Recorded", body = Recorded),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["status:write"]))
)]
pub async fn status(caller: Caller, Path(id): Path<String>, sent: Sent<StatusGiven>) -> Response {
    caller.answered(status_add(&caller.ctx, sent.asked, &id, sent.body).await)
}

/// Records where a bag lies from now on.
#[utoipa::path(
    post,
    path = "/api/v1/units/{id}/moves",
    params(
        ("id" = String, Path, description = "Id, the registry's number, DIN, GRID, or the bank's own number"),
        ("Idempotency-Key" = String, Header, description = "Names this request: sent again, it changes nothing")
    ),
    request_body = MoveGiven,
    responses(
        (status = 200, description = "Recorded", body = Recorded),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["moves:write"]))
)]
pub async fn moved(caller: Caller, Path(id): Path<String>, sent: Sent<MoveGiven>) -> Response {
    caller.answered(move_add(&caller.ctx, sent.asked, &id, sent.body).await)
}
