//! The call-list: whoever cannot be told in another way.

use app::pages::console::calls::{CallRow, CallsView, page};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::{GiftId, MessageId};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use serde::Deserialize;
use service::outbox::{call_close, calls_list};

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Form;

/// Who waits for a call.
pub async fn list(reader: Reader) -> Response {
    staff_only!(reader);
    let rows = calls_list(&reader.ctx).await.map(|lines| {
        let row = |line: store::message::MessageLine| CallRow {
            message: MessageId(line.message.id),
            gift: GiftId(line.message.gift_id),
            reference: line.out_trade_no,
            name: line.name,
            phone: line.phone,
            kind: line.message.kind,
            amount: Fen(line.amount_fen),
            since: Instant(line.message.created_at),
        };
        CallsView { rows: lines.into_iter().map(row).collect() }
    });
    reader.answer(rows, page)
}

/// What came of a call.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Outcome {
    outcome: String,
    note: String,
}

/// Closes a call.
pub async fn close(reader: Reader, Path(text): Path<String>, Form(form): Form<Outcome>) -> Response {
    staff_only!(reader);
    let done = async {
        let id: MessageId = text.parse().map_err(|_| Refusal::NotFound)?;
        call_close(&reader.ctx, id, form.outcome == "told", &form.note).await
    };
    match done.await {
        Ok(()) => Redirect::to("/console/calls").into_response(),
        Err(error) => reader.problem(error),
    }
}
