//! The walk along the audit chain: each event's hash, the rows that it wrote, and what it says of rows that change.

use std::collections::BTreeMap;

use domain::audit::{GENESIS, Hash, rows_digest};
use uuid::Uuid;

use crate::audit::{EventRow, events_after};
use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::{self, Fact};
use crate::gift::GiftRow;
use crate::ledger::{EntryRow, PostingRow, entry_digest, entry_reason_digest};
use crate::payment::PaymentRow;
use crate::person::person_digest;
use crate::receipt::{ReceiptRow, mark_digest};
use crate::seal::SealRow;
use crate::setting::TaxRequestRow;
use crate::sql::fetch_all;
use crate::verify::{Check, PAGE};
use crate::verify_takeover::{TakenOver, rows_by_event};

/// The tables whose rows change, each with the name of its check.
const CHANGING: [(&str, &str); 11] = [
    ("organisation", "organisations_follow_events"),
    ("plan", "plans_follow_events"),
    ("fund", "funds_follow_events"),
    ("fund_alias", "fund_aliases_follow_events"),
    ("programme", "programmes_follow_events"),
    ("published_figure", "figures_follow_events"),
    ("staff_user", "staff_follow_events"),
    ("refund", "refunds_follow_events"),
    ("books", "closing_follows_events"),
    ("bank", "banks_follow_events"),
    ("api_key", "api_keys_follow_events"),
];

#[derive(sqlx_macros::FromRow)]
struct TaxCheckRow {
    #[sqlx(flatten)]
    request: TaxRequestRow,
    event_seq: i64,
}

#[derive(sqlx_macros::FromRow)]
struct PaymentCheckRow {
    #[sqlx(flatten)]
    payment: PaymentRow,
    event_seq: i64,
    occurred_on: String,
}

/// The digests of all rows that events `from`..=`to` wrote, by event.
async fn written_rows(
    conn: &mut Conn<'_>,
    chain: i64,
    from: i64,
    to: i64,
) -> Result<BTreeMap<i64, Vec<Hash>>, StoreError> {
    let mut digests = BTreeMap::<i64, Vec<Hash>>::new();
    macro_rules! rows_of {
        ($row:ty, $sql:literal) => {
            fetch_all!(&mut *conn, $row, $sql, chain, from, to)?
        };
    }
    for row in rows_of!(GiftRow, "select * from gift where event_chain = $1 and event_seq between $2 and $3")
    {
        digests.entry(row.event_seq).or_default().push(row.digest());
    }
    for row in
        rows_of!(ReceiptRow, "select * from receipt where event_chain = $1 and event_seq between $2 and $3")
    {
        digests.entry(row.event_seq).or_default().push(row.digest());
    }
    let persons = rows_of!(
        (i64, Uuid, Vec<u8>),
        "select event_seq, id, commitment from person where event_chain = $1 and event_seq between $2 and $3"
    );
    for (seq, id, commitment) in persons {
        digests.entry(seq).or_default().push(person_digest(id, &commitment));
    }
    let marks = rows_of!(
        (i64, Uuid, String, String),
        "select event_seq, receipt_id, kind, reason from receipt_mark where event_chain = $1 and event_seq between $2 and $3"
    );
    for (seq, id, kind, reason) in marks {
        digests.entry(seq).or_default().push(mark_digest(id, &kind, &reason));
    }
    for row in rows_of!(SealRow, "select * from seal where event_chain = $1 and event_seq between $2 and $3")
    {
        digests.entry(row.event_seq).or_default().push(row.digest());
    }
    let taxes = rows_of!(
        TaxCheckRow,
        "select t.*, g.event_seq from gift g join tax_request t on t.gift_id = g.id \
         where g.edition = 2 and g.event_chain = $1 and g.event_seq between $2 and $3"
    );
    for row in taxes {
        digests.entry(row.event_seq).or_default().push(row.request.digest());
    }
    let payments = rows_of!(
        PaymentCheckRow,
        "select p.*, e.event_seq, e.occurred_on from journal_entry e join payment p on p.gift_id = e.gift_id \
         where e.kind = 'gift' and p.edition = 2 and e.event_chain = $1 and e.event_seq between $2 and $3"
    );
    for row in payments {
        digests.entry(row.event_seq).or_default().push(row.payment.digest(&row.occurred_on));
    }
    let entries = rows_of!(
        EntryRow,
        "select * from journal_entry where event_chain = $1 and event_seq between $2 and $3"
    );
    let postings = rows_of!(
        PostingRow,
        "select p.* from journal_entry e join posting p on p.entry_id = e.id \
         where e.event_chain = $1 and e.event_seq between $2 and $3 order by p.entry_id, p.line"
    );
    let mut lines = BTreeMap::<Uuid, Vec<PostingRow>>::new();
    for posting in postings {
        lines.entry(posting.entry_id).or_default().push(posting);
    }
    for entry in entries {
        let own = lines.remove(&entry.id).unwrap_or_default();
        digests.entry(entry.event_seq).or_default().push(entry_digest(&entry, &own));
    }
    let reasons = rows_of!(
        (i64, Uuid, String),
        "select e.event_seq, r.entry_id, r.reason from journal_entry e join entry_reason r on r.entry_id = e.id \
         where e.event_chain = $1 and e.event_seq between $2 and $3"
    );
    for (seq, id, reason) in reasons {
        digests.entry(seq).or_default().push(entry_reason_digest(id, &reason));
    }
    crate::tax::written_rows(conn, chain, (from, to), &mut digests).await?;
    crate::verify_units::written_rows(conn, (chain, from, to), &mut digests).await?;
    crate::verify_loads::written_rows(conn, chain, (from, to), &mut digests).await?;
    Ok(digests)
}

/// Where the walk stands and what it has found.
struct Walk {
    seq: i64,
    head: Hash,
    broken: Option<String>,
    differing: Option<String>,
    /// What the last event that speaks of a row says of it. Only rows that change are in it: they are few.
    said: BTreeMap<String, String>,
    /// Gifts of edition 1 that were looked at, and the first that is not what its event says.
    old_gifts: (i64, Option<String>),
    taken_over: TakenOver,
}

/// Walks the chain: hashes, numbers without gap, the rows of each event, the kept head, and the rows that change.
pub(crate) async fn chain_checks(conn: &mut Conn<'_>, chain: i64) -> Result<Vec<Check>, StoreError> {
    let mut walk = Walk {
        seq: 0,
        head: GENESIS,
        broken: None,
        differing: None,
        said: BTreeMap::new(),
        old_gifts: (0, None),
        taken_over: TakenOver::default(),
    };
    loop {
        let events = events_after(conn, chain, walk.seq, PAGE).await?;
        let Some(last) = events.last() else { break };
        let mut digests = written_rows(conn, chain, walk.seq + 1, last.seq).await?;
        let mut taken_over = rows_by_event(conn, chain, (walk.seq + 1, last.seq)).await?;
        for event in &events {
            walk.step(event, digests.remove(&event.seq).unwrap_or_default())?;
            walk.facts(conn, event).await?;
            walk.taken_over.step(event, taken_over.remove(&event.seq).unwrap_or_default());
        }
        walk.strays(&digests);
    }
    let beyond = written_rows(conn, chain, walk.seq + 1, i64::MAX).await?;
    walk.strays(&beyond);
    let (kept, found) = (crate::audit::chain_head(conn, chain).await?, (walk.seq, walk.head));
    if kept != found {
        walk.broken.get_or_insert_with(|| {
            format!("audit_chain {chain}: its head is event {}, the last one is {}", kept.0, found.0)
        });
    }
    let mut checks = changing_checks(conn, walk.said).await?;
    checks.push(Check::new("old_gifts_follow_events", walk.old_gifts.0, walk.old_gifts.1));
    checks.extend(walk.taken_over.checks(conn).await?);
    checks.push(Check::new("events_equal_rows", walk.seq, walk.differing));
    checks.push(Check::new("chain_holds", walk.seq, walk.broken));
    Ok(checks)
}

impl Walk {
    fn step(&mut self, event: &EventRow, rows: Vec<Hash>) -> Result<(), StoreError> {
        if self.broken.is_none() {
            self.broken = break_at(event, self.seq, &self.head)?;
        }
        if self.differing.is_none() && rows_digest(rows).as_slice() != event.rows_digest {
            self.differing = Some(format!(
                "audit_event {} ({} {} {}): the rows that it wrote have changed",
                event.seq, event.kind, event.subject, event.subject_id
            ));
        }
        self.seq = event.seq;
        self.head = event.hash.as_slice().try_into().unwrap_or(GENESIS);
        Ok(())
    }

    fn strays(&mut self, digests: &BTreeMap<i64, Vec<Hash>>) {
        if let Some(stray) = digests.keys().next() {
            self.differing.get_or_insert_with(|| format!("audit_event {stray}: missing, but rows name it"));
        }
    }

    async fn facts(&mut self, conn: &mut Conn<'_>, event: &EventRow) -> Result<(), StoreError> {
        let said = facts::of(event);
        if event.kind != facts::GIFTS_ADOPTED {
            self.said.extend(said);
            return Ok(());
        }
        // Gifts are many and these facts never change: they are compared here and forgotten.
        let ids: Vec<Uuid> = said.keys().filter_map(|row| row.strip_prefix("gift ")?.parse().ok()).collect();
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(()) };
        let before = Uuid::from_u128(first.as_u128().saturating_sub(1));
        let now = facts::facts_of_old_gifts(conn, (before, *last), i64::MAX).await?;
        let wrong = differences(said, now.into_iter().map(|(_, fact)| fact)).next();
        self.old_gifts.0 += ids.len() as i64;
        self.old_gifts.1 = self.old_gifts.1.take().or(wrong);
        Ok(())
    }
}

/// What is not as it was said, row by row: changed, without a word said of it, or gone.
fn differences(
    mut said: BTreeMap<String, String>,
    now: impl Iterator<Item = Fact>,
) -> impl Iterator<Item = String> {
    let mut wrong = Vec::new();
    for fact in now {
        match said.remove(&fact.row) {
            Some(digest) if digest == facts::hex(&fact.digest) => {}
            Some(_) => wrong.push(format!("{}: is not what its last event says", fact.row)),
            None => wrong.push(format!("{}: no event speaks of it", fact.row)),
        }
    }
    wrong.into_iter().chain(said.into_keys().map(|row| format!("{row}: is missing, an event speaks of it")))
}

/// Compares the rows that change with what their last events said.
async fn changing_checks(
    conn: &mut Conn<'_>,
    said: BTreeMap<String, String>,
) -> Result<Vec<Check>, StoreError> {
    let mut now = facts::facts_now(conn).await?;
    let mut after = Uuid::nil();
    loop {
        let refunds = crate::refund::refunds_after(conn, after, PAGE).await?;
        let Some(last) = refunds.last() else { break };
        after = last.id;
        now.extend(refunds.iter().map(crate::refund::RefundRow::fact));
    }
    let of = |row: &str, table: &str| row.split_once(' ').is_some_and(|(of, _)| of == table);
    let changing: Vec<_> = CHANGING.iter().chain(&crate::verify_units::CHANGING).collect();
    let rows = |table: &str| now.iter().filter(|fact| of(&fact.row, table)).count() as i64;
    let rows: Vec<i64> = changing.iter().map(|(table, _)| rows(table)).collect();
    let wrong: Vec<String> = differences(said, now.into_iter()).collect();
    let check = |((table, name), rows): (&(&str, &'static str), i64)| {
        Check::new(name, rows, wrong.iter().find(|row| of(row, table)).cloned())
    };
    Ok(changing.into_iter().zip(rows).map(check).collect())
}

fn break_at(event: &EventRow, before: i64, head: &Hash) -> Result<Option<String>, StoreError> {
    if event.seq != before + 1 {
        return Ok(Some(format!("audit_event {}: missing", before + 1)));
    }
    let holds = event.expected_hash(head)?.as_slice() == event.hash;
    Ok((!holds).then(|| format!("audit_event {}: its hash does not follow", event.seq)))
}
