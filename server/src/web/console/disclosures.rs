//! Files of units that left the house.

use app::pages::console::disclosures::{DisclosureRow, DisclosuresView, page};
use axum::response::Response;
use data_encoding::HEXLOWER;
use domain::registry::ExportScope;
use domain::time::Instant;
use serde::Deserialize;
use service::Answer;
use service::registry::disclose::disclosures;
use uuid::Uuid;

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Query;

/// Lines on one page.
const PAGE: i64 = 50;

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    before: String,
}

/// The newest, or those before one.
pub async fn list(reader: Reader, Query(asked): Query<Asked>) -> Response {
    staff_only!(reader);
    let view: Answer<DisclosuresView> = async {
        let before = asked.before.parse().unwrap_or(Uuid::max());
        let mut rows = disclosures(&reader.ctx, before, PAGE + 1).await?;
        let more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
        if more {
            rows.pop();
        }
        let last = rows.last().map(|(row, _)| row.id).filter(|_| more);
        Ok(DisclosuresView {
            older: last.map(|id| format!("/console/disclosures?before={id}")),
            rows: rows.into_iter().map(row).collect(),
        })
    }
    .await;
    reader.answer(view, page)
}

fn row((row, made_by): (store::disclosure::DisclosureRow, Option<String>)) -> DisclosureRow {
    DisclosureRow {
        made_at: Instant(row.made_at),
        made_by,
        purpose: row.purpose,
        receiver: row.receiver,
        abroad: row.abroad.then_some(row.filing_number),
        bank: row.bank_code,
        own: row.scope == ExportScope::Own.as_str(),
        format: row.format,
        units: u64::try_from(row.units).unwrap_or_default(),
        digest: HEXLOWER.encode(row.file_digest.get(..6).unwrap_or_default()),
    }
}
