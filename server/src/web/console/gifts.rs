//! The list of gifts: a sentence of filters, newest first, older ones by key.

use app::pages::console::gifts::{GiftFilter as Typed, GiftRow, GiftsView, ReceiptCell, page};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::giving::{Channel, GiftState};
use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::{Date, Instant};
use serde::Deserialize;
use service::gifts::{GiftLine, gift_find, gift_list};
use service::{Answer, ServiceError};
use store::gift::GiftFilter;

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Query;

/// Gifts on one page.
const PAGE: i64 = 50;

/// What the address asks for.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct Asked {
    q: String,
    state: String,
    fund: String,
    from: String,
    until: String,
    before: String,
}

impl Asked {
    /// The address of the gifts older than `id`, with the same filters.
    fn older(&self, id: GiftId) -> String {
        self.address(&self.state, Some(id))
    }

    /// The address of the list in this state, narrowed as it is in all else.
    fn in_state(&self, state: Option<GiftState>) -> String {
        self.address(state.map_or("", GiftState::as_str), None)
    }

    fn address(&self, state: &str, before: Option<GiftId>) -> String {
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        let all = [
            ("state", state),
            ("fund", &self.fund),
            ("from", &self.from),
            ("until", &self.until),
            ("before", &before),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(all.into_iter().filter(|(_, value)| !value.is_empty()));
        let query = query.finish();
        if query.is_empty() { "/console/gifts".to_owned() } else { format!("/console/gifts?{query}") }
    }
}

fn day(text: &str) -> (Option<Date>, Option<Refusal>) {
    if text.is_empty() {
        return (None, None);
    }
    match text.parse() {
        Ok(day) => (Some(day), None),
        Err(refusal) => (None, Some(refusal)),
    }
}

/// The list; a search word that names one gift opens it.
pub async fn list(reader: Reader, Query(asked): Query<Asked>) -> Response {
    staff_only!(reader);
    if !asked.q.trim().is_empty() {
        match gift_find(&reader.ctx, &asked.q).await {
            Ok(id) => return Redirect::to(&format!("/console/gifts/{id}")).into_response(),
            // It names none: the list says so.
            Err(ServiceError::Refused(_)) => {}
            // Not to know is not the same as nothing found.
            Err(error) => return reader.problem(error),
        }
    }
    match view(&reader, asked).await {
        Ok(view) => {
            let wrong = view.from_error.is_some() || view.until_error.is_some();
            let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            reader.page(status, |context| page(context, view))
        }
        Err(error) => reader.problem(error),
    }
}

async fn view(reader: &Reader, asked: Asked) -> Answer<GiftsView> {
    let lang = reader.context.lang;
    let book = reader.ctx.programme().await?;
    let (from, from_error) = day(&asked.from);
    let (until, until_error) = day(&asked.until);
    let filter = GiftFilter {
        state: GiftState::from_word(&asked.state),
        fund_id: book.fund_by_code(&asked.fund).map(|fund| fund.id.0),
        before: asked.before.parse().ok(),
        from: from.map(Date::start),
        until: until.map(|day| day.start().plus_seconds(24 * 3600)),
    };
    // A search word that named no gift finds nothing; everything else would be a wrong answer.
    let searched = !asked.q.trim().is_empty();
    let (lines, more) =
        if searched { (Vec::new(), false) } else { gift_list(&reader.ctx, &filter, PAGE).await? };
    let name = |fund: &domain::fund::Fund| lang.pick(&fund.name_zh, &fund.name_en).to_owned();
    let fund_name = |id| book.funds.iter().find(|fund| fund.id.0 == id).map(name).unwrap_or_default();
    let last = lines.last().map(|line| GiftId(line.gift.id));
    Ok(GiftsView {
        from_error,
        until_error,
        funds: book.funds.iter().map(|fund| (fund.code.clone(), name(fund))).collect(),
        states: std::iter::once(None)
            .chain(GiftState::ALL.map(Some))
            .map(|state| (state, asked.in_state(state)))
            .collect(),
        older: last.filter(|_| more).map(|id| asked.older(id)),
        newest: (!asked.before.is_empty()).then(|| "/console/gifts".to_owned()),
        rows: lines.into_iter().map(|line| row(fund_name(line.gift.fund_id), line)).collect(),
        filter: Typed {
            state: asked.state,
            fund: asked.fund,
            from: asked.from,
            until: asked.until,
            query: asked.q,
        },
    })
}

fn row(fund: String, line: GiftLine) -> GiftRow {
    let receipt = match line.receipt {
        Some(number) => ReceiptCell::Number(number.to_string()),
        None if line.gift.issued_elsewhere => ReceiptCell::Elsewhere,
        None if !line.gift.receipt_wanted => ReceiptCell::Waived,
        None => ReceiptCell::None,
    };
    GiftRow {
        id: GiftId(line.gift.id),
        at: Instant(line.gift.created_at),
        reference: line.payment.1,
        donor: line.name.filter(|name| !name.is_empty()),
        anonymous: line.gift.anonymous,
        fund,
        amount: Fen(line.gift.amount_fen),
        state: line.state,
        channel: Channel::from_word(&line.payment.0).unwrap_or(Channel::TakenOver),
        receipt,
        words_waiting: line.words_waiting,
    }
}
