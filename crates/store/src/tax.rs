//! Official invoices for tax: who waits for one, and which the recipient issued.

use std::collections::BTreeMap;

use domain::audit::{Fields, Hash};
use domain::id::GiftId;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::{EventPlace, Tx};

/// A request that waits for its invoice.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct TaxWaitingRow {
    /// The gift.
    pub gift_id: Uuid,
    /// `resident_id` or `credit_code`.
    pub kind: String,
    /// Our number of its payment.
    pub out_trade_no: String,
    /// What is left of the gift.
    pub left_fen: i64,
    /// When the money came (µs).
    pub paid_at: Option<i64>,
}

/// Requests of gifts whose money is here that have no invoice yet, oldest gift first, after `after`.
///
/// # Errors
/// As the driver.
pub async fn tax_waiting(
    conn: &mut Conn<'_>,
    after: Option<GiftId>,
    limit: i64,
) -> Result<Vec<TaxWaitingRow>, StoreError> {
    fetch_all!(
        conn,
        TaxWaitingRow,
        "select t.gift_id, t.kind, p.out_trade_no, g.amount_fen - g.refunded_fen as left_fen, p.paid_at \
         from tax_request t join gift g on g.id = t.gift_id join payment p on p.gift_id = t.gift_id \
         where t.gift_id > $1 and g.state in ('paid', 'partly_refunded') \
         and not exists (select 1 from tax_invoice i where i.gift_id = t.gift_id) order by t.gift_id limit $2",
        after.map_or(Uuid::nil(), |id| id.0),
        limit
    )
}

/// Where a gift's request for an invoice stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct TaxStanding {
    /// `resident_id` or `credit_code`.
    pub kind: String,
    /// The invoice's number, once it was issued.
    pub number: Option<String>,
    /// The day of its issue.
    pub issued_on: Option<String>,
}

/// Where the request of a gift stands; none when nobody asked.
///
/// # Errors
/// As the driver.
pub async fn tax_standing(conn: &mut Conn<'_>, gift: Uuid) -> Result<Option<TaxStanding>, StoreError> {
    fetch_optional!(
        conn,
        TaxStanding,
        "select t.kind, i.number, i.issued_on from tax_request t left join tax_invoice i on i.gift_id = t.gift_id \
         where t.gift_id = $1",
        gift
    )
}

fn invoice_digest(gift: Uuid, number: &str, issued_on: &str) -> Hash {
    Fields::new("tax_invoice").id(gift).text(number).text(issued_on).finish()
}

/// Keeps the invoice of a request that has none. The digest goes into the next event; none when there is one already.
///
/// # Errors
/// As the driver.
pub async fn tax_invoice_add(
    tx: &mut Tx,
    gift: GiftId,
    (number, issued_on): (&str, &str),
    place: EventPlace,
) -> Result<Option<Hash>, StoreError> {
    let added = execute!(
        &mut tx.conn(),
        "insert into tax_invoice (gift_id, number, issued_on, event_chain, event_seq) values ($1, $2, $3, $4, $5) \
         on conflict (gift_id) do nothing",
        gift.0,
        number,
        issued_on,
        place.chain,
        place.seq
    )?;
    Ok((added == 1).then(|| invoice_digest(gift.0, number, issued_on)))
}

/// The digests of the invoices that events `from`..=`to` wrote, by event.
pub(crate) async fn written_rows(
    conn: &mut Conn<'_>,
    chain: i64,
    (from, to): (i64, i64),
    digests: &mut BTreeMap<i64, Vec<Hash>>,
) -> Result<(), StoreError> {
    let rows = fetch_all!(
        conn,
        (i64, Uuid, String, String),
        "select event_seq, gift_id, number, issued_on from tax_invoice \
         where event_chain = $1 and event_seq between $2 and $3",
        chain,
        from,
        to
    )?;
    for (seq, gift, number, issued_on) in rows {
        digests.entry(seq).or_default().push(invoice_digest(gift, &number, &issued_on));
    }
    Ok(())
}
