//! Reconciliation: a provider's bill of a day against the books. What the provider settled and we never heard of is
//! booked by the ordinary use cases; what does not agree is kept for staff.

use domain::access::Action;
use domain::bill::{Booked, DifferenceKind, Side, payment_differs, refund_differs};
use domain::giving::Channel;
use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Date;
use store::bill::{BillDayRow, DifferenceRow};
use store::payment::PaymentRow;
use store::refund::RefundRow;
use uuid::Uuid;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::giving::{Settlement, payment_settle, refund_told};
use crate::provider::{Bill, BilledRefund, Provider, RefundReport, Report};

/// How many lines staff are shown at once.
const LINES: i64 = 200;

/// What a comparison came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Payments on the bill.
    pub payments: usize,
    /// Refunds on the bill.
    pub refunds: usize,
    /// What the bill comes to.
    pub net: Fen,
    /// Payments that were booked now.
    pub payments_booked: usize,
    /// Refunds that were booked now.
    pub refunds_booked: usize,
    /// Where bill and books differ.
    pub differences: Vec<Difference>,
}

/// Where a bill and the books differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In what.
    pub kind: DifferenceKind,
    /// Our number of the payment or refund.
    pub number: String,
    /// The gift, where it is ours.
    pub gift: Option<GiftId>,
    /// What the books say.
    pub ours: Option<Fen>,
    /// What the bill says.
    pub theirs: Option<Fen>,
}

/// Compares a channel's bill of `day` with the books, books what the provider settled and we did not know, and keeps the
/// differences. Doing it again changes nothing that has not changed at either side.
///
/// # Errors
/// [`Refusal::DateInFuture`] while the day is not over, [`Refusal::ChannelNotOffered`] where the channel has no bill,
/// [`ServiceError::Provider`] when the provider does not answer: nothing of the comparison is kept then.
pub async fn bill_reconcile(ctx: &Ctx, channel: Channel, day: Date) -> Answer<Reconciled> {
    ctx.authorize(Action::Reconcile)?;
    if day >= ctx.now.date() {
        return Err(Refusal::DateInFuture.into());
    }
    let provider = ctx.house.providers.of(channel).filter(|provider| provider.has_bill());
    let provider = provider.ok_or(Refusal::ChannelNotOffered)?;
    let bill = provider.bill(ctx, day).await?;
    let run = Run { ctx, system: ctx.as_system(), provider: provider.as_ref(), channel };
    let mut done = Reconciled {
        payments: bill.payments.len(),
        refunds: bill.refunds.len(),
        net: bill.net,
        ..Reconciled::default()
    };
    for line in &bill.payments {
        run.payment(line, &mut done).await?;
    }
    for line in &bill.refunds {
        run.refund(line, &mut done).await?;
    }
    run.missing(&bill, day, &mut done).await?;
    keep(ctx, channel, day, &done).await?;
    metrics::counter!("spark_bill_differences_total", "channel" => channel.as_str())
        .increment(done.differences.len() as u64);
    Ok(done)
}

/// One comparison under way.
struct Run<'r> {
    ctx: &'r Ctx,
    system: Ctx,
    provider: &'r dyn Provider,
    channel: Channel,
}

fn payment_side(ours: &PaymentRow) -> (Booked, Side<'_>) {
    let booked = match ours.state.as_str() {
        "paid" => Booked::Yes,
        "reversed" => Booked::Reversed,
        _ => Booked::No,
    };
    let (amount, fee) = (Fen(ours.amount_fen), Fen(ours.fee_fen));
    (booked, Side { reference: ours.provider_ref.as_deref(), amount, fee })
}

fn refund_side(ours: &RefundRow) -> (Booked, Side<'static>) {
    let booked = match ours.state.as_str() {
        "done" => Booked::Yes,
        "reversed" => Booked::Reversed,
        _ => Booked::No,
    };
    (booked, Side { reference: None, amount: Fen(ours.amount_fen), fee: Fen(ours.fee_returned_fen) })
}

/// What was refused is a difference; what failed ends the comparison.
fn booked<T>(answer: Answer<T>) -> Answer<Option<T>> {
    match answer {
        Ok(done) => Ok(Some(done)),
        Err(ServiceError::Refused(refusal)) => {
            tracing::warn!(?refusal, "what is on a bill could not be booked");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl Run<'_> {
    async fn payment_of(&self, number: &str) -> Answer<Option<PaymentRow>> {
        let mut reader = self.ctx.house.db.read().await?;
        let found = store::payment::payment_by_trade_no(&mut reader.conn(), number).await?;
        Ok(found.filter(|payment| payment.channel == self.channel.as_str()))
    }

    async fn refund_of(&self, gift: Uuid, number: &str) -> Answer<Option<RefundRow>> {
        let mut reader = self.ctx.house.db.read().await?;
        let found = store::refund::refund_by_no(&mut reader.conn(), number).await?;
        Ok(found.filter(|refund| refund.gift_id == gift))
    }

    async fn payment(&self, line: &Settlement, done: &mut Reconciled) -> Answer<()> {
        let mut ours = self.payment_of(&line.out_trade_no).await?;
        if ours.as_ref().is_some_and(|ours| payment_side(ours).0 == Booked::No)
            && booked(payment_settle(&self.system, line.clone()).await)?.is_some()
        {
            done.payments_booked += 1;
            ours = self.payment_of(&line.out_trade_no).await?;
        }
        let theirs = Side { reference: Some(&line.provider_ref), amount: line.amount, fee: line.fee };
        let gift = ours.as_ref().map(|ours| GiftId(ours.gift_id));
        let found = payment_differs(theirs, ours.as_ref().map(payment_side));
        done.differences.extend(differences(found, &line.out_trade_no, gift));
        Ok(())
    }

    async fn refund(&self, line: &BilledRefund, done: &mut Reconciled) -> Answer<()> {
        let theirs = Side { reference: None, amount: line.told.amount, fee: line.told.fee_returned };
        let number = &line.told.out_refund_no;
        let Some(payment) = self.payment_of(&line.out_trade_no).await? else {
            done.differences.extend(differences(refund_differs(theirs, None), number, None));
            return Ok(());
        };
        let mut ours = self.refund_of(payment.gift_id, number).await?;
        if ours.as_ref().is_none_or(|ours| refund_side(ours).0 == Booked::No) {
            // A payment of an earlier day that we never heard of is booked before what came back of it.
            if payment_side(&payment).0 == Booked::No
                && let Report::Paid { told, .. } = self.provider.query(self.ctx, &line.out_trade_no).await?
                && booked(payment_settle(&self.system, told).await)?.is_some()
            {
                done.payments_booked += 1;
            }
            let told = refund_told(&self.system, GiftId(payment.gift_id), line.told.clone()).await;
            if booked(told)? == Some(true) {
                done.refunds_booked += 1;
            }
            ours = self.refund_of(payment.gift_id, number).await?;
        }
        // The payment is ours: a refund that could not be kept at all is one that is not booked.
        let side = ours.as_ref().map_or((Booked::No, theirs), refund_side);
        let found = refund_differs(theirs, Some(side));
        done.differences.extend(differences(found, number, Some(GiftId(payment.gift_id))));
        Ok(())
    }

    /// What our books hold of the day and the bill does not. The provider is asked about each: near midnight it may
    /// stand on the bill of the day beside.
    async fn missing(&self, bill: &Bill, day: Date, done: &mut Reconciled) -> Answer<()> {
        let (from, until, channel) = (day.start(), day.next().start(), self.channel.as_str());
        let mut reader = self.ctx.house.db.read().await?;
        let paid = store::bill::payments_paid_within(&mut reader.conn(), channel, from, until).await?;
        let back = store::bill::refunds_done_within(&mut reader.conn(), channel, from, until).await?;
        drop(reader);
        let billed: std::collections::HashSet<&str> =
            bill.payments.iter().map(|line| line.out_trade_no.as_str()).collect();
        for ours in paid.iter().filter(|ours| !billed.contains(ours.out_trade_no.as_str())) {
            let gift = Some(GiftId(ours.gift_id));
            let found = match self.provider.query(self.ctx, &ours.out_trade_no).await? {
                Report::Paid { told, .. } => {
                    let theirs =
                        Side { reference: Some(&told.provider_ref), amount: told.amount, fee: told.fee };
                    differences(payment_differs(theirs, Some(payment_side(ours))), &ours.out_trade_no, gift)
                }
                _ => {
                    let found = vec![(DifferenceKind::PaymentMissing, Some(Fen(ours.amount_fen)), None)];
                    differences(found, &ours.out_trade_no, gift)
                }
            };
            done.differences.extend(found);
        }
        let billed: std::collections::HashSet<&str> =
            bill.refunds.iter().map(|line| line.told.out_refund_no.as_str()).collect();
        for ours in back.iter().filter(|ours| !billed.contains(ours.out_refund_no.as_str())) {
            let found = match self.provider.refund_query(self.ctx, &ours.out_refund_no).await? {
                RefundReport::Done(told) => {
                    let theirs = Side { reference: None, amount: told.amount, fee: told.fee_returned };
                    refund_differs(theirs, Some(refund_side(ours)))
                }
                _ => vec![(DifferenceKind::RefundMissing, Some(Fen(ours.amount_fen)), None)],
            };
            done.differences.extend(differences(found, &ours.out_refund_no, Some(GiftId(ours.gift_id))));
        }
        Ok(())
    }
}

fn differences(
    found: Vec<(DifferenceKind, Option<Fen>, Option<Fen>)>,
    number: &str,
    gift: Option<GiftId>,
) -> impl Iterator<Item = Difference> {
    found.into_iter().map(move |(kind, ours, theirs)| Difference {
        kind,
        number: number.to_owned(),
        gift,
        ours,
        theirs,
    })
}

/// Keeps the comparison; an event tells of it when it is the first of its day or has changed something.
async fn keep(ctx: &Ctx, channel: Channel, day: Date, done: &Reconciled) -> Answer<()> {
    let at = ctx.clone();
    let rows: Vec<DifferenceRow> =
        done.differences.iter().map(|found| row(ctx, channel, day, found)).collect();
    let total = BillDayRow {
        channel: channel.as_str().to_owned(),
        day: day.to_string(),
        checked_at: ctx.now.0,
        payments: done.payments as i64,
        refunds: done.refunds as i64,
        net_fen: done.net.0,
    };
    let news = done.payments_booked + done.refunds_booked > 0;
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let changed = store::bill::differences_set(tx, channel.as_str(), day, &rows, at.now).await?;
                let first = store::bill::bill_day_done(tx, &total).await?;
                if news || changed || first {
                    let mut event = at.event("bill.reconciled", ("bill", Uuid::nil()));
                    event.detail = serde_json::json!({
                        "channel": total.channel, "day": total.day, "payments": total.payments,
                        "refunds": total.refunds, "net_fen": total.net_fen, "differences": rows.len(),
                    })
                    .to_string();
                    tx.record(event, vec![]);
                }
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

fn row(ctx: &Ctx, channel: Channel, day: Date, found: &Difference) -> DifferenceRow {
    DifferenceRow {
        id: ctx.id(),
        channel: channel.as_str().to_owned(),
        day: day.to_string(),
        kind: found.kind.as_str().to_owned(),
        number: found.number.clone(),
        gift_id: found.gift.map(|gift| gift.0),
        ours_fen: found.ours.map(|fen| fen.0),
        theirs_fen: found.theirs.map(|fen| fen.0),
        found_at: ctx.now.0,
        resolved_at: None,
    }
}

/// The differences that stand, and the days that were compared last; each newest first.
///
/// # Errors
/// As the store.
pub async fn bills_list(ctx: &Ctx) -> Answer<(Vec<DifferenceRow>, Vec<BillDayRow>)> {
    ctx.authorize(Action::Verify)?;
    let mut reader = ctx.house.db.read().await?;
    let open = store::bill::differences_open(&mut reader.conn(), LINES).await?;
    let days = store::bill::bill_days(&mut reader.conn(), 31).await?;
    Ok((open, days))
}
