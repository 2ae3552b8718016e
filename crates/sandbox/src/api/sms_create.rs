//! `POST /v1/sms`: hands a text message to the carrier; the same content again answers the same message.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::app::App;
use crate::error::{Code, Error};
use crate::fields;
use crate::signed::Signed;
use crate::sms::{self, Sms, SmsView};

/// A number that always refuses messages, so that a merchant can see what it does then.
const BLOCKED: &str = "19900000001";
/// A number whose carrier is always out of order.
const DOWN: &str = "19900000002";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    out_sms_no: String,
    to: String,
    text: String,
}

pub(super) async fn handle(
    State(app): State<App>,
    signed: Signed,
) -> Result<(StatusCode, Json<SmsView>), Error> {
    let body: Body = signed.json()?;
    let checks = [
        (fields::is_out_no(&body.out_sms_no), "out_sms_no"),
        (fields::is_mobile(&body.to), "to"),
        (fields::is_message(&body.text, 500), "text"),
    ];
    if let Some((_, field)) = checks.into_iter().find(|(fine, _)| !fine) {
        return Err(Error::field(field));
    }
    match body.to.as_str() {
        BLOCKED => return Err(Code::SmsNumberBlocked.into()),
        DOWN => return Err(Code::SmsCarrierDown.into()),
        _ => {}
    }

    let mut tx = app.db().begin().await?;
    if let Some(found) = sms::by_out_sms_no(&mut *tx, &signed.merchant, &body.out_sms_no).await? {
        if found.recipient != body.to || found.text != body.text {
            return Err(Code::SmsConflict.into());
        }
        return Ok((StatusCode::OK, Json(found.view())));
    }
    let made = Sms {
        sms_no: app.new_id("sm"),
        merchant_id: signed.merchant,
        out_sms_no: body.out_sms_no,
        recipient: body.to,
        text: body.text,
        received_ms: app.now_ms(),
    };
    sms::insert(&mut tx, &made).await?;
    tx.commit().await?;
    tracing::info!(merchant = made.merchant_id, sms_no = made.sms_no, "sms accepted");
    Ok((StatusCode::CREATED, Json(made.view())))
}
