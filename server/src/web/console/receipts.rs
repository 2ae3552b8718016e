//! Receipts in the console: the paper, its copy, void and reissue.

use axum::extract::Path;
use axum::response::Response;
use domain::id::ReceiptId;
use domain::receipt::DonorName;
use domain::refusal::Refusal;
use serde::Deserialize;
use service::Answer;
use service::gifts::gift_file;
use service::receipts::{receipt_gift, receipt_paper, receipt_pdf, receipt_reissue, receipt_void};

use super::gift::{Typed, after};
use super::staff_only;
use crate::web::gift::pdf_response;
use crate::web::page::Reader;
use crate::web::typed::Form;

fn id(text: &str) -> Answer<ReceiptId> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

async fn paper(reader: Reader, text: &str, copy: bool) -> Response {
    staff_only!(reader);
    let pdf = async {
        let id = id(text)?;
        // A paper bears the donor's name: only for those who may read donors.
        reader.ctx.authorize(domain::access::Action::ReadDonors)?;
        let file = gift_file(&reader.ctx, receipt_gift(&reader.ctx, id).await?).await?;
        let paper = receipt_paper(&reader.ctx, &file.sheet, id, copy).await?;
        Ok((paper.number.clone(), receipt_pdf(paper).await?))
    };
    match pdf.await {
        Ok((number, bytes)) => pdf_response(&number, bytes),
        Err(error) => reader.problem(error),
    }
}

/// The paper.
pub async fn show(reader: Reader, Path(text): Path<String>) -> Response {
    paper(reader, &text, false).await
}

/// The paper, marked 副本.
pub async fn copy(reader: Reader, Path(text): Path<String>) -> Response {
    paper(reader, &text, true).await
}

/// Why a receipt is taken back.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Why {
    reason: String,
}

/// Takes a receipt back.
pub async fn void(reader: Reader, Path(text): Path<String>, Form(why): Form<Why>) -> Response {
    staff_only!(reader);
    let found = async {
        let id = id(&text)?;
        Ok((receipt_gift(&reader.ctx, id).await?, id))
    };
    match found.await {
        Ok((gift, id)) => {
            let done = receipt_void(&reader.ctx, id, gift, &why.reason).await;
            let typed = Typed::because(id.0, "void", why.reason, &done);
            after(&reader, gift, done, typed).await
        }
        Err(error) => reader.problem(error),
    }
}

/// Why another receipt stands in one's place, and the name that it is to bear where that was wrong.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Anew {
    reason: String,
    name: String,
}

/// Takes a receipt back and issues another in its place.
pub async fn reissue(reader: Reader, Path(text): Path<String>, Form(anew): Form<Anew>) -> Response {
    staff_only!(reader);
    let found = async {
        let id = id(&text)?;
        Ok((receipt_gift(&reader.ctx, id).await?, id))
    };
    match found.await {
        Ok((gift, id)) => {
            let (done, name_error) = match DonorName::read(&anew.name) {
                Ok(name) => (receipt_reissue(&reader.ctx, id, gift, &anew.reason, name).await, None),
                Err(refusal) => (Err(refusal.clone().into()), Some(refusal)),
            };
            let done = done.map(|_| ());
            let typed = Typed::because(id.0, "reissue", anew.reason, &done).named(anew.name, name_error);
            after(&reader, gift, done, typed).await
        }
        Err(error) => reader.problem(error),
    }
}
