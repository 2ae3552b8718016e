//! Receipts: numbers without gaps, rows that never change, and the marks put on them later.

use domain::audit::{Fields, Hash};
use domain::fund::Issued;
use domain::id::{FundId, GiftId, OrganisationId, PersonId, PlanId, ProgrammeId, ReceiptId, Token};
use domain::receipt::ReceiptMark;
use domain::time::Date;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional, insert_rows};
use crate::tx::{EventPlace, Tx};

/// A receipt as table `receipt` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReceiptRow {
    /// Id.
    pub id: Uuid,
    /// The legal recipient.
    pub organisation_id: Uuid,
    /// Year of issue in Shanghai.
    pub year: i64,
    /// 1, 2, 3 … within recipient and year.
    pub number: i64,
    /// The gift.
    pub gift_id: Uuid,
    /// Whose name it bears; none on an anonymous gift's.
    pub person_id: Option<Uuid>,
    /// The amount that it acknowledges.
    pub amount_fen: i64,
    /// Day of issue.
    pub issued_on: String,
    /// Opens its verification page.
    pub token: Vec<u8>,
    /// The receipt in whose place it stands.
    pub replaces_id: Option<Uuid>,
    /// The recipient's name on the day of issue; absent, as all of this, on receipts from before it was kept.
    pub recipient_zh: Option<String>,
    /// The same in English.
    pub recipient_en: Option<String>,
    /// Its credit code on that day, where it had one.
    pub recipient_code: Option<String>,
    /// Its certificate on that day.
    pub recipient_certificate: Option<String>,
    /// Filing number of the plan under which the gift was collected.
    pub plan_number: Option<String>,
    /// The fund's name on the day of issue; absent, as all that follows, on receipts from before it was kept.
    pub fund_zh: Option<String>,
    /// The same in English.
    pub fund_en: Option<String>,
    /// The directed programme's name on that day, where the gift is for one.
    pub programme_zh: Option<String>,
    /// The same in English.
    pub programme_en: Option<String>,
    /// The recipient's seal that stood on that day, where it had uploaded one.
    pub seal_id: Option<Uuid>,
    /// Who handled receipts at the recipient on that day, where it had named someone.
    pub handler: Option<String>,
    /// Chain of the event that wrote it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl ReceiptRow {
    /// The digest for the audit chain. Receipts from before the recipient was kept have none of its facts in it, those
    /// from before the purpose was kept none of that; taking them from a later receipt gives another digest, too.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let fields = Fields::new("receipt")
            .id(self.id)
            .id(self.organisation_id)
            .int(self.year)
            .int(self.number)
            .id(self.gift_id)
            .maybe_id(self.person_id)
            .int(self.amount_fen)
            .text(&self.issued_on)
            .bytes(&self.token)
            .maybe_id(self.replaces_id);
        let recipient = [
            &self.recipient_zh,
            &self.recipient_en,
            &self.recipient_code,
            &self.recipient_certificate,
            &self.plan_number,
        ];
        let purpose = [&self.fund_zh, &self.fund_en, &self.programme_zh, &self.programme_en];
        let absent = |facts: &[&Option<String>]| facts.iter().all(|fact| fact.is_none());
        let kept: &[&Option<String>] = match (absent(&recipient), absent(&purpose)) {
            (true, true) => &[],
            (false, true) => &recipient,
            (_, false) => &[&recipient[..], &purpose[..]].concat(),
        };
        let fields = kept.iter().fold(fields, |fields, fact| fields.maybe_text(fact.as_deref()));
        let fields = if self.seal_id.is_some() { fields.maybe_id(self.seal_id) } else { fields };
        let handler = self.handler.as_deref();
        if handler.is_some() { fields.maybe_text(handler).finish() } else { fields.finish() }
    }
}

/// What a receipt is issued for.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptHead {
    /// Id.
    pub id: ReceiptId,
    /// The legal recipient.
    pub organisation_id: OrganisationId,
    /// The plan under which the gift was collected.
    pub plan_id: Option<PlanId>,
    /// The fund that it went to.
    pub fund_id: FundId,
    /// The directed programme that it is for.
    pub programme_id: Option<ProgrammeId>,
    /// The gift.
    pub gift_id: GiftId,
    /// Whose name it bears.
    pub person_id: Option<PersonId>,
    /// The amount in fen.
    pub amount_fen: i64,
    /// Day of issue.
    pub issued_on: Date,
    /// Opens its verification page.
    pub token: Token,
    /// The receipt that it replaces.
    pub replaces_id: Option<ReceiptId>,
}

/// Issues a receipt under the event at `place`: the next number is taken in this very transaction, so that a number
/// is never lost and never given twice. What is true of the recipient and the purpose now is kept on it. Returns the number and
/// the digest for that event.
///
/// # Errors
/// As the driver.
pub async fn receipt_issue(
    tx: &mut Tx,
    head: ReceiptHead,
    place: EventPlace,
) -> Result<(i64, Hash), StoreError> {
    let year = head.issued_on.year();
    let key = (head.organisation_id, year);
    let last = match tx.receipt_last().get(&key) {
        Some(last) => *last,
        None => fetch_optional!(
            &mut tx.conn(),
            (i64,),
            "select last from receipt_counter where organisation_id = $1 and year = $2",
            head.organisation_id.0,
            i64::from(year)
        )?
        .map_or(0, |(last,)| last),
    };
    let number = last + 1;
    let facts = crate::fund::receipt_facts(tx, &head).await?;
    tx.receipt_last().insert(key, number);
    let row = ReceiptRow {
        id: head.id.0,
        organisation_id: head.organisation_id.0,
        year: i64::from(year),
        number,
        gift_id: head.gift_id.0,
        person_id: head.person_id.map(|id| id.0),
        amount_fen: head.amount_fen,
        issued_on: head.issued_on.to_string(),
        token: head.token.0.to_vec(),
        replaces_id: head.replaces_id.map(|id| id.0),
        recipient_zh: Some(facts.name_zh),
        recipient_en: Some(facts.name_en),
        recipient_code: facts.credit_code,
        recipient_certificate: Some(facts.certificate),
        plan_number: facts.plan_number,
        fund_zh: Some(facts.fund_zh),
        fund_en: Some(facts.fund_en),
        programme_zh: facts.programme_zh,
        programme_en: facts.programme_en,
        seal_id: facts.seal_id,
        handler: facts.handler,
        event_chain: place.chain,
        event_seq: place.seq,
    };
    let digest = row.digest();
    tx.wait_receipt(row);
    Ok((number, digest))
}

/// Whether a receipt stands for a gift, also one that this very group issues.
///
/// # Errors
/// As the driver.
pub async fn receipt_stands(tx: &mut Tx, gift: GiftId) -> Result<bool, StoreError> {
    if tx.receipt_waits(gift.0) {
        return Ok(true);
    }
    let receipts = receipts_of_gift(&mut tx.conn(), gift).await?;
    Ok(receipts.iter().any(|receipt| receipt.mark.is_none()))
}

/// What was issued in an organisation's name, also by this very group.
///
/// # Errors
/// As the driver.
pub async fn receipts_issued(tx: &mut Tx, organisation: OrganisationId) -> Result<Issued, StoreError> {
    // Numbers follow time, and receipts from before the recipient was kept on them are the first ones.
    let first = fetch_optional!(
        &mut tx.conn(),
        (Option<String>,),
        "select recipient_zh from receipt where organisation_id = $1 order by year, number limit 1",
        organisation.0
    )?;
    Ok(match first {
        Some((None,)) => Issued::WithoutRecipient,
        Some((Some(_),)) => Issued::WithRecipient,
        None if tx.receipt_last().keys().any(|(of, _)| *of == organisation) => Issued::WithRecipient,
        None => Issued::Nothing,
    })
}

pub(crate) async fn receipts_insert(conn: &mut Conn<'_>, rows: &[ReceiptRow]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into receipt (id, organisation_id, year, number, gift_id, person_id, amount_fen, issued_on, token, \
         replaces_id, recipient_zh, recipient_en, recipient_code, recipient_certificate, plan_number, fund_zh, \
         fund_en, programme_zh, programme_en, seal_id, handler, event_chain, event_seq) ",
        rows,
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(row.organisation_id)
                .push_bind(row.year)
                .push_bind(row.number)
                .push_bind(row.gift_id)
                .push_bind(row.person_id)
                .push_bind(row.amount_fen)
                .push_bind(&row.issued_on)
                .push_bind(&row.token)
                .push_bind(row.replaces_id)
                .push_bind(row.recipient_zh.as_deref())
                .push_bind(row.recipient_en.as_deref())
                .push_bind(row.recipient_code.as_deref())
                .push_bind(row.recipient_certificate.as_deref())
                .push_bind(row.plan_number.as_deref())
                .push_bind(row.fund_zh.as_deref())
                .push_bind(row.fund_en.as_deref())
                .push_bind(row.programme_zh.as_deref())
                .push_bind(row.programme_en.as_deref())
                .push_bind(row.seal_id)
                .push_bind(row.handler.as_deref())
                .push_bind(row.event_chain)
                .push_bind(row.event_seq);
        }
    )
}

pub(crate) async fn counter_set(
    conn: &mut Conn<'_>,
    organisation: OrganisationId,
    year: i32,
    last: i64,
) -> Result<(), StoreError> {
    execute!(
        conn,
        "insert into receipt_counter (organisation_id, year, last) values ($1, $2, $3) \
         on conflict (organisation_id, year) do update set last = excluded.last",
        organisation.0,
        i64::from(year),
        last
    )?;
    Ok(())
}

/// A receipt with what was done to it and what became of its gift.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReceiptStanding {
    /// The receipt.
    #[sqlx(flatten)]
    pub receipt: ReceiptRow,
    /// The recipient's letters.
    pub receipt_prefix: String,
    /// `void`, `replaced`, or nothing.
    pub mark: Option<String>,
    /// Why.
    pub mark_reason: Option<String>,
    /// The receipt that stands in its place.
    pub replaced_by_id: Option<Uuid>,
    /// What its gift was, gross.
    pub gift_fen: i64,
    /// What went back to the donor of its gift.
    pub refunded_fen: i64,
    /// Whether its gift is anonymous to the public.
    pub anonymous: bool,
    /// The name that it bears.
    pub name: Option<String>,
}

macro_rules! standing {
    ($tail:literal) => {
        concat!(
            "select r.*, o.receipt_prefix, m.kind as mark, m.reason as mark_reason, n.id as replaced_by_id, ",
            "g.refunded_fen, g.amount_fen as gift_fen, g.anonymous, b.name from receipt r join organisation o on o.id = r.organisation_id ",
            "join gift g on g.id = r.gift_id left join receipt_mark m on m.receipt_id = r.id ",
            "left join receipt n on n.replaces_id = r.id left join person b on b.id = r.person_id ",
            $tail
        )
    };
}

/// The receipt that a verification token opens.
///
/// # Errors
/// As the driver.
pub async fn receipt_by_token(
    conn: &mut Conn<'_>,
    token: Token,
) -> Result<Option<ReceiptStanding>, StoreError> {
    fetch_optional!(conn, ReceiptStanding, standing!("where r.token = $1"), token.0.to_vec())
}

/// The receipt with this number.
///
/// # Errors
/// As the driver.
pub async fn receipt_by_number(
    conn: &mut Conn<'_>,
    number: &domain::receipt::ReceiptNumber,
) -> Result<Option<ReceiptStanding>, StoreError> {
    fetch_optional!(
        conn,
        ReceiptStanding,
        standing!("where o.receipt_prefix = $1 and r.year = $2 and r.number = $3"),
        &number.prefix,
        i64::from(number.year),
        number.number
    )
}

/// The receipt with this id.
///
/// # Errors
/// As the driver.
pub async fn receipt_get(conn: &mut Conn<'_>, id: ReceiptId) -> Result<Option<ReceiptStanding>, StoreError> {
    fetch_optional!(conn, ReceiptStanding, standing!("where r.id = $1"), id.0)
}

/// The receipts of a gift, oldest first.
///
/// # Errors
/// As the driver.
pub async fn receipts_of_gift(conn: &mut Conn<'_>, gift: GiftId) -> Result<Vec<ReceiptStanding>, StoreError> {
    fetch_all!(conn, ReceiptStanding, standing!("where r.gift_id = $1 order by r.id"), gift.0)
}

/// The digest of a mark for the audit chain.
#[must_use]
pub fn mark_digest(receipt_id: Uuid, kind: &str, reason: &str) -> Hash {
    Fields::new("receipt_mark").id(receipt_id).text(kind).text(reason).finish()
}

/// Marks a receipt once. The digest goes into the event at `place`.
///
/// # Errors
/// As the driver, also when it is marked already: the caller has asked before.
pub async fn receipt_mark(
    tx: &mut Tx,
    id: ReceiptId,
    mark: ReceiptMark,
    reason: &str,
    place: EventPlace,
) -> Result<Hash, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into receipt_mark (receipt_id, kind, reason, event_chain, event_seq) values ($1, $2, $3, $4, $5)",
        id.0,
        mark.as_str(),
        reason,
        place.chain,
        place.seq
    )?;
    Ok(mark_digest(id.0, mark.as_str(), reason))
}
