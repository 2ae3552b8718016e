//! Checkpoints of the audit chain, kept outside the database: each says, signed, how many events there were and what
//! the last one's hash was, so that a cut or rewritten chain is seen.
//!
//! A checkpoint has the form of C2SP `tlog-checkpoint` (<https://c2sp.org/tlog-checkpoint>), signed as a C2SP
//! `signed-note` with Ed25519. Its root is the hash of the last event of the chain, not of a tree.

mod begun;
mod file;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use data_encoding::{BASE64, HEXLOWER};
use domain::audit::{Fields, Hash};
use domain::time::{Date, Instant};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use store::verify::Check;
use store::{Conn, Db, StoreError};

use crate::sealing::Keyring;
use begun::Begun;

pub use begun::checkpoints_accept;

/// The chain that this installation writes.
pub const CHAIN: i64 = 1;

/// The signature type of Ed25519 in a `signed-note`.
const ED25519: u8 = 1;

/// Why a checkpoint could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file.
    #[error("checkpoint file {0}: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A signed statement: after `size` events the last one's hash was `root`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many events the chain had.
    pub size: i64,
    /// The hash of the last one.
    pub root: Hash,
}

/// What became of a wish for a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// One was written for so many events.
    Written(i64),
    /// Nothing happened since the last one.
    Unmoved,
    /// The chain is shorter than the last checkpoint says: somebody cut it, or another database stands here.
    Shorter {
        /// Events that the last checkpoint was signed for.
        signed: i64,
        /// Events that there are.
        found: i64,
    },
}

/// A checkpoint of the file with its number there, or why it is none.
pub type NumberedCheckpoint = (usize, Result<Checkpoint, &'static str>);

/// The checkpoints of one chain, in one file: the newest thousand at least, and of those before the last of each month.
pub struct Checkpoints {
    file: PathBuf,
    chain: i64,
    origin: String,
    /// A digest of this host and the file's path.
    place: String,
    /// Whether the chain is known to say that a file was begun here.
    begun: AtomicBool,
    key: SigningKey,
}

impl Checkpoints {
    /// The checkpoints of `chain` in `folder`, signed with a key that is derived from the master key.
    #[must_use]
    pub fn new(folder: &Path, chain: i64, keys: &Keyring) -> Self {
        let installation = HEXLOWER.encode(&keys.digest("installation", b"")[..8]);
        let file = folder.join(format!("chain-{chain}.txt"));
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let path = std::path::absolute(&file).unwrap_or_else(|_| file.clone());
        let place = Fields::new("place").text(host.trim()).text(&path.to_string_lossy()).finish();
        Self {
            file,
            chain,
            place: HEXLOWER.encode(&keys.digest("checkpoint place", &place)[..8]),
            begun: AtomicBool::new(false),
            origin: format!("spark-{installation}/chain-{chain}"),
            key: SigningKey::from_bytes(&keys.digest("checkpoint signing key", b"1")),
        }
    }

    /// The name and key by which others check the signatures, as a `signed-note` verifier key.
    #[must_use]
    pub fn verifier_key(&self) -> String {
        let key = self.key.verifying_key();
        let hash = HEXLOWER.encode(&key_hash(&self.origin, &key));
        let typed = [&[ED25519], key.as_bytes().as_slice()].concat();
        format!("{}+{hash}+{}", self.origin, BASE64.encode(&typed))
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Writes a checkpoint of the chain's head, durably, if events came since the last one, and records in the chain
    /// itself where a file was begun. Programs that do so at once wait for each other.
    ///
    /// # Errors
    /// When the file cannot be written or the database does not answer.
    pub async fn append(&self, db: &Db, now: Instant) -> Result<Appended, CheckpointError> {
        let path = self.file.clone();
        let fault = |error| CheckpointError::File(self.file.clone(), error);
        let opened = blocking(move || {
            let mut file = file::open_locked(&path)?;
            let last = file::mend_tail(&mut file)?;
            Ok((path, file, last))
        });
        let (path, file, last) = opened.await.map_err(fault)?;
        let fresh = last.is_none();
        let signed = last.and_then(|note| self.read_note(&note).ok()).map_or(0, |checkpoint| checkpoint.size);
        let mut reader = db.read().await?;
        let (size, root) = store::audit::chain_head(&mut reader.conn(), self.chain).await?;
        drop(reader);
        let appended = match size {
            _ if size < signed => return Ok(Appended::Shorter { signed, found: size }),
            _ if size == signed => Appended::Unmoved,
            _ => {
                let note = self.sign(&Checkpoint { size, root }, now.date());
                blocking(move || file::append(&path, file, &note)).await.map_err(fault)?;
                Appended::Written(size)
            }
        };
        // The file comes first: a crash in between is mended by the next checkpoint.
        if size > 0 && (fresh || !self.begun.load(Ordering::Relaxed)) {
            self.record_begun(db, fresh, now).await?;
        }
        Ok(appended)
    }

    async fn record_begun(&self, db: &Db, fresh: bool, now: Instant) -> Result<(), StoreError> {
        let mut reader = db.read().await?;
        let begun = Begun::read(&mut reader.conn()).await?;
        drop(reader);
        if fresh || !begun.at(&self.place) {
            begun::record(db, self.chain, self.place.clone(), now).await?;
        }
        self.begun.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// A checkpoint as the file holds it: the note with the day as its extension line, its signature, an empty line.
    fn sign(&self, checkpoint: &Checkpoint, day: Date) -> String {
        let root = BASE64.encode(&checkpoint.root);
        let text = format!("{}\n{}\n{root}\n{day}\n", self.origin, checkpoint.size);
        let signature = self.key.sign(text.as_bytes());
        let hash = key_hash(&self.origin, &self.key.verifying_key());
        let signed = BASE64.encode(&[hash.as_slice(), &signature.to_bytes()].concat());
        format!("{text}\n\u{2014} {} {signed}\n\n", self.origin)
    }

    /// Reads one note and proves its signature; or says what is wrong with it.
    fn read_note(&self, note: &str) -> Result<Checkpoint, &'static str> {
        let (text, signature) = note.split_once("\n\n").ok_or("not a signed note")?;
        let text = format!("{text}\n");
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next(), lines.next(), lines.next());
        if origin != Some(self.origin.as_str()) {
            return Err("signed for another installation or chain");
        }
        let size = size.and_then(|size| size.parse().ok()).ok_or("not a signed note")?;
        let root = root.and_then(|root| BASE64.decode(root.as_bytes()).ok()).ok_or("not a signed note")?;
        let root = Hash::try_from(root).map_err(|_| "not a signed note")?;
        let signed = signature.trim_end_matches('\n').strip_prefix("\u{2014} ");
        let signed = signed.and_then(|line| line.strip_prefix(&self.origin)?.strip_prefix(' '));
        let signed =
            signed.and_then(|signed| BASE64.decode(signed.as_bytes()).ok()).ok_or("not a signed note")?;
        let (hash, signature) = signed.split_at_checked(4).ok_or("not a signed note")?;
        let key = self.key.verifying_key();
        if hash != key_hash(&self.origin, &key) {
            return Err("signed with another key");
        }
        let signature = Signature::from_slice(signature).map_err(|_| "its signature does not hold")?;
        key.verify_strict(text.as_bytes(), &signature).map_err(|_| "its signature does not hold")?;
        Ok(Checkpoint { size, root })
    }

    /// All checkpoints with the number of the line at which each begins. What a crash left half-written at the end
    /// says nothing.
    ///
    /// # Errors
    /// When the file cannot be read. No file is no checkpoint.
    pub fn read(&self) -> Result<Vec<NumberedCheckpoint>, CheckpointError> {
        let text = match std::fs::read(&self.file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(CheckpointError::File(self.file.clone(), error)),
        };
        let (mut notes, mut line) = (Vec::new(), 1);
        for record in file::records(&text) {
            notes.push((line, self.read_note(record)));
            line += record.lines().count();
        }
        Ok(notes)
    }

    /// Proves that each checkpoint is signed, that the event it names has the hash it names, that the chain is at
    /// least as long as every one says, and that the file is there if the chain says that one was begun. `checkpoints` were read before the snapshot in which `conn` reads, else
    /// the newest could be younger than the snapshot.
    ///
    /// # Errors
    /// As the driver.
    pub async fn check(
        &self,
        conn: &mut Conn<'_>,
        checkpoints: Vec<NumberedCheckpoint>,
    ) -> Result<Check, StoreError> {
        let rows = i64::try_from(checkpoints.len()).unwrap_or(i64::MAX);
        let mut wrong = None;
        let mut sound = Vec::with_capacity(checkpoints.len());
        for (line, checkpoint) in checkpoints {
            match checkpoint {
                Ok(checkpoint) => sound.push((line, checkpoint)),
                Err(what) => {
                    wrong.get_or_insert_with(|| format!("{} line {line}: {what}", self.name()));
                }
            }
        }
        sound.sort_by_key(|(_, checkpoint)| checkpoint.size);
        let mut hashes = store::audit::Hashes::new(self.chain);
        for (line, Checkpoint { size, root }) in sound {
            let what = match hashes.at(&mut *conn, size).await? {
                Some(hash) if hash == root => continue,
                Some(_) => format!("audit_event {size} has another hash than was signed"),
                None => {
                    format!("signed for {size} events, but the chain has no event {size}: its tail was cut")
                }
            };
            wrong.get_or_insert_with(|| format!("{} line {line}: {what}", self.name()));
        }
        let begun = Begun::read(conn).await?.wrong(rows);
        let wrong = wrong.or_else(|| Some(format!("{} {}", self.name(), begun?)));
        Ok(Check { name: "checkpoints_hold", rows, wrong })
    }

    fn name(&self) -> String {
        format!("checkpoints/chain-{}.txt", self.chain)
    }
}

/// The four bytes by which a `signed-note` names a key.
fn key_hash(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([b'\n', ED25519]);
    hash.update(key.as_bytes());
    let hash: [u8; 32] = hash.finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_file_keeps_its_newest_records_and_one_a_month() {
        let dir = tempfile::tempdir().unwrap();
        let store = store::KeyStore::open(&dir.path().join("keys.db").to_string_lossy()).await.unwrap();
        let checkpoints = Checkpoints::new(dir.path(), CHAIN, &Keyring::new([7; 32], store));
        let first: Date = "2026-01-01".parse().unwrap();
        let day = |n: i64| first.start().plus_seconds(n / 10 * 24 * 3600).date();
        let note = |size: i64| checkpoints.sign(&Checkpoint { size, root: [3; 32] }, day(size));
        // Ten a day. The first one that is appended to a long file thins it.
        std::fs::write(checkpoints.file(), (1..=5999).map(note).collect::<String>()).unwrap();
        let opened = file::open_locked(checkpoints.file()).unwrap();
        file::append(checkpoints.file(), opened, &note(6000)).unwrap();
        let kept: Vec<i64> =
            checkpoints.read().unwrap().into_iter().map(|(_, note)| note.expect("holds").size).collect();
        let (months, newest) = kept.split_at(kept.len() - file::NEWEST);
        assert!(newest.iter().copied().eq(5001..=6000), "{kept:?}");
        let ends: Vec<i64> = (1..=5000).filter(|n| day(*n).month() != day(n + 1).month()).collect();
        assert_eq!(months, ends, "the last one of each month");
    }
}
