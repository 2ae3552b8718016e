//! `POST /v1/refunds`: gives a payment back, whole or in part; the same content again answers the same refund.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::app::App;
use crate::error::{Code, Error};
use crate::notice::{Event, Notice};
use crate::refund::RefundView;
use crate::signed::Signed;
use crate::{fields, payment, refund};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    out_refund_no: String,
    out_trade_no: String,
    amount_fen: i64,
    reason: String,
}

pub(super) async fn handle(
    State(app): State<App>,
    signed: Signed,
) -> Result<(StatusCode, Json<RefundView>), Error> {
    let body: Body = signed.json()?;
    let checks = [
        (fields::is_out_no(&body.out_refund_no), "out_refund_no"),
        (fields::is_out_no(&body.out_trade_no), "out_trade_no"),
        ((1..=fields::MAX_AMOUNT_FEN).contains(&body.amount_fen), "amount_fen"),
        (fields::is_line(&body.reason, 80), "reason"),
    ];
    if let Some((_, field)) = checks.into_iter().find(|(fine, _)| !fine) {
        return Err(Error::field(field));
    }

    let mut tx = app.db().begin().await?;
    let found = payment::by_out_trade_no(&mut *tx, &signed.merchant, &body.out_trade_no).await?;
    if let Some(made) = refund::by_out_refund_no(&mut *tx, &signed.merchant, &body.out_refund_no).await? {
        let same = found.is_some_and(|payment| payment.trade_no == made.trade_no)
            && made.amount_fen == body.amount_fen
            && made.reason == body.reason;
        return if same {
            Ok((StatusCode::OK, Json(made.view(body.out_trade_no))))
        } else {
            Err(Code::RefundConflict.into())
        };
    }
    let mut payment = found.ok_or(Code::PaymentNotFound)?;
    let made =
        refund::make(&mut tx, &app, &mut payment, body.out_refund_no, body.amount_fen, body.reason).await?;
    let notice = Notice::new(&app, Event::RefundSucceeded, made.succeeded_ms, &payment, Some(&made));
    notice.queue(&mut tx, &payment).await?;
    app.commit(tx).await?;
    tracing::info!(trade_no = payment.trade_no, refund_no = made.refund_no, "refunded");
    Ok((StatusCode::CREATED, Json(made.view(payment.out_trade_no))))
}
