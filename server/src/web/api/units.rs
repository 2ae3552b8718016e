//! Units: listed, read, put into the registry.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::UnitId;
use serde::Deserialize;
use service::registry::api::{
    UnitTold, UnitsGiven, UnitsPage, UnitsRecorded, unit_read, units_add, units_list,
};
use utoipa::IntoParams;

use super::problem::{Fault, Problem};
use super::read::{Caller, Sent};
use crate::web::typed::Query;

/// Units of a page when nobody says how many.
const LIMIT: i64 = 50;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// The id after which it begins: `next` of the page before.
    #[param(format = "uuid", nullable = false)]
    after: Option<String>,
    /// How many units, 1 to 200; 50 when it is left out.
    #[param(value_type = i64, required = false, nullable = false, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// The units of the key's bank, page by page in the order of their ids.
#[utoipa::path(
    get,
    path = "/api/v1/units",
    params(Page),
    responses(
        (status = 200, description = "A page", body = UnitsPage),
        (status = 400, description = "Malformed", body = Problem, content_type = "application/problem+json"),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["units:read"]))
)]
pub async fn list(caller: Caller, page: Result<Query<Page>, StatusCode>) -> Response {
    let Ok(Query(page)) = page else { return caller.teller.fault(Fault::Malformed) };
    let after = page.after.map(|id| id.parse::<UnitId>()).transpose();
    let limit = page.limit.map_or(Ok(LIMIT), |limit| limit.parse());
    let (Ok(after), Ok(limit)) = (after, limit) else { return caller.teller.fault(Fault::Malformed) };
    caller.json(units_list(&caller.ctx, after, limit).await)
}

/// One unit of the key's bank with where it stands.
#[utoipa::path(
    get,
    path = "/api/v1/units/{id}",
    params(("id" = String, Path, description = "Id, the registry's number, DIN, GRID, or the bank's own number")),
    responses(
        (status = 200, description = "The unit", body = UnitTold),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["units:read"]))
)]
pub async fn show(caller: Caller, Path(id): Path<String>) -> Response {
    caller.json(unit_read(&caller.ctx, &id).await)
}

/// Puts units into the registry or changes them, all or none, by the rules of a load. What is left out is not known any
/// more. Searches see them within a second.
#[utoipa::path(
    post,
    path = "/api/v1/units",
    params(("Idempotency-Key" = String, Header, description = "Names this request: sent again, it changes nothing")),
    request_body = UnitsGiven,
    responses(
        (status = 200, description = "What became of each", body = UnitsRecorded),
        (status = 422, description = "Refused, with the reason for each unit", body = Problem,
            content_type = "application/problem+json"),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["units:write"]))
)]
pub async fn add(caller: Caller, sent: Sent<UnitsGiven>) -> Response {
    caller.answered(units_add(&caller.ctx, sent.asked, sent.body).await)
}
