//! The master key: read from its file, made only for an empty database, and proved against the database's check value.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context as _, bail};
use domain::id::IdSource as _;
use service::checkpoint::CHAIN;
use service::{Ctx, ServiceError, SystemIds};
use store::Db;

use crate::config::Config;

/// The setting that holds the check value.
const CHECK: &str = "master_key_check";

/// The digest's purpose and value.
const PROOF: (&str, &[u8]) = ("master key check", b"1");

/// The master key in its file; a new one where the database is empty and nobody has claimed it.
///
/// # Errors
/// When the file is missing, is read by others or has not 32 bytes.
pub async fn master_key(config: &Config, db: &Db) -> anyhow::Result<[u8; 32]> {
    let path = &config.master_key_file;
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let mut reader = db.read().await?;
    let claimed = store::setting::setting_get(&mut reader.conn(), CHECK).await?.is_some();
    let (events, _) = store::audit::chain_head(&mut reader.conn(), CHAIN).await?;
    if claimed || events > 0 {
        bail!(
            "the master key {} is missing, and this database belongs to one: put the key's file there (mode 0600, from \
             another node or a backup), or name its place in SPARK_MASTER_KEY_FILE. A new key would open nothing",
            path.display()
        );
    }
    make(path)
}

/// Keeps the check value of this house's key in the database, or proves that the key is the one that belongs to it.
///
/// # Errors
/// When the database belongs to another key.
pub async fn claim(config: &Config, ctx: &Ctx) -> anyhow::Result<()> {
    let check = ctx.house.keys.digest(PROOF.0, PROOF.1);
    let mut reader = ctx.house.db.read().await?;
    let kept = store::setting::setting_get(&mut reader.conn(), CHECK).await?;
    drop(reader);
    let kept = match kept {
        Some(kept) => kept,
        None => {
            let claimed = ctx.house.writer.write(move |tx| {
                Box::pin(async move {
                    Ok::<_, ServiceError>(store::setting::setting_claim(tx, CHECK, &check).await?)
                })
            });
            claimed.await?
        }
    };
    if kept != check {
        bail!(
            "{} is not the master key that this database belongs to: every node needs the same file (copy it from the \
             node that works, or name its place in SPARK_MASTER_KEY_FILE)",
            config.master_key_file.display()
        );
    }
    Ok(())
}

/// Reads the key; none when there is no file.
fn read(path: &Path) -> anyhow::Result<Option<[u8; 32]>> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read the master key {}", path.display()));
        }
    };
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "the master key {} may be read by others (mode {mode:04o}): run `chmod 600 {}`",
            path.display(),
            path.display()
        );
    }
    let bytes =
        std::fs::read(path).with_context(|| format!("cannot read the master key {}", path.display()))?;
    let length = bytes.len();
    let Ok(key) = <[u8; 32]>::try_from(bytes) else {
        bail!("the master key {} has {length} bytes, not 32: it is damaged or another file", path.display());
    };
    Ok(Some(key))
}

/// Makes a key, durably, where no file is.
fn make(path: &Path) -> anyhow::Result<[u8; 32]> {
    let folder = path.parent().unwrap_or(Path::new("."));
    super::make_private_folder(folder)?;
    let mut key = [0; 32];
    key[..16].copy_from_slice(&SystemIds.token().0);
    key[16..].copy_from_slice(&SystemIds.token().0);
    let fault = || format!("cannot make the master key {}", path.display());
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(fault)?;
    file.write_all(&key).with_context(fault)?;
    file.sync_all().with_context(fault)?;
    // The name is durable only with its folder.
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).with_context(fault)?;
    tracing::info!(file = %path.display(), "made a master key for the empty database: keep a copy of it apart");
    Ok(key)
}
