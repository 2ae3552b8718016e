//! Gifts: pledged once per form, posted once per payment, listed by key and not by page number.

use domain::audit::{Fields, Hash};
use domain::giving::GiftState;
use domain::id::{GiftId, Token};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::{EventPlace, Tx};

/// A gift as table `gift` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct GiftRow {
    /// Id.
    pub id: Uuid,
    /// The key of the form that it came by.
    pub gift_key: Vec<u8>,
    /// Digest of what the form said: the same key with other content is another gift and refused.
    pub content: Vec<u8>,
    /// Opens the gift's own page.
    pub token: Vec<u8>,
    /// The fund.
    pub fund_id: Uuid,
    /// The directed programme.
    pub programme_id: Option<Uuid>,
    /// The legal recipient on the day of the gift.
    pub organisation_id: Option<Uuid>,
    /// The plan under which it was collected; unknown for what was taken over and for gifts of edition 1.
    pub plan_id: Option<Uuid>,
    /// Who gave, when a name was given.
    pub person_id: Option<Uuid>,
    /// Gross amount: what arrived, once it has.
    pub amount_fen: i64,
    /// Not named in public.
    pub anonymous: bool,
    /// Whether a receipt is wanted.
    pub receipt_wanted: bool,
    /// A receipt was issued by hand before this program, unlinked.
    pub issued_elsewhere: bool,
    /// `none`, `call`, `email`, `sms`: how its donor is told.
    pub contact: String,
    /// `zh` or `en`.
    pub lang: String,
    /// When it was pledged (µs).
    pub created_at: i64,
    /// State.
    pub state: String,
    /// What went back.
    pub refunded_fen: i64,
    /// What its digest covers: [`GiftRow::EDITION`], or 1 for gifts from before.
    pub edition: i64,
    /// Chain of the event that wrote it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
    /// What was pledged, where another amount arrived.
    pub pledged_fen: Option<i64>,
}

impl GiftRow {
    /// The edition of gifts that are written now: edition 1 left out whether a gift is anonymous, its plan and its
    /// request for a tax receipt. A row whose edition is changed has another digest.
    pub const EDITION: i64 = 2;

    /// The digest of what never changes, for the audit chain. State and refunds follow from later events.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let fields = Fields::new("gift")
            .id(self.id)
            .bytes(&self.gift_key)
            .bytes(&self.content)
            .bytes(&self.token)
            .id(self.fund_id)
            .maybe_id(self.programme_id)
            .maybe_id(self.organisation_id)
            .maybe_id(self.person_id)
            .int(self.pledged_fen.unwrap_or(self.amount_fen))
            .int(i64::from(self.receipt_wanted))
            .int(i64::from(self.issued_elsewhere))
            .text(&self.contact)
            .text(&self.lang)
            .int(self.created_at);
        if self.edition < 2 {
            return fields.finish();
        }
        fields.int(self.edition).int(i64::from(self.anonymous)).maybe_id(self.plan_id).finish()
    }

    /// Sets the place of the event that writes this row.
    #[must_use]
    pub fn at(mut self, place: EventPlace) -> Self {
        self.event_chain = place.chain;
        self.event_seq = place.seq;
        self
    }
}

/// Adds a gift, unless its form was used already: then `None`.
///
/// # Errors
/// As the driver.
pub async fn gift_add(tx: &mut Tx, row: &GiftRow) -> Result<Option<Hash>, StoreError> {
    let added = execute!(
        &mut tx.conn(),
        "insert into gift (id, gift_key, content, token, fund_id, programme_id, organisation_id, person_id, \
         amount_fen, anonymous, receipt_wanted, issued_elsewhere, contact, lang, created_at, state, refunded_fen, \
         event_chain, event_seq, plan_id, edition) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) \
         on conflict (gift_key) do nothing",
        row.id,
        &row.gift_key,
        &row.content,
        &row.token,
        row.fund_id,
        row.programme_id,
        row.organisation_id,
        row.person_id,
        row.amount_fen,
        row.anonymous,
        row.receipt_wanted,
        row.issued_elsewhere,
        &row.contact,
        &row.lang,
        row.created_at,
        &row.state,
        row.refunded_fen,
        row.event_chain,
        row.event_seq,
        row.plan_id,
        row.edition
    )?;
    Ok((added == 1).then(|| row.digest()))
}

/// The gift that a form made.
///
/// # Errors
/// As the driver.
pub async fn gift_by_key(conn: &mut Conn<'_>, key: Token) -> Result<Option<GiftRow>, StoreError> {
    fetch_optional!(conn, GiftRow, "select * from gift where gift_key = $1", key.0.to_vec())
}

/// The gift that a token opens.
///
/// # Errors
/// As the driver.
pub async fn gift_by_token(conn: &mut Conn<'_>, token: Token) -> Result<Option<GiftRow>, StoreError> {
    fetch_optional!(conn, GiftRow, "select * from gift where token = $1", token.0.to_vec())
}

/// One gift.
///
/// # Errors
/// As the driver.
pub async fn gift_get(conn: &mut Conn<'_>, id: GiftId) -> Result<Option<GiftRow>, StoreError> {
    fetch_optional!(conn, GiftRow, "select * from gift where id = $1", id.0)
}

/// Moves a gift that awaits money to `paid`; `None` when it does not await any.
///
/// # Errors
/// As the driver.
pub async fn gift_mark_paid(tx: &mut Tx, id: Uuid) -> Result<Option<GiftRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        GiftRow,
        "update gift set state = 'paid' where id = $1 and state in ('pending', 'expired') returning *",
        id
    )
}

/// Keeps that another amount arrived than was pledged for a gift that awaits money.
///
/// # Errors
/// As the driver.
pub async fn gift_amount_set(tx: &mut Tx, id: GiftId, arrived_fen: i64) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "update gift set pledged_fen = amount_fen, amount_fen = $2 where id = $1 and pledged_fen is null \
         and state in ('pending', 'expired')",
        id.0,
        arrived_fen
    )?;
    Ok(())
}

/// Marks a paid gift as booked by mistake; `false` when it is not just paid.
///
/// # Errors
/// As the driver.
pub async fn gift_mark_reversed(tx: &mut Tx, id: GiftId) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update gift set state = 'reversed' where id = $1 and state = 'paid'",
        id.0
    )?;
    Ok(changed == 1)
}

/// Moves a gift from `pending` to `expired`; `false` when it is not pending any more.
///
/// # Errors
/// As the driver.
pub async fn gift_mark_expired(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update gift set state = 'expired' where id = $1 and state = 'pending'",
        id
    )?;
    Ok(changed == 1)
}

/// Keeps what has gone back in all, and the state that follows.
///
/// # Errors
/// As the driver.
pub async fn gift_set_refunded(
    tx: &mut Tx,
    id: Uuid,
    refunded_fen: i64,
    state: GiftState,
) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "update gift set refunded_fen = $2, state = $3 where id = $1",
        id,
        refunded_fen,
        state.as_str()
    )?;
    Ok(())
}

/// What the console's list asks for.
#[derive(Debug, Clone, Default)]
pub struct GiftFilter {
    /// Only this state.
    pub state: Option<GiftState>,
    /// Only this fund.
    pub fund_id: Option<Uuid>,
    /// Only gifts older than this one: the last of the page before.
    pub before: Option<GiftId>,
    /// Only gifts recorded at or after this moment.
    pub from: Option<Instant>,
    /// Only gifts recorded before this moment.
    pub until: Option<Instant>,
}

impl GiftFilter {
    /// The ids between which the gifts lie: UUIDv7 begin with their millisecond, so a period is a range of ids.
    fn range(&self) -> (Uuid, Uuid) {
        let first = |at: Instant| {
            let millis = u64::try_from(at.millis()).unwrap_or(0);
            Uuid::from_u128(u128::from(millis) << 80)
        };
        let until = self.until.map_or(Uuid::max(), first);
        let before = self.before.map_or(until, |id| id.0.min(until));
        (self.from.map_or(Uuid::nil(), first), before)
    }
}

/// What a donor wrote for others.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct WordsRow {
    /// The gift.
    pub gift_id: Uuid,
    /// In whose honour or memory.
    pub dedication: String,
    /// Words to the families.
    pub message: String,
    /// `waiting`, `passed`, `held`.
    pub state: String,
}

/// Keeps what a donor wrote; it waits for staff.
///
/// # Errors
/// As the driver.
pub async fn words_add(
    tx: &mut Tx,
    gift_id: Uuid,
    dedication: &str,
    message: &str,
) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into gift_words (gift_id, dedication, message, state) values ($1, $2, $3, 'waiting')",
        gift_id,
        dedication,
        message
    )?;
    Ok(())
}

/// What the donor of a gift wrote.
///
/// # Errors
/// As the driver.
pub async fn words_of_gift(conn: &mut Conn<'_>, gift_id: Uuid) -> Result<Option<WordsRow>, StoreError> {
    fetch_optional!(conn, WordsRow, "select * from gift_words where gift_id = $1", gift_id)
}

/// Passes or holds back what a donor wrote.
///
/// # Errors
/// As the driver.
pub async fn words_set_state(tx: &mut Tx, gift_id: Uuid, state: &str) -> Result<bool, StoreError> {
    let changed =
        execute!(&mut tx.conn(), "update gift_words set state = $2 where gift_id = $1", gift_id, state)?;
    Ok(changed == 1)
}

/// A gift with what a list shows beside it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct GiftLineRow {
    /// The gift.
    #[sqlx(flatten)]
    pub gift: GiftRow,
    /// Who gave.
    pub name: Option<String>,
    /// Channel of its payment.
    pub channel: String,
    /// Our number of its payment.
    pub out_trade_no: String,
    /// Letters of its standing receipt.
    pub prefix: Option<String>,
    /// Year of that receipt.
    pub year: Option<i64>,
    /// Number of that receipt.
    pub number: Option<i64>,
    /// What became of the donor's words: `waiting`, `passed`, `held`.
    pub words: Option<String>,
}

macro_rules! gift_lines {
    ($filter:literal) => {
        concat!(
            "select g.*, p.name, y.channel, y.out_trade_no, o.receipt_prefix as prefix, r.year, r.number, w.state as words ",
            "from (select * from gift where id < $1 and id >= $3 ",
            $filter,
            " order by id desc limit $2) g ",
            "join payment y on y.gift_id = g.id left join person p on p.id = g.person_id ",
            "left join receipt r on r.gift_id = g.id and not exists ",
            "(select 1 from receipt_mark m where m.receipt_id = r.id) ",
            "left join gift_words w on w.gift_id = g.id left join organisation o on o.id = r.organisation_id order by g.id desc"
        )
    };
}

/// Gifts with what a list shows, newest first, at most `limit`. Ids are UUIDv7, so their order is that of time.
///
/// # Errors
/// As the driver.
pub async fn gift_lines(
    conn: &mut Conn<'_>,
    filter: &GiftFilter,
    limit: i64,
) -> Result<Vec<GiftLineRow>, StoreError> {
    let (from, before) = filter.range();
    match (filter.state, filter.fund_id) {
        (None, None) => fetch_all!(conn, GiftLineRow, gift_lines!(""), before, limit, from),
        (Some(state), None) => {
            fetch_all!(conn, GiftLineRow, gift_lines!("and state = $4"), before, limit, from, state.as_str())
        }
        (None, Some(fund)) => {
            fetch_all!(conn, GiftLineRow, gift_lines!("and fund_id = $4"), before, limit, from, fund)
        }
        (Some(state), Some(fund)) => fetch_all!(
            conn,
            GiftLineRow,
            gift_lines!("and state = $4 and fund_id = $5"),
            before,
            limit,
            from,
            state.as_str(),
            fund
        ),
    }
}

/// Words that staff passed, as the public sees them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct PublicWordsRow {
    /// Name of the donor, unless the gift is anonymous.
    pub name: Option<String>,
    /// When the gift was pledged (µs).
    pub created_at: i64,
    /// Dedication.
    pub dedication: String,
    /// Message.
    pub message: String,
}

/// The newest words of donors to a fund that staff passed, for paid gifts.
///
/// # Errors
/// As the driver.
pub async fn words_public(
    conn: &mut Conn<'_>,
    fund_id: Uuid,
    limit: i64,
) -> Result<Vec<PublicWordsRow>, StoreError> {
    fetch_all!(
        conn,
        PublicWordsRow,
        "select case when g.anonymous then null else p.name end as name, g.created_at, w.dedication, w.message \
         from gift_words w join gift g on g.id = w.gift_id left join person p on p.id = g.person_id \
         where w.state = 'passed' and g.fund_id = $1 and g.state in ('paid', 'partly_refunded') \
         order by w.gift_id desc limit $2",
        fund_id,
        limit
    )
}
