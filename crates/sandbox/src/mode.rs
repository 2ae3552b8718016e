//! How a payment is made and its notification behaves: the ordinary way, and each way it can go wrong on request.

use serde::Deserialize;

use crate::app::App;
use crate::db::Tx;
use crate::error::{Code, Error};
use crate::notice::{Event, Notice, Signer};
use crate::payment::{self, Payment, State};
use crate::refund;

/// The test options of the pay page and of the control address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// One `payment.paid`.
    #[default]
    Normal,
    /// The same notification twice, at the same moment.
    Doubled,
    /// `payment.paid` only after the delay; the payment itself is paid at once.
    Late,
    /// None is sent; only a query finds the payment paid.
    Lost,
    /// `payment.paid`, then an older `payment.pending`.
    StalePending,
    /// `payment.paid`, then an older `payment.closed`.
    StaleClosed,
    /// `payment.closed`, then `payment.paid`: the money was on its way when the payer gave up.
    ClosedFirst,
    /// Paid and refunded whole by the provider; `refund.succeeded` arrives before `payment.paid`.
    RefundFirst,
    /// Three forgeries (stranger's signature; another amount; another merchant), then the true `payment.paid`.
    Forged,
    /// The same three forgeries while nothing is paid.
    ForgedOnly,
    /// The money arrives when the delay after the expiry is over; at once where the expiry is past already.
    AfterExpiry,
}

/// What [`pay`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is paid now.
    Paid,
    /// It was paid before; nothing was done.
    AlreadyPaid,
    /// The money arrives at this instant (milliseconds since 1970, UTC).
    Scheduled(i64),
    /// Nothing was paid: forgeries only.
    Unpaid,
}

/// The longest delay one may ask for: a day.
pub(crate) const MAX_DELAY_MS: i64 = 24 * 3600 * 1000;
/// The delay of [`Mode::Late`] when none is asked for.
const LATE_MS: i64 = 10_000;

/// Pays a payment in the given mode. The write lock is held from the read on, so of two at once one finds it paid.
pub(crate) async fn pay(
    app: &App,
    trade_no: &str,
    mode: Mode,
    delay_ms: Option<i64>,
) -> Result<(Payment, Outcome), Error> {
    if delay_ms.is_some_and(|ms| !(0..=MAX_DELAY_MS).contains(&ms)) {
        return Err(Error::field("delay_ms"));
    }
    let delay = delay_ms.unwrap_or(if mode == Mode::Late { LATE_MS } else { 0 });
    let mut tx = app.db().begin().await?;
    let now = app.now_ms();
    let mut payment = payment::by_trade_no(&mut *tx, trade_no).await?;
    let expired = now >= payment.expires_ms;
    let outcome = match (payment.state, mode) {
        (State::Paid, _) => Outcome::AlreadyPaid,
        (_, Mode::AfterExpiry) if expired => settle(&mut tx, app, &mut payment, Mode::Normal, 0).await?,
        (_, Mode::AfterExpiry) => schedule(&mut tx, &payment, delay).await?,
        (_, Mode::ForgedOnly) => {
            forge(&mut tx, app, &payment, now).await?;
            Outcome::Unpaid
        }
        _ if expired => return Err(Code::PaymentExpired.into()),
        (State::Closed, _) => return Err(Code::PaymentClosed.into()),
        (State::Pending, _) => settle(&mut tx, app, &mut payment, mode, delay).await?,
    };
    app.commit(tx).await?;
    tracing::info!(trade_no = payment.trade_no, ?mode, ?outcome, "pay");
    Ok((payment, outcome))
}

/// Makes the payments whose money was on its way and has arrived.
pub(crate) async fn settle_arrived(app: &App) -> Result<(), Error> {
    let now = app.now_ms();
    let due: Vec<String> = sqlx::query_scalar(
        "select trade_no from payment where pay_due_ms <= $1 and state <> 'paid' limit 100",
    )
    .bind(now)
    .fetch_all(app.db().read())
    .await?;
    for trade_no in due {
        let mut tx = app.db().begin().await?;
        let mut payment = payment::by_trade_no(&mut *tx, &trade_no).await?;
        if payment.state != State::Paid {
            settle(&mut tx, app, &mut payment, Mode::Normal, 0).await?;
            app.commit(tx).await?;
            tracing::info!(trade_no, "paid after expiry");
        }
    }
    Ok(())
}

/// Closes the payments whose time has run out.
pub(crate) async fn close_expired(app: &App) -> Result<(), Error> {
    let now = app.now_ms();
    let due: Vec<String> = sqlx::query_scalar(
        "select trade_no from payment where state = 'pending' and expires_ms <= $1 limit 100",
    )
    .bind(now)
    .fetch_all(app.db().read())
    .await?;
    for trade_no in due {
        let mut tx = app.db().begin().await?;
        let mut payment = payment::by_trade_no(&mut *tx, &trade_no).await?;
        if payment.state == State::Pending {
            close(&mut tx, app, &mut payment).await?;
            app.commit(tx).await?;
            tracing::info!(trade_no, "closed at its expiry");
        }
    }
    Ok(())
}

/// Closes a pending payment and queues the notification of it.
pub(crate) async fn close(tx: &mut Tx, app: &App, payment: &mut Payment) -> sqlx::Result<()> {
    let now = app.now_ms();
    payment.mark_closed(tx, now).await?;
    Notice::new(app, Event::PaymentClosed, now, payment, None).queue(tx, payment).await?;
    Ok(())
}

async fn schedule(tx: &mut Tx, payment: &Payment, delay: i64) -> sqlx::Result<Outcome> {
    let due = payment.expires_ms + delay;
    sqlx::query("update payment set pay_due_ms = $2 where trade_no = $1")
        .bind(&payment.trade_no)
        .bind(due)
        .execute(&mut **tx)
        .await?;
    Ok(Outcome::Scheduled(due))
}

/// Marks a payment paid and queues what the mode says is heard of it.
async fn settle(
    tx: &mut Tx,
    app: &App,
    payment: &mut Payment,
    mode: Mode,
    delay: i64,
) -> Result<Outcome, Error> {
    let now = app.now_ms();
    let before = payment.clone();
    payment.mark_paid(tx, now).await?;
    let paid = Notice::new(app, Event::PaymentPaid, now, payment, None).delayed(delay);
    // A second back, so that a receiver which goes by `occurred_at` sees the stale one to be the older.
    let stale_closed = || {
        let closed = Payment { state: State::Closed, closed_ms: Some(now - 1000), ..before.clone() };
        Notice::new(app, Event::PaymentClosed, now - 1000, &closed, None)
    };
    match mode {
        Mode::Normal | Mode::Late | Mode::AfterExpiry | Mode::ForgedOnly => {
            paid.queue(tx, payment).await?;
        }
        Mode::Doubled => {
            paid.queue(tx, payment).await?;
            paid.queue(tx, payment).await?;
        }
        Mode::Lost => {
            paid.withheld().queue(tx, payment).await?;
        }
        Mode::StalePending => {
            let first = paid.queue(tx, payment).await?;
            let stale = Notice::new(app, Event::PaymentPending, before.created_ms, &before, None);
            stale.after(Some(first)).queue(tx, payment).await?;
        }
        Mode::StaleClosed => {
            let first = paid.queue(tx, payment).await?;
            stale_closed().after(Some(first)).queue(tx, payment).await?;
        }
        Mode::ClosedFirst => {
            let first = stale_closed().queue(tx, payment).await?;
            paid.after(Some(first)).queue(tx, payment).await?;
        }
        Mode::RefundFirst => {
            let number = app.new_id("P").replace('_', "")[..32].to_owned();
            let whole = payment.amount_fen;
            let refund =
                refund::make(tx, app, payment, number, whole, "refunded by the provider".into()).await?;
            let news = Notice::new(app, Event::RefundSucceeded, now, payment, Some(&refund));
            let first = news.queue(tx, payment).await?;
            paid.after(Some(first)).queue(tx, payment).await?;
        }
        Mode::Forged => {
            let last = forge(tx, app, &before, now).await?;
            paid.after(Some(last)).queue(tx, payment).await?;
        }
    }
    Ok(Outcome::Paid)
}

/// Queues the three forgeries, one after the other; answers the last one's row.
async fn forge(tx: &mut Tx, app: &App, payment: &Payment, now: i64) -> sqlx::Result<i64> {
    let claimed = Payment {
        state: State::Paid,
        paid_ms: Some(now),
        fee_fen: crate::fee::on(payment.amount_fen, payment.fee_per_mille),
        ..payment.clone()
    };
    let other_amount = Payment { amount_fen: claimed.amount_fen + 100, ..claimed.clone() };
    let other_merchant = Payment { merchant_id: format!("not-{}", claimed.merchant_id), ..claimed.clone() };
    let notice = |payment| Notice::new(app, Event::PaymentPaid, now, payment, None);

    let first = notice(&claimed).forged(Signer::Stranger).queue(tx, payment).await?;
    let second = notice(&other_amount).forged(Signer::Provider).after(Some(first)).queue(tx, payment).await?;
    notice(&other_merchant).forged(Signer::Provider).after(Some(second)).queue(tx, payment).await
}
