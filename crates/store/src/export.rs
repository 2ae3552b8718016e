//! The list of gifts as it leaves the house, in pages.

use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::fetch_all;

/// A gift as a line of the exported list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ExportRow {
    /// Id.
    pub id: Uuid,
    /// Our number of its payment.
    pub out_trade_no: String,
    /// The payment's channel.
    pub channel: String,
    /// The provider's number, or the statement's line.
    pub provider_ref: Option<String>,
    /// The fund.
    pub fund_id: Uuid,
    /// When it was pledged (µs).
    pub created_at: i64,
    /// When the money came (µs).
    pub paid_at: Option<i64>,
    /// Gross amount.
    pub amount_fen: i64,
    /// What the provider keeps, less what came back with refunds.
    pub fee_fen: i64,
    /// What went back.
    pub refunded_fen: i64,
    /// State.
    pub state: String,
    /// Not named in public.
    pub anonymous: bool,
    /// Who gave.
    pub name: Option<String>,
    /// Letters of the standing receipt.
    pub prefix: Option<String>,
    /// Its year.
    pub year: Option<i64>,
    /// Its number.
    pub number: Option<i64>,
}

/// The gifts after the id `after`, in the order of their ids, which is that of time; at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn gifts_after(conn: &mut Conn<'_>, after: Uuid, limit: i64) -> Result<Vec<ExportRow>, StoreError> {
    fetch_all!(
        conn,
        ExportRow,
        "select g.id, y.out_trade_no, y.channel, y.provider_ref, g.fund_id, g.created_at, y.paid_at, g.amount_fen, \
         cast(y.fee_fen - (select coalesce(sum(f.fee_returned_fen), 0) from refund f where f.gift_id = g.id \
         and f.state = 'done') as bigint) as fee_fen, g.refunded_fen, g.state, g.anonymous, p.name, \
         o.receipt_prefix as prefix, r.year, r.number \
         from (select * from gift where id > $1 order by id limit $2) g join payment y on y.gift_id = g.id \
         left join person p on p.id = g.person_id left join receipt r on r.gift_id = g.id and not exists \
         (select 1 from receipt_mark m where m.receipt_id = r.id) \
         left join organisation o on o.id = r.organisation_id order by g.id",
        after,
        limit
    )
}
