//! Reading with a bound: counts lines, digests what it gives, and refuses to give more than it was allowed at a time.

use std::io::{BufRead, Error, Read, Result};

use sha2::{Digest as _, Sha256};

/// What passing the bound looks like to the parser above, which hands I/O errors on.
#[derive(Debug, thiserror::Error)]
#[error("more than one piece may hold")]
pub(super) struct Passed;

/// A reader that gives at most what [`Bounded::allow`] allowed last.
pub(super) struct Bounded<R> {
    inner: R,
    left: usize,
    line: i64,
    read: u64,
    digest: Sha256,
}

impl<R: BufRead> Bounded<R> {
    /// Reads from `inner`; nothing is allowed yet.
    pub(super) fn new(inner: R) -> Self {
        Self { inner, left: 0, line: 1, read: 0, digest: Sha256::new() }
    }

    /// Allows `bytes` from here on.
    pub(super) fn allow(&mut self, bytes: usize) {
        self.left = bytes;
    }

    /// The line (from 1) up to which was read.
    pub(super) const fn line(&self) -> i64 {
        self.line
    }

    /// How many bytes were read.
    pub(super) const fn read_bytes(&self) -> u64 {
        self.read
    }

    /// The digest of all that was read.
    pub(super) fn digest(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        let given = self.inner.fill_buf()?;
        // The end is seen even where nothing more is allowed.
        if self.left == 0 && !given.is_empty() {
            return Err(Error::other(Passed));
        }
        Ok(&given[..given.len().min(self.left)])
    }

    fn consume(&mut self, amount: usize) {
        // What is consumed was filled before: asking again reads nothing.
        if let Ok(given) = self.inner.fill_buf() {
            let taken = &given[..amount.min(given.len())];
            self.line += taken.iter().filter(|byte| **byte == b'\n').count() as i64;
            self.digest.update(taken);
        }
        self.left = self.left.saturating_sub(amount);
        self.read += amount as u64;
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let given = self.fill_buf()?;
        let length = given.len().min(into.len());
        into[..length].copy_from_slice(&given[..length]);
        self.consume(length);
        Ok(length)
    }
}
