//! Jobs: work to be done after a commit, kept in the same transaction as the change that asks for it.

use domain::id::JobId;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional, insert_rows};
use crate::tx::Tx;

/// A job as it waits.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct JobRow {
    /// Id.
    pub id: Uuid,
    /// What to do: `message.send` …
    pub kind: String,
    /// To what.
    pub subject_id: Uuid,
    /// Not before (µs).
    pub run_at: i64,
    /// How often it was tried.
    pub attempts: i64,
}

/// Puts a job beside the change that asks for it.
pub fn job_add(tx: &mut Tx, id: JobId, kind: &str, subject_id: Uuid, run_at: Instant) {
    tx.wait_job(JobRow { id: id.0, kind: kind.to_owned(), subject_id, run_at: run_at.0, attempts: 0 });
}

pub(crate) async fn jobs_insert(conn: &mut Conn<'_>, rows: &[JobRow]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into job (id, kind, subject_id, run_at, attempts, state) ",
        rows,
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(&row.kind)
                .push_bind(row.subject_id)
                .push_bind(row.run_at)
                .push_bind(row.attempts)
                .push_bind("ready");
        }
    )
}

/// Takes up to `limit` due jobs and leases them until `lease_until`: whoever dies leaves them due again then.
///
/// # Errors
/// As the driver.
pub async fn jobs_claim(
    tx: &mut Tx,
    now: Instant,
    lease_until: Instant,
    limit: i64,
) -> Result<Vec<JobRow>, StoreError> {
    fetch_all!(
        &mut tx.conn(),
        JobRow,
        "update job set state = 'running', run_at = $2, attempts = attempts + 1 \
         where id in (select id from job where state in ('ready', 'running') and run_at <= $1 order by run_at limit $3) \
         returning id, kind, subject_id, run_at, attempts",
        now.0,
        lease_until.0,
        limit
    )
}

/// The job is done.
///
/// # Errors
/// As the driver.
pub async fn job_done(tx: &mut Tx, id: JobId) -> Result<(), StoreError> {
    execute!(&mut tx.conn(), "update job set state = 'done', error = null where id = $1", id.0)?;
    Ok(())
}

/// The job failed: tried again at `again`, or given up when that is `None`. `error` is a code without personal data.
///
/// # Errors
/// As the driver.
pub async fn job_failed(
    tx: &mut Tx,
    id: JobId,
    error: &str,
    again: Option<Instant>,
) -> Result<(), StoreError> {
    let (state, run_at) = again.map_or(("failed", 0), |at| ("ready", at.0));
    execute!(
        &mut tx.conn(),
        "update job set state = $2, run_at = $3, error = $4 where id = $1",
        id.0,
        state,
        run_at,
        error
    )?;
    Ok(())
}

/// When the next job is due (µs), one that is leased included; `None` when there is none.
///
/// # Errors
/// As the driver.
pub async fn jobs_next_run(conn: &mut Conn<'_>) -> Result<Option<Instant>, StoreError> {
    let (at,) =
        fetch_one!(conn, (Option<i64>,), "select min(run_at) from job where state in ('ready', 'running')")?;
    Ok(at.map(Instant))
}

/// A job that does not go well.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct FailingJob {
    /// Id.
    pub id: Uuid,
    /// What to do.
    pub kind: String,
    /// Not before (µs).
    pub run_at: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// `ready`, `running`, `failed`.
    pub state: String,
    /// Why the last try failed, by its code.
    pub error: String,
}

/// Jobs whose last try failed, whether they are tried again or given up; newest first.
///
/// # Errors
/// As the driver.
pub async fn jobs_failing(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<FailingJob>, StoreError> {
    fetch_all!(
        conn,
        FailingJob,
        "select id, kind, run_at, attempts, state, error from job where error is not null and state <> 'done' \
         order by id desc limit $1",
        limit
    )
}

/// Makes a job that was given up ready again; `None` when it is not given up.
///
/// # Errors
/// As the driver.
pub async fn job_retry(tx: &mut Tx, id: JobId, at: Instant) -> Result<Option<JobRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        JobRow,
        "update job set state = 'ready', run_at = $2 where id = $1 and state = 'failed' \
         returning id, kind, subject_id, run_at, attempts",
        id.0,
        at.0
    )
}
