//! `POST /test/payments/{out_trade_no}/pay`: pays as a payer on the pay page would, test options included.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::Error;
use crate::mode::{self, Mode, Outcome};
use crate::payment::PaymentView;
use crate::world::instant;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    mode: Mode,
    delay_ms: Option<i64>,
    merchant: Option<String>,
}

#[derive(Serialize)]
pub(super) struct View {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrives_at: Option<Timestamp>,
    payment: PaymentView,
}

pub(super) async fn handle(
    State(app): State<App>,
    Path(out_trade_no): Path<String>,
    body: Bytes,
) -> Result<Json<View>, Error> {
    let body: Body = super::parse(&body)?;
    let found = super::find(&app, &out_trade_no, body.merchant.as_deref()).await?;
    let (payment, outcome) = mode::pay(&app, &found.trade_no, body.mode, body.delay_ms).await?;
    let (outcome, arrives_at) = match outcome {
        Outcome::Paid => ("paid", None),
        Outcome::AlreadyPaid => ("already_paid", None),
        Outcome::Scheduled(at) => ("scheduled", Some(instant(at))),
        Outcome::Unpaid => ("unpaid", None),
    };
    Ok(Json(View { outcome, arrives_at, payment: payment.view(&app) }))
}
