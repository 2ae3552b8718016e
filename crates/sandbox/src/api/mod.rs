//! The merchants' API under `/v1`: one endpoint a file.

use axum::Router;
use axum::routing::{get, post, put};

use crate::answer;
use crate::app::App;

mod bill;
mod keys;
mod merchant_put;
mod payment_close;
mod payment_create;
mod payment_get;
mod refund_create;
mod refund_get;
mod sms_create;
mod sms_list;

pub(crate) use bill::SHANGHAI;

/// Every route under `/v1`, answers signed.
pub(crate) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/v1/keys", get(keys::handle))
        .route("/v1/merchants/{id}", put(merchant_put::handle))
        .route("/v1/payments", post(payment_create::handle))
        .route("/v1/payments/{out_trade_no}", get(payment_get::handle))
        .route("/v1/payments/{out_trade_no}/close", post(payment_close::handle))
        .route("/v1/refunds", post(refund_create::handle))
        .route("/v1/refunds/{out_refund_no}", get(refund_get::handle))
        .route("/v1/bill", get(bill::handle))
        .route("/v1/sms", post(sms_create::handle).get(sms_list::handle))
        .layer(axum::middleware::from_fn_with_state(app.clone(), answer::sign))
}
