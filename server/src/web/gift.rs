//! A gift's own pages: paying, the page that keeps it, its state, its receipt as PDF.

use app::pages::public;
use app::pages::public::gift::{FormerReceipt, GiftReceipt, GiftView, GiftWords, TaxInvoice, WordsState};
use app::pages::public::pay::{PayStep, PayView};
use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::fund::Standing;
use domain::giving::{Channel, GiftState};
use domain::id::{ReceiptId, Token};
use domain::money::Fen;
use domain::receipt::ReceiptState;
use domain::refusal::Refusal;
use domain::time::Instant;
use service::Answer;
use service::gifts::{GiftSheet, gift_sheet};
use store::StoreError;

use super::page::Reader;

fn token(text: &str) -> Answer<Token> {
    // An address that cannot be a gift's is answered as one that is nobody's.
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// Fund and programme in the reader's language.
fn target(reader: &Reader, sheet: &GiftSheet) -> String {
    let lang = reader.context.lang;
    let fund = lang.pick(&sheet.fund.name_zh, &sheet.fund.name_en);
    match &sheet.programme {
        Some(programme) => format!("{fund} · {}", lang.pick(&programme.name_zh, &programme.name_en)),
        None => fund.to_owned(),
    }
}

/// Fund and programme as the donate form names them.
fn target_code(sheet: &GiftSheet) -> String {
    let programme = sheet.programme.as_ref().map(|p| format!("/{}", p.code)).unwrap_or_default();
    format!("{}{programme}", sheet.fund.code)
}

/// The page on which a gift is paid. A gift that was paid has its own page.
pub async fn pay(reader: Reader, Path(text): Path<String>) -> Response {
    let view = async {
        let sheet = gift_sheet(&reader.ctx, token(&text)?).await?;
        if sheet.state.is_posted() {
            return Ok(None);
        }
        let step = pay_step(&reader, &sheet).await?;
        Ok(Some(PayView {
            token: token(&text)?,
            amount: Fen(sheet.gift.amount_fen),
            target: target(&reader, &sheet),
            code: target_code(&sheet),
            receipt_wanted: sheet.gift.receipt_wanted,
            step,
        }))
    };
    match view.await {
        Ok(None) => Redirect::to(&format!("/gift/{text}")).into_response(),
        Ok(Some(view)) => reader.page(StatusCode::OK, |page| public::pay::page(page, view)),
        Err(error) => reader.problem(error),
    }
}

async fn pay_step(reader: &Reader, sheet: &GiftSheet) -> Answer<PayStep> {
    let until = Instant(sheet.payment.expires_at);
    // The worker that lets it lapse may be a moment late.
    if sheet.state == GiftState::Expired || until <= reader.ctx.now {
        return Ok(PayStep::Expired { at: until });
    }
    // A gift may outlive its plan by the days of a transfer: nobody is asked to pay into a fund that may not collect.
    let standing = sheet.fund.standing(reader.ctx.now.date());
    if standing != Standing::Open {
        return Ok(PayStep::Closed { standing });
    }
    if Channel::from_word(&sheet.payment.channel) == Some(Channel::BankTransfer) {
        let organisation = Box::new(sheet.organisation.clone().ok_or(Refusal::NoRecipient)?);
        return Ok(PayStep::Transfer { organisation, reference: sheet.payment.out_trade_no.clone() });
    }
    let opened = service::provider::payment_open(&reader.ctx, service::gifts::token_of(&sheet.gift)?).await;
    let pay_url = match opened {
        Ok(service::provider::Opened::Page(url)) => Some(url),
        Ok(service::provider::Opened::ByHand) => None,
        // The provider may be away for a moment: the page says so and asks again by itself.
        Err(service::ServiceError::Provider(error)) => {
            tracing::warn!(%error, "the provider opened no payment");
            None
        }
        Err(error) => return Err(error),
    };
    Ok(PayStep::Provider { pay_url, until })
}

/// The gift's own page.
pub async fn show(reader: Reader, Path(text): Path<String>) -> Response {
    let view = async {
        let sheet = gift_sheet(&reader.ctx, token(&text)?).await?;
        gift_view(&reader, token(&text)?, &sheet)
    };
    reader.answer(view.await, public::gift::page)
}

fn gift_view(reader: &Reader, token: Token, sheet: &GiftSheet) -> Answer<GiftView> {
    let lang = reader.context.lang;
    let address = format!("{}/gift/{token}", reader.ctx.house.settings.base_url);
    let words = sheet.words.as_ref().map(|words| {
        let state = WordsState::from_word(&words.state).unwrap_or(WordsState::Held);
        GiftWords { dedication: words.dedication.clone(), message: words.message.clone(), state }
    });
    let done =
        sheet.refunds.iter().filter_map(|r| r.done_at.map(|at| (Instant(at).date(), Fen(r.amount_fen))));
    Ok(GiftView {
        token,
        qr_svg: papers::qr_svg(&address),
        address,
        reference: sheet.payment.out_trade_no.clone(),
        amount: Fen(sheet.gift.amount_fen),
        refunded: Fen(sheet.gift.refunded_fen),
        fee: Fen(sheet.fee_kept_fen()),
        state: sheet.state,
        standing: sheet.fund.standing(reader.ctx.now.date()),
        target: target_code(sheet),
        receipt_wanted: sheet.gift.receipt_wanted,
        channel: Channel::from_word(&sheet.payment.channel).ok_or_else(|| StoreError::Inconsistent {
            table: "payment",
            column: "channel",
            row: sheet.payment.id.to_string(),
        })?,
        fund: lang.pick(&sheet.fund.name_zh, &sheet.fund.name_en).to_owned(),
        programme: sheet.programme.as_ref().map(|p| lang.pick(&p.name_zh, &p.name_en).to_owned()),
        organisation: sheet.organisation.as_ref().map(|o| lang.pick(&o.name_zh, &o.name_en).to_owned()),
        donor: sheet.person.as_ref().map(|p| p.name.clone()).filter(|name| !name.is_empty()),
        created_at: Instant(sheet.gift.created_at),
        paid_at: sheet.payment.paid_at.map(Instant),
        refunds: done.collect(),
        receipt: gift_receipt(token, sheet)?,
        former: former_receipts(token, sheet)?,
        tax: tax_invoice(sheet)?,
        words,
    })
}

fn gift_receipt(token: Token, sheet: &GiftSheet) -> Answer<GiftReceipt> {
    if let Some(receipt) = sheet.receipt() {
        return Ok(GiftReceipt::Issued {
            number: receipt.number.to_string(),
            issued_on: receipt.standing.receipt.issued_on.parse()?,
            state: receipt.state,
            pdf: Some(format!("/gift/{token}/receipt/{}.pdf", receipt.id)),
            verify: format!("/verify/{}", receipt.token),
            printed_name: receipt.name().and_then(papers::printed_otherwise),
        });
    }
    Ok(match (sheet.state.is_posted(), sheet.gift.receipt_wanted) {
        (false, _) => GiftReceipt::NotYet,
        (true, _) if sheet.receipts.is_empty() && sheet.gift.issued_elsewhere => GiftReceipt::Elsewhere,
        (true, _) if !sheet.receipts.is_empty() => GiftReceipt::TakenBack,
        (true, _) if sheet.payment.channel == Channel::TakenOver.as_str() => GiftReceipt::ByStaff,
        (true, false) => GiftReceipt::Waived,
        (true, true) => GiftReceipt::OnRequest,
    })
}

/// The receipts that were taken back or replaced, oldest first.
fn former_receipts(token: Token, sheet: &GiftSheet) -> Answer<Vec<FormerReceipt>> {
    let former =
        sheet.receipts.iter().filter(|r| matches!(r.state, ReceiptState::Void | ReceiptState::Replaced));
    let former = former.map(|receipt| {
        Ok(FormerReceipt {
            number: receipt.number.to_string(),
            issued_on: receipt.standing.receipt.issued_on.parse()?,
            state: receipt.state,
            replaced_by: sheet.receipt_number(receipt.standing.replaced_by_id).map(|n| n.to_string()),
            pdf: format!("/gift/{token}/receipt/{}.pdf", receipt.id),
        })
    });
    former.collect()
}

/// The invoice for tax, where one was asked for and can still be had or was issued.
fn tax_invoice(sheet: &GiftSheet) -> Answer<Option<TaxInvoice>> {
    let Some(tax) = &sheet.tax else { return Ok(None) };
    if let (Some(number), Some(on)) = (&tax.number, &tax.issued_on) {
        return Ok(Some(TaxInvoice::Issued { number: number.clone(), on: on.parse()? }));
    }
    let coming = matches!(sheet.state, GiftState::Pending | GiftState::Paid | GiftState::PartlyRefunded);
    Ok(coming.then_some(TaxInvoice::Waiting))
}

/// The state alone, for a page that waits.
pub async fn state(reader: Reader, Path(text): Path<String>) -> Response {
    let state = async { service::gifts::gift_state(&reader.ctx, token(&text)?).await };
    match state.await {
        Ok(state) => ([(header::CACHE_CONTROL, "no-store")], Json(serde_json::json!({ "state": state })))
            .into_response(),
        Err(error) => reader.problem(error),
    }
}

/// A receipt of the gift as PDF.
pub async fn receipt(reader: Reader, Path((text, file)): Path<(String, String)>) -> Response {
    let pdf = async {
        let id: ReceiptId =
            file.strip_suffix(".pdf").unwrap_or(&file).parse().map_err(|_| Refusal::NotFound)?;
        let sheet = gift_sheet(&reader.ctx, token(&text)?).await?;
        let paper = service::receipts::receipt_paper(&reader.ctx, &sheet, id, false).await?;
        Ok((paper.number.clone(), service::receipts::receipt_pdf(paper).await?))
    };
    match pdf.await {
        Ok((number, bytes)) => pdf_response(&number, bytes),
        Err(error) => reader.problem(error),
    }
}

/// A PDF under its number, kept by nobody in between.
pub fn pdf_response(number: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{number}.pdf\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
