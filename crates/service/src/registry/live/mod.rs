//! The registry in memory: each node keeps an index of the units that a search may find, and follows the published
//! changes. It finds; whether a unit may be told or held is decided by the database alone.

mod build;
mod follow;
mod typings;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::access::Action;
use domain::id::UnitId;
use domain::refusal::Refusal;
use domain::registry::matching::{Overview, Standing, compartments_of, standing_of};
use domain::registry::{CompartmentState, UnitContent, UnitFacts};
use hla::Release;
use hla::index::{Snapshot, UnitKey};
use serde::Serialize;
use tokio::sync::{Notify, Semaphore};

use crate::context::Ctx;
use crate::error::Answer;

pub use build::build_once;
pub use follow::follow;
pub(crate) use typings::{Stored, Typings};

/// The registry as one node has it at one moment; it never changes.
#[derive(Debug, Clone)]
pub struct View {
    /// The units that an unrelated search may find.
    pub snapshot: Snapshot,
    /// All changes up to this number are in it.
    pub number: i64,
    /// Numbers of the banks by their codes.
    pub banks: Arc<HashMap<String, u16>>,
    /// The whole registry counted.
    pub overview: Overview,
    /// How it was made.
    pub made: Made,
}

/// How an index was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Made {
    /// How long reading and building took, in milliseconds.
    pub millis: u64,
    /// Units of which a typing can't be read under the release in use: those loci count as not typed. Counted on with
    /// every change.
    pub unread: u64,
    /// Units whose DNA and serology exclude each other under the release in use: they are not found by others. Counted
    /// on with every change.
    pub contradictory: u64,
}

impl Made {
    /// Counts a unit in, or out again.
    pub(crate) fn count(&mut self, stored: &Stored, inwards: bool) {
        let step = |count: u64, counts: bool| match (counts, inwards) {
            (false, _) => count,
            (true, true) => count + 1,
            (true, false) => count.saturating_sub(1),
        };
        self.unread = step(self.unread, !stored.unread.is_empty());
        self.contradictory = step(self.contradictory, !stored.contradictory.is_empty());
    }

    /// Tells the log of units that are not searched as they were typed.
    pub(crate) fn warn(&self, release: Option<&str>) {
        if self.unread + self.contradictory > 0 {
            tracing::warn!(
                unread = self.unread,
                contradictory = self.contradictory,
                release = release.unwrap_or("none"),
                "units have typings that the release in use cannot read, or that contradict themselves under it"
            );
        }
    }
}

impl View {
    /// The release under which all typings were read.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        self.snapshot.release()
    }
}

/// The handle that a house keeps: the newest view, how far the first one is, and how many may search at once.
#[derive(Debug)]
pub struct Live {
    current: RwLock<Option<Arc<View>>>,
    read: AtomicI64,
    total: AtomicI64,
    bell: Notify,
    moved: Notify,
    searches: Semaphore,
}

impl Default for Live {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            current: RwLock::new(None),
            read: AtomicI64::new(0),
            total: AtomicI64::new(0),
            bell: Notify::new(),
            moved: Notify::new(),
            searches: Semaphore::new(cores),
        }
    }
}

/// How the index stands, for the console and for metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveState {
    /// Units that an unrelated search may find.
    pub found: usize,
    /// All changes up to this number are in it.
    pub number: i64,
    /// The release in use; none when none was loaded.
    pub release: Option<String>,
    /// Bytes of the index.
    pub bytes: usize,
    /// How it was made.
    pub made: Made,
}

impl Live {
    /// The newest view.
    ///
    /// # Errors
    /// [`Refusal::RegistryBeingRead`] until the first one is made.
    pub fn current(&self) -> Answer<Arc<View>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        current.ok_or_else(|| Refusal::RegistryBeingRead { percent: self.percent() }.into())
    }

    fn percent(&self) -> u8 {
        let (read, total) = (self.read.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        // 100 is said by the answer itself.
        u8::try_from((read.max(0) * 100 / total.max(1)).min(99)).unwrap_or(0)
    }

    /// Looks for changes at once, after one was published on this node.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Looks for changes at once and waits until some are in, at most so long.
    pub(crate) async fn catch_up(&self, longest: Duration) {
        let mut moved = std::pin::pin!(self.moved.notified());
        moved.as_mut().enable();
        self.wake();
        let _ = tokio::time::timeout(longest, moved).await;
    }

    fn put(&self, view: View) {
        metrics::gauge!("spark_registry_units").set(precise(view.snapshot.len()));
        metrics::gauge!("spark_registry_bytes").set(precise(view.snapshot.bytes()));
        metrics::gauge!("spark_registry_number").set(precise(usize::try_from(view.number).unwrap_or(0)));
        let unfit = |count| precise(usize::try_from(count).unwrap_or(usize::MAX));
        metrics::gauge!("spark_registry_units_unread").set(unfit(view.made.unread));
        metrics::gauge!("spark_registry_units_contradictory").set(unfit(view.made.contradictory));
        metrics::gauge!("spark_registry_build_millis")
            .set(precise(usize::try_from(view.made.millis).unwrap_or(0)));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(view));
        self.moved.notify_waiters();
    }

    /// Runs a search off the async threads, as many at once as there are cores.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        search: impl FnOnce() -> T + Send + 'static,
    ) -> Answer<T> {
        let closed = |_| crate::error::ServiceError::from(store::StoreError::Unavailable);
        let _permit = self.searches.acquire().await.map_err(closed)?;
        // A panic inside is a broken search, not a broken house.
        tokio::task::spawn_blocking(search).await.map_err(|error| {
            tracing::error!(%error, "a search failed");
            store::StoreError::Unavailable.into()
        })
    }
}

/// A gauge takes a float; counts here are far below what it holds exactly.
fn precise(count: usize) -> f64 {
    count as f64
}

/// How a unit stands in a search. A tank that was too warm is looked at when something is to be held, not here.
pub(crate) fn standing_now(
    content: &UnitContent,
    withdrawn: bool,
    consent: bool,
    away: &[(u8, CompartmentState)],
) -> Standing {
    let compartments = compartments_of(content, away);
    standing_of(&UnitFacts { content, withdrawn, consent, compartments: &compartments, too_warm: false })
}

/// The index key of a unit.
#[must_use]
pub const fn key_of(unit: UnitId) -> UnitKey {
    unit.0.as_u128()
}

/// The unit of an index key.
#[must_use]
pub const fn unit_of(key: UnitKey) -> UnitId {
    UnitId(uuid::Uuid::from_u128(key))
}

/// The registry counted, and how the index stands.
///
/// # Errors
/// When not allowed; [`Refusal::RegistryBeingRead`].
pub fn overview(ctx: &Ctx) -> Answer<(Overview, LiveState)> {
    ctx.authorize(Action::ReadRegistry)?;
    let view = ctx.house.registry.current()?;
    let state = LiveState {
        found: view.snapshot.len(),
        number: view.number,
        release: view.release().version().map(str::to_owned),
        bytes: view.snapshot.bytes(),
        made: view.made,
    };
    Ok((view.overview.clone(), state))
}
