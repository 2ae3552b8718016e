//! The files of uploads on the disk: written as they come, locked while somebody needs them, removed with whoever held
//! them. A program that dies leaves its files unlocked: the next start removes them.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use domain::id::LoadId;
use domain::refusal::FileRefusal;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OwnedSemaphorePermit;

use super::Uploads;
use crate::error::Answer;

/// Characters of a file's name that are kept.
const NAME: usize = 120;

const MIB: u64 = 1024 * 1024;

/// A file that is somebody's: removed when they let it go.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    /// Others take a file that nobody has locked for a left one.
    _lock: File,
    _place: OwnedSemaphorePermit,
}

impl Held {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "an uploaded file could not be removed");
        }
    }
}

/// A file that is coming. When it is let go before its end, nothing of it stays.
#[derive(Debug)]
pub struct Incoming {
    id: LoadId,
    held: Held,
    file: tokio::fs::File,
    size: u64,
    max_mib: u64,
}

/// A file that has come.
#[derive(Debug)]
pub struct Arrived {
    pub(super) id: LoadId,
    pub(super) file: Held,
    pub(super) size: u64,
    pub(super) name: String,
}

impl Incoming {
    /// Writes what has come of it.
    ///
    /// # Errors
    /// [`FileRefusal::TooLarge`], [`FileRefusal::DiskFull`].
    pub async fn write(&mut self, bytes: &[u8]) -> Answer<()> {
        self.size += bytes.len() as u64;
        if self.size > self.max_mib * MIB {
            return Err(FileRefusal::TooLarge { mib: self.max_mib }.into());
        }
        Ok(self.file.write_all(bytes).await.map_err(full)?)
    }

    /// The file is whole. `name` is what whoever sent it calls it; its folders and what cannot be printed are left out.
    ///
    /// # Errors
    /// [`FileRefusal::Missing`] when it is empty, [`FileRefusal::DiskFull`].
    pub async fn end(mut self, name: &str) -> Answer<Arrived> {
        self.file.flush().await.map_err(full)?;
        if self.size == 0 {
            return Err(FileRefusal::Missing.into());
        }
        let Self { id, held, size, .. } = self;
        Ok(Arrived { id, file: held, size, name: plain_name(name) })
    }
}

fn full(error: io::Error) -> FileRefusal {
    tracing::error!(%error, "an upload could not be written");
    FileRefusal::DiskFull
}

/// The last part of a path of any system, printable and not too long.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control()).take(NAME).collect();
    let kept = domain::text::line(&kept, NAME).unwrap_or_default();
    if kept.is_empty() { "upload".to_owned() } else { kept }
}

pub(super) async fn open(uploads: &Uploads, id: LoadId, place: OwnedSemaphorePermit) -> Answer<Incoming> {
    let path = uploads.folder.join(id.to_string());
    let opened = tokio::task::spawn_blocking(move || make(path)).await;
    let opened = opened.unwrap_or_else(|error| Err(io::Error::other(error)));
    let (path, lock, file) = opened.map_err(full)?;
    let held = Held { path, _lock: lock, _place: place };
    Ok(Incoming { id, held, file: file.into(), size: 0, max_mib: uploads.max_mib })
}

fn make(path: PathBuf) -> io::Result<(PathBuf, File, File)> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.lock()?;
    let again = file.try_clone()?;
    Ok((path, file, again))
}

/// Removes every file of the folder that nobody holds.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let Ok(file) = File::open(&path) else { continue };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {}
            _ => match std::fs::remove_file(&path) {
                Ok(()) => tracing::info!("a file that an upload had left was removed"),
                Err(error) => tracing::warn!(%error, "a file that an upload had left could not be removed"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_no_folder_and_nothing_hidden() {
        assert_eq!(plain_name("C:\\文件\\units.csv"), "units.csv");
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name("a\u{0}b\n.xml"), "ab.xml");
        assert_eq!(plain_name("///"), "upload");
        assert_eq!(plain_name(&"名".repeat(500)).chars().count(), NAME);
    }

    #[test]
    fn a_left_file_goes_and_a_held_one_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (held, _lock, _file) = make(folder.path().join("held")).expect("a file");
        let left = folder.path().join("left");
        std::fs::write(&left, "x").expect("a file");
        sweep(folder.path());
        assert!(held.exists() && !left.exists());
    }
}
