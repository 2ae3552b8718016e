//! Putting a backup back: everything is unpacked and proved before anything is put in its place.

use std::path::{Path, PathBuf};

use store::Db;

use super::archive::unpack;
use super::secret::Secrets;
use super::{
    BackupError, CHECKPOINTS, DATABASE, Manifest, PAPERS, Place, SEALED_KEYS, Scratch, blocking, fault,
    postgres,
};

const EMPTY: &str = "a backup is restored into an empty place only";

/// Restores the backup in `file` into `place`, which must be empty. The caller then opens the house and verifies it.
///
/// # Errors
/// [`BackupError`]. When the last steps fail (a full disk), the place is half filled: empty it before the next try.
pub async fn restore_read(place: &Place, file: &Path, passphrase: &str) -> Result<Manifest, BackupError> {
    must_be_empty(place)?;
    if place.is_postgres() {
        let db = Db::open(&place.database_url).await?;
        let empty = db.is_empty().await?;
        db.close().await;
        if !empty {
            return Err(BackupError::NotEmpty("a table in the database".to_owned(), EMPTY));
        }
    }
    make_folder(&place.data_dir)?;
    let scratch = Scratch::beside(&place.data_dir.join(DATABASE))?;
    let (from, into) = (file.to_owned(), scratch.0.clone());
    let passphrase = zeroize::Zeroizing::new(passphrase.to_owned());
    let (manifest, secrets) = blocking(move || {
        let manifest = unpack(&from, &into)?;
        let path = into.join(SEALED_KEYS);
        let sealed = std::fs::read(&path).map_err(fault(&path))?;
        Ok((manifest, Secrets::open(&sealed, &passphrase)?))
    })
    .await?;
    if manifest.database != place.kind() {
        return Err(BackupError::OtherDatabase { found: manifest.database, wanted: place.kind() });
    }
    if place.is_postgres() {
        let keys = scratch.path("keys");
        write_private(&keys, &secrets.store)?;
        postgres::restore(&place.database_url, &scratch.path(DATABASE)).await?;
        postgres::restore(&place.database_url, &keys).await?;
    }
    let place = place.clone();
    blocking(move || put(&place, &scratch, &secrets)).await?;
    Ok(manifest)
}

/// Puts the files in their places; the master key last, because without it nothing starts.
fn put(place: &Place, scratch: &Scratch, secrets: &Secrets) -> Result<(), BackupError> {
    if !place.is_postgres() {
        write_private(&place.key_store_file(), &secrets.store)?;
        let database = PathBuf::from(&place.database_url);
        std::fs::copy(scratch.path(DATABASE), &database).map_err(fault(&database))?;
        std::fs::File::open(&database).and_then(|file| file.sync_all()).map_err(fault(&database))?;
    }
    for name in [CHECKPOINTS, PAPERS] {
        let from = scratch.path(name);
        if from.exists() {
            let to = place.data_dir.join(name);
            std::fs::rename(&from, &to).map_err(fault(&to))?;
        }
    }
    write_private(&place.master_key_file, &secrets.master)
}

fn must_be_empty(place: &Place) -> Result<(), BackupError> {
    let mut files = vec![place.master_key_file.clone()];
    if !place.is_postgres() {
        files.push(PathBuf::from(&place.database_url));
    }
    if let Some(file) = files.iter().find(|file| file.exists()) {
        return Err(BackupError::NotEmpty(file.display().to_string(), EMPTY));
    }
    match std::fs::read_dir(&place.data_dir) {
        Ok(mut entries) => match entries.next() {
            Some(Ok(entry)) => Err(BackupError::NotEmpty(entry.path().display().to_string(), EMPTY)),
            Some(Err(error)) => Err(fault(&place.data_dir)(error)),
            None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(fault(&place.data_dir)(error)),
    }
}

fn make_folder(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault(path))
}

fn write_private(path: &Path, content: &[u8]) -> Result<(), BackupError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).map_err(fault(path))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(fault(path))
}
