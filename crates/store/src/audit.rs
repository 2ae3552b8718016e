//! Reading the audit chain: its head for checkpoints, and the events of one thing.

use domain::audit::{Event, Hash};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{fetch_all, fetch_one};

/// An event as table `audit_event` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EventRow {
    /// The chain.
    pub chain: i64,
    /// Its number in the chain.
    pub seq: i64,
    /// Id.
    pub id: Uuid,
    /// When (µs).
    pub at: i64,
    /// Who: `public`, `system` or a user's id.
    pub actor: String,
    /// What: `gift.paid` …
    pub kind: String,
    /// To which noun.
    pub subject: String,
    /// To which thing.
    pub subject_id: Uuid,
    /// The thing's state from then on.
    pub state: Option<String>,
    /// Arguments as JSON.
    pub detail: String,
    /// Digest of the rows that it wrote.
    pub rows_digest: Vec<u8>,
    /// Hash of all of this and of the event before.
    pub hash: Vec<u8>,
}

impl EventRow {
    /// The hash that this row must have after an event whose hash is `previous`.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when its digest is not 32 bytes.
    pub fn expected_hash(&self, previous: &Hash) -> Result<Hash, StoreError> {
        let rows = self.rows_digest.as_slice().try_into();
        let event = Event {
            id: self.id,
            at: Instant(self.at),
            actor: self.actor.clone(),
            kind: self.kind.clone(),
            subject: self.subject.clone(),
            subject_id: self.subject_id,
            state: self.state.clone(),
            detail: self.detail.clone(),
            rows: rows.map_err(|_| inconsistent("audit_event", "rows_digest", self.seq))?,
        };
        Ok(event.hash(self.chain, self.seq, previous))
    }
}

/// The number and hash of the last event of a chain.
///
/// # Errors
/// As the driver.
pub async fn chain_head(conn: &mut Conn<'_>, chain: i64) -> Result<(i64, Hash), StoreError> {
    let (seq, hash) =
        fetch_one!(conn, (i64, Vec<u8>), "select seq, hash from audit_chain where chain = $1", chain)?;
    Ok((seq, hash.try_into().map_err(|_| inconsistent("audit_chain", "hash", chain))?))
}

/// Events `after` < seq, in order, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn events_after(
    conn: &mut Conn<'_>,
    chain: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<EventRow>, StoreError> {
    fetch_all!(
        conn,
        EventRow,
        "select * from audit_event where chain = $1 and seq > $2 order by seq limit $3",
        chain,
        after,
        limit
    )
}

/// The events of one thing, oldest first.
///
/// # Errors
/// As the driver.
pub async fn events_of(conn: &mut Conn<'_>, subject_id: Uuid) -> Result<Vec<EventRow>, StoreError> {
    fetch_all!(conn, EventRow, "select * from audit_event where subject_id = $1 order by chain, seq", subject_id)
}
