//! Backups: one archive with the database, the keys (encrypted by a passphrase), papers and checkpoints, taken while
//! the house works; and putting one back into an empty place.
//!
//! The order makes the parts agree: checkpoints are copied before the database, whose chain is then at least as long
//! as they say; keys after it, since each is kept before anything is sealed under it.

mod archive;
mod postgres;
mod restore;
mod secret;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use domain::access::Action;
use domain::id::IdSource as _;
use serde::{Deserialize, Serialize};
use store::StoreError;

use crate::checkpoint::{CHAIN, Checkpoints};
use crate::context::{Ctx, SystemIds};
use crate::error::ServiceError;

pub use restore::restore_read;

/// The version of the archive's layout.
const FORMAT: u32 = 1;

/// The least characters of a passphrase.
const LEAST_CHARACTERS: usize = 12;

/// Names inside the archive.
const DATABASE: &str = "database";
const SEALED_KEYS: &str = "keys.sealed";
const MANIFEST: &str = "manifest.json";
const CHECKPOINTS: &str = "checkpoints";
const PAPERS: &str = "papers";

/// Where an installation keeps what is backed up.
#[derive(Debug, Clone)]
pub struct Place {
    /// What `store::Db::open` takes.
    pub database_url: String,
    /// The folder with papers, checkpoints and the store of wrapped keys.
    pub data_dir: PathBuf,
    /// The file with the master key.
    pub master_key_file: PathBuf,
}

impl Place {
    fn is_postgres(&self) -> bool {
        self.database_url.starts_with("postgres://") || self.database_url.starts_with("postgresql://")
    }

    fn kind(&self) -> &'static str {
        if self.is_postgres() { "postgres" } else { "sqlite" }
    }

    fn key_store_file(&self) -> PathBuf {
        self.data_dir.join("keys").join("keys.db")
    }
}

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the layout.
    pub format: u32,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// The version of the program that made it.
    pub program: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// The audit chain in it has at least so many events.
    pub events: i64,
    /// Every file in it but this one.
    pub files: Vec<Entry>,
}

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its path in the archive.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file system.
    #[error("{0}: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// The place where the backup or the restored house should go is taken.
    #[error("{0} is there already: {1}")]
    NotEmpty(String, &'static str),
    /// The passphrase is too short to encrypt keys with.
    #[error("the passphrase has less than {LEAST_CHARACTERS} characters")]
    PassphraseShort,
    /// The keys do not open.
    #[error("the keys do not open: another passphrase, or the backup is damaged")]
    KeysClosed,
    /// The archive is not what its manifest says.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// The archive was made of another kind of database.
    #[error("the backup is of {found}, the place is {wanted}: name a {found} database in database_url")]
    OtherDatabase {
        /// The archive's.
        found: String,
        /// The place's.
        wanted: &'static str,
    },
    /// PostgreSQL's own tools are missing.
    #[error(
        "{0} was not found on PATH or in /usr/lib/postgresql/*/bin: install PostgreSQL's client programs"
    )]
    ToolMissing(&'static str),
    /// PostgreSQL's own tools failed.
    #[error("{0} failed: {1}")]
    Tool(&'static str, String),
    /// The house.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

fn fault(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::File(path, error)
}

/// A folder for parts on their way, gone with this.
struct Scratch(PathBuf);

impl Scratch {
    fn beside(file: &Path) -> Result<Self, BackupError> {
        let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let path = folder.join(format!(".spark-{}", SystemIds.token()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(fault(&path))?;
        Ok(Self(path))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a folder of parts stays behind");
        }
    }
}

/// Writes a backup of the house into the new file `file`, and gives its manifest.
///
/// # Errors
/// [`BackupError`]: then there is no file.
pub async fn backup_write(
    ctx: &Ctx,
    checkpoints: &Checkpoints,
    place: &Place,
    file: &Path,
    passphrase: &str,
) -> Result<Manifest, BackupError> {
    ctx.authorize(Action::Operate)?;
    if file.exists() {
        return Err(BackupError::NotEmpty(file.display().to_string(), "a backup never writes over another"));
    }
    if passphrase.chars().count() < LEAST_CHARACTERS {
        return Err(BackupError::PassphraseShort);
    }
    let scratch = Scratch::beside(file)?;
    let signed = scratch.path(CHECKPOINTS);
    std::fs::create_dir(&signed).map_err(fault(&signed))?;
    if checkpoints.file().exists() {
        let name = checkpoints.file().file_name().unwrap_or_default();
        std::fs::copy(checkpoints.file(), signed.join(name)).map_err(fault(checkpoints.file()))?;
    }
    let mut reader = ctx.house.db.read().await?;
    let (events, _) = store::audit::chain_head(&mut reader.conn(), CHAIN).await?;
    drop(reader);
    let (database, keys) = (scratch.path(DATABASE), scratch.path("keys"));
    if place.is_postgres() {
        postgres::dump(&place.database_url, &["--exclude-schema=keys"], &database).await?;
        postgres::dump(&place.database_url, &["--schema=keys"], &keys).await?;
    } else {
        ctx.house.db.copy_to(&database).await?;
        ctx.house.keys.store.copy_to(&keys).await?;
    }
    let manifest = Manifest {
        format: FORMAT,
        made_at: ctx.now.rfc3339(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: place.kind().to_owned(),
        events,
        files: Vec::new(),
    };
    let work = Work { scratch, manifest, file: file.to_owned(), place: place.clone() };
    let passphrase = zeroize::Zeroizing::new(passphrase.to_owned());
    blocking(move || work.pack(&passphrase)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| BackupError::Damaged("the work was broken off".to_owned()))?
}

/// What is left to do once the database has been copied.
struct Work {
    scratch: Scratch,
    manifest: Manifest,
    file: PathBuf,
    place: Place,
}

impl Work {
    fn pack(self, passphrase: &str) -> Result<Manifest, BackupError> {
        let Self { scratch, manifest, file, place } = self;
        let sealed = scratch.path(SEALED_KEYS);
        let master = std::fs::read(&place.master_key_file).map_err(fault(&place.master_key_file))?;
        let keys = std::fs::read(scratch.path("keys")).map_err(fault(&scratch.path("keys")))?;
        let secrets = secret::Secrets { master: master.into(), store: keys.into() };
        std::fs::write(&sealed, secrets.seal(passphrase)?).map_err(fault(&sealed))?;
        let partial = scratch.path("archive");
        let mut archive = archive::Writer::create(&partial, manifest)?;
        archive.add(DATABASE, &scratch.path(DATABASE))?;
        archive.add(SEALED_KEYS, &sealed)?;
        archive.add_folder(CHECKPOINTS, &scratch.path(CHECKPOINTS))?;
        archive.add_folder(PAPERS, &place.data_dir.join(PAPERS))?;
        let manifest = archive.finish()?;
        // A name that somebody took meanwhile is refused, not written over.
        std::fs::hard_link(&partial, &file).map_err(fault(&file))?;
        Ok(manifest)
    }
}
