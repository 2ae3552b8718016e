//! Text messages that merchants handed over: stored, shown, never sent anywhere.

use jiff::Timestamp;
use serde::Serialize;

use crate::db::Tx;
use crate::error::Error;
use crate::world::instant;

pub(crate) mod page;

/// How many messages a list holds at most.
const MOST: i64 = 200;

/// A row of `sms`.
#[derive(Debug, Clone, sqlx_macros::FromRow)]
pub(crate) struct Sms {
    pub sms_no: String,
    pub merchant_id: String,
    pub out_sms_no: String,
    pub recipient: String,
    pub text: String,
    pub received_ms: i64,
}

/// A message as its merchant is shown it.
#[derive(Debug, Serialize)]
pub(crate) struct SmsView {
    merchant: String,
    out_sms_no: String,
    sms_no: String,
    status: &'static str,
    to: String,
    text: String,
    received_at: Timestamp,
}

impl Sms {
    pub(crate) fn view(self) -> SmsView {
        SmsView {
            merchant: self.merchant_id,
            out_sms_no: self.out_sms_no,
            sms_no: self.sms_no,
            status: "accepted",
            to: self.recipient,
            text: self.text,
            received_at: instant(self.received_ms),
        }
    }
}

/// The merchant's message with this number of its own, if there is one.
pub(crate) async fn by_out_sms_no(
    from: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
    merchant: &str,
    out_sms_no: &str,
) -> Result<Option<Sms>, Error> {
    let row = sqlx::query_as("select * from sms where merchant_id = $1 and out_sms_no = $2")
        .bind(merchant)
        .bind(out_sms_no)
        .fetch_optional(from)
        .await?;
    Ok(row)
}

pub(crate) async fn insert(tx: &mut Tx, sms: &Sms) -> Result<(), Error> {
    sqlx::query(
        "insert into sms (sms_no, merchant_id, out_sms_no, recipient, text, received_ms)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&sms.sms_no)
    .bind(&sms.merchant_id)
    .bind(&sms.out_sms_no)
    .bind(&sms.recipient)
    .bind(&sms.text)
    .bind(sms.received_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The newest messages, newest first, of one merchant or all, to one number or all.
pub(crate) async fn newest(
    from: impl sqlx::Executor<'_, Database = sqlx::Sqlite>,
    merchant: Option<&str>,
    to: Option<&str>,
) -> Result<Vec<Sms>, Error> {
    let rows = sqlx::query_as(
        "select * from sms where ($1 is null or merchant_id = $1) and ($2 is null or recipient = $2)
         order by received_ms desc, rowid desc limit $3",
    )
    .bind(merchant)
    .bind(to)
    .bind(MOST)
    .fetch_all(from)
    .await?;
    Ok(rows)
}
