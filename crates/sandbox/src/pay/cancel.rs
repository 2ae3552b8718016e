//! `POST /pay/{trade_no}/cancel`: the payer gives up; the payment is closed and the payer sent back to the merchant.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::submit;
use crate::app::App;
use crate::error::{Code, Error};
use crate::mode;
use crate::payment::{self, Payment, State as PaymentState};

pub(super) async fn handle(State(app): State<App>, Path(trade_no): Path<String>) -> Response {
    match cancel(&app, &trade_no).await {
        Ok(payment) => Redirect::to(&payment.return_url).into_response(),
        Err(error) => submit::refused(&app, &trade_no, &error).await,
    }
}

async fn cancel(app: &App, trade_no: &str) -> Result<Payment, Error> {
    let mut tx = app.db().begin().await?;
    let mut payment = payment::by_trade_no(&mut *tx, trade_no).await?;
    match payment.state {
        PaymentState::Paid => return Err(Code::PaymentPaid.into()),
        PaymentState::Closed => {}
        PaymentState::Pending => {
            mode::close(&mut tx, app, &mut payment).await?;
            app.commit(tx).await?;
            tracing::info!(trade_no, "cancelled by the payer");
        }
    }
    Ok(payment)
}
