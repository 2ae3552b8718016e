//! Requests for tax invoices: the list, one of them, a look at the whole number, and the issue.

use app::pages::console::tax::{TaxForm, TaxListView, TaxRow, TaxView, list as list_page, page};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::giving::GiftState;
use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::{Date, Instant};
use serde::Deserialize;
use service::tax::{TaxFile, tax_file, tax_issued, tax_open, tax_waiting};
use service::{Answer, ServiceError};

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::{Form, Query};

/// Where a list goes on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct After {
    after: String,
}

/// Who waits.
pub async fn list(reader: Reader, Query(after): Query<After>) -> Response {
    staff_only!(reader);
    let view = tax_waiting(&reader.ctx, after.after.parse().ok()).await.map(|(rows, more)| {
        let last = rows.last().map(|row| row.gift_id);
        let row = |row: store::tax::TaxWaitingRow| TaxRow {
            gift: GiftId(row.gift_id),
            reference: row.out_trade_no,
            amount: Fen(row.left_fen),
            organisation: row.kind == "credit_code",
            paid_at: row.paid_at.map(Instant),
        };
        TaxListView {
            rows: rows.into_iter().map(row).collect(),
            next: last.filter(|_| more).map(|id| format!("/console/tax?after={id}")),
        }
    });
    reader.answer(view, list_page)
}

fn id(text: &str) -> Answer<GiftId> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// One request, with the end of its number.
pub async fn show(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let found = async { view(&reader, tax_file(&reader.ctx, id(&text)?).await?, false) };
    reader.answer(found.await, page)
}

/// The same with the whole number: an answer to a form, so that no address opens it and each look is written down.
pub async fn open(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let found = async { view(&reader, tax_open(&reader.ctx, id(&text)?).await?, true) };
    reader.answer(found.await, page)
}

/// What is told of an issued invoice.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Issued {
    number: String,
    issued_on: String,
}

/// Closes a request.
pub async fn issued(reader: Reader, Path(text): Path<String>, Form(form): Form<Issued>) -> Response {
    staff_only!(reader);
    let Ok(gift) = id(&text) else { return reader.not_found() };
    let done = async { tax_issued(&reader.ctx, gift, &form.number, form.issued_on.parse::<Date>()?).await };
    let refusal = match done.await {
        Ok(()) => return Redirect::to("/console/tax").into_response(),
        Err(ServiceError::Refused(refusal)) => refusal,
        Err(error) => return reader.problem(error),
    };
    let again = async { view(&reader, tax_file(&reader.ctx, gift).await?, false) };
    match again.await {
        Ok(mut view) => {
            view.form = TaxForm { number: form.number, issued_on: form.issued_on, ..TaxForm::default() };
            match refusal {
                Refusal::Required | Refusal::TooLong { .. } => view.form.number_error = Some(refusal),
                Refusal::GiftNotInState => view.refusal = Some(refusal),
                _ => view.form.issued_on_error = Some(refusal),
            }
            reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| page(context, view))
        }
        Err(error) => reader.problem(error),
    }
}

fn view(reader: &Reader, file: TaxFile, opened: bool) -> Answer<TaxView> {
    let (lang, sheet) = (reader.context.lang, &file.sheet);
    let on = file.standing.issued_on.as_deref().map(str::parse).transpose()?;
    let here = matches!(sheet.state, GiftState::Paid | GiftState::PartlyRefunded);
    let issued = file.standing.number.clone().zip(on);
    Ok(TaxView {
        gift: GiftId(sheet.gift.id),
        reference: sheet.payment.out_trade_no.clone(),
        amount: Fen(sheet.gift.amount_fen - sheet.gift.refunded_fen),
        fund: lang.pick(&sheet.fund.name_zh, &sheet.fund.name_en).to_owned(),
        recipient: sheet.organisation.as_ref().map(|o| lang.pick(&o.name_zh, &o.name_en).to_owned()),
        organisation: file.standing.kind == "credit_code",
        title: file.title,
        number: file.number,
        opened,
        waiting: here && issued.is_none(),
        issued,
        form: TaxForm { issued_on: reader.ctx.now.date().to_string(), ..TaxForm::default() },
        refusal: None,
    })
}
