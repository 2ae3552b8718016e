//! Reading gifts: the sheet of one gift with everything that belongs to it, and the console's list.

use domain::access::Action;
use domain::fund::{Fund, Organisation, Programme};
use domain::giving::{Channel, GiftState};
use domain::id::{GiftId, OrganisationId, PersonId, ReceiptId, Token};
use domain::receipt::{ReceiptMark, ReceiptNumber, ReceiptState};
use domain::refusal::Refusal;
use store::audit::EventRow;
use store::gift::{GiftFilter, GiftRow, WordsRow};
use store::ledger::{EntryRow, PostingRow};
use store::message::MessageRow;
use store::payment::PaymentRow;
use store::person::PersonRow;
use store::receipt::ReceiptStanding;
use store::refund::RefundRow;

use crate::context::Ctx;
use crate::error::Answer;

/// A gift with what its own page shows.
#[derive(Debug, Clone)]
pub struct GiftSheet {
    /// The gift.
    pub gift: GiftRow,
    /// Its state.
    pub state: GiftState,
    /// Its payment.
    pub payment: PaymentRow,
    /// The fund.
    pub fund: Fund,
    /// The directed programme.
    pub programme: Option<Programme>,
    /// The legal recipient on the day of the gift.
    pub organisation: Option<Organisation>,
    /// Who gave.
    pub person: Option<PersonRow>,
    /// What the donor wrote for others.
    pub words: Option<WordsRow>,
    /// Its receipts, oldest first.
    pub receipts: Vec<ReceiptSheet>,
    /// Its refunds, oldest first.
    pub refunds: Vec<RefundRow>,
    /// Where its request for a tax invoice stands, if it has one.
    pub tax: Option<store::tax::TaxStanding>,
}

/// A receipt as it stands now.
#[derive(Debug, Clone)]
pub struct ReceiptSheet {
    /// Id.
    pub id: ReceiptId,
    /// Number.
    pub number: ReceiptNumber,
    /// What it is worth now.
    pub state: ReceiptState,
    /// Opens its verification page.
    pub token: Token,
    /// The whole row.
    pub standing: ReceiptStanding,
}

impl ReceiptSheet {
    pub(crate) fn new(standing: ReceiptStanding) -> Answer<Self> {
        let row = &standing.receipt;
        let token = row.token.as_slice().try_into().map_err(|_| store::StoreError::Inconsistent {
            table: "receipt",
            column: "token",
            row: row.id.to_string(),
        })?;
        let mark = standing.mark.as_deref().and_then(ReceiptMark::from_word);
        Ok(Self {
            id: ReceiptId(row.id),
            number: ReceiptNumber {
                prefix: standing.receipt_prefix.clone(),
                year: i32::try_from(row.year).unwrap_or(0),
                number: row.number,
            },
            state: ReceiptState::now(mark, row.amount_fen, standing.gift_fen - standing.refunded_fen),
            token: Token(token),
            standing,
        })
    }
}

impl ReceiptSheet {
    /// The name that it bears; none where nobody gave one, and none for those who may not read donors.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.standing.name.as_deref().filter(|name| !name.is_empty())
    }

    /// What of its own amount went back since its issue.
    #[must_use]
    pub fn refunded_fen(&self) -> i64 {
        let left = self.standing.gift_fen - self.standing.refunded_fen;
        (self.standing.receipt.amount_fen - left).max(0)
    }
}

impl GiftSheet {
    /// What the provider keeps of it now, in fen: its fee less what came back with refunds.
    #[must_use]
    pub fn fee_kept_fen(&self) -> i64 {
        let back = self.refunds.iter().filter(|refund| refund.state == "done");
        self.payment.fee_fen - back.map(|refund| refund.fee_returned_fen).sum::<i64>()
    }

    /// The receipt that stands, if one does.
    #[must_use]
    pub fn receipt(&self) -> Option<&ReceiptSheet> {
        self.receipts.iter().rfind(|r| !matches!(r.state, ReceiptState::Void | ReceiptState::Replaced))
    }

    /// The number of a receipt of this gift.
    #[must_use]
    pub fn receipt_number(&self, id: Option<uuid::Uuid>) -> Option<ReceiptNumber> {
        self.receipts.iter().find(|r| Some(r.id.0) == id).map(|r| r.number.clone())
    }
}

/// What the console shows of a gift beside its sheet.
#[derive(Debug, Clone)]
pub struct GiftFile {
    /// The sheet.
    pub sheet: GiftSheet,
    /// Its journal entries with their postings.
    pub entries: Vec<(EntryRow, Vec<PostingRow>)>,
    /// Why staff made some of them: (entry, words).
    pub reasons: Vec<(uuid::Uuid, String)>,
    /// Its messages.
    pub messages: Vec<MessageRow>,
    /// Its audit events.
    pub events: Vec<EventRow>,
    /// Title and number for a tax receipt, opened for those who may see them.
    pub tax: Option<(String, String)>,
    /// Source and serial number of a gift that was taken over.
    pub taken_over: Option<(String, String)>,
    /// What the old list says of its receipt.
    pub elsewhere: domain::takeover::ReceiptMark,
}

/// The gift that an unguessable address opens.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn gift_sheet(ctx: &Ctx, token: Token) -> Answer<GiftSheet> {
    ctx.authorize(Action::OpenOwnGift)?;
    let mut reader = ctx.house.db.read().await?;
    let gift = store::gift::gift_by_token(&mut reader.conn(), token).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    sheet(ctx, gift).await
}

/// The state of such a gift alone, for a page that waits.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn gift_state(ctx: &Ctx, token: Token) -> Answer<GiftState> {
    ctx.authorize(Action::OpenOwnGift)?;
    let mut reader = ctx.house.db.read().await?;
    let gift = store::gift::gift_by_token(&mut reader.conn(), token).await?.ok_or(Refusal::NotFound)?;
    state_of(&gift)
}

fn state_of(gift: &GiftRow) -> Answer<GiftState> {
    let state = GiftState::from_word(&gift.state).ok_or_else(|| store::StoreError::Inconsistent {
        table: "gift",
        column: "state",
        row: gift.id.to_string(),
    })?;
    Ok(state)
}

/// The token that opens a gift's own page.
///
/// # Errors
/// When the row is damaged.
pub fn token_of(gift: &GiftRow) -> Answer<Token> {
    let bytes = gift.token.as_slice().try_into().map_err(|_| store::StoreError::Inconsistent {
        table: "gift",
        column: "token",
        row: gift.id.to_string(),
    })?;
    Ok(Token(bytes))
}

pub(crate) async fn sheet(ctx: &Ctx, gift: GiftRow) -> Answer<GiftSheet> {
    let book = ctx.programme().await?;
    let id = GiftId(gift.id);
    let missing = |table, column| store::StoreError::Inconsistent { table, column, row: gift.id.to_string() };
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let payment = store::payment::payment_of_gift(&mut conn, id).await?;
    let organisation = match gift.organisation_id {
        Some(id) => store::fund::organisation_get(&mut conn, OrganisationId(id)).await?,
        None => None,
    };
    let person = match gift.person_id {
        Some(id) => store::person::person_get(&mut conn, PersonId(id)).await?,
        None => None,
    };
    let receipts = store::receipt::receipts_of_gift(&mut conn, id).await?;
    Ok(GiftSheet {
        state: state_of(&gift)?,
        payment: payment.ok_or_else(|| missing("payment", "gift_id"))?,
        fund: book
            .funds
            .iter()
            .find(|fund| fund.id.0 == gift.fund_id)
            .cloned()
            .ok_or_else(|| missing("gift", "fund_id"))?,
        programme: book.programmes.iter().find(|p| Some(p.id.0) == gift.programme_id).cloned(),
        organisation,
        person,
        words: store::gift::words_of_gift(&mut conn, gift.id).await?,
        receipts: receipts.into_iter().map(ReceiptSheet::new).collect::<Answer<_>>()?,
        refunds: store::refund::refunds_of_gift(&mut conn, id).await?,
        tax: store::tax::tax_standing(&mut conn, gift.id).await?,
        gift,
    })
}

/// Everything about one gift, for staff. Names and contacts are emptied for those who may not read donors.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn gift_file(ctx: &Ctx, id: GiftId) -> Answer<GiftFile> {
    ctx.authorize(Action::ReadGifts)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let gift = store::gift::gift_get(&mut conn, id).await?.ok_or(Refusal::NotFound)?;
    let entries = store::ledger::entries_of_gift(&mut conn, id).await?;
    let reasons = store::ledger::entry_reasons_of_gift(&mut conn, id).await?;
    let messages = store::message::messages_of_gift(&mut conn, id.0).await?;
    let events = store::audit::events_of(&mut conn, id.0).await?;
    let sealed = store::setting::tax_request_of(&mut conn, id.0).await?;
    let taken_over = store::takeover::taken_over_source(&mut conn, id.0).await?;
    drop(reader);
    let elsewhere = elsewhere(&gift, &events);
    let mut sheet = sheet(ctx, gift).await?;
    let mut tax = None;
    if ctx.authorize(Action::ReadDonors).is_err() {
        sheet.person = None;
        sheet.words = None;
        sheet.receipts.iter_mut().for_each(|receipt| receipt.standing.name = None);
    } else if let Some(sealed) = sealed {
        tax = crate::sealing::open_tax(ctx, &sealed).await?;
    }
    Ok(GiftFile { sheet, entries, reasons, messages, events, tax, taken_over, elsewhere })
}

/// What the old list says of a gift's receipt: the mark as it was written stands in the event that took the gift over.
fn elsewhere(gift: &GiftRow, events: &[EventRow]) -> domain::takeover::ReceiptMark {
    let taken = events.iter().find(|event| event.kind == "gift.taken_over");
    let detail = taken.and_then(|event| serde_json::from_str::<serde_json::Value>(&event.detail).ok());
    let word = detail.as_ref().and_then(|detail| detail.get("receipt")?.as_str());
    domain::takeover::ReceiptMark::of_gift(gift.issued_elsewhere, word)
}

/// A line of the console's list.
#[derive(Debug, Clone)]
pub struct GiftLine {
    /// The gift.
    pub gift: GiftRow,
    /// Its state.
    pub state: GiftState,
    /// Who gave, for those who may read donors.
    pub name: Option<String>,
    /// The number of its standing receipt.
    pub receipt: Option<ReceiptNumber>,
    /// Whether the donor's words wait for staff.
    pub words_waiting: bool,
    /// Its channel's word and our number.
    pub payment: (String, String),
}

/// A page of the console's list, newest first; the second value says whether older ones follow.
///
/// # Errors
/// As the store.
pub async fn gift_list(ctx: &Ctx, filter: &GiftFilter, limit: i64) -> Answer<(Vec<GiftLine>, bool)> {
    ctx.authorize(Action::ReadGifts)?;
    let names = ctx.authorize(Action::ReadDonors).is_ok();
    let mut reader = ctx.house.db.read().await?;
    let mut rows = store::gift::gift_lines(&mut reader.conn(), filter, limit + 1).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    let lines = rows.into_iter().map(|row| {
        let receipt = row.prefix.zip(row.year).zip(row.number).map(|((prefix, year), number)| {
            ReceiptNumber { prefix, year: i32::try_from(year).unwrap_or(0), number }
        });
        Ok(GiftLine {
            state: state_of(&row.gift)?,
            name: row.name.filter(|_| names),
            receipt,
            words_waiting: row.words.as_deref() == Some("waiting"),
            payment: (row.channel, row.out_trade_no),
            gift: row.gift,
        })
    });
    Ok((lines.collect::<Answer<Vec<_>>>()?, more))
}

/// The gift that a search word names: a receipt number, our payment number, or a gift's id.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn gift_find(ctx: &Ctx, word: &str) -> Answer<GiftId> {
    ctx.authorize(Action::ReadGifts)?;
    let word = domain::text::half_width(word).trim().to_owned();
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    if let Ok(number) = word.parse::<ReceiptNumber>()
        && let Some(found) = store::receipt::receipt_by_number(&mut conn, &number).await?
    {
        return Ok(GiftId(found.receipt.gift_id));
    }
    if let Some(found) = store::payment::payment_by_trade_no(&mut conn, &word.to_ascii_uppercase()).await? {
        return Ok(GiftId(found.gift_id));
    }
    let id: GiftId = word.parse().map_err(|_| Refusal::NotFound)?;
    let found = store::gift::gift_get(&mut conn, id).await?.ok_or(Refusal::NotFound)?;
    Ok(GiftId(found.id))
}

/// The kept sums of each fund, in the funds' order, for everybody.
///
/// # Errors
/// As the store.
pub async fn fund_sums(ctx: &Ctx) -> Answer<Vec<(Fund, store::ledger::BalanceRow)>> {
    ctx.authorize(Action::ReadPublic)?;
    let book = ctx.programme().await?;
    let mut reader = ctx.house.db.read().await?;
    let sums = store::ledger::balances(&mut reader.conn()).await?;
    let of = |fund: &Fund| sums.iter().find(|row| row.fund_id == fund.id.0).copied();
    Ok(book.funds.iter().filter_map(|fund| of(fund).map(|row| (fund.clone(), row))).collect())
}

/// Passes or holds back what a donor wrote for others.
///
/// # Errors
/// [`Refusal::NotFound`] when the donor wrote nothing.
pub async fn words_moderate(ctx: &Ctx, id: GiftId, pass: bool) -> Answer<()> {
    ctx.authorize(Action::ModerateWords)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let payment =
                    store::payment::payment_of_gift(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
                // A remark in an old book was never meant for the public.
                if pass && payment.channel == Channel::TakenOver.as_str() {
                    return Err(Refusal::GiftNotInState.into());
                }
                let state = if pass { "passed" } else { "held" };
                if !store::gift::words_set_state(tx, id.0, state).await? {
                    return Err(Refusal::NotFound.into());
                }
                let mut event = at.event("words.moderated", ("gift", id.0));
                event.detail = serde_json::json!({ "words": state }).to_string();
                tx.record(event, vec![]);
                Ok(())
            })
        })
        .await
}

/// Words of a donor that staff passed.
#[derive(Debug, Clone)]
pub struct PublicWords {
    /// 王**; nothing for an anonymous gift.
    pub masked_name: Option<String>,
    /// The day of the gift.
    pub on: domain::time::Date,
    /// Dedication.
    pub dedication: String,
    /// Message.
    pub message: String,
}

/// How many words a fund's page shows.
const WORDS_SHOWN: i64 = 12;

/// The newest words of a fund's donors that staff passed.
///
/// # Errors
/// As the store.
pub async fn public_words(ctx: &Ctx, fund: domain::id::FundId) -> Answer<Vec<PublicWords>> {
    ctx.authorize(Action::ReadPublic)?;
    let mut reader = ctx.house.db.read().await?;
    let rows = store::gift::words_public(&mut reader.conn(), fund.0, WORDS_SHOWN).await?;
    let words = rows.into_iter().map(|row| PublicWords {
        masked_name: row.name.map(|name| domain::text::masked_name(&name)).filter(|name| !name.is_empty()),
        on: domain::time::Instant(row.created_at).date(),
        dedication: row.dedication,
        message: row.message,
    });
    Ok(words.collect())
}
