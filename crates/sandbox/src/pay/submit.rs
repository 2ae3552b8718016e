//! `POST /pay/{trade_no}/pay`: the payer pays, in the chosen test option, and is sent back to the merchant.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page;
use crate::app::App;
use crate::error::{Code, Error};
use crate::mode::{self, Mode};
use crate::payment::{self, Payment};
use crate::web::both;

#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    delay_s: String,
}

/// The redirect proves nothing to the merchant, and carries nothing: only the notification or a query does.
pub(super) async fn handle(
    State(app): State<App>,
    Path(trade_no): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    match pay(&app, &trade_no, &fields).await {
        Ok(payment) => Redirect::to(&payment.return_url).into_response(),
        Err(error) => refused(&app, &trade_no, &error).await,
    }
}

async fn pay(app: &App, trade_no: &str, fields: &Fields) -> Result<Payment, Error> {
    let typed = fields.delay_s.trim();
    let wrong = || Error::field("delay_ms");
    let delay_ms = match typed {
        "" => None,
        typed => Some(typed.parse::<i64>().ok().and_then(|s| s.checked_mul(1000)).ok_or_else(wrong)?),
    };
    Ok(mode::pay(app, trade_no, fields.mode, delay_ms).await?.0)
}

/// The page again, with a word on why nothing was done.
pub(super) async fn refused(app: &App, trade_no: &str, error: &Error) -> Response {
    let words = match error.code() {
        Code::FieldInvalid => {
            both("延迟请填 0 到 86400 的整数。", "The delay is a whole number from 0 to 86400.")
        }
        Code::PaymentExpired => both("已过期，没有付款。", "It has expired; nothing was paid."),
        Code::PaymentClosed => both("已关闭，没有付款。", "It is closed; nothing was paid."),
        Code::PaymentPaid => both("已经支付，不能取消。", "It is paid already and cannot be cancelled."),
        _ => return page::failed(error),
    };
    let status = match error.status() {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    };
    match payment::by_trade_no(app.db().read(), trade_no).await {
        Ok(payment) => page::show(app, status, &payment, Some(words)).await,
        Err(error) => page::failed(&error),
    }
}
