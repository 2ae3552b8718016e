//! Files of units that staff send through the browser: kept on this node's disk while they are read in the background,
//! and removed afterwards. How far each is stands in the database, so every node tells it.

mod disk;
mod read;
mod run;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::access::Action;
use domain::id::LoadId;
use domain::refusal::FileRefusal;
use domain::registry::{UploadAsked, UploadEnd, UploadState};
use domain::time::Instant;
use store::StoreError;
use store::unit_upload::{UploadRow, upload_add, upload_ask_stop, upload_get, upload_running, uploads_lapse};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::load::DEAD_AFTER_SECONDS;
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::work::Clock;

use disk::Held;
pub use disk::{Arrived, Incoming};
pub use read::{
    LoadDetail, RefusedLine, UploadLine, load_detail, refused_after, upload_banks, uploads_alone,
};

/// Files that may lie on a node's disk at once.
const MOST: usize = 4;

/// How long a file waits after its trial.
const WAITS_SECONDS: i64 = 24 * 3600;

/// How long it is remembered what became of an upload.
const REMEMBERED_SECONDS: i64 = 30 * 24 * 3600;

/// The uploads of one node.
#[derive(Debug)]
pub struct Uploads {
    folder: PathBuf,
    max_mib: u64,
    room: Arc<Semaphore>,
    /// Files whose trial is over and that may be loaded in earnest.
    kept: Mutex<HashMap<LoadId, Kept>>,
    /// What ends each reading that runs here.
    running: Mutex<HashMap<LoadId, CancellationToken>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Kept {
    file: Held,
    since: Instant,
}

/// Takes no file.
impl Default for Uploads {
    fn default() -> Self {
        Self::new(PathBuf::new(), 0)
    }
}

impl Uploads {
    /// Uploads that lie in `folder`, each of at most `max_mib` MiB.
    #[must_use]
    pub fn new(folder: PathBuf, max_mib: u64) -> Self {
        Self {
            folder,
            max_mib,
            room: Arc::new(Semaphore::new(MOST)),
            kept: Mutex::default(),
            running: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// The largest file that is taken, in MiB.
    #[must_use]
    pub const fn max_mib(&self) -> u64 {
        self.max_mib
    }

    /// Removes the files that a program left which ended badly. Those of a program that runs are its own.
    pub fn sweep_disk(&self) {
        disk::sweep(&self.folder);
    }

    /// Ends every reading and waits until each has; nothing of theirs is in the registry. Nothing begins any more.
    pub async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        kept(self).clear();
    }

    /// Resolves once nothing is taken any more.
    pub async fn ending(&self) {
        self.stop.cancelled().await;
    }

    /// Whether the file of a trial still lies here.
    fn keeps(&self, id: LoadId) -> bool {
        kept(self).contains_key(&id)
    }

    /// Makes room by letting the file go that has waited longest.
    fn let_oldest_go(&self) {
        let mut kept = kept(self);
        let oldest = kept.iter().min_by_key(|(_, one)| one.since.0).map(|(id, _)| *id);
        if let Some(id) = oldest {
            kept.remove(&id);
        }
    }
}

fn kept(uploads: &Uploads) -> MutexGuard<'_, HashMap<LoadId, Kept>> {
    uploads.kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn running(uploads: &Uploads) -> MutexGuard<'_, HashMap<LoadId, CancellationToken>> {
    uploads.running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a place on the disk for a file that is about to come.
///
/// # Errors
/// When not allowed; [`FileRefusal::TooManyWaiting`], [`FileRefusal::DiskFull`].
pub async fn upload_open(ctx: &Ctx) -> Answer<Incoming> {
    ctx.authorize(Action::ImportUnits)?;
    let uploads = &ctx.house.uploads;
    let place = || Arc::clone(&uploads.room).try_acquire_owned();
    let place = place().or_else(|_| {
        uploads.let_oldest_go();
        place()
    });
    let place = place.map_err(|_| FileRefusal::TooManyWaiting { max: MOST })?;
    disk::open(uploads, LoadId(ctx.id()), place).await
}

/// Begins to read a file that has come, in the background. Its id: of the upload, and of the load that it becomes.
///
/// # Errors
/// When not allowed; [`FileRefusal::LoadRunning`]: one load a bank at once.
pub async fn upload_start(ctx: &Ctx, arrived: Arrived, asked: UploadAsked, clock: Clock) -> Answer<LoadId> {
    ctx.authorize(Action::ImportUnits)?;
    let Arrived { id, file, size, name } = arrived;
    begin(ctx, id, &asked, size, &name).await?;
    run::spawn(ctx, run::Job { id, file, size, name, asked, clock });
    Ok(id)
}

/// Loads a file in earnest whose trial is over.
///
/// # Errors
/// When not allowed; [`FileRefusal::Gone`] when this node does not have it any more; as [`upload_start`].
pub async fn upload_load(ctx: &Ctx, trial: LoadId, may_shrink: bool, clock: Clock) -> Answer<LoadId> {
    ctx.authorize(Action::ImportUnits)?;
    let row = found(ctx, trial).await?;
    let asked: UploadAsked = serde_json::from_str(&row.asked).map_err(|_| FileRefusal::Gone)?;
    let asked = UploadAsked { dry_run: false, may_shrink: may_shrink || asked.may_shrink, ..asked };
    let one = kept(&ctx.house.uploads).remove(&trial).ok_or(FileRefusal::Gone)?;
    let id = LoadId(ctx.id());
    let size = row.size.unsigned_abs();
    if let Err(error) = begin(ctx, id, &asked, size, &row.file_name).await {
        // The file waits on: what stood in the way passes.
        kept(&ctx.house.uploads).insert(trial, one);
        return Err(error);
    }
    run::spawn(ctx, run::Job { id, file: one.file, size, name: row.file_name, asked, clock });
    Ok(id)
}

/// Stops a reading, on whichever node it runs; or lets the file of a trial go.
///
/// # Errors
/// When not allowed; [`FileRefusal::Over`] when there is nothing to stop.
pub async fn upload_stop(ctx: &Ctx, id: LoadId) -> Answer<()> {
    ctx.authorize(Action::ImportUnits)?;
    let row = found(ctx, id).await?;
    let file = kept(&ctx.house.uploads).remove(&id);
    if file.is_none() && row.state != UploadState::Running.as_str() {
        return Err(FileRefusal::Over.into());
    }
    let (at, letting_go) = (ctx.clone(), file.is_some());
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                if !letting_go && !upload_ask_stop(tx, id).await? {
                    return Err(FileRefusal::Over.into());
                }
                let kind = if letting_go { "unit_upload.discarded" } else { "unit_upload.stopped" };
                tx.record(at.event(kind, ("unit_upload", id.0)), Vec::new());
                Ok::<_, ServiceError>(())
            })
        })
        .await?;
    if let Some(stop) = running(&ctx.house.uploads).get(&id) {
        stop.cancel();
    }
    Ok(())
}

/// Lets files go that waited too long, and forgets what was over long ago.
///
/// # Errors
/// As the store.
pub async fn uploads_sweep(ctx: &Ctx) -> Answer<()> {
    let old = ctx.now.plus_seconds(-WAITS_SECONDS);
    kept(&ctx.house.uploads).retain(|_, one| one.since > old);
    let before = ctx.now.plus_seconds(-REMEMBERED_SECONDS);
    loop {
        let swept = ctx
            .house
            .writer
            .write(move |tx| Box::pin(store::unit_upload::uploads_sweep(tx, before, 500)))
            .await?;
        if swept == 0 {
            return Ok(());
        }
    }
}

async fn found(ctx: &Ctx, id: LoadId) -> Answer<UploadRow> {
    let mut reader = ctx.house.db.read().await?;
    let row = upload_get(&mut reader.conn(), id).await?;
    Ok(row.ok_or(domain::refusal::Refusal::NotFound)?)
}

/// The row of an upload that begins, unless one of its bank is running.
async fn begin(ctx: &Ctx, id: LoadId, asked: &UploadAsked, size: u64, name: &str) -> Answer<()> {
    let row = UploadRow {
        id: id.0,
        bank: asked.bank.clone(),
        file_name: name.to_owned(),
        size: i64::try_from(size).unwrap_or(i64::MAX),
        asked: serde_json::to_string(asked).unwrap_or_default(),
        dry_run: asked.dry_run,
        state: UploadState::Running.as_str().to_owned(),
        started_by: ctx.actor.word(),
        started_at: ctx.now.0,
        touched_at: ctx.now.0,
        closed_at: None,
        bytes: 0,
        read: 0,
        refused: 0,
        stop_asked: false,
        ended: String::new(),
    };
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let dead = at.now.plus_seconds(-DEAD_AFTER_SECONDS);
                uploads_lapse(tx, dead, at.now, &ended(&UploadEnd::Stopped)).await?;
                let busy = upload_running(&mut tx.conn(), &row.bank).await?.is_some();
                if busy || (!row.dry_run && load_open(tx, &row.bank, dead).await?) {
                    return Err(FileRefusal::LoadRunning.into());
                }
                match upload_add(tx, &row).await {
                    Err(StoreError::Conflict { .. }) => return Err(FileRefusal::LoadRunning.into()),
                    done => done?,
                }
                let mut event = at.event("unit_upload.started", ("unit_upload", row.id));
                event.detail =
                    serde_json::json!({ "bank": row.bank, "bytes": row.size, "dry_run": row.dry_run })
                        .to_string();
                tx.record(event, Vec::new());
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// Whether a load of this bank is open, begun in another way, and alive.
async fn load_open(tx: &mut store::Tx, bank: &str, dead: Instant) -> Result<bool, StoreError> {
    let banks = store::bank::banks(&mut tx.conn()).await?;
    let Some(bank) = banks.iter().find(|one| one.code == bank) else { return Ok(false) };
    let open = store::unit_load::load_open(&mut tx.conn(), bank.bank_id()).await?;
    Ok(open.is_some_and(|open| open.touched_at > dead.0))
}

/// An end as it is kept.
fn ended(end: &UploadEnd) -> String {
    // Cannot fail: its keys are text.
    serde_json::to_string(end).unwrap_or_default()
}
