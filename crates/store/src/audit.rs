//! Reading the audit chain: its head for checkpoints, and the events of one thing.

use domain::audit::{Event, Hash};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{fetch_all, fetch_one};

/// An event as table `audit_event` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
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
    fetch_all!(
        conn,
        EventRow,
        "select * from audit_event where subject_id = $1 order by chain, seq",
        subject_id
    )
}

/// Who did what of one kind to a thing, and the thing's state from then on: newest first.
///
/// # Errors
/// As the driver.
pub async fn events_of_kind(
    conn: &mut Conn<'_>,
    subject_id: Uuid,
    kind: &str,
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    fetch_all!(
        conn,
        (String, Option<String>),
        "select actor, state from audit_event where subject_id = $1 and kind = $2 order by chain desc, seq desc",
        subject_id,
        kind
    )
}

/// The hashes of a chain's events, asked for in rising order and read a page at a time.
pub struct Hashes {
    chain: i64,
    page: std::collections::VecDeque<(i64, Vec<u8>)>,
}

impl Hashes {
    /// Events read at once.
    const PAGE: i64 = 2000;

    /// The hashes of `chain`.
    #[must_use]
    pub const fn new(chain: i64) -> Self {
        Self { chain, page: std::collections::VecDeque::new() }
    }

    /// The hash of event `seq`; none when there is no such event. No smaller number may be asked for afterwards.
    ///
    /// # Errors
    /// As the driver.
    pub async fn at(&mut self, conn: &mut Conn<'_>, seq: i64) -> Result<Option<Hash>, StoreError> {
        if self.page.back().is_none_or(|(last, _)| *last < seq) {
            let rows = fetch_all!(
                conn,
                (i64, Vec<u8>),
                "select seq, hash from audit_event where chain = $1 and seq >= $2 order by seq limit $3",
                self.chain,
                seq,
                Self::PAGE
            )?;
            self.page = rows.into();
        }
        while self.page.front().is_some_and(|(first, _)| *first < seq) {
            self.page.pop_front();
        }
        let found = self.page.front().filter(|(first, _)| *first == seq);
        found
            .map(|(_, hash)| hash.as_slice().try_into().map_err(|_| inconsistent("audit_event", "hash", seq)))
            .transpose()
    }
}
