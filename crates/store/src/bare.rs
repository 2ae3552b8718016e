//! The measure of `spark bench giving`: the same final rows, indexes and constraints through sqlx with nothing in
//! between, one prepared statement a row. Not a way to write gifts.

use crate::audit::EventRow;
use crate::db::{Conn, Db, OwnConn};
use crate::error::StoreError;
use crate::gift::GiftRow;
use crate::job::JobRow;
use crate::ledger::{EntryRow, PostingRow};
use crate::message::MessageRow;
use crate::payment::PaymentRow;
use crate::person::PersonRow;
use crate::receipt::ReceiptRow;
use crate::sql::{execute, fetch_one};

/// All rows of one paid gift, in their final state.
#[derive(Debug, Clone)]
pub struct BareGift {
    /// Its person with the commitment.
    pub person: (PersonRow, Vec<u8>),
    /// The gift.
    pub gift: GiftRow,
    /// The payment.
    pub payment: PaymentRow,
    /// Pledged and paid.
    pub events: [EventRow; 2],
    /// The entry.
    pub entry: EntryRow,
    /// Its postings.
    pub postings: Vec<PostingRow>,
    /// The receipt.
    pub receipt: ReceiptRow,
    /// The message.
    pub message: MessageRow,
    /// The job that sends it.
    pub job: JobRow,
}

/// One connection that inserts gifts bare.
pub struct Bare(OwnConn);

impl Bare {
    /// A connection of its own, set up as the writer's.
    ///
    /// # Errors
    /// As the driver.
    pub async fn open(db: &Db) -> Result<Self, StoreError> {
        Ok(Self(db.own_conn().await?))
    }

    /// Inserts gifts in one transaction.
    ///
    /// # Errors
    /// As the driver.
    pub async fn insert(&mut self, gifts: &[BareGift]) -> Result<(), StoreError> {
        let mut conn = self.0.conn();
        let begin = if matches!(conn, Conn::Sqlite(_)) { "begin immediate" } else { "begin" };
        execute!(&mut conn, begin)?;
        for gift in gifts {
            insert_one(&mut conn, gift).await?;
        }
        execute!(&mut conn, "commit")?;
        Ok(())
    }
}

async fn insert_one(conn: &mut Conn<'_>, bare: &BareGift) -> Result<(), StoreError> {
    let (person, commitment) = &bare.person;
    execute!(
        &mut *conn,
        "insert into person (id, is_organisation, name, email, phone, lang, salt, commitment, event_chain, event_seq) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        person.id,
        person.is_organisation,
        &person.name,
        &person.email,
        &person.phone,
        &person.lang,
        &person.salt,
        commitment,
        bare.gift.event_chain,
        bare.gift.event_seq
    )?;
    gift_and_payment(conn, &bare.gift, &bare.payment).await?;
    for event in &bare.events {
        execute!(
            &mut *conn,
            "insert into audit_event (chain, seq, id, at, actor, kind, subject, subject_id, state, detail, \
             rows_digest, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            event.chain,
            event.seq,
            event.id,
            event.at,
            &event.actor,
            &event.kind,
            &event.subject,
            event.subject_id,
            event.state.as_deref(),
            &event.detail,
            &event.rows_digest,
            &event.hash
        )?;
    }
    books(conn, bare).await?;
    let (message, job) = (&bare.message, &bare.job);
    execute!(
        &mut *conn,
        "insert into message (id, person_id, gift_id, kind, channel, state, created_at, note) \
         values ($1, $2, $3, $4, $5, $6, $7, '')",
        message.id,
        message.person_id,
        message.gift_id,
        &message.kind,
        &message.channel,
        &message.state,
        message.created_at
    )?;
    execute!(
        conn,
        "insert into job (id, kind, subject_id, run_at, attempts, state) values ($1, $2, $3, $4, $5, 'ready')",
        job.id,
        &job.kind,
        job.subject_id,
        job.run_at,
        job.attempts
    )?;
    Ok(())
}

async fn gift_and_payment(
    conn: &mut Conn<'_>,
    gift: &GiftRow,
    payment: &PaymentRow,
) -> Result<(), StoreError> {
    execute!(
        &mut *conn,
        "insert into gift (id, gift_key, content, token, fund_id, programme_id, organisation_id, person_id, \
         amount_fen, anonymous, receipt_wanted, issued_elsewhere, contact, lang, created_at, state, refunded_fen, \
         event_chain, event_seq, plan_id, edition) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        gift.id,
        &gift.gift_key,
        &gift.content,
        &gift.token,
        gift.fund_id,
        gift.programme_id,
        gift.organisation_id,
        gift.person_id,
        gift.amount_fen,
        gift.anonymous,
        gift.receipt_wanted,
        gift.issued_elsewhere,
        &gift.contact,
        &gift.lang,
        gift.created_at,
        &gift.state,
        gift.refunded_fen,
        gift.event_chain,
        gift.event_seq,
        gift.plan_id,
        gift.edition
    )?;
    execute!(
        conn,
        "insert into payment (id, gift_id, channel, out_trade_no, provider_ref, amount_fen, fee_fen, state, \
         created_at, expires_at, paid_at, pay_url, next_query_at, queries, edition) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        payment.id,
        payment.gift_id,
        &payment.channel,
        &payment.out_trade_no,
        payment.provider_ref.as_deref(),
        payment.amount_fen,
        payment.fee_fen,
        &payment.state,
        payment.created_at,
        payment.expires_at,
        payment.paid_at,
        payment.pay_url.as_deref(),
        payment.next_query_at,
        payment.queries,
        payment.edition
    )?;
    Ok(())
}

async fn books(conn: &mut Conn<'_>, bare: &BareGift) -> Result<(), StoreError> {
    let (entry, receipt) = (&bare.entry, &bare.receipt);
    execute!(
        &mut *conn,
        "insert into journal_entry (id, kind, gift_id, refund_id, reverses_id, occurred_on, booked_on, event_chain, \
         event_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        entry.id,
        &entry.kind,
        entry.gift_id,
        entry.refund_id,
        entry.reverses_id,
        &entry.occurred_on,
        &entry.booked_on,
        entry.event_chain,
        entry.event_seq
    )?;
    for posting in &bare.postings {
        execute!(
            &mut *conn,
            "insert into posting (entry_id, line, account, fund_id, amount_fen) values ($1, $2, $3, $4, $5)",
            posting.entry_id,
            posting.line,
            &posting.account,
            posting.fund_id,
            posting.amount_fen
        )?;
    }
    execute!(
        conn,
        "insert into receipt (id, organisation_id, year, number, gift_id, person_id, amount_fen, issued_on, token, \
         replaces_id, event_chain, event_seq, recipient_zh, recipient_en, recipient_code, recipient_certificate, \
         plan_number, fund_zh, fund_en, programme_zh, programme_en, seal_id, handler) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
         $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
        receipt.id,
        receipt.organisation_id,
        receipt.year,
        receipt.number,
        receipt.gift_id,
        receipt.person_id,
        receipt.amount_fen,
        &receipt.issued_on,
        &receipt.token,
        receipt.replaces_id,
        receipt.event_chain,
        receipt.event_seq,
        receipt.recipient_zh.as_deref(),
        receipt.recipient_en.as_deref(),
        receipt.recipient_code.as_deref(),
        receipt.recipient_certificate.as_deref(),
        receipt.plan_number.as_deref(),
        receipt.fund_zh.as_deref(),
        receipt.fund_en.as_deref(),
        receipt.programme_zh.as_deref(),
        receipt.programme_en.as_deref(),
        receipt.seal_id,
        receipt.handler.as_deref()
    )?;
    Ok(())
}

/// The tables that a gift writes to, with their row counts: both sides of the bench must agree on all of them.
///
/// # Errors
/// As the driver.
pub async fn row_counts(conn: &mut Conn<'_>) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut counts = Vec::new();
    macro_rules! count {
        ($($table:literal),+) => {$(
            let (rows,) = fetch_one!(&mut *conn, (i64,), concat!("select count(*) from ", $table))?;
            counts.push(($table, rows));
        )+};
    }
    count!(
        "person",
        "gift",
        "payment",
        "journal_entry",
        "posting",
        "receipt",
        "audit_event",
        "message",
        "job"
    );
    Ok(counts)
}
