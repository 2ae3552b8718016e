//! What the service can be told: where it listens, where it keeps its files, whom it serves and how it notifies.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Settings of one sandbox. [`SandboxConfig::new`] gives every default.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Where it listens. Port 0 takes a free port, which [`crate::Bound::address`] tells.
    pub listen: SocketAddr,
    /// Folder of its own for `sandbox.sqlite3` and `sandbox.lock`; made, closed to others, when absent.
    pub data_dir: PathBuf,
    /// The address payers' browsers reach it under, without a slash at the end. Default: `http://` and the bound address.
    pub public_url: Option<String>,
    /// Merchants known from the start. One that is stored already keeps its stored key.
    pub merchants: Vec<Merchant>,
    /// Whether an unknown merchant may register itself (trust on first use). Default: true.
    pub open_registration: bool,
    /// The fee taken from each payment, in parts per thousand, 0 to 1000, rounded half up to whole fen. Default: 6.
    pub fee_per_mille: u32,
    /// Whether a refund gives the fee on the refunded part back. Default: true.
    pub refund_returns_fee: bool,
    /// How notifications are sent.
    pub notify: NotifyConfig,
    /// Whether the `/test/…` control addresses exist. Default: true.
    pub control: bool,
}

/// A merchant known from the start.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// `[0-9A-Za-z_-]`, 1 to 32 characters.
    pub id: String,
    /// The name payers see.
    pub name: String,
    /// Its Ed25519 public key, 32 bytes.
    pub public_key: [u8; 32],
}

/// How notifications are sent and sent again.
#[derive(Debug, Clone)]
pub struct NotifyConfig {
    /// The longest one attempt may take, from connecting to the last byte of the answer. Default: 5 s.
    pub timeout: Duration,
    /// How long to wait after each failed attempt; when the list is used up the notification is given up.
    /// Default: 1 s, 2 s, 5 s, 15 s, 60 s, 5 min, 15 min, 30 min, then 1, 3, 6 and 12 h.
    pub retry: Vec<Duration>,
    /// To which hosts it may send. Default: the loopback only.
    pub hosts: NotifyHosts,
}

/// To which hosts notifications may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifyHosts {
    /// `localhost`, 127.0.0.0/8 and `::1`: the sandbox cannot be made to knock on other machines.
    Loopback,
    /// Any `http` or `https` host.
    Any,
}

impl SandboxConfig {
    /// Every default, listening on `listen` and keeping its files in `data_dir`.
    pub fn new(listen: SocketAddr, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            data_dir: data_dir.into(),
            public_url: None,
            merchants: Vec::new(),
            open_registration: true,
            fee_per_mille: 6,
            refund_returns_fee: true,
            notify: NotifyConfig::default(),
            control: true,
        }
    }

    /// Refuses settings that cannot be meant.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.fee_per_mille <= 1000, "fee_per_mille must be 0 to 1000");
        anyhow::ensure!(!self.notify.timeout.is_zero(), "notify.timeout must not be zero");
        if let Some(url) = &self.public_url {
            let fine = crate::fields::web_address(url).is_some() && !url.ends_with('/');
            anyhow::ensure!(fine, "public_url must be an http or https address without a slash at the end");
        }
        for merchant in &self.merchants {
            anyhow::ensure!(crate::fields::is_merchant_id(&merchant.id), "a merchant id is malformed");
        }
        Ok(())
    }
}

impl Default for NotifyConfig {
    fn default() -> Self {
        const SECONDS: [u64; 12] = [1, 2, 5, 15, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200];
        Self {
            timeout: Duration::from_secs(5),
            retry: SECONDS.map(Duration::from_secs).to_vec(),
            hosts: NotifyHosts::Loopback,
        }
    }
}
