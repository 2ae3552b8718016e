//! Providers' bills: which days were compared with the books, and where they differ.

use domain::bill::DifferenceKind;
use domain::time::{Date, Instant};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::payment::PaymentRow;
use crate::refund::RefundRow;
use crate::sql::{execute, fetch_all, fetch_one};
use crate::tx::Tx;

/// A day of a provider's bill that was compared.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct BillDayRow {
    /// The provider's channel.
    pub channel: String,
    /// The day in Shanghai.
    pub day: String,
    /// When it was compared last (µs).
    pub checked_at: i64,
    /// Payments on the bill.
    pub payments: i64,
    /// Refunds on the bill.
    pub refunds: i64,
    /// What the bill comes to: payments less refunds and fees.
    pub net_fen: i64,
}

/// Where a bill and the books do not say the same.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct DifferenceRow {
    /// Id.
    pub id: Uuid,
    /// The provider's channel.
    pub channel: String,
    /// The day of the bill.
    pub day: String,
    /// [`DifferenceKind`]'s word.
    pub kind: String,
    /// Our number of the payment or refund, as the bill or the books have it.
    pub number: String,
    /// The gift, where it is ours.
    pub gift_id: Option<Uuid>,
    /// What the books say.
    pub ours_fen: Option<i64>,
    /// What the bill says.
    pub theirs_fen: Option<i64>,
    /// When it was seen first (µs).
    pub found_at: i64,
    /// When the bill and the books agreed (µs).
    pub resolved_at: Option<i64>,
}

/// Leases a day of a channel's bill for whoever compares it, unless it was compared or somebody else has it.
///
/// # Errors
/// As the driver.
pub async fn bill_day_claim(
    tx: &mut Tx,
    channel: &str,
    day: Date,
    now: Instant,
    until: Instant,
) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "insert into bill_day (channel, day, leased_until, checked_at, payments, refunds, net_fen) \
         values ($1, $2, $3, null, 0, 0, 0) on conflict (channel, day) do update set leased_until = $3 \
         where bill_day.checked_at is null and bill_day.leased_until <= $4",
        channel,
        day.to_string(),
        until.0,
        now.0
    )?;
    Ok(changed == 1)
}

/// Keeps that a day was compared, with the bill's totals. Whether it was the first time.
///
/// # Errors
/// As the driver.
pub async fn bill_day_done(tx: &mut Tx, row: &BillDayRow) -> Result<bool, StoreError> {
    let (before,) = fetch_one!(
        &mut tx.conn(),
        (i64,),
        "select count(*) from bill_day where channel = $1 and day = $2 and checked_at is not null",
        &row.channel,
        &row.day
    )?;
    execute!(
        &mut tx.conn(),
        "insert into bill_day (channel, day, leased_until, checked_at, payments, refunds, net_fen) \
         values ($1, $2, $3, $3, $4, $5, $6) on conflict (channel, day) do update set \
         checked_at = $3, payments = $4, refunds = $5, net_fen = $6",
        &row.channel,
        &row.day,
        row.checked_at,
        row.payments,
        row.refunds,
        row.net_fen
    )?;
    Ok(before == 0)
}

/// The last day of a channel's bill that was compared, and the day on which the channel was used first (µs).
///
/// # Errors
/// As the driver.
pub async fn bill_reached(
    conn: &mut Conn<'_>,
    channel: &str,
) -> Result<(Option<String>, Option<Instant>), StoreError> {
    let (last,) = fetch_one!(
        &mut *conn,
        (Option<String>,),
        "select max(day) from bill_day where channel = $1 and checked_at is not null",
        channel
    )?;
    if last.is_some() {
        return Ok((last, None));
    }
    let (first,) = fetch_one!(
        conn,
        (Option<i64>,),
        "select min(paid_at) from payment where channel = $1 and paid_at is not null",
        channel
    )?;
    Ok((None, first.map(Instant)))
}

/// The days that were compared last, newest first.
///
/// # Errors
/// As the driver.
pub async fn bill_days(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<BillDayRow>, StoreError> {
    fetch_all!(
        conn,
        BillDayRow,
        "select channel, day, checked_at, payments, refunds, net_fen from bill_day where checked_at is not null \
         order by day desc, channel limit $1",
        limit
    )
}

/// Keeps what was found of one day: new differences are added, those that are not found any more are marked. Whether
/// anything changed.
///
/// # Errors
/// As the driver.
pub async fn differences_set(
    tx: &mut Tx,
    channel: &str,
    day: Date,
    found: &[DifferenceRow],
    now: Instant,
) -> Result<bool, StoreError> {
    let open = fetch_all!(
        &mut tx.conn(),
        DifferenceRow,
        "select * from bill_difference where channel = $1 and day = $2 and resolved_at is null order by id",
        channel,
        day.to_string()
    )?;
    let same = |a: &DifferenceRow, b: &DifferenceRow| a.kind == b.kind && a.number == b.number;
    let mut changed = false;
    for row in found {
        let known = open.iter().find(|known| same(known, row));
        if known.is_some_and(|known| (known.ours_fen, known.theirs_fen) == (row.ours_fen, row.theirs_fen)) {
            continue;
        }
        changed = true;
        execute!(
            &mut tx.conn(),
            "insert into bill_difference (id, channel, day, kind, number, gift_id, ours_fen, theirs_fen, found_at, \
             resolved_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, null) on conflict (channel, day, kind, number) \
             do update set gift_id = $6, ours_fen = $7, theirs_fen = $8, resolved_at = null",
            row.id,
            &row.channel,
            &row.day,
            &row.kind,
            &row.number,
            row.gift_id,
            row.ours_fen,
            row.theirs_fen,
            row.found_at
        )?;
    }
    for gone in open.iter().filter(|known| !found.iter().any(|row| same(known, row))) {
        changed = true;
        execute!(
            &mut tx.conn(),
            "update bill_difference set resolved_at = $2 where id = $1",
            gone.id,
            now.0
        )?;
    }
    Ok(changed)
}

/// The differences that still stand, newest first.
///
/// # Errors
/// As the driver.
pub async fn differences_open(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<DifferenceRow>, StoreError> {
    fetch_all!(
        conn,
        DifferenceRow,
        "select * from bill_difference where resolved_at is null order by day desc, id desc limit $1",
        limit
    )
}

/// The payments of a channel that are booked as paid between two moments, the second left out.
///
/// # Errors
/// As the driver.
pub async fn payments_paid_within(
    conn: &mut Conn<'_>,
    channel: &str,
    from: Instant,
    until: Instant,
) -> Result<Vec<PaymentRow>, StoreError> {
    fetch_all!(
        conn,
        PaymentRow,
        "select * from payment where channel = $1 and state = 'paid' and paid_at >= $2 and paid_at < $3 order by id",
        channel,
        from.0,
        until.0
    )
}

/// The refunds of a channel that are booked as done between two moments, the second left out.
///
/// # Errors
/// As the driver.
pub async fn refunds_done_within(
    conn: &mut Conn<'_>,
    channel: &str,
    from: Instant,
    until: Instant,
) -> Result<Vec<RefundRow>, StoreError> {
    fetch_all!(
        conn,
        RefundRow,
        "select r.* from refund r join payment y on y.gift_id = r.gift_id \
         where y.channel = $1 and r.state = 'done' and r.done_at >= $2 and r.done_at < $3 order by r.id",
        channel,
        from.0,
        until.0
    )
}

impl DifferenceRow {
    /// What kind it is; nothing for a damaged row.
    #[must_use]
    pub fn difference(&self) -> Option<DifferenceKind> {
        DifferenceKind::from_word(&self.kind)
    }
}
