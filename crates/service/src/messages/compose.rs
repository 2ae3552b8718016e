//! What a message says: its words are made when it is sent, in the gift's language, from what the books hold.

use domain::id::{GiftId, PersonId};
use domain::money::Fen;
use domain::receipt::ReceiptNumber;
use store::StoreError;
use store::db::Reader;
use store::gift::GiftRow;
use store::message::MessageRow;
use store::person::PersonRow;
use words::Lang;
use words::letters::{self, Ends, Letter, Refunded, ThankYou, Transfer};

use crate::context::Ctx;
use crate::error::Answer;
use crate::gifts::token_of;

/// A message with its words.
pub struct Composed {
    /// To whom.
    pub person: PersonRow,
    /// In which language.
    pub lang: Lang,
    /// The gift's own page.
    pub link: String,
    /// As an e-mail.
    pub letter: Letter,
    /// As a text message.
    pub sms: String,
}

/// Makes the words of a message; `None` when its person was erased since.
///
/// # Errors
/// As the store; [`StoreError::Inconsistent`] when the gift has no recipient who could sign.
pub async fn compose(ctx: &Ctx, message: &MessageRow) -> Answer<Option<Composed>> {
    let mut reader = ctx.house.db.read().await?;
    let person = store::person::person_get(&mut reader.conn(), PersonId(message.person_id)).await?;
    let Some(person) = person.filter(|p| !(p.email.is_empty() && p.phone.is_empty())) else {
        return Ok(None);
    };
    let gift = store::gift::gift_get(&mut reader.conn(), GiftId(message.gift_id)).await?;
    let gift = gift.ok_or_else(|| odd("gift_id", message))?;
    // The language of this gift: the person may have given in another one before.
    let lang = Lang::from_word(&gift.lang).unwrap_or_default();
    let book = ctx.programme().await?;
    let fund = book.fund(domain::id::FundId(gift.fund_id)).ok_or_else(|| odd("gift_id", message))?;
    let organisations = store::fund::organisations(&mut reader.conn()).await?;
    let organisation = organisations.iter().find(|o| Some(o.id.0) == gift.organisation_id);
    let organisation = organisation.ok_or_else(|| odd("gift_id", message))?;
    let link = ctx.house.settings.gift_url(token_of(&gift)?);
    let ends = Ends {
        name: Some(person.name.as_str()).filter(|name| !name.is_empty()),
        organisation: lang.pick(&organisation.name_zh, &organisation.name_en),
        contact: &organisation.contact,
    };
    let told = Gift {
        fund: lang.pick(&fund.name_zh, &fund.name_en),
        account: &organisation.bank_account,
        link: &link,
    };
    let (letter, sms) = match message.kind.as_str() {
        "gift_paid" => told.thanks(&mut reader, lang, ends, &gift).await?,
        "transfer_wanted" => told.transfer(&mut reader, lang, ends, &gift, message).await?,
        "refund_done" => told.refund(&mut reader, lang, ends, &gift, message).await?,
        _ => return Err(odd("kind", message).into()),
    };
    Ok(Some(Composed { person, lang, link, letter, sms }))
}

fn odd(column: &'static str, message: &MessageRow) -> StoreError {
    StoreError::Inconsistent { table: "message", column, row: message.id.to_string() }
}

/// What every letter about a gift names.
struct Gift<'t> {
    fund: &'t str,
    account: &'t str,
    link: &'t str,
}

impl Gift<'_> {
    async fn thanks(
        &self,
        reader: &mut Reader,
        lang: Lang,
        ends: Ends<'_>,
        gift: &GiftRow,
    ) -> Answer<(Letter, String)> {
        let receipts = store::receipt::receipts_of_gift(&mut reader.conn(), GiftId(gift.id)).await?;
        let standing = receipts.into_iter().rev().find(|receipt| receipt.mark.is_none());
        let number = standing.map(|r| {
            let year = i32::try_from(r.receipt.year).unwrap_or_default();
            ReceiptNumber { prefix: r.receipt_prefix, year, number: r.receipt.number }.to_string()
        });
        let (fund, link) = (self.fund, self.link);
        let words = ThankYou { amount: Fen(gift.amount_fen), fund, receipt: number.as_deref(), link };
        Ok((letters::thank_you(lang, ends, words), letters::thank_you_sms(lang, words)))
    }

    async fn transfer(
        &self,
        reader: &mut Reader,
        lang: Lang,
        ends: Ends<'_>,
        gift: &GiftRow,
        message: &MessageRow,
    ) -> Answer<(Letter, String)> {
        let payment = store::payment::payment_of_gift(&mut reader.conn(), GiftId(gift.id)).await?;
        let payment = payment.ok_or_else(|| odd("gift_id", message))?;
        let words = Transfer {
            amount: Fen(gift.amount_fen),
            fund: self.fund,
            reference: &payment.out_trade_no,
            account: self.account,
            link: self.link,
        };
        Ok((letters::bank_instructions(lang, ends, words), letters::bank_instructions_sms(lang, words)))
    }

    async fn refund(
        &self,
        reader: &mut Reader,
        lang: Lang,
        ends: Ends<'_>,
        gift: &GiftRow,
        message: &MessageRow,
    ) -> Answer<(Letter, String)> {
        let (amount, until) = refund_sums(reader, message).await?;
        let words =
            Refunded { amount, left: Fen(gift.amount_fen - until.0), fund: self.fund, link: self.link };
        Ok((letters::refund_done(lang, ends, words), letters::refund_done_sms(lang, words)))
    }
}

/// Of which refund a message tells: how much went back with it, and with all until then.
///
/// The n-th message about a refund of a gift tells of its n-th refund in the journal: both are written by the same
/// command. A call tells what the message would have told that it stands for.
///
/// # Errors
/// As the store; [`StoreError::Inconsistent`] when there is no such refund.
pub async fn refund_sums(reader: &mut Reader, message: &MessageRow) -> Answer<(Fen, Fen)> {
    let messages = store::message::messages_of_gift(&mut reader.conn(), message.gift_id).await?;
    let first = message.instead_of.unwrap_or(message.id);
    let place = messages
        .iter()
        .filter(|m| m.kind == message.kind && m.instead_of.is_none())
        .position(|m| m.id == first);
    let mut entries = store::ledger::entries_of_gift(&mut reader.conn(), GiftId(message.gift_id)).await?;
    // Ids of one millisecond have no order; events have.
    entries.sort_by_key(|(entry, _)| (entry.event_chain, entry.event_seq));
    let income = |lines: &[store::ledger::PostingRow]| {
        lines.iter().filter(|line| line.account == "donation_income").map(|line| line.amount_fen).sum()
    };
    let refunds = entries.iter().filter(|(entry, _)| entry.kind == "refund");
    let amounts: Vec<i64> = refunds.map(|(_, lines)| income(lines)).collect();
    let place = place.filter(|place| *place < amounts.len()).ok_or_else(|| odd("gift_id", message))?;
    Ok((Fen(amounts[place]), Fen(amounts[..=place].iter().sum())))
}
