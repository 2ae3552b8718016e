//! The call-list: whoever cannot be told in another way.

use app::pages::console::calls::{CallRow, CallsView, page};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::{GiftId, MessageId};
use domain::refusal::Refusal;
use domain::time::Instant;
use serde::Deserialize;
use service::outbox::{CallOutcome, call_note, calls_list};
use service::{Answer, ServiceError};
use words::Lang;

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Form;

async fn view(reader: &Reader) -> Answer<CallsView> {
    let calls = calls_list(&reader.ctx).await?;
    let rows = calls.into_iter().map(|(call, amount)| {
        let message = call.line.message;
        CallRow {
            message: MessageId(message.id),
            gift: GiftId(message.gift_id),
            reference: call.line.out_trade_no,
            name: call.name,
            phone: call.phone,
            email: call.email,
            why: call.why,
            lang: Lang::from_word(&call.lang).unwrap_or_default(),
            kind: message.kind,
            amount,
            since: Instant(message.created_at),
            tries: call.tried_at.map(|at| (call.tries, Instant(at))),
            note: call.note,
            error: None,
        }
    });
    Ok(CallsView { rows: rows.collect() })
}

/// Who waits for a call.
pub async fn list(reader: Reader) -> Response {
    staff_only!(reader);
    let view = view(&reader).await;
    reader.answer(view, page)
}

/// What came of a call.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Outcome {
    outcome: String,
    note: String,
}

/// Notes what came of a call.
pub async fn close(reader: Reader, Path(text): Path<String>, Form(form): Form<Outcome>) -> Response {
    staff_only!(reader);
    let Ok(id) = text.parse::<MessageId>() else { return reader.not_found() };
    let done = async { call_note(&reader.ctx, id, CallOutcome::read(&form.outcome)?, &form.note).await };
    match done.await {
        Ok(()) => Redirect::to("/console/calls").into_response(),
        Err(ServiceError::Refused(refusal @ (Refusal::NotFound | Refusal::NotAllowed))) => {
            reader.problem(refusal.into())
        }
        Err(ServiceError::Refused(refusal)) => refused(&reader, id, form.note, refusal).await,
        Err(error) => reader.problem(error),
    }
}

/// The list again, with what is wrong beside the call, and the note as it was typed.
async fn refused(reader: &Reader, id: MessageId, note: String, refusal: Refusal) -> Response {
    match view(reader).await {
        Ok(mut view) => {
            if let Some(row) = view.rows.iter_mut().find(|row| row.message == id) {
                (row.note, row.error) = (note, Some(refusal));
            }
            reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| page(context, view))
        }
        Err(error) => reader.problem(error),
    }
}
