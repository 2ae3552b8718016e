//! The donate form: shown fresh, sent, and shown again with what stands in the way.

use app::pages::public;
use app::widgets::{FundChoice, GiveForm, fresh_form};
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::giving::{Channel, FieldErrors, GiftField, GiftForm};
use domain::refusal::Refusal;
use serde::Deserialize;
use service::giving::gift_pledge;
use service::{Answer, ServiceError};

use super::limit;
use super::page::Reader;

/// What a poster's QR code or a fund's page chooses beforehand.
#[derive(Deserialize)]
pub struct Chosen {
    /// `fund` or `fund/programme`.
    #[serde(default)]
    to: String,
    /// An amount in yuan.
    #[serde(default)]
    amount: String,
}

/// Fills the form's frame for one reader.
pub async fn give_form(reader: &Reader, form: GiftForm, errors: FieldErrors) -> Answer<GiveForm> {
    let book = reader.ctx.programme().await?;
    let today = reader.ctx.now.date();
    let choice = |fund: &domain::fund::Fund| FundChoice {
        standing: fund.standing(today),
        programmes: book.programmes.iter().filter(|p| p.fund_id == fund.id).cloned().collect(),
        fund: fund.clone(),
    };
    let sandbox = (!reader.ctx.house.settings.production).then_some(Channel::Sandbox);
    let channels = sandbox.into_iter().chain([Channel::BankTransfer]).collect();
    Ok(GiveForm { form, errors, funds: book.funds.iter().map(choice).collect(), channels, today })
}

/// A form that nothing was typed into.
pub fn fresh(reader: &Reader, to: &str) -> GiftForm {
    fresh_form(reader.ctx.token().to_string(), to)
}

/// The donate page.
pub async fn show(reader: Reader, Query(chosen): Query<Chosen>) -> Response {
    let mut form = fresh(&reader, &chosen.to);
    if domain::giving::gift_amount(&chosen.amount).is_ok() {
        form.preset.clear();
        form.amount = chosen.amount;
    }
    reader.answer(give_form(&reader, form, FieldErrors::new()).await, |page, give| {
        public::donate::page(page, &give)
    })
}

/// Takes the form. A refused one comes back as it was typed, with a message beside each field.
pub async fn send(reader: Reader, Form(form): Form<GiftForm>) -> Response {
    if let Err(error) = limit::take(&reader, limit::GIVE).await {
        return reader.problem(error);
    }
    match gift_pledge(&reader.ctx, &form, reader.context.lang).await {
        Ok(pledged) => Redirect::to(&format!("/gift/{}/pay", pledged.token)).into_response(),
        Err(ServiceError::Fields(errors)) => refused(&reader, form, errors).await,
        Err(error) => reader.problem(error),
    }
}

async fn refused(reader: &Reader, mut form: GiftForm, errors: FieldErrors) -> Response {
    if matches!(errors.get(&GiftField::Form), Some(Refusal::FormAlreadyUsed | Refusal::Required)) {
        form.gift_key = reader.ctx.token().to_string();
    }
    match give_form(reader, form, errors).await {
        Ok(give) => reader.page(StatusCode::UNPROCESSABLE_ENTITY, |page| public::donate::page(page, &give)),
        Err(error) => reader.problem(error),
    }
}
