//! Posting one old gift or refund: rows, ledger entry and audit event, without message or receipt.

use std::collections::HashMap;

use domain::fund::CollectedBy;
use domain::giving::{Channel, GiftState};
use domain::id::{EntryId, FundId, GiftId, RefundId};
use domain::ledger::{Account, Balanced, EntryKind};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::takeover::{PastDonor, PastEntry, ReceiptMark};
use store::gift::GiftRow;
use store::ledger::EntryHead;
use store::payment::PaymentRow;
use store::person::PersonRow;
use store::refund::RefundRow;
use store::takeover::TakenOverRow;
use store::{EventPlace, StoreError, Tx};
use uuid::Uuid;

use super::import::content_digest;
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::programme::ProgrammeBook;

/// A fund's id and who collects for it now.
pub(super) type FundPlaces = HashMap<String, (FundId, Option<CollectedBy>)>;

/// Where the money of each fund code belongs.
pub(super) fn fund_places(book: &ProgrammeBook) -> FundPlaces {
    book.funds.iter().map(|fund| (fund.code.clone(), (fund.id, fund.collected_by.clone()))).collect()
}

/// The posting of one list inside one transaction.
pub(super) struct Posting<'p> {
    ctx: &'p Ctx,
    source: &'p str,
    funds: &'p FundPlaces,
    /// Gifts of this list by serial number, for their refunds.
    gifts: HashMap<String, GiftId>,
    rows: Vec<TakenOverRow>,
}

impl<'p> Posting<'p> {
    pub(super) fn new(ctx: &'p Ctx, source: &'p str, funds: &'p FundPlaces) -> Self {
        Self { ctx, source, funds, gifts: HashMap::new(), rows: Vec::new() }
    }

    /// Posts one entry; gifts come before their refunds.
    pub(super) async fn post(&mut self, tx: &mut Tx, entry: &PastEntry) -> Answer<()> {
        match &entry.refund_of {
            None => self.gift(tx, entry).await,
            Some(gift) => self.refund(tx, entry, gift).await,
        }
    }

    /// Keeps the identity of an entry, and gives what its event says of it: detail that holds no name.
    fn identify(&mut self, entry: &PastEntry, gift_id: Option<Uuid>, refund_id: Option<Uuid>) -> String {
        let row = TakenOverRow {
            source: self.source.to_owned(),
            serial: entry.serial.clone(),
            gift_id,
            refund_id,
            content: content_digest(self.ctx, &entry.content()),
        };
        let detail = serde_json::json!({
            "source": row.source,
            "serial": row.serial,
            "method": entry.method,
            "amount_fen": entry.amount.0,
            "receipt": entry.receipt.word(),
            (TakenOverRow::MEMBER): row.word(),
        });
        self.rows.push(row);
        detail.to_string()
    }

    /// Keeps the identities of all that was posted, and one event of the take-over; none when nothing was new.
    pub(super) async fn finish(self, tx: &mut Tx) -> Answer<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        store::takeover::taken_over_add(tx, &self.rows).await?;
        let mut event = self.ctx.event("gifts.taken_over", ("takeover", self.ctx.id()));
        event.detail = serde_json::json!({ "source": self.source, "entries": self.rows.len() }).to_string();
        tx.record(event, vec![]);
        Ok(())
    }

    async fn gift(&mut self, tx: &mut Tx, entry: &PastEntry) -> Answer<()> {
        let place = tx.next_event();
        let mut digests = Vec::with_capacity(4);
        let person_id = match person_of(self.ctx, entry) {
            None => None,
            Some(person) => Some(add_person(tx, entry, &person, place, &mut digests).await?),
        };
        let fund = self.funds.get(&entry.fund).ok_or(Refusal::NotFound)?;
        let gift = self.gift_row(entry, fund, person_id).at(place);
        let fund_id = fund.0;
        // The key follows from source and serial number: a second gift of the same row cannot be stored.
        let digest = store::gift::gift_add(tx, &gift).await?;
        digests.push(digest.ok_or(StoreError::Conflict { constraint: "gift.gift_key".to_owned() })?);
        if !entry.note.is_empty() {
            store::gift::words_add(tx, gift.id, "", &entry.note).await?;
            // A remark in a list was never meant for the public: it is kept and not offered to staff as a message.
            store::gift::words_set_state(tx, gift.id, "held").await?;
        }
        let payment = self.payment_row(entry, &gift);
        digests.push(payment.digest(&entry.when.date.to_string()));
        store::payment::payment_add(tx, payment);
        let balanced = Balanced::gift(fund_id, Account::Bank, entry.amount, Fen::ZERO).ok_or(wrong(entry))?;
        let head = self.entry_head(entry, EntryKind::Gift, GiftId(gift.id), None);
        digests.push(store::ledger::entry_post(tx, head, &balanced, place).await?);
        let mut event = self.ctx.event("gift.taken_over", ("gift", gift.id));
        event.state = Some(gift.state.clone());
        event.detail = self.identify(entry, Some(gift.id), None);
        tx.record(event, digests);
        self.gifts.insert(entry.serial.clone(), GiftId(gift.id));
        Ok(())
    }

    async fn refund(&mut self, tx: &mut Tx, entry: &PastEntry, serial: &str) -> Answer<()> {
        let place = tx.next_event();
        let gift_id = match self.gifts.get(serial) {
            Some(gift) => *gift,
            None => {
                let stored = store::takeover::taken_over_gift(&mut tx.conn(), self.source, serial).await?;
                GiftId(stored.ok_or(Refusal::NotFound)?.gift_id)
            }
        };
        let gift = store::gift::gift_get(&mut tx.conn(), gift_id).await?.ok_or(Refusal::NotFound)?;
        let (amount, fund) = (entry.amount.negated(), FundId(gift.fund_id));
        let left = gift.amount_fen - store::refund::refund_total(&mut tx.conn(), gift_id).await?;
        if amount.0 > left {
            return Err(Refusal::RefundOverGift { left: Fen(left) }.into());
        }
        let available = store::ledger::available(tx, fund).await?;
        if available < amount.0 {
            return Err(Refusal::FundShort { available: Fen(available) }.into());
        }
        let row = self.refund_row(entry, gift_id, amount);
        let fact = store::refund::refund_add(tx, &row).await?;
        let balanced = Balanced::refund(fund, Account::Bank, amount, Fen::ZERO).ok_or(wrong(entry))?;
        let head = self.entry_head(entry, EntryKind::Refund, gift_id, Some(RefundId(row.id)));
        let digest = store::ledger::entry_post(tx, head, &balanced, place).await?;
        let refunded = gift.refunded_fen + amount.0;
        let state = GiftState::after_refund(gift.amount_fen, refunded);
        store::gift::gift_set_refunded(tx, gift.id, refunded, state).await?;
        let mut event = self.ctx.event("refund.taken_over", ("gift", gift.id));
        event.state = Some(state.as_str().to_owned());
        event.detail = self.identify(entry, None, Some(row.id));
        tx.record_facts(event, vec![digest], &[fact]);
        Ok(())
    }

    /// An id that carries the moment of the gift, so that lists by id stay lists by time.
    fn past_id(&self, entry: &PastEntry) -> Uuid {
        self.ctx.house.ids.uuid(entry.when.instant())
    }

    fn gift_row(
        &self,
        entry: &PastEntry,
        (fund_id, collector): &(FundId, Option<CollectedBy>),
        person_id: Option<Uuid>,
    ) -> GiftRow {
        let identity =
            domain::audit::Fields::new("taken-over gift").text(self.source).text(&entry.serial).finish();
        let key = self.ctx.house.keys.digest("taken-over gift key", &identity);
        GiftRow {
            id: self.past_id(entry),
            gift_key: key[..16].to_vec(),
            content: content_digest(self.ctx, &entry.content()),
            token: self.ctx.token().0.to_vec(),
            fund_id: fund_id.0,
            programme_id: None,
            organisation_id: collector.as_ref().map(|by| by.organisation.id.0),
            // Under which plan an old gift was collected is not written; today's is not guessed where it was not yet.
            plan_id: collector
                .as_ref()
                .filter(|by| (by.plan.starts_on..=by.plan.ends_on).contains(&entry.when.date))
                .map(|by| by.plan.id.0),
            person_id,
            amount_fen: entry.amount.0,
            anonymous: matches!(entry.donor, PastDonor::Anonymous { .. }),
            receipt_wanted: false,
            // An unclear mark counts as issued: staff look at the paper before there is a second one.
            issued_elsewhere: entry.receipt != ReceiptMark::None,
            contact: "none".to_owned(),
            lang: "zh".to_owned(),
            created_at: entry.when.instant().0,
            state: GiftState::Paid.as_str().to_owned(),
            refunded_fen: 0,
            edition: GiftRow::EDITION,
            event_chain: 0,
            event_seq: 0,
            pledged_fen: None,
        }
    }

    fn payment_row(&self, entry: &PastEntry, gift: &GiftRow) -> PaymentRow {
        let at = entry.when.instant().0;
        PaymentRow {
            id: self.past_id(entry),
            gift_id: gift.id,
            channel: Channel::TakenOver.as_str().to_owned(),
            out_trade_no: format!("TO{}", self.ctx.token().to_string().to_ascii_uppercase()),
            provider_ref: Some(format!("{}/{}", self.source, entry.serial)),
            amount_fen: gift.amount_fen,
            fee_fen: 0,
            state: "paid".to_owned(),
            created_at: at,
            expires_at: at,
            paid_at: Some(at),
            pay_url: None,
            next_query_at: None,
            queries: 0,
            edition: PaymentRow::EDITION,
            released_ref: None,
        }
    }

    fn refund_row(&self, entry: &PastEntry, gift_id: GiftId, amount: Fen) -> RefundRow {
        let at = entry.when.instant().0;
        RefundRow {
            id: self.past_id(entry),
            gift_id: gift_id.0,
            out_refund_no: format!("TR{}", self.ctx.token().to_string().to_ascii_uppercase()),
            amount_fen: amount.0,
            reason: entry.note.clone(),
            requested_by: self.ctx.actor.word(),
            requested_at: at,
            state: "done".to_owned(),
            done_at: Some(at),
            next_query_at: None,
            queries: 0,
            promised_fen: amount.0,
            fee_returned_fen: 0,
            withdrawn: None,
        }
    }

    fn entry_head(
        &self,
        entry: &PastEntry,
        kind: EntryKind,
        gift_id: GiftId,
        refund_id: Option<RefundId>,
    ) -> EntryHead {
        EntryHead {
            id: EntryId(self.past_id(entry)),
            kind,
            gift_id,
            refund_id,
            reverses_id: None,
            occurred_on: entry.when.date,
        }
    }
}

fn wrong(entry: &PastEntry) -> ServiceError {
    StoreError::Inconsistent { table: "taken_over", column: "amount_fen", row: entry.serial.clone() }.into()
}

/// The person of an entry: nobody for an anonymous gift without a telephone number.
fn person_of(ctx: &Ctx, entry: &PastEntry) -> Option<PersonRow> {
    let named = matches!(entry.donor, PastDonor::Named(_));
    (named || !entry.phone.is_empty()).then(|| PersonRow {
        id: ctx.id(),
        is_organisation: entry.donor.is_organisation(),
        name: entry.donor.as_written().to_owned(),
        email: String::new(),
        phone: entry.phone.clone(),
        lang: "zh".to_owned(),
        salt: ctx.token().0.to_vec(),
    })
}

/// The person's id: a known one for the same name and number, never for an anonymous wording.
async fn add_person(
    tx: &mut Tx,
    entry: &PastEntry,
    person: &PersonRow,
    place: EventPlace,
    digests: &mut Vec<domain::audit::Hash>,
) -> Answer<Uuid> {
    if matches!(entry.donor, PastDonor::Named(_))
        && let Some(known) = store::person::person_same(&mut tx.conn(), person).await?
    {
        return Ok(known.0);
    }
    digests.push(store::person::person_add(tx, person, place).await?);
    Ok(person.id)
}
