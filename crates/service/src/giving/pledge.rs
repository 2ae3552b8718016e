//! Pledging: a form becomes one gift that awaits its money, however often it is sent.

use domain::access::Action;
use domain::audit::Fields;
use domain::fund::CollectedBy;
use domain::giving::{Channel, FieldErrors, GiftField, GiftForm, GiftIntent, GiftState, TaxTitle};
use domain::id::{GiftId, Token};
use domain::refusal::Refusal;
use store::gift::GiftRow;
use store::payment::PaymentRow;
use store::person::PersonRow;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::gifts::token_of;
use crate::messages;
use crate::sealing::SealedTax;

/// The edition of the privacy notice that the form shows.
const NOTICE: &str = "2026-11";

/// A gift that now awaits its money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pledged {
    /// The gift.
    pub gift_id: GiftId,
    /// Opens its page.
    pub token: Token,
}

/// What `form` means today, or what stands in its way. Nothing is written.
///
/// # Errors
/// The refusals of the form's fields, or the store's.
pub async fn gift_read(ctx: &Ctx, form: &GiftForm) -> Answer<GiftIntent> {
    ctx.authorize(Action::Give)?;
    let today = ctx.now.date();
    let intent = form.read(today, &ctx.programme().await?.targets(today))?;
    if intent.channel == Channel::Sandbox && ctx.house.settings.production {
        return Err(one_field(GiftField::Channel, Refusal::ChannelNotOffered));
    }
    Ok(intent)
}

/// Makes the gift that `form` means. The same form sent again answers the same gift; other content under the same
/// key is refused, and the page then offers a fresh form.
///
/// # Errors
/// The refusals of the form's fields, or the store's.
pub async fn gift_pledge(ctx: &Ctx, form: &GiftForm, lang: words::Lang) -> Answer<Pledged> {
    let intent = gift_read(ctx, form).await?;
    let book = ctx.programme().await?;
    let collector = book.fund(intent.fund_id).and_then(|fund| fund.collected_by.as_ref());
    let rows = Rows::new(ctx, &intent, collector, lang);
    let sealed = match (&intent.tax, &rows.person) {
        (Some(tax), Some(person)) => Some(crate::sealing::seal_tax(ctx, person.id, rows.gift.id, tax).await?),
        _ => None,
    };
    match write(ctx, rows, intent, sealed).await {
        Ok(pledged) | Err(End::Again(pledged)) => Ok(pledged),
        Err(End::Failed(error)) => Err(error),
    }
}

/// How a pledge ends without writing anything.
enum End {
    /// The form was sent before: this is its gift.
    Again(Pledged),
    /// It was refused or the store failed.
    Failed(ServiceError),
}

impl From<ServiceError> for End {
    fn from(error: ServiceError) -> Self {
        Self::Failed(error)
    }
}

impl From<store::StoreError> for End {
    fn from(error: store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

fn one_field(field: GiftField, refusal: Refusal) -> ServiceError {
    ServiceError::Fields(FieldErrors::from([(field, refusal)]))
}

/// The rows of a pledge, made before the writer is asked, so that nothing slow happens inside it.
struct Rows {
    gift: GiftRow,
    payment: PaymentRow,
    person: Option<PersonRow>,
}

impl Rows {
    fn new(ctx: &Ctx, intent: &GiftIntent, collector: Option<&CollectedBy>, lang: words::Lang) -> Self {
        let id = ctx.id();
        let person = person_of(ctx, intent, lang);
        let contact = match (&person, &intent.email, &intent.phone) {
            (None, ..) => "none",
            (_, Some(_), _) => "email",
            (_, None, Some(_)) => "sms",
            (_, None, None) => "call",
        };
        let gift = GiftRow {
            id,
            gift_key: intent.gift_key.0.to_vec(),
            content: content(intent, lang).to_vec(),
            token: ctx.token().0.to_vec(),
            fund_id: intent.fund_id.0,
            programme_id: intent.programme_id.map(|id| id.0),
            organisation_id: collector.map(|by| by.organisation.id.0),
            plan_id: collector.map(|by| by.plan.id.0),
            person_id: person.as_ref().map(|p| p.id),
            amount_fen: intent.amount.0,
            anonymous: intent.anonymous,
            receipt_wanted: intent.receipt_wanted,
            issued_elsewhere: false,
            contact: contact.to_owned(),
            lang: lang.as_str().to_owned(),
            created_at: ctx.now.0,
            state: GiftState::Pending.as_str().to_owned(),
            refunded_fen: 0,
            edition: GiftRow::EDITION,
            event_chain: 0,
            event_seq: 0,
            pledged_fen: None,
        };
        let seconds = match intent.channel {
            Channel::BankTransfer => ctx.house.settings.transfer_seconds,
            Channel::Sandbox | Channel::TakenOver => ctx.house.settings.payment_seconds,
        };
        let payment = PaymentRow {
            id: ctx.id(),
            gift_id: id,
            channel: intent.channel.as_str().to_owned(),
            out_trade_no: trade_no(ctx, intent.channel),
            provider_ref: None,
            amount_fen: intent.amount.0,
            fee_fen: 0,
            state: "pending".to_owned(),
            created_at: ctx.now.0,
            expires_at: ctx.now.plus_seconds(seconds).0,
            paid_at: None,
            pay_url: None,
            next_query_at: Some(ctx.now.plus_seconds(first_query(intent.channel, seconds)).0),
            queries: 0,
            edition: 1,
            released_ref: None,
        };
        Self { gift, payment, person }
    }
}

/// The first look after a payment: soon for a provider, at the end of the wait for a transfer.
const fn first_query(channel: Channel, seconds: i64) -> i64 {
    match channel {
        Channel::BankTransfer => seconds,
        Channel::Sandbox | Channel::TakenOver => 10,
    }
}

/// Our number for a payment: short enough to write on a transfer, random so that it tells nothing of the volume.
fn trade_no(ctx: &Ctx, channel: Channel) -> String {
    let token = ctx.token().to_string().to_ascii_uppercase();
    match channel {
        // 10 places hold 50 random bits; a number that is taken is refused by the database and the form sent again.
        Channel::BankTransfer => format!("HZ-{}-{}", &token[16..21], &token[21..26]),
        Channel::Sandbox | Channel::TakenOver => format!("SP{token}"),
    }
}

fn person_of(ctx: &Ctx, intent: &GiftIntent, lang: words::Lang) -> Option<PersonRow> {
    let tax_title = intent.tax.as_ref().map(|tax| match tax {
        TaxTitle::Person { title, .. } | TaxTitle::Organisation { title, .. } => title.clone(),
    });
    let known =
        intent.name.is_some() || intent.email.is_some() || intent.phone.is_some() || tax_title.is_some();
    known.then(|| PersonRow {
        id: ctx.id(),
        is_organisation: intent.by_organisation,
        name: intent.name.clone().or(tax_title).unwrap_or_default(),
        email: intent.email.clone().unwrap_or_default(),
        phone: intent.phone.clone().unwrap_or_default(),
        lang: lang.as_str().to_owned(),
        salt: ctx.token().0.to_vec(),
    })
}

/// The digest of all that a form says, to tell a form sent twice from one that was changed.
fn content(intent: &GiftIntent, lang: words::Lang) -> domain::audit::Hash {
    let text = |value: &Option<String>| value.clone();
    let (title, number) = match &intent.tax {
        None => (None, None),
        Some(TaxTitle::Person { title, id }) => (Some(title.as_str()), Some(id.reveal())),
        Some(TaxTitle::Organisation { title, code }) => (Some(title.as_str()), Some(code.as_str())),
    };
    Fields::new("gift form")
        // The key is 128 random bits: without it the digest says nothing about an ID number.
        .bytes(&intent.gift_key.0)
        .id(intent.fund_id.0)
        .maybe_id(intent.programme_id.map(|id| id.0))
        .int(intent.amount.0)
        .int(i64::from(intent.by_organisation))
        .int(i64::from(intent.anonymous))
        .int(i64::from(intent.receipt_wanted))
        .maybe_text(text(&intent.name).as_deref())
        .maybe_text(text(&intent.email).as_deref())
        .maybe_text(text(&intent.phone).as_deref())
        .maybe_text(text(&intent.dedication).as_deref())
        .maybe_text(text(&intent.message).as_deref())
        .maybe_text(title)
        .maybe_text(number)
        .text(intent.channel.as_str())
        .text(lang.as_str())
        .finish()
}

async fn write(
    ctx: &Ctx,
    mut rows: Rows,
    intent: GiftIntent,
    sealed: Option<SealedTax>,
) -> Result<Pledged, End> {
    let at = ctx.clone();
    let declared = declared(&intent);
    let contact = intent.email.as_ref().or(intent.phone.as_ref());
    let contact = contact.filter(|_| intent.channel == Channel::BankTransfer);
    let contact = contact.map(|contact| messages::unpaid_subject(ctx, contact));
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let place = tx.next_event();
                let mut digests = Vec::with_capacity(3);
                if let Some(person) = &rows.person {
                    match store::person::person_same(&mut tx.conn(), person).await? {
                        // A sealed number belongs to its own person row and key.
                        Some(known) if sealed.is_none() => rows.gift.person_id = Some(known.0),
                        _ => digests.push(store::person::person_add(tx, person, place).await?),
                    }
                }
                let gift = rows.gift.at(place);
                let Some(digest) = store::gift::gift_add(tx, &gift).await? else {
                    return Err(same_gift(tx, &intent, &gift).await);
                };
                digests.push(digest);
                if intent.dedication.is_some() || intent.message.is_some() {
                    let text = |value: Option<String>| value.unwrap_or_default();
                    store::gift::words_add(tx, gift.id, &text(intent.dedication), &text(intent.message))
                        .await?;
                }
                if let Some(sealed) = &sealed {
                    digests.push(sealed.add(tx).await?);
                }
                store::payment::payment_add(tx, rows.payment);
                if let Some(contact) = &contact {
                    messages::enqueue_unpaid(&at, tx, &gift, "transfer_wanted", contact).await?;
                }
                let mut event = at.event("gift.pledged", ("gift", gift.id));
                event.state = Some(gift.state.clone());
                // What was declared stays provable, with the event's own time (PIPL Art 13-14, 29, 慈善法 Art 40).
                event.detail = declared.to_string();
                tx.record(event, digests);
                Ok(Pledged { gift_id: GiftId(gift.id), token: token_of(&gift)? })
            })
        })
        .await
}

/// What the donor declared and to which edition of the notice; the separate consent stands beside the general one and
/// only where an ID number was given.
fn declared(intent: &GiftIntent) -> serde_json::Value {
    let mut declared =
        serde_json::json!({ "consented": intent.consented, "notice": NOTICE, "related": false });
    if matches!(intent.tax, Some(TaxTitle::Person { .. })) {
        declared["id_number"] = serde_json::json!({ "consented": true, "notice": NOTICE });
    }
    declared
}

/// The form was used before: the same content is the same gift. Ending as an error takes back what this command
/// wrote before it knew.
async fn same_gift(tx: &mut store::Tx, intent: &GiftIntent, gift: &GiftRow) -> End {
    match store::gift::gift_by_key(&mut tx.conn(), intent.gift_key).await {
        Ok(Some(before)) if before.content == gift.content => match token_of(&before) {
            Ok(token) => End::Again(Pledged { gift_id: GiftId(before.id), token }),
            Err(error) => End::Failed(error),
        },
        Ok(_) => End::Failed(one_field(GiftField::Form, Refusal::FormAlreadyUsed)),
        Err(error) => End::Failed(error.into()),
    }
}
