//! `POST /v1/payments`: opens a payment; the same content again answers the same payment.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

use crate::app::App;
use crate::db::Tx;
use crate::error::{Code, Error};
use crate::fields;
use crate::payment::{self, Payment, PaymentView};
use crate::signed::Signed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    out_trade_no: String,
    amount_fen: i64,
    currency: String,
    description: String,
    notify_url: String,
    return_url: String,
    expires_at: String,
}

pub(super) async fn handle(
    State(app): State<App>,
    signed: Signed,
) -> Result<(StatusCode, Json<PaymentView>), Error> {
    let body: Body = signed.json()?;
    let expires: Timestamp = body.expires_at.parse().map_err(|_| Error::field("expires_at"))?;
    check(&app, &body)?;

    let mut tx = app.db().begin().await?;
    // Asked before the expiry is: a repeated request may come after it.
    if let Some(found) = payment::by_out_trade_no(&mut *tx, &signed.merchant, &body.out_trade_no).await? {
        if !same(&found, &body, expires) {
            return Err(Code::PaymentConflict.into());
        }
        return Ok((StatusCode::OK, Json(found.view(&app))));
    }
    let open_for = expires.as_millisecond() - app.now_ms();
    if !(1..=fields::MAX_OPEN_MS).contains(&open_for) {
        return Err(Error::field("expires_at"));
    }
    let made = insert(&mut tx, &app, &signed.merchant, &body, expires).await?;
    app.commit(tx).await?;
    tracing::info!(merchant = made.merchant_id, trade_no = made.trade_no, "payment opened");
    Ok((StatusCode::CREATED, Json(made.view(&app))))
}

fn check(app: &App, body: &Body) -> Result<(), Error> {
    let notify_hosts = app.config.notify.hosts;
    let checks = [
        (fields::is_out_no(&body.out_trade_no), "out_trade_no"),
        ((1..=fields::MAX_AMOUNT_FEN).contains(&body.amount_fen), "amount_fen"),
        (body.currency == "CNY", "currency"),
        (fields::is_line(&body.description, 127), "description"),
        (
            fields::web_address(&body.notify_url).is_some_and(|u| fields::may_notify(&u, notify_hosts)),
            "notify_url",
        ),
        (fields::web_address(&body.return_url).is_some(), "return_url"),
    ];
    match checks.into_iter().find(|(fine, _)| !fine) {
        Some((_, field)) => Err(Error::field(field)),
        None => Ok(()),
    }
}

fn same(found: &Payment, body: &Body, expires: Timestamp) -> bool {
    found.amount_fen == body.amount_fen
        && found.currency == body.currency
        && found.description == body.description
        && found.notify_url == body.notify_url
        && found.return_url == body.return_url
        && found.expires_ms == expires.as_millisecond()
}

async fn insert(
    tx: &mut Tx,
    app: &App,
    merchant: &str,
    body: &Body,
    expires: Timestamp,
) -> Result<Payment, Error> {
    let made = sqlx::query_as(
        "insert into payment (trade_no, merchant_id, out_trade_no, amount_fen, currency, description, notify_url,
             return_url, created_ms, expires_ms, state, fee_per_mille)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'pending', $11) returning *",
    )
    .bind(app.new_id("pt"))
    .bind(merchant)
    .bind(&body.out_trade_no)
    .bind(body.amount_fen)
    .bind(&body.currency)
    .bind(&body.description)
    .bind(&body.notify_url)
    .bind(&body.return_url)
    .bind(app.now_ms())
    .bind(expires.as_millisecond())
    .bind(i64::from(app.config.fee_per_mille))
    .fetch_one(&mut **tx)
    .await?;
    Ok(made)
}
