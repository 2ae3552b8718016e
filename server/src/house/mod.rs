//! Opening the house: database, keys, writer, providers and channels, as the configuration says; and closing it.

mod key;

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::access::Actor;
use service::channel::{Channels, Mail, MailWay, SmsCarrier};
use service::checkpoint::{Appended, CHAIN, Checkpoints};
use service::provider::Providers;
use service::provider::sandbox::{Account, Sandbox};
use service::registry::uploads::Uploads;
use service::sealing::Keyring;
use service::work::system_now;
use service::{Ctx, House, Settings, SystemIds};
use store::{Db, KeyStore, Writer};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Environment};

/// How long the last changes may take to be written once everybody has gone.
const LAST_CHANGES: Duration = Duration::from_secs(20);

/// Between two sweeps of expired sessions and old counts.
const SWEEP: Duration = Duration::from_secs(600);

/// An open house.
pub struct OpenHouse {
    /// What use cases work in.
    pub house: Arc<House>,
    /// The signed checkpoints of its audit chain.
    pub checkpoints: Arc<Checkpoints>,
    writer: JoinHandle<()>,
}

impl OpenHouse {
    /// Opens the database, brings its schema up to date, proves or makes the master key, and starts the writer.
    ///
    /// # Errors
    /// When the database does not answer or promise durability, or the key is not the one that it belongs to.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        make_private_folder(&config.data_dir)?;
        let db = open_database(config).await?;
        let master = key::master_key(config, &db).await?;
        let keys = Keyring::new(master, open_keys(config, &db).await?);
        let checkpoints = Checkpoints::new(&config.data_dir.join("checkpoints"), CHAIN, &keys);
        let settings = Settings {
            base_url: config.base_url.clone(),
            production: config.environment == Environment::Production,
            demo: config.environment != Environment::Production,
            payment_seconds: config.payment_seconds,
            transfer_seconds: config.transfer_seconds,
            hold_days: config.hold_days,
        };
        let sandbox = sandbox(config, &settings, &keys)?;
        let (writer, task) = Writer::start(db.clone(), CHAIN);
        let house = House {
            db,
            writer,
            ids: Arc::new(SystemIds),
            programme: Default::default(),
            channels: channels(config, sandbox.as_ref())?,
            providers: match sandbox {
                Some(sandbox) => Providers::default().with(sandbox),
                None => Providers::default(),
            },
            keys,
            settings,
            bells: Default::default(),
            registry: Default::default(),
            uploads: Uploads::new(config.data_dir.join("uploads"), config.upload_max_mib),
            reads: Default::default(),
        };
        let open = Self { house: Arc::new(house), checkpoints: Arc::new(checkpoints), writer: task };
        key::claim(config, &open.system()).await?;
        service::adoption::adopt(&open.system()).await?;
        Ok(open)
    }

    /// The context of the program itself, now.
    pub fn system(&self) -> Ctx {
        Ctx { house: Arc::clone(&self.house), actor: Actor::System, now: system_now() }
    }

    /// Signs the chain's head as it is now.
    ///
    /// # Errors
    /// When the file cannot be written, or the chain is shorter than was signed before.
    pub async fn checkpoint(&self) -> anyhow::Result<()> {
        sign(&self.checkpoints, &self.house.db).await
    }

    /// As [`OpenHouse::open`], where there is a house: never makes one, so that a wrong folder is not taken for an
    /// empty one.
    ///
    /// # Errors
    /// When there is no database.
    pub async fn open_existing(config: &Config) -> anyhow::Result<Self> {
        must_exist(config).await?;
        Self::open(config).await
    }

    /// Closes without signing anything.
    pub async fn leave(self) {
        self.end(async |_, _| ()).await;
    }

    /// Waits for the last changes, then signs the chain's head. Every other user of the house has ended before.
    ///
    /// # Errors
    /// As [`OpenHouse::checkpoint`].
    pub async fn close(self) -> anyhow::Result<()> {
        self.end(async |checkpoints, db| sign(checkpoints, db).await).await
    }

    /// Waits for the last changes, does one more thing, and closes the connections.
    async fn end<T>(self, last: impl AsyncFnOnce(&Checkpoints, &Db) -> T) -> T {
        let Self { house, checkpoints, writer } = self;
        let (db, keys) = (house.db.clone(), house.keys.store.clone());
        drop(house);
        if tokio::time::timeout(LAST_CHANGES, writer).await.is_err() {
            tracing::warn!("the writer is still busy");
        }
        let done = last(&checkpoints, &db).await;
        db.close().await;
        keys.close().await;
        done
    }
}

async fn sign(checkpoints: &Checkpoints, db: &Db) -> anyhow::Result<()> {
    match checkpoints.append(db, system_now()).await? {
        Appended::Written(_) | Appended::Unmoved => Ok(()),
        Appended::Shorter { signed, found } => anyhow::bail!(
            "the audit chain has {found} events, but {} was signed for {signed}: its tail was cut, or these \
             checkpoints belong to another database. Run `spark verify`",
            checkpoints.file().display()
        ),
    }
}

/// Signs the chain's head at most every `every` seconds, when something changed, and forgets what has expired.
pub async fn tend(house: Arc<House>, checkpoints: Arc<Checkpoints>, every: u64, stop: CancellationToken) {
    let mut sign = tokio::time::interval(Duration::from_secs(every));
    sign.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = sign.tick() => match checkpoints.append(&house.db, system_now()).await {
                Ok(Appended::Written(_) | Appended::Unmoved) => {}
                Ok(Appended::Shorter { signed, found }) => {
                    tracing::error!(signed, found, "the audit chain is shorter than was signed: run `spark verify`");
                }
                Err(error) => tracing::error!(%error, "no checkpoint could be written"),
            },
            _ = sweep.tick() => {
                let ctx = Ctx { house: Arc::clone(&house), actor: Actor::System, now: system_now() };
                if let Err(error) = service::limits::sweep(&ctx).await {
                    tracing::warn!(%error, "expired sessions could not be swept");
                }
                if let Err(error) = service::registry::uploads::uploads_sweep(&ctx).await {
                    tracing::warn!(%error, "old uploads could not be swept");
                }
            }
        }
    }
}

/// Opens the database and brings its schema up to date.
///
/// # Errors
/// When it does not answer, does not promise durability, or was written by a newer program.
pub async fn open_database(config: &Config) -> anyhow::Result<Db> {
    if !is_postgres(&config.database_url) {
        // SQLite gives its side files the mode of the first one: nobody else reads names and contacts.
        make_private_file(Path::new(&config.database_url))?;
    }
    let place =
        if is_postgres(&config.database_url) { "the PostgreSQL database" } else { &config.database_url };
    let db = Db::open(&config.database_url).await.with_context(|| format!("cannot open {place}"))?;
    db.migrate().await.with_context(|| format!("cannot bring {place} up to date"))?;
    Ok(db)
}

/// Fails where no spark has ever been: reading an empty database would prove nothing.
async fn must_exist(config: &Config) -> anyhow::Result<()> {
    let address = &config.database_url;
    let there = if is_postgres(address) {
        let db = Db::open(address).await.context("cannot open the PostgreSQL database")?;
        let empty = db.is_empty().await?;
        db.close().await;
        !empty
    } else {
        Path::new(address).exists()
    };
    let place = if is_postgres(address) { "PostgreSQL" } else { address };
    anyhow::ensure!(
        there,
        "there is no database of spark's in {place}: see data_dir and database_url (`spark serve` makes one)"
    );
    Ok(())
}

/// Whether an address names PostgreSQL.
pub fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

async fn open_keys(config: &Config, db: &Db) -> anyhow::Result<KeyStore> {
    let address = if db.is_postgres() {
        config.database_url.clone()
    } else {
        let folder = config.data_dir.join("keys");
        make_private_folder(&folder)?;
        let file = folder.join("keys.db");
        make_private_file(&file)?;
        file.to_string_lossy().into_owned()
    };
    KeyStore::open(&address).await.context("cannot open the store of wrapped keys")
}

fn sandbox(config: &Config, settings: &Settings, keys: &Keyring) -> anyhow::Result<Option<Arc<Sandbox>>> {
    if !config.sandbox.enabled {
        return Ok(None);
    }
    let account = Account {
        base_url: config.sandbox.url.clone(),
        // Several installations may share a sandbox: each is its own merchant.
        merchant: format!("spark-{}", data_encoding::HEXLOWER.encode(&keys.digest("installation", b"")[..8])),
        merchant_name: "火种工程（演示）".to_owned(),
        notify_url: settings.notify_url(domain::giving::Channel::Sandbox),
    };
    Ok(Some(Arc::new(Sandbox::new(account, keys)?)))
}

fn channels(config: &Config, sandbox: Option<&Arc<Sandbox>>) -> anyhow::Result<Channels> {
    let way = match &config.mail.smtp_url {
        Some(url) => Some(MailWay::Smtp(url.clone())),
        // A real letter in a folder reaches nobody: it waits, and is never called sent.
        None if config.environment == Environment::Production => None,
        None => Some(MailWay::Folder(config.mail.folder.clone())),
    };
    let mail = way.map(|way| Mail::new(&config.mail.from, way)).transpose();
    let mail = mail.context("mail.from or mail.smtp_url cannot be used")?;
    let sms = sandbox.map(|sandbox| Arc::clone(sandbox) as Arc<dyn SmsCarrier>);
    Ok(Channels { mail: mail.map(Arc::new), sms })
}

/// Makes a folder that only its owner enters. One that is there stays as it is.
///
/// # Errors
/// As the file system.
pub fn make_private_folder(path: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("cannot make the folder {}", path.display()))
}

fn make_private_file(path: &Path) -> anyhow::Result<()> {
    let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.with_context(|| format!("cannot open {}", path.display())).map(drop)
}
