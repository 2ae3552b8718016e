//! The archive: a tar file whose last entry, the manifest, names every other one with its digest.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{
    BackupError, CHECKPOINTS, DATABASE, Entry, FORMAT, MANIFEST, Manifest, PAPERS, SEALED_KEYS, fault,
};

/// The longest manifest that is read: some hundred thousand papers.
const LONGEST_MANIFEST: u64 = 64 << 20;

/// Counts and digests what goes through it.
struct Digesting<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T> Digesting<T> {
    fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    fn entry(self, path: &str) -> Entry {
        let digest: [u8; 32] = self.hash.finalize().into();
        Entry { path: path.to_owned(), bytes: self.bytes, sha256: HEXLOWER.encode(&digest) }
    }
}

impl<T: Read> Read for Digesting<T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// An archive that is being written.
pub struct Writer {
    tar: tar::Builder<File>,
    manifest: Manifest,
}

impl Writer {
    /// Begins a new file that only its owner reads.
    pub fn create(path: &Path, manifest: Manifest) -> Result<Self, BackupError> {
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(path).map_err(fault(path))?;
        Ok(Self { tar: tar::Builder::new(file), manifest })
    }

    /// Adds a file under the name `name`.
    pub fn add(&mut self, name: &str, path: &Path) -> Result<(), BackupError> {
        let file = File::open(path).map_err(fault(path))?;
        let length = file.metadata().map_err(fault(path))?.len();
        // A file that grows meanwhile is taken as long as it was; one that shrinks is an error of tar's.
        let mut content = Digesting::new(file.take(length));
        self.tar.append_data(&mut header(length), name, &mut content).map_err(fault(path))?;
        self.manifest.files.push(content.entry(name));
        Ok(())
    }

    /// Adds the files of a folder and of those inside it, by name. No folder is no file.
    pub fn add_folder(&mut self, name: &str, path: &Path) -> Result<(), BackupError> {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>().map_err(fault(path))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(fault(path)(error)),
        };
        let mut entries: Vec<_> = entries.iter().map(|entry| (entry.file_name(), entry.path())).collect();
        entries.sort();
        for (file_name, inner) in entries {
            let inner_name = format!("{name}/{}", file_name.to_string_lossy());
            if inner.is_dir() {
                self.add_folder(&inner_name, &inner)?;
            } else {
                self.add(&inner_name, &inner)?;
            }
        }
        Ok(())
    }

    /// Adds the manifest and makes the file durable.
    pub fn finish(mut self) -> Result<Manifest, BackupError> {
        let text = serde_json::to_vec_pretty(&self.manifest)
            .map_err(|error| BackupError::Damaged(error.to_string()))?;
        let path = Path::new(MANIFEST);
        self.tar.append_data(&mut header(text.len() as u64), path, text.as_slice()).map_err(fault(path))?;
        self.tar.into_inner().and_then(|file| file.sync_all()).map_err(fault(path))?;
        Ok(self.manifest)
    }
}

fn header(length: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(length);
    header.set_mode(0o600);
    header
}

/// Unpacks an archive into the empty folder `into` and proves every file of it by the manifest.
pub fn unpack(path: &Path, into: &Path) -> Result<Manifest, BackupError> {
    let file = File::open(path).map_err(fault(path))?;
    let mut tar = tar::Archive::new(file);
    let (mut found, mut manifest) = (Vec::new(), None);
    for entry in tar.entries().map_err(fault(path))? {
        let entry = entry.map_err(fault(path))?;
        let name = entry.path().map_err(fault(path))?.to_string_lossy().into_owned();
        if name == MANIFEST {
            let mut text = String::new();
            entry.take(LONGEST_MANIFEST).read_to_string(&mut text).map_err(fault(path))?;
            let read = serde_json::from_str::<Manifest>(&text);
            manifest = Some(read.map_err(|error| BackupError::Damaged(format!("{MANIFEST}: {error}")))?);
            continue;
        }
        if !is_ours(&name) || !entry.header().entry_type().is_file() {
            return Err(BackupError::Damaged(format!("{name} does not belong in a backup")));
        }
        let target = into.join(&name);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(fault(folder))?;
        }
        let mut options = std::fs::OpenOptions::new();
        let mut out =
            options.write(true).create_new(true).mode(0o600).open(&target).map_err(fault(&target))?;
        let mut content = Digesting::new(entry);
        std::io::copy(&mut content, &mut out).map_err(fault(&target))?;
        out.flush().and_then(|()| out.sync_all()).map_err(fault(&target))?;
        found.push(content.entry(&name));
    }
    let manifest =
        manifest.ok_or_else(|| BackupError::Damaged(format!("{MANIFEST} is missing: it was cut off")))?;
    check(&manifest, &found)?;
    Ok(manifest)
}

fn check(manifest: &Manifest, found: &[Entry]) -> Result<(), BackupError> {
    if manifest.format != FORMAT {
        return Err(BackupError::Damaged(format!("layout {} is unknown to this program", manifest.format)));
    }
    for entry in &manifest.files {
        if !found.contains(entry) {
            return Err(BackupError::Damaged(format!("{} is missing or changed", entry.path)));
        }
    }
    match found.iter().find(|entry| !manifest.files.contains(entry)) {
        Some(entry) => Err(BackupError::Damaged(format!("{} is not in the manifest", entry.path))),
        None => Ok(()),
    }
}

/// Whether a name is one that a backup has: nothing may be unpacked anywhere else.
fn is_ours(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let first = parts.next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let more = parts.next().is_some();
    plain
        && match first.as_deref() {
            Some(DATABASE | SEALED_KEYS) => !more,
            Some(CHECKPOINTS | PAPERS) => more,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_backup_has_is_unpacked() {
        for name in ["database", "keys.sealed", "checkpoints/chain-1.txt", "papers/2026/a.pdf"] {
            assert!(is_ours(name), "{name}");
        }
        for name in
            ["../x", "papers/../../x", "/etc/passwd", "keys/master.key", "database/x", "papers", "x", ""]
        {
            assert!(!is_ours(name), "{name}");
        }
    }
}
