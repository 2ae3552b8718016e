//! `GET /test/payments/{out_trade_no}/notifications`: what was and will be sent for a payment, in order of writing.

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::Error;
use crate::notice::{Event, Fate};
use crate::world::instant;

#[derive(Deserialize)]
pub(super) struct Asked {
    merchant: Option<String>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    notify_id: String,
    event: Event,
    genuine: bool,
    state: Fate,
    attempts: i64,
    last_outcome: Option<String>,
    due_ms: i64,
}

#[derive(Serialize)]
pub(super) struct View {
    notify_id: String,
    event: Event,
    genuine: bool,
    state: Fate,
    attempts: i64,
    last_outcome: Option<String>,
    /// When the next attempt is due; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
}

#[derive(Serialize)]
pub(super) struct List {
    notifications: Vec<View>,
}

pub(super) async fn handle(
    State(app): State<App>,
    Path(out_trade_no): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<List>, Error> {
    let payment = super::find(&app, &out_trade_no, asked.merchant.as_deref()).await?;
    let rows: Vec<Row> = sqlx::query_as(
        "select notify_id, event, genuine, state, attempts, last_outcome, due_ms from notification
         where trade_no = $1 order by id",
    )
    .bind(&payment.trade_no)
    .fetch_all(app.db().read())
    .await?;
    let view = |row: Row| View {
        due_at: (row.state == Fate::Waiting).then(|| instant(row.due_ms)),
        notify_id: row.notify_id,
        event: row.event,
        genuine: row.genuine,
        state: row.state,
        attempts: row.attempts,
        last_outcome: row.last_outcome,
    };
    Ok(Json(List { notifications: rows.into_iter().map(view).collect() }))
}
