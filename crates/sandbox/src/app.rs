//! What every request handler and the courier share: database, key, settings, clock.

use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::config::SandboxConfig;
use crate::db::Db;
use crate::error::Error;
use crate::signing::ProviderKey;
use crate::world::World;

/// A handle on the running service; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

/// What [`App`] points to.
pub(crate) struct Inner {
    pub db: Db,
    pub key: ProviderKey,
    pub config: SandboxConfig,
    /// Where browsers reach us, without a slash at the end.
    pub base_url: String,
    pub world: Arc<dyn World>,
    /// Rung whenever there may be something new to send.
    pub bell: Notify,
}

impl App {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.world.now()
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    pub(crate) fn new_id(&self, prefix: &str) -> String {
        crate::world::new_id(&*self.0.world, prefix)
    }

    /// The address of a payment's pay page.
    pub(crate) fn pay_url(&self, trade_no: &str) -> String {
        format!("{}/pay/{trade_no}", self.0.base_url)
    }

    /// Commits, and wakes the courier for what the transaction may have queued.
    pub(crate) async fn commit(&self, tx: crate::db::Tx) -> Result<(), Error> {
        tx.commit().await?;
        self.0.bell.notify_one();
        Ok(())
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
