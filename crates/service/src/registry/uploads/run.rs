//! The reading of an upload in the background: `units_load` as the command line runs it, its progress in the database.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::id::LoadId;
use domain::refusal::Refusal;
use domain::registry::{LoadCounts, LoadFileRefusal, UploadAsked, UploadEnd};
use futures::FutureExt as _;
use hla::Release;
use store::unit_upload::{UploadProgress, UploadRefusal, upload_close, upload_touch};
use tokio_util::sync::CancellationToken;

use super::disk::Held;
use super::{Kept, ended, kept, running};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::registry::load::{LoadError, LoadKind, LoadReport, LoadRequest, Told, units_load};
use crate::registry::nomenclature::release_in_use;
use crate::registry::units_in::{RefusedUnit, SheetMap, UnitRules};
use crate::work::Clock;

/// Between two words of how far it is; a trial that is stopped elsewhere hears of it as soon.
const EVERY: Duration = Duration::from_millis(500);

/// Refusals that are kept of a trial. The count is right all the same.
const KEPT_REFUSALS: usize = 100_000;

/// What is to be read.
pub(super) struct Job {
    pub(super) id: LoadId,
    pub(super) file: Held,
    pub(super) size: u64,
    pub(super) name: String,
    pub(super) asked: UploadAsked,
    pub(super) clock: Clock,
}

/// What the reading said since it was last written down.
#[derive(Default)]
struct Said {
    now: UploadProgress,
    fresh: Vec<UploadRefusal>,
    kept: usize,
}

impl Said {
    fn refused(&mut self, unit: &RefusedUnit, keep: bool) {
        self.now.refused += 1;
        if keep && self.kept < KEPT_REFUSALS {
            self.kept += 1;
            self.fresh.push(UploadRefusal {
                place: self.now.refused,
                line: unit.line,
                registry_id: unit.id.clone(),
                // Cannot fail: its keys are text.
                reason: serde_json::to_string(&unit.reason).unwrap_or_default(),
            });
        }
    }
}

/// Begins to read in a task that this node waits for before it ends.
pub(super) fn spawn(ctx: &Ctx, job: Job) {
    let stop = ctx.house.uploads.stop.child_token();
    running(&ctx.house.uploads).insert(job.id, stop.clone());
    let (ctx, house) = (ctx.clone(), Arc::clone(&ctx.house));
    house.uploads.tasks.spawn(async move {
        let (id, clock) = (job.id, Arc::clone(&job.clock));
        if AssertUnwindSafe(Box::pin(run(&ctx, job, stop))).catch_unwind().await.is_err() {
            tracing::error!(load = %id, "the reading of an upload panicked");
            // Where even this fails, whoever looks sees that nothing moves any more.
            let _ = close(&ctx, id, &UploadEnd::Failed, clock()).await;
        }
        running(&ctx.house.uploads).remove(&id);
    });
}

async fn run(ctx: &Ctx, job: Job, stop: CancellationToken) {
    let Job { id, file, size, name, asked, clock } = job;
    let request = request(&file, id, &name, &asked, &clock, &stop);
    let done = read(ctx, id, request, asked.dry_run, &clock, &stop).await;
    let end = end_of(id, done);
    if asked.dry_run && may_go_on(&end) && !ctx.house.uploads.stop.is_cancelled() {
        kept(&ctx.house.uploads).insert(id, Kept { file, since: clock() });
    } else {
        drop(file);
    }
    let mut tries = 0;
    while let Err(error) = close(ctx, id, &end, clock()).await {
        tracing::warn!(load = %id, bytes = size, %error, "the end of an upload could not be written");
        tries += 1;
        if tries > 5 || ctx.house.uploads.stop.is_cancelled() {
            // Whoever looks sees that nothing moves any more.
            return;
        }
        tokio::time::sleep(EVERY * 4).await;
    }
}

fn request(
    file: &Held,
    id: LoadId,
    name: &str,
    asked: &UploadAsked,
    clock: &Clock,
    stop: &CancellationToken,
) -> LoadRequest {
    LoadRequest {
        id: Some(id),
        path: file.path().to_owned(),
        file_name: Some(name.to_owned()),
        bank: Some(asked.bank.clone()),
        create_bank: asked.create_bank,
        kind: asked.full.map(|full| if full { LoadKind::Full } else { LoadKind::Differential }),
        format: None,
        sheet: None,
        map: SheetMap::default(),
        rules: UnitRules {
            release: Arc::new(Release::none()),
            codes: None,
            ownership: asked.ownership,
            today: clock().date(),
            values: Default::default(),
        },
        may_shrink: asked.may_shrink,
        dry_run: asked.dry_run,
        clock: Arc::clone(clock),
        stop: stop.clone(),
    }
}

/// Reads to the end, and writes now and then how far it is.
async fn read(
    ctx: &Ctx,
    id: LoadId,
    request: LoadRequest,
    keep: bool,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<LoadReport, LoadError> {
    let said = Arc::new(Mutex::new(Said::default()));
    let hears = Arc::clone(&said);
    let mut tell = move |told: Told<'_>| {
        let mut said = hears.lock().unwrap_or_else(PoisonError::into_inner);
        match told {
            Told::Progress { bytes, units, .. } => {
                said.now.bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
                said.now.read = units;
            }
            Told::Refused(unit) => said.refused(unit, keep),
        }
    };
    let done = {
        let mut request = request;
        request.rules.release = release_in_use(ctx).await?;
        let mut load = Box::pin(units_load(ctx, request, &mut tell));
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                done = &mut load => break done,
                _ = every.tick() => match write_down(ctx, id, &said, clock).await {
                    Ok(true) => {}
                    Ok(false) => stop.cancel(),
                    Err(error) => tracing::warn!(load = %id, %error, "how far an upload is could not be written"),
                },
            }
        }
    };
    if let Err(error) = write_down(ctx, id, &said, clock).await {
        tracing::warn!(load = %id, %error, "the last refusals of an upload could not be written");
    }
    done
}

async fn write_down(ctx: &Ctx, id: LoadId, said: &Mutex<Said>, clock: &Clock) -> Answer<bool> {
    let (now, fresh) = {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        (said.now, std::mem::take(&mut said.fresh))
    };
    let at = clock();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move { Ok::<_, ServiceError>(upload_touch(tx, id, at, now, &fresh).await?) })
    });
    write.await
}

async fn close(ctx: &Ctx, id: LoadId, end: &UploadEnd, at: domain::time::Instant) -> Answer<bool> {
    let (state, text) = (end.state().as_str(), ended(end));
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move { Ok::<_, ServiceError>(upload_close(tx, id, at, state, &text).await?) })
    });
    write.await
}

/// Whether the file may still be loaded in earnest after this trial.
const fn may_go_on(end: &UploadEnd) -> bool {
    matches!(end, UploadEnd::Done(_) | UploadEnd::Refused { why: LoadFileRefusal::WithdrawsMost { .. } })
}

fn end_of(id: LoadId, done: Result<LoadReport, LoadError>) -> UploadEnd {
    match done {
        Ok(report) => UploadEnd::Done(LoadCounts {
            read: report.read,
            added: report.added,
            changed: report.changed,
            unchanged: report.unchanged,
            withdrawn: report.withdrawn,
            refused: report.refused,
            full: report.kind == LoadKind::Full,
            format: report.format.as_str().to_owned(),
            release: report.release,
            ignored: report.ignored_columns,
            number: report.registry_number,
        }),
        Err(LoadError::File(why)) => UploadEnd::Refused { why },
        Err(LoadError::Stopped) => UploadEnd::Stopped,
        Err(LoadError::Running { .. }) => UploadEnd::Running,
        Err(LoadError::GivenUp) => UploadEnd::GivenUp,
        Err(LoadError::Service(ServiceError::Refused(Refusal::NotAllowed))) => UploadEnd::Failed,
        Err(error) => {
            tracing::error!(load = %id, %error, "an upload could not be loaded");
            UploadEnd::Failed
        }
    }
}
