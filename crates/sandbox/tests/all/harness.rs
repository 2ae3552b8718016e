//! A running sandbox in a folder of its own, with a clock that can be moved and randomness that repeats.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sandbox::{SandboxConfig, World};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;

/// Retries fast enough for a test.
pub const RETRY_MS: [u64; 4] = [50, 100, 200, 400];

/// The real clock, moved; bytes from a seed. Never for anything but tests.
pub struct TestWorld {
    ahead_ms: AtomicI64,
    drawn: AtomicU64,
    seed: u64,
}

impl TestWorld {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { ahead_ms: AtomicI64::new(0), drawn: AtomicU64::new(0), seed })
    }

    pub fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Moves the clock so that it is `at` now.
    pub fn set(&self, at: &str) {
        let at: Timestamp = at.parse().unwrap();
        self.ahead_ms.store(at.as_millisecond() - real_now().as_millisecond(), Ordering::SeqCst);
    }
}

#[expect(clippy::disallowed_methods, reason = "a test over real sockets lives in real time")]
pub fn real_now() -> Timestamp {
    Timestamp::now()
}

impl World for TestWorld {
    fn now(&self) -> Timestamp {
        real_now() + SignedDuration::from_millis(self.ahead_ms.load(Ordering::SeqCst))
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(self.seed.to_be_bytes());
            hash.update(self.drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
        }
    }
}

/// A sandbox that serves in this process.
pub struct Sandbox {
    pub base: String,
    pub world: Arc<TestWorld>,
    pub dir: TempDir,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<anyhow::Result<()>>,
}

/// Defaults, a free port, fast retries.
pub fn config(dir: &Path) -> SandboxConfig {
    let mut config = SandboxConfig::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), dir);
    config.notify.retry = RETRY_MS.map(Duration::from_millis).to_vec();
    config
}

impl Sandbox {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), 7, change).await
    }

    pub async fn start_in(dir: TempDir, seed: u64, change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let mut config = config(dir.path());
        change(&mut config);
        let world = TestWorld::new(seed);
        let bound = sandbox::bind_in(config, world.clone()).await.unwrap();
        let base = bound.base_url().to_owned();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(bound.serve(async {
            stopped.await.ok();
        }));
        Self { base, world, dir, stop: Some(stop), serving }
    }

    /// Stops in good order and gives the folder back.
    pub async fn stop(mut self) -> TempDir {
        self.stop.take().unwrap().send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(15), self.serving).await.unwrap().unwrap().unwrap();
        self.dir
    }

    /// A client of the registered merchant `spark`.
    pub async fn merchant(&self) -> Client {
        let client = Client::new(&self.base, "spark", 1).await;
        let answer = client.put("/v1/merchants/spark", &client.registration("火种工程")).await;
        assert_eq!(answer.status, 201, "{:?}", answer.json);
        client
    }
}
