//! Where old gifts were written: (source, serial number) is the identity of what was taken over.

use domain::audit::{Fields, Hash};
use domain::id::GiftId;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{fetch_all, fetch_optional, insert_rows};
use crate::tx::Tx;

/// One row of an old list that became a gift or a refund.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct TakenOverRow {
    /// The list's name.
    pub source: String,
    /// Its serial number there.
    pub serial: String,
    /// The gift that it became.
    pub gift_id: Option<Uuid>,
    /// The refund that it became.
    pub refund_id: Option<Uuid>,
    /// Keyed digest of all that the row said.
    pub content: Vec<u8>,
}

impl TakenOverRow {
    /// The member of an event's detail that holds [`TakenOverRow::word`].
    pub const MEMBER: &str = "row";

    fn digest(&self) -> Hash {
        Fields::new("taken_over")
            .text(&self.source)
            .text(&self.serial)
            .maybe_id(self.gift_id)
            .maybe_id(self.refund_id)
            .bytes(&self.content)
            .finish()
    }

    /// The digest of the row as the event of its gift or refund says it.
    #[must_use]
    pub fn word(&self) -> String {
        crate::facts::hex(&self.digest())
    }
}

/// Keeps what was taken over.
///
/// # Errors
/// [`StoreError::Conflict`] when a serial number is stored already.
pub async fn taken_over_add(tx: &mut Tx, rows: &[TakenOverRow]) -> Result<(), StoreError> {
    insert_rows!(
        &mut tx.conn(),
        "insert into taken_over (source, serial, gift_id, refund_id, content) ",
        rows,
        |bind, row| {
            bind.push_bind(&row.source)
                .push_bind(&row.serial)
                .push_bind(row.gift_id)
                .push_bind(row.refund_id)
                .push_bind(&row.content);
        }
    )
}

/// The digests of all rows of a source: (serial number, digest).
///
/// # Errors
/// As the driver.
pub async fn taken_over_contents(
    conn: &mut Conn<'_>,
    source: &str,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    fetch_all!(conn, (String, Vec<u8>), "select serial, content from taken_over where source = $1", source)
}

/// A gift that was taken over before.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct TakenOverGift {
    /// The gift.
    pub gift_id: Uuid,
    /// Its fund's code.
    pub fund_code: String,
    /// Its amount, before refunds.
    pub amount_fen: i64,
    /// When the money came (µs).
    pub paid_at: i64,
}

/// The gift that a serial number of a source became.
///
/// # Errors
/// As the driver.
pub async fn taken_over_gift(
    conn: &mut Conn<'_>,
    source: &str,
    serial: &str,
) -> Result<Option<TakenOverGift>, StoreError> {
    fetch_optional!(
        conn,
        TakenOverGift,
        "select g.id as gift_id, f.code as fund_code, g.amount_fen, p.paid_at from taken_over t \
         join gift g on g.id = t.gift_id join fund f on f.id = g.fund_id join payment p on p.gift_id = g.id \
         where t.source = $1 and t.serial = $2 and p.state = 'paid'",
        source,
        serial
    )
}

/// What went or goes back of a gift: (serial number in the source, or the refund's id; fen above zero).
///
/// # Errors
/// As the driver.
pub async fn taken_over_refunds(
    conn: &mut Conn<'_>,
    source: &str,
    gift: GiftId,
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid, Option<String>, i64),
        "select r.id, t.serial, r.amount_fen from refund r \
         left join taken_over t on t.refund_id = r.id and t.source = $1 \
         where r.gift_id = $2 and r.state in ('requested', 'done') order by r.id",
        source,
        gift.0
    )?;
    Ok(rows.into_iter().map(|(id, serial, fen)| (serial.unwrap_or_else(|| id.to_string()), fen)).collect())
}

/// Where a gift was written before: (source, serial).
///
/// # Errors
/// As the driver.
pub async fn taken_over_source(
    conn: &mut Conn<'_>,
    gift_id: Uuid,
) -> Result<Option<(String, String)>, StoreError> {
    fetch_optional!(
        conn,
        (String, String),
        "select source, serial from taken_over where gift_id = $1",
        gift_id
    )
}

/// What is stored of a gift or refund that was taken over.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct TakenOverEntry {
    /// When (µs).
    pub at: i64,
    /// The donor's name; none where nobody is kept.
    pub name: Option<String>,
    /// The donor's telephone.
    pub phone: Option<String>,
    /// Whether the gift is anonymous; none for a refund.
    pub anonymous: Option<bool>,
    /// The amount, below zero for a refund.
    pub amount_fen: i64,
    /// The fund's code.
    pub fund_code: String,
    /// The remark.
    pub note: Option<String>,
    /// The detail of the event that took it over.
    pub detail: Option<String>,
}

/// What is stored under a serial number of a source.
///
/// # Errors
/// As the driver.
pub async fn taken_over_entry(
    conn: &mut Conn<'_>,
    source: &str,
    serial: &str,
) -> Result<Option<TakenOverEntry>, StoreError> {
    let gift = fetch_optional!(
        &mut *conn,
        TakenOverEntry,
        "select p.paid_at as at, n.name, n.phone, g.anonymous, g.amount_fen, f.code as fund_code, w.message as note, \
         e.detail from taken_over t join gift g on g.id = t.gift_id join fund f on f.id = g.fund_id \
         join payment p on p.gift_id = g.id left join person n on n.id = g.person_id \
         left join gift_words w on w.gift_id = g.id \
         left join audit_event e on e.subject_id = g.id and e.kind = 'gift.taken_over' \
         where t.source = $1 and t.serial = $2 limit 1",
        source,
        serial
    )?;
    if gift.is_some() {
        return Ok(gift);
    }
    // Whom it went back to is kept as a digest only; the gift may have several refunds, so no event is asked.
    let refund = fetch_optional!(
        conn,
        (i64, i64, String, String),
        "select coalesce(r.done_at, r.requested_at), r.amount_fen, f.code, r.reason from taken_over t \
         join refund r on r.id = t.refund_id join gift g on g.id = r.gift_id join fund f on f.id = g.fund_id \
         where t.source = $1 and t.serial = $2",
        source,
        serial
    )?;
    Ok(refund.map(|(at, fen, fund_code, reason)| TakenOverEntry {
        at,
        name: None,
        phone: None,
        anonymous: None,
        amount_fen: -fen,
        fund_code,
        note: Some(reason),
        detail: None,
    }))
}
