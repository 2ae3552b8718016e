//! Proving the books: every check of the store in one snapshot, and the checkpoints outside the database.

use domain::access::Action;
use serde::Serialize;
use store::verify::Check;

use crate::checkpoint::{CHAIN, CheckpointError, Checkpoints};
use crate::context::Ctx;
use crate::error::Answer;

/// What was checked, as `spark verify --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether everything holds.
    pub ok: bool,
    /// Each check.
    pub checks: Vec<Checked>,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Its name: `entries_sum_to_zero` …
    pub name: &'static str,
    /// How many rows were read for it.
    pub rows: i64,
    /// Whether all of them are right.
    pub ok: bool,
    /// The first row that is wrong, as `table id: what`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
}

impl From<Check> for Checked {
    fn from(check: Check) -> Self {
        Self { name: check.name, rows: check.rows, ok: check.wrong.is_none(), wrong: check.wrong }
    }
}

/// Derives every balance, number, state and digest again and compares. What is wrong is in the report; an error means
/// that it could not be found out.
///
/// # Errors
/// When not allowed, or the database does not answer.
pub async fn verify(ctx: &Ctx, checkpoints: &Checkpoints) -> Answer<Report> {
    ctx.authorize(Action::Verify)?;
    // Before the snapshot: a checkpoint that is written meanwhile would be ahead of it.
    let signed = checkpoints.read();
    let mut reader = ctx.house.db.read().await?;
    reader.snapshot().await?;
    let mut checks = store::verify::checks(&mut reader.conn(), CHAIN).await?;
    checks.push(match signed {
        Ok(signed) => checkpoints.check(&mut reader.conn(), signed).await?,
        Err(CheckpointError::Store(error)) => return Err(error.into()),
        Err(error) => Check { name: "checkpoints_hold", rows: 0, wrong: Some(error.to_string()) },
    });
    reader.snapshot_end().await?;
    let checks: Vec<Checked> = checks.into_iter().map(Checked::from).collect();
    Ok(Report { ok: checks.iter().all(|check| check.ok), checks })
}
