//! Messages to donors: one row each, whatever the channel; words are made when it is sent.

use domain::id::MessageId;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional, insert_rows};
use crate::tx::Tx;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct MessageRow {
    /// Id.
    pub id: Uuid,
    /// To whom.
    pub person_id: Uuid,
    /// About which gift.
    pub gift_id: Uuid,
    /// What it says: `gift_paid`, `transfer_wanted`, `refund_done`.
    pub kind: String,
    /// `email`, `sms`, or `call`: a member of staff telephones.
    pub channel: String,
    /// `waiting`, `sent`, `failed`, `done`.
    pub state: String,
    /// When it was asked for (µs).
    pub created_at: i64,
}

/// Puts a message beside the change that it tells of.
pub fn message_add(tx: &mut Tx, row: MessageRow) {
    tx.wait_message(row);
}

pub(crate) async fn messages_insert(conn: &mut Conn<'_>, rows: &[MessageRow]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into message (id, person_id, gift_id, kind, channel, state, created_at, note) ",
        rows,
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(row.person_id)
                .push_bind(row.gift_id)
                .push_bind(&row.kind)
                .push_bind(&row.channel)
                .push_bind(&row.state)
                .push_bind(row.created_at)
                .push_bind("");
        }
    )
}

/// One message.
///
/// # Errors
/// As the driver.
pub async fn message_get(conn: &mut Conn<'_>, id: MessageId) -> Result<Option<MessageRow>, StoreError> {
    fetch_optional!(
        conn,
        MessageRow,
        "select id, person_id, gift_id, kind, channel, state, created_at from message where id = $1",
        id.0
    )
}

/// The messages about a gift, oldest first.
///
/// # Errors
/// As the driver.
pub async fn messages_of_gift(conn: &mut Conn<'_>, gift_id: Uuid) -> Result<Vec<MessageRow>, StoreError> {
    fetch_all!(
        conn,
        MessageRow,
        "select id, person_id, gift_id, kind, channel, state, created_at from message where gift_id = $1 order by id",
        gift_id
    )
}

/// Whoever is to be called and was not yet: oldest first.
///
/// # Errors
/// As the driver.
pub async fn calls_waiting(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<MessageRow>, StoreError> {
    fetch_all!(
        conn,
        MessageRow,
        "select id, person_id, gift_id, kind, channel, state, created_at from message \
         where channel = 'call' and state = 'waiting' order by id limit $1",
        limit
    )
}

/// Closes a message that still waits: `sent`, `failed` or `done`. `false` when somebody else did so before.
///
/// # Errors
/// As the driver.
pub async fn message_close(
    tx: &mut Tx,
    id: MessageId,
    state: &str,
    note: &str,
    at: Instant,
) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update message set state = $2, note = $3, closed_at = $4 where id = $1 and state = 'waiting'",
        id.0,
        state,
        note,
        at.0
    )?;
    Ok(changed == 1)
}

/// A message with what a list shows beside it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct MessageLine {
    /// The message.
    #[sqlx(flatten)]
    pub message: MessageRow,
    /// Our number of the gift's payment.
    pub out_trade_no: String,
    /// The gift's amount.
    pub amount_fen: i64,
    /// To whom.
    pub name: String,
    /// The phone, or empty.
    pub phone: String,
}

macro_rules! lines {
    ($filter:literal) => {
        concat!(
            "select m.id, m.person_id, m.gift_id, m.kind, m.channel, m.state, m.created_at, y.out_trade_no, ",
            "g.amount_fen, p.name, p.phone from message m join gift g on g.id = m.gift_id ",
            "join payment y on y.gift_id = g.id join person p on p.id = m.person_id ",
            $filter
        )
    };
}

/// Messages, newest first, older than `before`, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn message_lines(
    conn: &mut Conn<'_>,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<MessageLine>, StoreError> {
    let before = before.map_or(Uuid::max(), |id| id.0);
    fetch_all!(conn, MessageLine, lines!("where m.id < $1 order by m.id desc limit $2"), before, limit)
}

/// Whoever is to be called and was not yet, with name and phone: oldest first.
///
/// # Errors
/// As the driver.
pub async fn call_lines(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<MessageLine>, StoreError> {
    fetch_all!(
        conn,
        MessageLine,
        lines!("where m.channel = 'call' and m.state = 'waiting' order by m.id limit $1"),
        limit
    )
}
