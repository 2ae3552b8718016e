//! Verifying a receipt: by its QR address, or by number and amount.

use app::pages::public::verify::{Outcome, VerifiedReceipt, VerifyView, page};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::money::Fen;
use domain::receipt::ReceiptNumber;
use domain::refusal::Refusal;
use serde::Deserialize;
use service::receipts::{Verified, receipt_look_up, receipt_verify};
use service::{Answer, ServiceError};

use super::limit;
use super::page::Reader;
use super::problem::later;
use super::typed::Form;

/// What the form asks.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    number: String,
    #[serde(default)]
    amount: String,
}

fn view(asked: Asked, outcome: Outcome) -> VerifyView {
    VerifyView { outcome, number: asked.number, amount: asked.amount, number_error: None, amount_error: None }
}

/// The form.
pub async fn form(reader: Reader) -> Response {
    reader.page(StatusCode::OK, |context| page(context, view(Asked::default(), Outcome::Form)))
}

/// The receipt that a QR code opens.
pub async fn by_token(reader: Reader, Path(text): Path<String>) -> Response {
    let found = async {
        let token = text.parse().map_err(|_| Refusal::NotFound)?;
        found(&reader, receipt_verify(&reader.ctx, token).await?)
    };
    answer(&reader, Asked::default(), found.await)
}

/// The receipt with this number, for whoever also knows its amount.
pub async fn by_number(reader: Reader, Form(asked): Form<Asked>) -> Response {
    let number: Result<ReceiptNumber, _> = asked.number.parse();
    let amount = Fen::read(&asked.amount);
    let needed =
        |text: &str, refusal: Refusal| if text.trim().is_empty() { Refusal::Required } else { refusal };
    let (Ok(number), Ok(amount)) = (&number, &amount) else {
        let view = VerifyView {
            number_error: number.err().map(|refusal| needed(&asked.number, refusal)),
            amount_error: amount.err().map(|refusal| needed(&asked.amount, refusal)),
            ..view(asked, Outcome::Form)
        };
        return reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| page(context, view));
    };
    let found = async {
        limit::take(&reader, limit::LOOK_UP).await?;
        found(&reader, receipt_look_up(&reader.ctx, number, *amount).await?)
    };
    let found = found.await;
    answer(&reader, asked, found)
}

fn answer(reader: &Reader, asked: Asked, found: Answer<VerifiedReceipt>) -> Response {
    let (status, outcome) = match found {
        Ok(receipt) => (StatusCode::OK, Outcome::Found(receipt)),
        Err(ServiceError::Refused(Refusal::NotFound)) => (StatusCode::NOT_FOUND, Outcome::NotFound),
        Err(ServiceError::Refused(Refusal::TooManyAttempts { seconds })) => {
            (StatusCode::TOO_MANY_REQUESTS, Outcome::TooMany { seconds })
        }
        Err(error) => return reader.problem(error),
    };
    let seconds = if let Outcome::TooMany { seconds } = &outcome { Some(*seconds) } else { None };
    later(reader.page(status, |context| page(context, view(asked, outcome))), seconds)
}

fn found(reader: &Reader, verified: Verified) -> Answer<VerifiedReceipt> {
    let lang = reader.context.lang;
    let row = &verified.receipt.standing;
    Ok(VerifiedReceipt {
        checked_at: reader.ctx.now,
        state: verified.receipt.state,
        number: verified.receipt.number.to_string(),
        amount: Fen(row.receipt.amount_fen),
        refunded: Fen(verified.receipt.refunded_fen()),
        issued_on: row.receipt.issued_on.parse()?,
        organisation: lang.pick(&verified.recipient.0, &verified.recipient.1).to_owned(),
        fund: lang.pick(&verified.fund.0, &verified.fund.1).to_owned(),
        masked_donor: verified.masked_name,
        replaced_by: verified.replaced_by.map(|number| number.to_string()),
        replaces: verified.replaces.map(|number| number.to_string()),
    })
}
