//! The courier: sends what is due to be sent, again and again until it is acknowledged or given up.

use std::collections::HashSet;
use std::time::Duration;

use axum::http::{HeaderValue, header::CONTENT_TYPE};
use reqwest::{Client, redirect};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::error::Error;
use crate::mode;
use crate::notice::{Event, Fate, Signer};
use crate::signing;

/// How many attempts may be under way at once.
const AT_ONCE: usize = 16;
/// The longest sleep: bounds the harm of a machine's clock that jumps.
const LONGEST_SLEEP_MS: i64 = 1000;
/// The only body that acknowledges a notification.
const ACKNOWLEDGEMENT: &[u8] = b"success";

/// A notification that is due.
#[derive(sqlx_macros::FromRow)]
struct Due {
    id: i64,
    trade_no: String,
    event: Event,
    url: String,
    body: String,
    signer: Signer,
    genuine: bool,
    attempts: i64,
}

/// Works until `stop`, then waits for the attempts under way (each bounded by the time-out).
pub(crate) async fn work(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    // A redirect or a proxy would let a notify_url lead to a host that was not checked.
    let client = Client::builder()
        .timeout(app.config.notify.timeout)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .user_agent("sandbox-pay/1")
        .build()?;
    let mut under_way = JoinSet::new();
    let mut ids = HashSet::new();
    while !stop.is_cancelled() {
        let sleep = match round(&app, &client, &mut under_way, &mut ids).await {
            Ok(sleep) => sleep,
            Err(error) => {
                tracing::error!(status = %error.status(), "the courier could not read or write its table");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.bell.notified() => {}
            Some(done) = under_way.join_next() => { ids.remove(&done?); }
            () = tokio::time::sleep(sleep) => {}
        }
    }
    while under_way.join_next().await.is_some() {}
    Ok(())
}

/// Does what is due now; answers how long nothing more will be.
async fn round(
    app: &App,
    client: &Client,
    under_way: &mut JoinSet<i64>,
    ids: &mut HashSet<i64>,
) -> Result<Duration, Error> {
    mode::close_expired(app).await?;
    mode::settle_arrived(app).await?;
    let now = app.now_ms();
    for due in due(app, now, AT_ONCE + ids.len()).await? {
        if ids.len() < AT_ONCE && ids.insert(due.id) {
            under_way.spawn(attempt(app.clone(), client.clone(), due));
        }
    }
    let next = next_due(app, now).await?.map_or(LONGEST_SLEEP_MS, |at| (at - now).min(LONGEST_SLEEP_MS));
    Ok(Duration::from_millis(next.unsigned_abs()))
}

async fn due(app: &App, now: i64, limit: usize) -> Result<Vec<Due>, Error> {
    let rows = sqlx::query_as(
        "select n.id, n.trade_no, n.event, n.url, n.body, n.signer, n.genuine, n.attempts
         from notification n left join notification first on first.id = n.after_id
         where n.state = 'waiting' and n.due_ms <= $1
             and (first.id is null or first.attempts > 0 or first.state <> 'waiting')
         order by n.due_ms, n.id limit $2",
    )
    .bind(now)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(app.db().read())
    .await?;
    Ok(rows)
}

/// The next instant after `now` at which something falls due.
async fn next_due(app: &App, now: i64) -> Result<Option<i64>, Error> {
    let next = sqlx::query_scalar(
        "select min(at) from (
             select min(due_ms) as at from notification where state = 'waiting' and due_ms > $1
             union all select min(expires_ms) from payment where state = 'pending' and expires_ms > $1
             union all select min(pay_due_ms) from payment where pay_due_ms > $1)",
    )
    .bind(now)
    .fetch_one(app.db().read())
    .await?;
    Ok(next)
}

/// Sends one notification once and writes down what came of it.
async fn attempt(app: App, client: Client, due: Due) -> i64 {
    let outcome = send(&app, &client, &due).await;
    let attempts = due.attempts + 1;
    tracing::info!(
        trade_no = due.trade_no,
        event = ?due.event,
        genuine = due.genuine,
        attempts,
        outcome,
        "notification"
    );
    if let Err(error) = record(&app, &due, &outcome).await {
        // It stays waiting and is sent again: at least once is the promise.
        tracing::error!(status = %error.status(), "an attempt could not be written down");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    due.id
}

/// `success`, or a code for what went wrong.
async fn send(app: &App, client: &Client, due: &Due) -> String {
    let signer = |at: &str, nonce: &str| signing::notification_message(at, nonce, due.body.as_bytes());
    let mut headers = match due.signer {
        Signer::Provider => app.key.headers(&*app.world, signer),
        Signer::Stranger => app.key.stranger(&*app.world).headers(&*app.world, signer),
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let answer = client.post(&due.url).headers(headers).body(due.body.clone()).send().await;
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.is_timeout() => return "timeout".into(),
        Err(error) if error.is_connect() => return "no_connection".into(),
        Err(_) => return "broken_off".into(),
    };
    if !answer.status().is_success() {
        return format!("status_{}", answer.status().as_u16());
    }
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) if body == ACKNOWLEDGEMENT => return "success".into(),
            Ok(None) => return "not_acknowledged".into(),
            Err(error) if error.is_timeout() => return "timeout".into(),
            Err(_) => return "broken_off".into(),
        }
        // No more than is needed to know that it is something else.
        if body.len() > ACKNOWLEDGEMENT.len() {
            return "not_acknowledged".into();
        }
    }
}

async fn record(app: &App, due: &Due, outcome: &str) -> Result<(), Error> {
    let retry = &app.config.notify.retry;
    let pause = usize::try_from(due.attempts).ok().and_then(|done| retry.get(done));
    let now = app.now_ms();
    let (fate, due_ms) = match pause {
        _ if outcome == "success" => (Fate::Delivered, now),
        Some(pause) if due.genuine => {
            (Fate::Waiting, now + i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2))
        }
        _ => (Fate::GivenUp, now),
    };
    let mut tx = app.db().begin().await?;
    sqlx::query(
        "update notification set state = $2, due_ms = $3, attempts = attempts + 1, last_outcome = $4 where id = $1",
    )
    .bind(due.id)
    .bind(fate.word())
    .bind(due_ms)
    .bind(outcome)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
