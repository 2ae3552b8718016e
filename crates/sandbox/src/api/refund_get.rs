//! `GET /v1/refunds/{out_refund_no}`: what became of a refund.

use axum::Json;
use axum::extract::{Path, State};

use crate::app::App;
use crate::error::{Code, Error};
use crate::refund::RefundView;
use crate::signed::Signed;
use crate::{payment, refund};

pub(super) async fn handle(
    State(app): State<App>,
    Path(out_refund_no): Path<String>,
    signed: Signed,
) -> Result<Json<RefundView>, Error> {
    let db = app.db().read();
    let found = refund::by_out_refund_no(db, &signed.merchant, &out_refund_no).await?;
    let made = found.ok_or(Code::RefundNotFound)?;
    let payment = payment::by_trade_no(db, &made.trade_no).await?;
    Ok(Json(made.view(payment.out_trade_no)))
}
