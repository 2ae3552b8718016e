//! The open group of changes: append-only rows wait in memory and are inserted together before the COMMIT, fund sums
//! are added once, and the audit chain grows by one hash an event.

use std::collections::BTreeMap;

use domain::audit::{Event, Hash, rows_digest};
use domain::id::{FundId, OrganisationId};
use domain::ledger::Sums;
use domain::time::Month;
use uuid::Uuid;

use crate::db::{Conn, OwnConn};
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::fund::{ReceiptFacts, ReceiptFactsKey};
use crate::job::JobRow;
use crate::ledger::{EntryRow, PostingRow};
use crate::message::MessageRow;
use crate::payment::PaymentRow;
use crate::receipt::ReceiptRow;
use crate::sql::{execute, fetch_one, insert_rows};

/// The place of an event in its chain: the rows that it writes carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    /// The chain.
    pub chain: i64,
    /// 1, 2, 3 … within the chain.
    pub seq: i64,
}

/// An event with its place and hash, as table `audit_event` keeps it.
pub(crate) struct PlacedEvent {
    pub(crate) event: Event,
    pub(crate) seq: i64,
    pub(crate) hash: Hash,
}

/// What the group will still write. Everything that a refused command added is cut off again.
#[derive(Default)]
struct Waiting {
    events: Vec<PlacedEvent>,
    payments: Vec<PaymentRow>,
    entries: Vec<EntryRow>,
    postings: Vec<PostingRow>,
    receipts: Vec<ReceiptRow>,
    messages: Vec<MessageRow>,
    jobs: Vec<JobRow>,
}

/// The small state that a command may change: kept by value, so that undoing it is taking back the old one.
#[derive(Clone, Default)]
struct Kept {
    seq: i64,
    head: Hash,
    moved: BTreeMap<FundId, Moved>,
    receipt_last: BTreeMap<(OrganisationId, i32), i64>,
    closed_through: Option<Option<Month>>,
}

/// What this group adds to one fund's kept sums.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moved {
    pub(crate) sums: Sums,
    pub(crate) gifts: i64,
    pub(crate) encumbered_fen: i64,
}

/// Where the group stood before a command.
pub(crate) struct Mark {
    lengths: [usize; 7],
    kept: Kept,
}

/// An open transaction of the writer. Store functions write through it.
///
/// Payments, entries, receipts, messages, jobs and events of the open group are in memory: no SELECT of a later command
/// of the same group sees them. Decide on `gift`, `payment` updates and `fund_balance`, or ask this type.
pub struct Tx {
    own: OwnConn,
    chain: i64,
    waiting: Waiting,
    kept: Kept,
    receipt_facts: BTreeMap<ReceiptFactsKey, ReceiptFacts>,
}

impl Tx {
    pub(crate) fn new(own: OwnConn, chain: i64) -> Self {
        let (waiting, kept) = Default::default();
        Self { own, chain, waiting, kept, receipt_facts: BTreeMap::new() }
    }

    /// Lends the connection to a store function.
    pub fn conn(&mut self) -> Conn<'_> {
        self.own.conn()
    }

    /// The place that the next recorded event will have.
    #[must_use]
    pub const fn next_event(&self) -> EventPlace {
        EventPlace { chain: self.chain, seq: self.kept.seq + 1 }
    }

    /// Adds an event to the chain; `rows` are the digests of the rows that carry [`Tx::next_event`].
    pub fn record(&mut self, event: Event, rows: Vec<Hash>) {
        self.record_facts(event, rows, &[]);
    }

    /// As [`Tx::record`]; `facts` say what the changing rows are from this event on.
    pub fn record_facts(&mut self, mut event: Event, rows: Vec<Hash>, facts: &[Fact]) {
        crate::facts::put(&mut event, facts);
        event.rows = rows_digest(rows);
        let seq = self.kept.seq + 1;
        let hash = event.hash(self.chain, seq, &self.kept.head);
        self.kept.seq = seq;
        self.kept.head = hash;
        self.waiting.events.push(PlacedEvent { event, seq, hash });
    }

    pub(crate) fn wait_payment(&mut self, row: PaymentRow) {
        self.waiting.payments.push(row);
    }

    pub(crate) fn wait_entry(&mut self, entry: EntryRow, postings: Vec<PostingRow>) {
        self.waiting.entries.push(entry);
        self.waiting.postings.extend(postings);
    }

    pub(crate) fn wait_receipt(&mut self, row: ReceiptRow) {
        self.waiting.receipts.push(row);
    }

    /// Whether this group issues a receipt for a gift: until the group's end no SELECT sees it.
    #[must_use]
    pub fn receipt_waits(&self, gift_id: Uuid) -> bool {
        self.waiting.receipts.iter().any(|row| row.gift_id == gift_id)
    }

    pub(crate) fn wait_message(&mut self, row: MessageRow) {
        self.waiting.messages.push(row);
    }

    pub(crate) fn wait_job(&mut self, row: JobRow) {
        self.waiting.jobs.push(row);
    }

    /// What this group adds to a fund's kept sums.
    pub(crate) fn moved(&mut self, fund: FundId) -> &mut Moved {
        self.kept.moved.entry(fund).or_default()
    }

    pub(crate) fn receipt_last(&mut self) -> &mut BTreeMap<(OrganisationId, i32), i64> {
        &mut self.kept.receipt_last
    }

    /// What this group has read for its receipts; whoever changes a recipient, plan or programme clears it.
    pub(crate) fn receipt_facts(&mut self) -> &mut BTreeMap<ReceiptFactsKey, ReceiptFacts> {
        &mut self.receipt_facts
    }

    pub(crate) fn closed_through(&mut self) -> &mut Option<Option<Month>> {
        &mut self.kept.closed_through
    }

    /// Opens the transaction and takes the chain's head: on PostgreSQL its row lock makes audited writes of all nodes
    /// serial, on SQLite BEGIN IMMEDIATE does.
    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        let chain = self.chain;
        let mut conn = self.conn();
        let sql = match conn {
            Conn::Sqlite(_) => {
                execute!(&mut conn, "begin immediate")?;
                "select seq, hash from audit_chain where chain = $1"
            }
            Conn::Postgres(_) => {
                execute!(&mut conn, "begin")?;
                "select seq, hash from audit_chain where chain = $1 for update"
            }
        };
        let (seq, hash) = fetch_one!(&mut conn, (i64, Vec<u8>), sql, chain)?;
        let head = hash.try_into().map_err(|_| inconsistent("audit_chain", "hash", chain))?;
        self.waiting = Waiting::default();
        self.receipt_facts.clear();
        self.kept = Kept { seq, head, ..Kept::default() };
        Ok(())
    }

    pub(crate) fn mark(&self) -> Mark {
        let w = &self.waiting;
        let lengths = [
            w.events.len(),
            w.payments.len(),
            w.entries.len(),
            w.postings.len(),
            w.receipts.len(),
            w.messages.len(),
            w.jobs.len(),
        ];
        Mark { lengths, kept: self.kept.clone() }
    }

    pub(crate) fn rewind(&mut self, mark: Mark) {
        let w = &mut self.waiting;
        let [events, payments, entries, postings, receipts, messages, jobs] = mark.lengths;
        w.events.truncate(events);
        w.payments.truncate(payments);
        w.entries.truncate(entries);
        w.postings.truncate(postings);
        w.receipts.truncate(receipts);
        w.messages.truncate(messages);
        w.jobs.truncate(jobs);
        self.kept = mark.kept;
        // The command that is undone may have changed one and read it back.
        self.receipt_facts.clear();
    }

    /// Writes what waits and commits.
    pub(crate) async fn finish(&mut self) -> Result<(), StoreError> {
        self.flush().await?;
        execute!(&mut self.conn(), "commit")?;
        Ok(())
    }

    /// Inserts the rows that wait, in the order that their references ask for. Never inside a command: undoing its
    /// savepoint would take the rows of the commands before it along.
    async fn flush(&mut self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        let (chain, kept) = (self.chain, self.kept.clone());
        let mut conn = self.own.conn();
        if !waiting.events.is_empty() {
            insert_events(&mut conn, chain, &waiting.events).await?;
            let (seq, head) = (kept.seq, kept.head.to_vec());
            execute!(
                &mut conn,
                "update audit_chain set seq = $2, hash = $3 where chain = $1",
                chain,
                seq,
                head
            )?;
        }
        crate::payment::payments_insert(&mut conn, &waiting.payments).await?;
        crate::ledger::entries_insert(&mut conn, &waiting.entries, &waiting.postings).await?;
        crate::receipt::receipts_insert(&mut conn, &waiting.receipts).await?;
        crate::message::messages_insert(&mut conn, &waiting.messages).await?;
        crate::job::jobs_insert(&mut conn, &waiting.jobs).await?;
        for (fund, moved) in &kept.moved {
            crate::ledger::sums_add(&mut conn, *fund, *moved).await?;
        }
        for ((organisation, year), last) in &kept.receipt_last {
            crate::receipt::counter_set(&mut conn, *organisation, *year, *last).await?;
        }
        Ok(())
    }
}

async fn insert_events(conn: &mut Conn<'_>, chain: i64, events: &[PlacedEvent]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into audit_event (chain, seq, id, at, actor, kind, subject, subject_id, state, detail, rows_digest, hash) ",
        events,
        |bind, row| {
            let event = &row.event;
            bind.push_bind(chain)
                .push_bind(row.seq)
                .push_bind(event.id)
                .push_bind(event.at.0)
                .push_bind(&event.actor)
                .push_bind(&event.kind)
                .push_bind(&event.subject)
                .push_bind(event.subject_id)
                .push_bind(event.state.as_deref())
                .push_bind(&event.detail)
                .push_bind(event.rows.to_vec())
                .push_bind(row.hash.to_vec());
        }
    )
}

/// An event's fields as a use case knows them; its rows are added by [`Tx::record`].
#[must_use]
pub fn event(id: Uuid, at: domain::time::Instant, actor: &str, kind: &str, subject: (&str, Uuid)) -> Event {
    Event {
        id,
        at,
        actor: actor.to_owned(),
        kind: kind.to_owned(),
        subject: subject.0.to_owned(),
        subject_id: subject.1,
        state: None,
        detail: "{}".to_owned(),
        rows: domain::audit::GENESIS,
    }
}
