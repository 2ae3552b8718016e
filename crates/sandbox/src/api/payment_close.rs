//! `POST /v1/payments/{out_trade_no}/close`: the merchant no longer wants the money. Closing twice is closing once.

use axum::Json;
use axum::extract::{Path, State};

use crate::app::App;
use crate::error::{Code, Error};
use crate::mode;
use crate::payment::{self, PaymentView, State as PaymentState};
use crate::signed::Signed;

pub(super) async fn handle(
    State(app): State<App>,
    Path(out_trade_no): Path<String>,
    signed: Signed,
) -> Result<Json<PaymentView>, Error> {
    let mut tx = app.db().begin().await?;
    let found = payment::by_out_trade_no(&mut *tx, &signed.merchant, &out_trade_no).await?;
    let mut payment = found.ok_or(Code::PaymentNotFound)?;
    match payment.state {
        PaymentState::Paid => return Err(Code::PaymentPaid.into()),
        PaymentState::Closed => {}
        PaymentState::Pending => {
            mode::close(&mut tx, &app, &mut payment).await?;
            app.commit(tx).await?;
            tracing::info!(trade_no = payment.trade_no, "closed by the merchant");
        }
    }
    Ok(Json(payment.view(&app)))
}
