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
    /// Of a call: the message that did not arrive.
    pub instead_of: Option<Uuid>,
}

/// Puts a message beside the change that it tells of.
pub fn message_add(tx: &mut Tx, row: MessageRow) {
    tx.wait_message(row);
}

pub(crate) async fn messages_insert(conn: &mut Conn<'_>, rows: &[MessageRow]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into message (id, person_id, gift_id, kind, channel, state, created_at, instead_of, note) ",
        rows,
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(row.person_id)
                .push_bind(row.gift_id)
                .push_bind(&row.kind)
                .push_bind(&row.channel)
                .push_bind(&row.state)
                .push_bind(row.created_at)
                .push_bind(row.instead_of)
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
        "select id, person_id, gift_id, kind, channel, state, created_at, instead_of from message where id = $1",
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
        "select id, person_id, gift_id, kind, channel, state, created_at, instead_of from message \
         where gift_id = $1 order by id",
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
        "select id, person_id, gift_id, kind, channel, state, created_at, instead_of from message \
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

/// Lets a message that was given up wait to be sent again, and takes the calls that stand for it off the list. `false`
/// when it was not given up.
///
/// # Errors
/// As the driver.
pub async fn message_reopen(tx: &mut Tx, id: MessageId, at: Instant) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update message set state = 'waiting', note = '', closed_at = null \
         where id = $1 and state = 'failed' and channel <> 'call'",
        id.0
    )?;
    if changed == 1 {
        execute!(
            &mut tx.conn(),
            "update message set state = 'failed', note = 'sent_again', closed_at = $2 \
             where instead_of = $1 and state = 'waiting'",
            id.0,
            at.0
        )?;
    }
    Ok(changed == 1)
}

/// Counts a call that reached nobody; it goes on waiting. `false` when it is no call that waits.
///
/// # Errors
/// As the driver.
pub async fn call_tried(tx: &mut Tx, id: MessageId, note: &str, at: Instant) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update message set tries = tries + 1, tried_at = $3, note = $2 \
         where id = $1 and channel = 'call' and state = 'waiting'",
        id.0,
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
}

/// A call to make, with what whoever makes it has to know.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct CallLine {
    /// The message.
    #[sqlx(flatten)]
    pub line: MessageLine,
    /// To whom.
    pub name: String,
    /// The phone, or empty.
    pub phone: String,
    /// The e-mail address, or empty.
    pub email: String,
    /// The gift's language.
    pub lang: String,
    /// Why the message that it stands for was given up, by its code; empty where it stands for none.
    pub why: String,
    /// How often staff called in vain.
    pub tries: i64,
    /// When last (µs).
    pub tried_at: Option<i64>,
    /// What they noted then.
    pub note: String,
}

macro_rules! lines {
    ($filter:literal) => {
        concat!(
            "select m.id, m.person_id, m.gift_id, m.kind, m.channel, m.state, m.created_at, m.instead_of, ",
            "y.out_trade_no, g.amount_fen, p.name, p.phone, p.email, g.lang, coalesce(o.note, '') as why, ",
            "m.tries, m.tried_at, m.note from message m join gift g on g.id = m.gift_id ",
            "join payment y on y.gift_id = g.id join person p on p.id = m.person_id ",
            "left join message o on o.id = m.instead_of ",
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

/// Whoever is to be called and was not yet, with what is known of them: oldest first.
///
/// # Errors
/// As the driver.
pub async fn call_lines(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<CallLine>, StoreError> {
    fetch_all!(
        conn,
        CallLine,
        lines!("where m.channel = 'call' and m.state = 'waiting' order by m.id limit $1"),
        limit
    )
}
