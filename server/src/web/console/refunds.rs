//! Refunds in the console: asked for, sent back by hand, or withdrawn before that.

use axum::extract::Path;
use axum::response::Response;
use domain::id::RefundId;
use domain::money::Fen;
use domain::refusal::Refusal;
use serde::Deserialize;
use service::ServiceError;
use service::giving::{refund_confirm, refund_request, refund_withdraw};

use super::gift::{Reverse, Typed, after, id};
use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Form;

/// The refund form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Refund {
    key: String,
    amount: String,
    reason: String,
}

/// Asks for a refund.
pub async fn refund(reader: Reader, Path(text): Path<String>, Form(form): Form<Refund>) -> Response {
    staff_only!(reader);
    let Ok(gift) = id(&text) else { return reader.not_found() };
    let amount = Fen::read(&form.amount);
    let mut typed = Typed::default();
    let done = match (&amount, form.key.parse().map_err(|_| Refusal::Required)) {
        (Ok(amount), Ok(key)) => {
            refund_request(&reader.ctx, gift, *amount, &form.reason, key).await.map(|_| ())
        }
        (Err(refusal), _) => Err(refusal.clone().into()),
        (_, Err(refusal)) => Err(refusal.into()),
    };
    if let Err(ServiceError::Refused(refusal)) = &done {
        match refusal {
            Refusal::Required if amount.is_ok() => typed.refund.reason_error = Some(refusal.clone()),
            Refusal::GiftNotInState => {}
            _ => typed.refund.amount_error = Some(refusal.clone()),
        }
    }
    typed.refund.amount = form.amount;
    typed.refund.reason = form.reason;
    after(&reader, gift, done, typed).await
}

/// The day on which staff sent a refund back.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Sent {
    sent_on: String,
}

/// Confirms that staff sent a refund back through the bank.
pub async fn refund_sent(
    reader: Reader,
    Path((text, refund)): Path<(String, String)>,
    Form(form): Form<Sent>,
) -> Response {
    staff_only!(reader);
    let (Ok(gift), Ok(refund)) = (id(&text), refund.parse()) else { return reader.not_found() };
    let done = async {
        refund_confirm(&reader.ctx, gift, refund, form.sent_on.parse()?).await?;
        Ok(())
    };
    let done = done.await;
    after(&reader, gift, done, Typed::default()).await
}

/// Withdraws a refund that staff were to send back and did not.
pub async fn refund_withdrawn(
    reader: Reader,
    Path((text, refund)): Path<(String, String)>,
    Form(form): Form<Reverse>,
) -> Response {
    staff_only!(reader);
    let (Ok(gift), Ok(refund)) = (id(&text), refund.parse::<RefundId>()) else { return reader.not_found() };
    let done = refund_withdraw(&reader.ctx, gift, refund, &form.reason).await.map(|_| ());
    let typed = Typed::because(refund.0, "withdraw", form.reason, &done);
    after(&reader, gift, done, typed).await
}
