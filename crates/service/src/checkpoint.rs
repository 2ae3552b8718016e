//! Checkpoints of the audit chain, kept outside the database: each says, signed, how many events there were and what
//! the last one's hash was, so that a cut or rewritten chain is seen.
//!
//! A checkpoint has the form of C2SP `tlog-checkpoint` (<https://c2sp.org/tlog-checkpoint>), signed as a C2SP
//! `signed-note` with Ed25519. Its root is the hash of the last event of the chain, not of a tree.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use domain::audit::Hash;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use store::verify::Check;
use store::{Conn, Db, StoreError};

use crate::sealing::Keyring;

/// The chain that this installation writes.
pub const CHAIN: i64 = 1;

/// The signature type of Ed25519 in a `signed-note`.
const ED25519: u8 = 1;

/// More than the bytes of one record: enough to find the last one.
const TAIL: u64 = 4096;

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

/// The checkpoints of one chain, in one file that only grows.
pub struct Checkpoints {
    file: PathBuf,
    chain: i64,
    origin: String,
    key: SigningKey,
}

impl Checkpoints {
    /// The checkpoints of `chain` in `folder`, signed with a key that is derived from the master key.
    #[must_use]
    pub fn new(folder: &Path, chain: i64, keys: &Keyring) -> Self {
        let installation = HEXLOWER.encode(&keys.digest("installation", b"")[..8]);
        Self {
            file: folder.join(format!("chain-{chain}.txt")),
            chain,
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

    /// Writes a checkpoint of the chain's head, durably, if events came since the last one. Programs that do so at
    /// once wait for each other.
    ///
    /// # Errors
    /// When the file cannot be written or the database does not answer.
    pub async fn append(&self, db: &Db) -> Result<Appended, CheckpointError> {
        let path = self.file.clone();
        let fault = |error| CheckpointError::File(self.file.clone(), error);
        let (mut file, last) = blocking(move || {
            let mut file = open_locked(&path)?;
            let last = mend_tail(&mut file)?;
            Ok((file, last))
        })
        .await
        .map_err(fault)?;
        let signed = last.and_then(|note| self.read_note(&note).ok()).map_or(0, |checkpoint| checkpoint.size);
        let mut reader = db.read().await?;
        let (size, root) = store::audit::chain_head(&mut reader.conn(), self.chain).await?;
        drop(reader);
        if size < signed {
            return Ok(Appended::Shorter { signed, found: size });
        }
        if size == signed {
            return Ok(Appended::Unmoved);
        }
        let note = self.sign(&Checkpoint { size, root });
        blocking(move || {
            file.write_all(note.as_bytes())?;
            file.sync_data()
        })
        .await
        .map_err(fault)?;
        Ok(Appended::Written(size))
    }

    /// A checkpoint as the file holds it: the note, its signature, and an empty line.
    fn sign(&self, checkpoint: &Checkpoint) -> String {
        let text = format!("{}\n{}\n{}\n", self.origin, checkpoint.size, BASE64.encode(&checkpoint.root));
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
        let whole = &text[..end_of_records(&text)];
        let mut notes = Vec::new();
        let (mut line, mut rest) = (1, whole);
        while !rest.is_empty() {
            // A record is two paragraphs: the note and its signature.
            let mut ends = rest.match_indices("\n\n").map(|(place, _)| place + 2);
            let end = ends.nth(1).unwrap_or(rest.len());
            let (note, later) = rest.split_at(end);
            notes.push((line, self.read_note(note)));
            line += note.lines().count();
            rest = later;
        }
        Ok(notes)
    }

    /// Proves that each checkpoint is signed, that the event it names has the hash it names, and that the chain is
    /// at least as long as every one says. `checkpoints` were read before the snapshot in which `conn` reads, else
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

/// Opens the file for appending and keeps others from doing so until it is closed.
fn open_locked(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    file.lock()?;
    Ok(file)
}

/// Gives the last whole record and cuts off what a crash left behind it.
fn mend_tail(file: &mut File) -> std::io::Result<Option<String>> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let end = end_of_records(&text);
    if end < text.len() {
        file.set_len(length - (text.len() - end) as u64)?;
    }
    // Record = note, empty line, signature, empty line: the last one begins after the empty line before last.
    let whole = text[..end].trim_end_matches('\n');
    let begin = whole.rmatch_indices("\n\n").nth(1).map_or(0, |(place, _)| place + 2);
    Ok((!whole.is_empty()).then(|| whole[begin..].to_owned()))
}

/// Where the last whole record ends: after a signature's line and an empty line.
fn end_of_records(text: &str) -> usize {
    let mut search = text.len();
    while let Some(place) = text[..search].rfind("\n\n") {
        let line = text[..place].rfind('\n').map_or(0, |before| before + 1);
        if text[line..place].starts_with('\u{2014}') {
            return place + 2;
        }
        search = place + 1;
    }
    0
}
