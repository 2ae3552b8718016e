//! Invoices for tax: the recipient issues them in its own books; here finance sees for whom, and says that it is done.
//!
//! The donor consented to one use of the number, so a look at the whole of it is written down and ends with the issue.

use domain::access::Action;
use domain::giving::GiftState;
use domain::id::GiftId;
use domain::refusal::Refusal;
use domain::time::{Date, Instant};
use store::Tx;
use store::tax::{TaxStanding, TaxWaitingRow};

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::gifts::GiftSheet;

/// How many requests a page shows.
const LINES: i64 = 50;

/// A request with its gift.
#[derive(Debug, Clone)]
pub struct TaxFile {
    /// The gift.
    pub sheet: GiftSheet,
    /// Where it stands.
    pub standing: TaxStanding,
    /// The title.
    pub title: String,
    /// The last four of the number, or all of it when it was opened.
    pub number: String,
}

/// Who waits for an invoice, oldest first; the second value says whether more follow.
///
/// # Errors
/// As the store.
pub async fn tax_waiting(ctx: &Ctx, after: Option<GiftId>) -> Answer<(Vec<TaxWaitingRow>, bool)> {
    ctx.authorize(Action::IssueTaxInvoices)?;
    let mut reader = ctx.house.db.read().await?;
    let mut rows = store::tax::tax_waiting(&mut reader.conn(), after, LINES + 1).await?;
    let more = rows.len() as i64 > LINES;
    rows.truncate(LINES as usize);
    Ok((rows, more))
}

/// One request, with the end of its number.
///
/// # Errors
/// [`Refusal::NotFound`] when the gift asks for no invoice.
pub async fn tax_file(ctx: &Ctx, gift: GiftId) -> Answer<TaxFile> {
    ctx.authorize(Action::IssueTaxInvoices)?;
    let mut file = file(ctx, gift).await?;
    file.number = file.number.chars().skip(file.number.chars().count().saturating_sub(4)).collect();
    Ok(file)
}

/// One request with its whole number: each such look is an event.
///
/// # Errors
/// [`Refusal::GiftNotInState`] when no invoice is to be issued (any more).
pub async fn tax_open(ctx: &Ctx, gift: GiftId) -> Answer<TaxFile> {
    ctx.authorize(Action::IssueTaxInvoices)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                if waiting(tx, gift).await?.number.is_some() {
                    return Err(Refusal::GiftNotInState.into());
                }
                tx.record(at.event("tax.opened", ("gift", gift.0)), vec![]);
                Ok::<_, ServiceError>(())
            })
        })
        .await?;
    file(ctx, gift).await
}

/// Says that the recipient issued the invoice. The same number and day told again change nothing.
///
/// # Errors
/// [`Refusal::Required`], [`Refusal::DateInFuture`], [`Refusal::DateTooEarly`]; [`Refusal::GiftNotInState`] when another
/// was issued, or none is to be issued.
pub async fn tax_issued(ctx: &Ctx, gift: GiftId, number: &str, on: Date) -> Answer<()> {
    ctx.authorize(Action::IssueTaxInvoices)?;
    let number = domain::text::line(number, 60)?;
    if number.is_empty() {
        return Err(Refusal::Required.into());
    }
    if on > ctx.now.date() {
        return Err(Refusal::DateInFuture.into());
    }
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let (day, standing) = (on.to_string(), waiting(tx, gift).await?);
                if let (Some(kept), Some(kept_on)) = (standing.number, standing.issued_on) {
                    let same = kept == number && kept_on == day;
                    return if same { Ok(()) } else { Err(Refusal::GiftNotInState.into()) };
                }
                let payment = store::payment::payment_of_gift(&mut tx.conn(), gift).await?;
                let paid = payment.and_then(|payment| payment.paid_at).map(|at| Instant(at).date());
                if let Some(earliest) = paid.filter(|paid| on < *paid) {
                    return Err(Refusal::DateTooEarly { earliest }.into());
                }
                let place = tx.next_event();
                let kept = store::tax::tax_invoice_add(tx, gift, (&number, &day), place).await?;
                let digest = kept.ok_or(Refusal::GiftNotInState)?;
                tx.record(at.event("tax.issued", ("gift", gift.0)), vec![digest]);
                Ok(())
            })
        })
        .await
}

/// The request of a gift of which money is here, whether or not its invoice was issued.
async fn waiting(tx: &mut Tx, gift: GiftId) -> Answer<TaxStanding> {
    let standing = store::tax::tax_standing(&mut tx.conn(), gift.0).await?.ok_or(Refusal::NotFound)?;
    let gift = store::gift::gift_get(&mut tx.conn(), gift).await?.ok_or(Refusal::NotFound)?;
    match GiftState::from_word(&gift.state) {
        Some(GiftState::Paid | GiftState::PartlyRefunded) => Ok(standing),
        _ => Err(Refusal::GiftNotInState.into()),
    }
}

async fn file(ctx: &Ctx, gift: GiftId) -> Answer<TaxFile> {
    let mut reader = ctx.house.db.read().await?;
    let sealed =
        store::setting::tax_request_of(&mut reader.conn(), gift.0).await?.ok_or(Refusal::NotFound)?;
    let row = store::gift::gift_get(&mut reader.conn(), gift).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    let sheet = crate::gifts::sheet(ctx, row).await?;
    let standing = sheet.tax.clone().ok_or(Refusal::NotFound)?;
    let (title, number) = crate::sealing::open_tax(ctx, &sealed).await?.ok_or(Refusal::NotFound)?;
    Ok(TaxFile { sheet, standing, title, number })
}
