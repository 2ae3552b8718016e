//! `POST /test/payments/{out_trade_no}/notify-again`: sends the last true notification once more, as it was.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::{Code, Error};
use crate::notice::Event;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Body {
    /// Which kind of notification; the last of any kind when left out.
    event: Option<Event>,
    merchant: Option<String>,
}

#[derive(Serialize)]
pub(super) struct View {
    notify_id: String,
    event: String,
}

/// The same id and the same body, also where the first was delivered, given up or withheld.
pub(super) async fn handle(
    State(app): State<App>,
    Path(out_trade_no): Path<String>,
    body: Bytes,
) -> Result<Json<View>, Error> {
    let body: Body = super::parse(&body)?;
    let payment = super::find(&app, &out_trade_no, body.merchant.as_deref()).await?;
    let mut tx = app.db().begin().await?;
    let again: Option<(String, String)> = sqlx::query_as(
        "insert into notification (notify_id, trade_no, event, url, body, signer, genuine, state, due_ms)
         select notify_id, trade_no, event, url, body, signer, genuine, 'waiting', $3 from notification
         where trade_no = $1 and genuine = 1 and ($2 is null or event = $2) order by id desc limit 1
         returning notify_id, event",
    )
    .bind(&payment.trade_no)
    .bind(body.event.map(Event::word))
    .bind(app.now_ms())
    .fetch_optional(&mut *tx)
    .await?;
    let (notify_id, event) = again.ok_or(Code::NotificationNotFound)?;
    app.commit(tx).await?;
    Ok(Json(View { notify_id, event }))
}
