//! Receipts: the paper, its verification, void, reissue, and issue for gifts that were taken over.

use domain::access::Action;
use domain::audit::Hash;
use domain::capitals::capitals;
use domain::giving::{Channel, GiftState};
use domain::id::{FundId, GiftId, OrganisationId, PersonId, PlanId, ProgrammeId, ReceiptId, Token};
use domain::money::Fen;
use domain::receipt::{DonorName, ReceiptMark, ReceiptNumber, ReceiptState};
use domain::refusal::Refusal;
use domain::takeover::second_receipt;
use domain::time::{Date, Instant};
use papers::{Bilingual, PaperDate, PaperKind, ReceiptPaper, Recipient};
use store::Tx;
use store::gift::GiftRow;
use store::person::PersonRow;
use store::receipt::{ReceiptHead, ReceiptRow};
use words::Lang;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::gifts::{GiftSheet, ReceiptSheet};
use crate::turns::Turns;

/// What anybody who holds a receipt may see of it.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The receipt as it stands now.
    pub receipt: ReceiptSheet,
    /// The recipient's name on the day of issue, in both languages.
    pub recipient: (String, String),
    /// The fund's name in both languages.
    pub fund: (String, String),
    /// 王**; nothing for an anonymous gift.
    pub masked_name: Option<String>,
    /// The number of the receipt that stands in its place.
    pub replaced_by: Option<ReceiptNumber>,
    /// The number of the receipt in whose place it stands.
    pub replaces: Option<ReceiptNumber>,
}

/// The receipt that a verification token opens, as it stands now.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn receipt_verify(ctx: &Ctx, token: Token) -> Answer<Verified> {
    ctx.authorize(Action::VerifyReceipt)?;
    let mut reader = ctx.house.db.read().await?;
    let found =
        store::receipt::receipt_by_token(&mut reader.conn(), token).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    verified(ctx, ReceiptSheet::new(found)?).await
}

/// The receipt with this number, for whoever also knows its amount. A wrong amount is not told from a wrong number.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn receipt_look_up(ctx: &Ctx, number: &ReceiptNumber, amount: Fen) -> Answer<Verified> {
    ctx.authorize(Action::VerifyReceipt)?;
    let mut reader = ctx.house.db.read().await?;
    let found = store::receipt::receipt_by_number(&mut reader.conn(), number).await?;
    drop(reader);
    let found = found.filter(|found| found.receipt.amount_fen == amount.0).ok_or(Refusal::NotFound)?;
    verified(ctx, ReceiptSheet::new(found)?).await
}

async fn verified(ctx: &Ctx, receipt: ReceiptSheet) -> Answer<Verified> {
    let sheet = sheet_of(ctx, GiftId(receipt.standing.receipt.gift_id)).await?;
    let recipient = recipient_on(&receipt.standing.receipt, &sheet)?;
    let name = receipt.name().filter(|_| !sheet.gift.anonymous).map(domain::text::masked_name);
    let (fund, _) = purpose_on(&receipt.standing.receipt, &sheet);
    Ok(Verified {
        recipient: (recipient.name.zh, recipient.name.en.unwrap_or_default()),
        fund: (fund.zh, fund.en.unwrap_or_default()),
        masked_name: name,
        replaced_by: sheet.receipt_number(receipt.standing.replaced_by_id),
        replaces: sheet.receipt_number(receipt.standing.receipt.replaces_id),
        receipt,
    })
}

/// The gift that a receipt belongs to, for staff.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn receipt_gift(ctx: &Ctx, id: ReceiptId) -> Answer<GiftId> {
    ctx.authorize(Action::ReadGifts)?;
    let mut reader = ctx.house.db.read().await?;
    let found = store::receipt::receipt_get(&mut reader.conn(), id).await?.ok_or(Refusal::NotFound)?;
    Ok(GiftId(found.receipt.gift_id))
}

async fn sheet_of(ctx: &Ctx, gift: GiftId) -> Answer<GiftSheet> {
    let mut reader = ctx.house.db.read().await?;
    let gift = store::gift::gift_get(&mut reader.conn(), gift).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    crate::gifts::sheet(ctx, gift).await
}

/// The address of a receipt's verification page.
#[must_use]
pub fn verify_address(ctx: &Ctx, token: Token) -> String {
    format!("{}/verify/{token}", ctx.house.settings.base_url)
}

/// The receipt of a gift as PDF; with `copy` it bears 副本. The same receipt in the same state gives the same bytes.
///
/// # Errors
/// [`Refusal::NotFound`] when the gift has no such receipt.
pub async fn receipt_paper(ctx: &Ctx, sheet: &GiftSheet, id: ReceiptId, copy: bool) -> Answer<ReceiptPaper> {
    let receipt = sheet.receipts.iter().find(|r| r.id == id).ok_or(Refusal::NotFound)?;
    let row = &receipt.standing.receipt;
    let number_of = |id| sheet.receipt_number(id).map(|number| number.to_string());
    let kind = match receipt.state {
        ReceiptState::Void => PaperKind::Void,
        ReceiptState::Replaced => PaperKind::Replaced,
        _ if copy => PaperKind::Copy,
        _ => PaperKind::Original,
    };
    let issued: Date = row.issued_on.parse()?;
    let received = sheet.payment.paid_at.map_or(issued, |at| Instant(at).date());
    let words = sheet.words.as_ref().filter(|words| words.state == "passed");
    let (fund, programme) = purpose_on(row, sheet);
    let seal = match row.seal_id {
        Some(id) => store::seal::seal_picture(&mut ctx.house.db.read().await?.conn(), id).await?,
        None => None,
    };
    Ok(ReceiptPaper {
        number: receipt.number.to_string(),
        year: i16::try_from(receipt.number.year).unwrap_or(0),
        recipient: recipient_on(row, sheet)?,
        donor: receipt.name().map(str::to_owned),
        amount_fen: row.amount_fen,
        amount_capitals: capitals(Fen(row.amount_fen))
            .ok_or(Refusal::AmountOverCap { cap: domain::money::LARGEST })?,
        fund,
        programme,
        channel: channel_words(&sheet.payment.channel),
        received: paper_date(received),
        issued: paper_date(issued),
        handler: row.handler.clone(),
        dedication: words.map(|words| words.dedication.clone()).filter(|text| !text.is_empty()),
        kind,
        left_fen: matches!(receipt.state, ReceiptState::PartlyRefunded | ReceiptState::Refunded)
            .then(|| row.amount_fen - receipt.refunded_fen()),
        replaces: number_of(row.replaces_id),
        replaced_by: number_of(receipt.standing.replaced_by_id),
        verify_url: verify_address(ctx, receipt.token),
        seal,
        demo: ctx.house.settings.demo,
        created: issued.start().timestamp(),
    })
}

/// Papers are set two at a time: each takes a core for some hundredths of a second and a few MiB.
static PAPERS: Turns = Turns::new(2, 32);

/// The recipient as it was on a receipt's day; on receipts from before that was kept, as it is now.
fn recipient_on(row: &ReceiptRow, sheet: &GiftSheet) -> Answer<Recipient> {
    let paper = |name, code: Option<&str>, certificate, plan| Recipient {
        name,
        credit_code: code.unwrap_or("—").to_owned(),
        certificate,
        plan,
    };
    if let Some(name_zh) = &row.recipient_zh {
        let name = both(name_zh, row.recipient_en.as_deref().unwrap_or_default());
        let (certificate, plan) = (row.recipient_certificate.clone(), row.plan_number.clone());
        return Ok(paper(name, row.recipient_code.as_deref(), certificate, plan));
    }
    let now = sheet.organisation.as_ref().ok_or(Refusal::NoRecipient)?;
    let plan = sheet.fund.collected_by.as_ref().filter(|by| by.organisation.id == now.id);
    let plan = plan.map(|by| by.plan.filing_number.clone());
    let code = now.credit_code.as_ref().map(|code| code.as_str());
    Ok(paper(both(&now.name_zh, &now.name_en), code, Some(now.certificate.clone()), plan))
}

/// Fund and programme as they were called on a receipt's day; on receipts from before that was kept, as now.
fn purpose_on(row: &ReceiptRow, sheet: &GiftSheet) -> (Bilingual, Option<Bilingual>) {
    let kept = |zh: &Option<String>, en: &Option<String>| {
        Some(both(zh.as_deref()?, en.as_deref().unwrap_or_default()))
    };
    match kept(&row.fund_zh, &row.fund_en) {
        Some(fund) => (fund, kept(&row.programme_zh, &row.programme_en)),
        None => (
            both(&sheet.fund.name_zh, &sheet.fund.name_en),
            sheet.programme.as_ref().map(|p| both(&p.name_zh, &p.name_en)),
        ),
    }
}

/// Sets the paper in type, off the async threads.
///
/// # Errors
/// [`ServiceError::Paper`]; [`ServiceError::Busy`] when too many wait already.
pub async fn receipt_pdf(paper: ReceiptPaper) -> Answer<Vec<u8>> {
    let set = PAPERS.take(move || papers::receipt_pdf(&paper)).await?;
    set.map_err(|error| ServiceError::Paper(error.to_string()))
}

fn both(zh: &str, en: &str) -> Bilingual {
    Bilingual { zh: zh.to_owned(), en: Some(en.to_owned()).filter(|en| !en.is_empty()) }
}

fn paper_date(date: Date) -> PaperDate {
    PaperDate { zh: words::date(Lang::Zh, date), iso: date.to_string() }
}

fn channel_words(word: &str) -> Bilingual {
    let channel = Channel::from_word(word).unwrap_or(Channel::TakenOver);
    both(words::channel(Lang::Zh, channel), words::channel(Lang::En, channel))
}

/// Takes a receipt back, with a reason that stays beside it.
///
/// # Errors
/// [`Refusal::ReceiptNotInState`] when it was taken back before.
pub async fn receipt_void(ctx: &Ctx, id: ReceiptId, gift: GiftId, reason: &str) -> Answer<()> {
    ctx.authorize(Action::ManageReceipts)?;
    let reason = needed(reason)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let (gift, digest) = mark(tx, id, gift, ReceiptMark::Void, &reason).await?;
                tx.record(at.event("receipt.void", ("gift", gift.id)), vec![digest]);
                Ok(())
            })
        })
        .await
}

/// Takes a receipt back and issues another in its place, with its own number, for what is left of the gift. It bears
/// the same name, or the right one where the old one bore a wrong `name`; the gift itself keeps what the donor said.
///
/// # Errors
/// [`Refusal::ReceiptNotInState`], or [`Refusal::GiftNotInState`] when all of the gift went back.
pub async fn receipt_reissue(
    ctx: &Ctx,
    id: ReceiptId,
    gift: GiftId,
    reason: &str,
    name: Option<DonorName>,
) -> Answer<ReceiptId> {
    ctx.authorize(Action::ManageReceipts)?;
    let reason = needed(reason)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let (gift, marked) = mark(tx, id, gift, ReceiptMark::Replaced, &reason).await?;
                let mut digests = vec![marked];
                let mut bearer = last_bearer(tx, &gift).await?;
                if let Some(name) = &name {
                    let (person, digest) = person_named(&at, tx, &gift, bearer, name).await?;
                    digests.push(digest);
                    bearer = Some(person);
                }
                let (new, issued) = issue(&at, tx, &gift, bearer, Some(id)).await?;
                digests.push(issued);
                tx.record(at.event("receipt.reissued", ("gift", gift.id)), digests);
                Ok(new)
            })
        })
        .await
}

/// Who the gift's last receipt was made out to: a name that was put right once stays right.
async fn last_bearer(tx: &mut Tx, gift: &GiftRow) -> Answer<Option<PersonId>> {
    let receipts = store::receipt::receipts_of_gift(&mut tx.conn(), GiftId(gift.id)).await?;
    let last = receipts.iter().map(|standing| &standing.receipt).max_by_key(|row| (row.year, row.number));
    Ok(last.map_or(gift.person_id, |last| last.person_id).map(PersonId))
}

/// A person with this name and the kind of `before`: a row of its own, since a person's facts never change. Contacts
/// stay with the person who gave. With its digest.
async fn person_named(
    ctx: &Ctx,
    tx: &mut Tx,
    gift: &GiftRow,
    before: Option<PersonId>,
    name: &DonorName,
) -> Answer<(PersonId, Hash)> {
    let before = match before {
        Some(id) => store::person::person_get(&mut tx.conn(), id).await?,
        None => None,
    };
    let row = PersonRow {
        id: ctx.id(),
        is_organisation: before.is_some_and(|before| before.is_organisation),
        name: name.as_str().to_owned(),
        email: String::new(),
        phone: String::new(),
        lang: gift.lang.clone(),
        salt: ctx.token().0.to_vec(),
    };
    let place = tx.next_event();
    let digest = store::person::person_add(tx, &row, place).await?;
    Ok((PersonId(row.id), digest))
}

/// Issues a receipt for a posted gift that has none: one that was taken over, or was waived at first.
///
/// # Errors
/// [`Refusal::ReceiptNotInState`] when one stands, [`Refusal::ReceiptIssuedElsewhere`] when one counts as issued elsewhere
/// and whoever asks has not `paper_seen`, [`Refusal::NoRecipient`] when the gift has no legal recipient.
pub async fn receipt_issue(ctx: &Ctx, gift: GiftId, paper_seen: bool) -> Answer<ReceiptId> {
    ctx.authorize(Action::ManageReceipts)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let gift = posted_gift(tx, gift).await?;
                if store::receipt::receipt_stands(tx, GiftId(gift.id)).await? {
                    return Err(Refusal::ReceiptNotInState.into());
                }
                second_receipt(gift.issued_elsewhere, paper_seen)?;
                let bearer = last_bearer(tx, &gift).await?;
                let (new, issued) = issue(&at, tx, &gift, bearer, None).await?;
                let mut event = at.event("receipt.issued", ("gift", gift.id));
                if gift.issued_elsewhere {
                    event.detail = serde_json::json!({ "paper_seen": paper_seen }).to_string();
                }
                tx.record(event, vec![issued]);
                Ok(new)
            })
        })
        .await
}

fn needed(reason: &str) -> Answer<String> {
    let reason = domain::text::line(reason, 200)?;
    if reason.is_empty() { Err(Refusal::Required.into()) } else { Ok(reason) }
}

async fn posted_gift(tx: &mut Tx, id: GiftId) -> Answer<GiftRow> {
    let gift = store::gift::gift_get(&mut tx.conn(), id).await?.ok_or(Refusal::NotFound)?;
    let posted = GiftState::from_word(&gift.state).is_some_and(GiftState::is_posted);
    if posted { Ok(gift) } else { Err(Refusal::GiftNotInState.into()) }
}

/// Puts a mark on a receipt of a posted gift that is this gift's and stands. The digest goes into the next event.
async fn mark(
    tx: &mut Tx,
    id: ReceiptId,
    gift: GiftId,
    mark: ReceiptMark,
    reason: &str,
) -> Answer<(GiftRow, Hash)> {
    let gift = posted_gift(tx, gift).await?;
    let receipts = store::receipt::receipts_of_gift(&mut tx.conn(), GiftId(gift.id)).await?;
    let receipt = receipts.iter().find(|r| r.receipt.id == id.0).ok_or(Refusal::NotFound)?;
    if receipt.mark.is_some() {
        return Err(Refusal::ReceiptNotInState.into());
    }
    let place = tx.next_event();
    let digest = store::receipt::receipt_mark(tx, id, mark, reason, place).await?;
    Ok((gift, digest))
}

/// Issues a receipt for what is left of a gift. The digest goes into the next event.
async fn issue(
    ctx: &Ctx,
    tx: &mut Tx,
    gift: &GiftRow,
    bearer: Option<PersonId>,
    replaces_id: Option<ReceiptId>,
) -> Answer<(ReceiptId, Hash)> {
    let left = gift.amount_fen - gift.refunded_fen;
    if left <= 0 {
        return Err(Refusal::GiftNotInState.into());
    }
    let head = ReceiptHead {
        id: ReceiptId(ctx.id()),
        organisation_id: OrganisationId(gift.organisation_id.ok_or(Refusal::NoRecipient)?),
        plan_id: gift.plan_id.map(PlanId),
        fund_id: FundId(gift.fund_id),
        programme_id: gift.programme_id.map(ProgrammeId),
        gift_id: GiftId(gift.id),
        person_id: bearer,
        amount_fen: left,
        issued_on: ctx.now.date(),
        token: ctx.token(),
        replaces_id,
    };
    let place = tx.next_event();
    let (_, digest) = store::receipt::receipt_issue(tx, head, place).await?;
    Ok((head.id, digest))
}
