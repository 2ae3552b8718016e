//! The journal: entries with their postings, the sums kept beside them, and the months that close.

use domain::audit::{Fields, Hash};
use domain::id::{EntryId, FundId, GiftId, RefundId};
use domain::ledger::{Balanced, EntryKind};
use domain::time::{Date, Month};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional, insert_rows};
use crate::tx::{EventPlace, Moved, Tx};

/// An entry as table `journal_entry` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct EntryRow {
    /// Id.
    pub id: Uuid,
    /// `gift`, `refund`, `reversal`.
    pub kind: String,
    /// The gift that it records.
    pub gift_id: Option<Uuid>,
    /// The refund that it records.
    pub refund_id: Option<Uuid>,
    /// The entry that it takes back.
    pub reverses_id: Option<Uuid>,
    /// The day on which it happened.
    pub occurred_on: String,
    /// The day under which the books hold it: the same, or the first open day after a closed month.
    pub booked_on: String,
    /// Chain of the event that wrote it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

/// A posting as table `posting` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct PostingRow {
    /// Its entry.
    pub entry_id: Uuid,
    /// 0, 1, 2 … within the entry.
    pub line: i64,
    /// The account's word.
    pub account: String,
    /// The fund.
    pub fund_id: Uuid,
    /// Debit > 0, credit < 0.
    pub amount_fen: i64,
}

/// The digest of an entry with all its postings, in the order of their lines.
#[must_use]
pub fn entry_digest(entry: &EntryRow, postings: &[PostingRow]) -> Hash {
    let head = Fields::new("journal_entry")
        .id(entry.id)
        .text(&entry.kind)
        .maybe_id(entry.gift_id)
        .maybe_id(entry.refund_id)
        .maybe_id(entry.reverses_id)
        .text(&entry.occurred_on)
        .text(&entry.booked_on);
    postings
        .iter()
        .fold(head, |fields, p| fields.int(p.line).text(&p.account).id(p.fund_id).int(p.amount_fen))
        .finish()
}

/// What an entry records.
#[derive(Debug, Clone, Copy)]
pub struct EntryHead {
    /// Id.
    pub id: EntryId,
    /// Its kind.
    pub kind: EntryKind,
    /// The gift.
    pub gift_id: GiftId,
    /// The refund, for a refund and for what takes one back.
    pub refund_id: Option<RefundId>,
    /// The entry that it takes back, for a reversal.
    pub reverses_id: Option<EntryId>,
    /// The day on which it happened.
    pub occurred_on: Date,
}

/// Posts a balanced entry under the event at `place`: the rows wait for the group's end, the fund's sums move with
/// them. The digest goes into that event.
///
/// # Errors
/// As the driver.
pub async fn entry_post(
    tx: &mut Tx,
    head: EntryHead,
    balanced: &Balanced,
    place: EventPlace,
) -> Result<Hash, StoreError> {
    let booked_on = booking_day(tx, head.occurred_on).await?;
    let entry = EntryRow {
        id: head.id.0,
        kind: head.kind.as_str().to_owned(),
        gift_id: Some(head.gift_id.0),
        refund_id: head.refund_id.map(|id| id.0),
        reverses_id: head.reverses_id.map(|id| id.0),
        occurred_on: head.occurred_on.to_string(),
        booked_on: booked_on.to_string(),
        event_chain: place.chain,
        event_seq: place.seq,
    };
    let postings: Vec<PostingRow> = (0..)
        .zip(balanced.postings())
        .map(|(line, p)| PostingRow {
            entry_id: entry.id,
            line,
            account: p.account.as_str().to_owned(),
            fund_id: p.fund_id.0,
            amount_fen: p.amount.0,
        })
        .collect();
    let digest = entry_digest(&entry, &postings);
    for (fund, sums) in balanced.moves() {
        let moved = tx.moved(fund);
        moved.sums.add(sums);
        moved.gifts += match head.kind {
            EntryKind::Gift => 1,
            EntryKind::Reversal if head.refund_id.is_none() => -1,
            EntryKind::Refund | EntryKind::Reversal => 0,
        };
    }
    tx.wait_entry(entry, postings);
    Ok(digest)
}

/// The day under which the books hold what happened on `day`: a closed month takes nothing more.
async fn booking_day(tx: &mut Tx, day: Date) -> Result<Date, StoreError> {
    let closed = match *tx.closed_through() {
        Some(known) => known,
        None => {
            let read = books_closed_through(&mut tx.conn()).await?;
            *tx.closed_through() = Some(read);
            read
        }
    };
    Ok(match closed {
        Some(month) if day.month() <= month => month.next().first_day(),
        _ => day,
    })
}

/// The last closed month.
///
/// # Errors
/// As the driver.
pub async fn books_closed_through(conn: &mut Conn<'_>) -> Result<Option<Month>, StoreError> {
    let (text,) = fetch_one!(conn, (String,), "select closed_through from books where id = 1")?;
    if text == "0000-00" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| inconsistent("books", "closed_through", 1))
}

/// Closes all months up to and with `month`. The fact goes into the event.
///
/// # Errors
/// As the driver.
pub async fn books_close(tx: &mut Tx, month: Month) -> Result<Fact, StoreError> {
    execute!(&mut tx.conn(), "update books set closed_through = $1 where id = 1", month.to_string())?;
    *tx.closed_through() = Some(Some(month));
    books_fact(&mut tx.conn()).await
}

/// How far the books are closed, for the event that closed them.
///
/// # Errors
/// As the driver.
pub async fn books_fact(conn: &mut Conn<'_>) -> Result<Fact, StoreError> {
    let (closed,) = fetch_one!(conn, (String,), "select closed_through from books where id = 1")?;
    Ok(Fact::new("books", 1, Fields::new("books").text(&closed)))
}

pub(crate) async fn entries_insert(
    conn: &mut Conn<'_>,
    entries: &[EntryRow],
    postings: &[PostingRow],
) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into journal_entry (id, kind, gift_id, refund_id, reverses_id, occurred_on, booked_on, event_chain, event_seq) ",
        entries,
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(&row.kind)
                .push_bind(row.gift_id)
                .push_bind(row.refund_id)
                .push_bind(row.reverses_id)
                .push_bind(&row.occurred_on)
                .push_bind(&row.booked_on)
                .push_bind(row.event_chain)
                .push_bind(row.event_seq);
        }
    )?;
    insert_rows!(
        conn,
        "insert into posting (entry_id, line, account, fund_id, amount_fen) ",
        postings,
        |bind, row| {
            bind.push_bind(row.entry_id)
                .push_bind(row.line)
                .push_bind(&row.account)
                .push_bind(row.fund_id)
                .push_bind(row.amount_fen);
        }
    )
}

pub(crate) async fn sums_add(conn: &mut Conn<'_>, fund: FundId, moved: Moved) -> Result<(), StoreError> {
    let Moved { sums, gifts, encumbered_fen } = moved;
    let changed = execute!(
        conn,
        "update fund_balance set received_fen = received_fen + $2, refunded_fen = refunded_fen + $3, \
         fees_fen = fees_fen + $4, spent_fen = spent_fen + $5, gifts = gifts + $6, \
         encumbered_fen = encumbered_fen + $7 where fund_id = $1",
        fund.0,
        sums.received.0,
        sums.refunded.0,
        sums.fees.0,
        sums.spent.0,
        gifts,
        encumbered_fen
    )?;
    if changed == 1 { Ok(()) } else { Err(inconsistent("fund_balance", "fund_id", fund)) }
}

/// The kept sums of a fund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct BalanceRow {
    /// The fund.
    pub fund_id: Uuid,
    /// Gifts, gross.
    pub received_fen: i64,
    /// Given back.
    pub refunded_fen: i64,
    /// Kept by providers.
    pub fees_fen: i64,
    /// Paid out.
    pub spent_fen: i64,
    /// Promised.
    pub encumbered_fen: i64,
    /// Gifts posted.
    pub gifts: i64,
}

impl BalanceRow {
    /// received − refunded − fees − spent − encumbered.
    #[must_use]
    pub const fn available_fen(&self) -> i64 {
        self.received_fen - self.refunded_fen - self.fees_fen - self.spent_fen - self.encumbered_fen
    }
}

/// The kept sums of all funds, in the funds' order.
///
/// # Errors
/// As the driver.
pub async fn balances(conn: &mut Conn<'_>) -> Result<Vec<BalanceRow>, StoreError> {
    fetch_all!(
        conn,
        BalanceRow,
        "select b.* from fund_balance b join fund f on f.id = b.fund_id order by f.position"
    )
}

/// What a fund can give now, with what this group has posted already.
///
/// # Errors
/// As the driver.
pub async fn available(tx: &mut Tx, fund: FundId) -> Result<i64, StoreError> {
    let (row, moved) = balance_now(tx, fund).await?;
    Ok(row.available_fen() + moved.sums.held().0 - moved.encumbered_fen)
}

/// What providers have kept of a fund's gifts, with what this group has posted already: no more can come back.
///
/// # Errors
/// As the driver.
pub async fn fees_kept(tx: &mut Tx, fund: FundId) -> Result<i64, StoreError> {
    let (row, moved) = balance_now(tx, fund).await?;
    Ok(row.fees_fen + moved.sums.fees.0)
}

async fn balance_now(tx: &mut Tx, fund: FundId) -> Result<(BalanceRow, Moved), StoreError> {
    let row =
        fetch_optional!(&mut tx.conn(), BalanceRow, "select * from fund_balance where fund_id = $1", fund.0)?;
    let row = row.ok_or_else(|| inconsistent("fund_balance", "fund_id", fund))?;
    Ok((row, *tx.moved(fund)))
}

/// Sets `fen` of a fund aside (below zero: frees it again): money that is promised and not yet gone. The caller has
/// asked [`available`] in the same command.
pub fn encumber(tx: &mut Tx, fund: FundId, fen: i64) {
    tx.moved(fund).encumbered_fen += fen;
}

/// One entry with its postings.
///
/// # Errors
/// As the driver.
pub async fn entry_get(
    conn: &mut Conn<'_>,
    id: EntryId,
) -> Result<Option<(EntryRow, Vec<PostingRow>)>, StoreError> {
    let entry = fetch_optional!(&mut *conn, EntryRow, "select * from journal_entry where id = $1", id.0)?;
    let Some(entry) = entry else { return Ok(None) };
    let postings =
        fetch_all!(conn, PostingRow, "select * from posting where entry_id = $1 order by line", id.0)?;
    Ok(Some((entry, postings)))
}

/// The digest of why an entry was made.
#[must_use]
pub fn entry_reason_digest(id: Uuid, reason: &str) -> Hash {
    Fields::new("entry_reason").id(id).text(reason).finish()
}

/// Keeps why an entry was made, in the words of staff. The digest goes into the event that posts it.
///
/// # Errors
/// As the driver.
pub async fn entry_reason_add(tx: &mut Tx, id: EntryId, reason: &str) -> Result<Hash, StoreError> {
    execute!(&mut tx.conn(), "insert into entry_reason (entry_id, reason) values ($1, $2)", id.0, reason)?;
    Ok(entry_reason_digest(id.0, reason))
}

/// Why entries of a gift were made, where staff said so: (entry, words).
///
/// # Errors
/// As the driver.
pub async fn entry_reasons_of_gift(
    conn: &mut Conn<'_>,
    gift: GiftId,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    fetch_all!(
        conn,
        (Uuid, String),
        "select r.entry_id, r.reason from entry_reason r join journal_entry e on e.id = r.entry_id \
         where e.gift_id = $1",
        gift.0
    )
}

/// The entries of a gift with their postings, oldest first.
///
/// # Errors
/// As the driver.
pub async fn entries_of_gift(
    conn: &mut Conn<'_>,
    gift: GiftId,
) -> Result<Vec<(EntryRow, Vec<PostingRow>)>, StoreError> {
    let entries = fetch_all!(
        &mut *conn,
        EntryRow,
        "select * from journal_entry where gift_id = $1 order by id",
        gift.0
    )?;
    let postings = fetch_all!(
        conn,
        PostingRow,
        "select p.* from posting p where p.entry_id in (select id from journal_entry where gift_id = $1) \
         order by p.entry_id, p.line",
        gift.0
    )?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let own = postings.iter().filter(|p| p.entry_id == entry.id).cloned().collect();
            (entry, own)
        })
        .collect())
}
