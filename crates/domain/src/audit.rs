//! The audit chain: each event commits to a digest of the rows that it wrote and to the event before it.
//!
//! Canonical bytes: every field is written as its length (u32, big endian) and its bytes, so that no two different
//! lists of fields have the same bytes. Absent fields are written with the length `0xFFFF_FFFF`.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::time::Instant;

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// The hash before the first event of a chain.
pub const GENESIS: Hash = [0; 32];

/// Fields on their way into a digest.
#[derive(Clone)]
pub struct Fields(Sha256);

impl Fields {
    /// Begins a digest for one purpose; the label keeps digests of different things apart.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self(Sha256::new()).bytes(label.as_bytes())
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, value: &[u8]) -> Self {
        // No field comes near 4 GiB; a length that does not fit would make the digest ambiguous.
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX - 1);
        self.0.update(length.to_be_bytes());
        self.0.update(value);
        self
    }

    /// Adds text.
    #[must_use]
    pub fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    /// Adds a number.
    #[must_use]
    pub fn int(self, value: i64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Adds an id.
    #[must_use]
    pub fn id(self, value: Uuid) -> Self {
        self.bytes(value.as_bytes())
    }

    /// Adds an id that may be absent.
    #[must_use]
    pub fn maybe_id(self, value: Option<Uuid>) -> Self {
        match value {
            Some(id) => self.id(id),
            None => self.absent(),
        }
    }

    /// Adds text that may be absent.
    #[must_use]
    pub fn maybe_text(self, value: Option<&str>) -> Self {
        match value {
            Some(text) => self.text(text),
            None => self.absent(),
        }
    }

    /// Adds a number that may be absent.
    #[must_use]
    pub fn maybe_int(self, value: Option<i64>) -> Self {
        match value {
            Some(number) => self.int(number),
            None => self.absent(),
        }
    }

    fn absent(mut self) -> Self {
        self.0.update(u32::MAX.to_be_bytes());
        self
    }

    /// The digest.
    #[must_use]
    pub fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// The digest of all rows that one event wrote: order of the rows does not matter, their number does.
#[must_use]
pub fn rows_digest(mut rows: Vec<Hash>) -> Hash {
    rows.sort_unstable();
    rows.iter().fold(Fields::new("rows"), |fields, row| fields.bytes(row)).finish()
}

/// An event's own fields, all but its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// When it happened.
    pub at: Instant,
    /// Who did it: `public`, `system`, or a user's id. Never a name.
    pub actor: String,
    /// What happened: `gift.pledged`, `gift.paid` …
    pub kind: String,
    /// The noun it happened to.
    pub subject: String,
    /// The id of the thing it happened to.
    pub subject_id: Uuid,
    /// The state of that thing from now on, where it has states.
    pub state: Option<String>,
    /// Arguments as JSON: ids, codes and figures, never names.
    pub detail: String,
    /// [`rows_digest`] of what it wrote.
    pub rows: Hash,
}

impl Event {
    /// The hash of this event as number `seq` of `chain`, after an event whose hash is `previous`.
    #[must_use]
    pub fn hash(&self, chain: i64, seq: i64, previous: &Hash) -> Hash {
        Fields::new("spark audit event 1")
            .bytes(previous)
            .int(chain)
            .int(seq)
            .id(self.id)
            .int(self.at.0)
            .text(&self.actor)
            .text(&self.kind)
            .text(&self.subject)
            .id(self.subject_id)
            .maybe_text(self.state.as_deref())
            .text(&self.detail)
            .bytes(&self.rows)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_do_not_run_together() {
        assert_ne!(
            Fields::new("t").text("ab").text("c").finish(),
            Fields::new("t").text("a").text("bc").finish()
        );
        assert_ne!(Fields::new("t").maybe_text(None).finish(), Fields::new("t").text("").finish());
        assert_ne!(Fields::new("t").finish(), Fields::new("u").finish());
    }

    proptest! {
        #[test]
        fn a_digest_counts_rows_and_ignores_their_order(mut rows in prop::collection::vec(any::<Hash>(), 0..6)) {
            let digest = rows_digest(rows.clone());
            rows.reverse();
            prop_assert_eq!(rows_digest(rows.clone()), digest);
            rows.push(GENESIS);
            prop_assert_ne!(rows_digest(rows), digest);
        }
    }
}
