//! `GET /v1/bill?date=YYYY-MM-DD`: everything settled on one day in Shanghai, as JSON lines with a total at the end.

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::Error;
use crate::signed::Signed;
use crate::world::instant;

/// A bill's day runs from midnight to midnight here, whatever the machine's own zone.
pub(crate) static SHANGHAI: TimeZone = jiff::tz::get!("Asia/Shanghai");

#[derive(Deserialize)]
pub(super) struct Asked {
    date: String,
}

/// What was settled: the sums are signed as they change the merchant's balance, and net = amount − fee.
#[derive(sqlx_macros::FromRow)]
struct Settled {
    kind: String,
    at_ms: i64,
    trade_no: String,
    out_trade_no: String,
    refund_no: Option<String>,
    out_refund_no: Option<String>,
    amount_fen: i64,
    fee_fen: i64,
}

#[derive(Serialize)]
struct Line<'a> {
    kind: &'a str,
    at: Timestamp,
    trade_no: &'a str,
    out_trade_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_refund_no: Option<&'a str>,
    amount_fen: i64,
    fee_fen: i64,
    net_fen: i64,
}

#[derive(Serialize)]
struct Total {
    kind: &'static str,
    date: Date,
    /// Whether the day is over, so that no line can be added any more.
    complete: bool,
    payments: usize,
    refunds: usize,
    amount_fen: i64,
    fee_fen: i64,
    net_fen: i64,
}

pub(super) async fn handle(
    State(app): State<App>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
    signed: Signed,
) -> Result<Response, Error> {
    let wrong = || Error::field("date");
    let Query(asked) = asked.map_err(|_| wrong())?;
    let date: Date = asked.date.parse().map_err(|_| wrong())?;
    let start = date.to_zoned(SHANGHAI.clone()).map_err(|_| wrong())?.timestamp();
    let next = date.tomorrow().map_err(|_| wrong())?;
    let end = next.to_zoned(SHANGHAI.clone()).map_err(|_| wrong())?.timestamp();
    // The parser takes longer forms too (with a time); only the plain date is documented.
    if asked.date != date.to_string() || start > app.now() {
        return Err(wrong());
    }
    let settled = settled(&app, &signed.merchant, start, end).await?;
    let text = write(&settled, date, app.now() >= end).map_err(|error| Error::Internal(error.into()))?;
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], text).into_response())
}

async fn settled(app: &App, merchant: &str, start: Timestamp, end: Timestamp) -> Result<Vec<Settled>, Error> {
    let rows = sqlx::query_as(
        "select 'payment' as kind, paid_ms as at_ms, trade_no, out_trade_no, null as refund_no,
             null as out_refund_no, amount_fen, fee_fen
         from payment where merchant_id = $1 and paid_ms >= $2 and paid_ms < $3
         union all
         select 'refund', r.succeeded_ms, r.trade_no, p.out_trade_no, r.refund_no, r.out_refund_no,
             -r.amount_fen, -r.fee_returned_fen
         from refund r join payment p on p.trade_no = r.trade_no
         where r.merchant_id = $1 and r.succeeded_ms >= $2 and r.succeeded_ms < $3
         order by 2, 3, 5",
    )
    .bind(merchant)
    .bind(start.as_millisecond())
    .bind(end.as_millisecond())
    .fetch_all(app.db().read())
    .await?;
    Ok(rows)
}

fn write(settled: &[Settled], date: Date, complete: bool) -> serde_json::Result<String> {
    let mut text = String::new();
    for row in settled {
        let line = Line {
            kind: &row.kind,
            at: instant(row.at_ms),
            trade_no: &row.trade_no,
            out_trade_no: &row.out_trade_no,
            refund_no: row.refund_no.as_deref(),
            out_refund_no: row.out_refund_no.as_deref(),
            amount_fen: row.amount_fen,
            fee_fen: row.fee_fen,
            net_fen: row.amount_fen - row.fee_fen,
        };
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    let amount_fen = settled.iter().map(|row| row.amount_fen).sum();
    let fee_fen = settled.iter().map(|row| row.fee_fen).sum();
    let payments = settled.iter().filter(|row| row.kind == "payment").count();
    let refunds = settled.len() - payments;
    let net_fen = amount_fen - fee_fen;
    let total = Total { kind: "total", date, complete, payments, refunds, amount_fen, fee_fen, net_fen };
    text.push_str(&serde_json::to_string(&total)?);
    text.push('\n');
    Ok(text)
}
