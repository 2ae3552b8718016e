//! `GET /v1/payments/{out_trade_no}`: the active query, the merchant's proof when a notification was lost.

use axum::Json;
use axum::extract::{Path, State};

use crate::app::App;
use crate::error::{Code, Error};
use crate::payment::{self, PaymentView};
use crate::signed::Signed;

pub(super) async fn handle(
    State(app): State<App>,
    Path(out_trade_no): Path<String>,
    signed: Signed,
) -> Result<Json<PaymentView>, Error> {
    let found = payment::by_out_trade_no(app.db().read(), &signed.merchant, &out_trade_no).await?;
    Ok(Json(found.ok_or(Code::PaymentNotFound)?.view(&app)))
}
