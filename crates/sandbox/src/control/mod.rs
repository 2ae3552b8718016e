//! The control addresses under `/test`: what the pay page does, without a browser. Unsigned: they are for tests.

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::{Code, Error};
use crate::payment::Payment;

mod notifications;
mod notify_again;
mod pay;

/// Every route under `/test`.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/test/payments/{out_trade_no}/pay", post(pay::handle))
        .route("/test/payments/{out_trade_no}/notify-again", post(notify_again::handle))
        .route("/test/payments/{out_trade_no}/notifications", get(notifications::handle))
}

/// The body, where none stands for every default.
fn parse<T: DeserializeOwned + Default>(body: &Bytes) -> Result<T, Error> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|_| Code::BodyInvalid.into())
}

/// The payment with this number; where several merchants used it, one must be named.
async fn find(app: &App, out_trade_no: &str, merchant: Option<&str>) -> Result<Payment, Error> {
    let found: Vec<Payment> = sqlx::query_as(
        "select * from payment where out_trade_no = $1 and ($2 is null or merchant_id = $2) limit 2",
    )
    .bind(out_trade_no)
    .bind(merchant)
    .fetch_all(app.db().read())
    .await?;
    match <[Payment; 1]>::try_from(found) {
        Ok([payment]) => Ok(payment),
        Err(several) if several.is_empty() => Err(Code::PaymentNotFound.into()),
        Err(_) => Err(Code::MerchantNeeded.into()),
    }
}
