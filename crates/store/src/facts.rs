//! Rows that may change are proved by the last event that speaks of them: it says, in its detail, what the row's digest
//! is from then on.

use std::collections::BTreeMap;

use domain::audit::{Event, Fields, Hash};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::audit::EventRow;
use crate::db::Conn;
use crate::error::StoreError;
use crate::payment::PaymentRow;
use crate::setting::TaxRequestRow;
use crate::sql::{fetch_all, fetch_one};

/// The member of an event's detail that holds facts.
const MEMBER: &str = "facts";

/// The kind of the event that ends the taking-in of rows from before events held facts.
pub const ADOPTED: &str = "books.adopted";

/// Tables that came under events after books had been taken in: each house takes their rows in once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// Policies of doses.
    DosePolicies,
    /// The names under which old books know the funds.
    FundAliases,
}

impl Late {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::DosePolicies, Self::FundAliases];

    /// The kind of the event that takes them in.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::DosePolicies => "dose_policies.adopted",
            Self::FundAliases => "fund_aliases.adopted",
        }
    }

    const fn table(self) -> &'static str {
        match self {
            Self::DosePolicies => "dose_policy",
            Self::FundAliases => "fund_alias",
        }
    }

    /// What the rows are now.
    ///
    /// # Errors
    /// As the driver.
    pub async fn facts(self, conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
        match self {
            Self::DosePolicies => crate::dose_policy::policy_facts(conn).await,
            Self::FundAliases => crate::fund::alias_facts(conn).await,
        }
    }
}

/// The kind of the events that take in gifts from before their digest covered all of them.
pub const GIFTS_ADOPTED: &str = "gifts.adopted";

/// What a row is from an event on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Table and id: `staff_user 0190…`.
    pub row: String,
    /// The digest of the row.
    pub digest: Hash,
}

impl Fact {
    /// The fact of one row.
    #[must_use]
    pub fn new(table: &str, id: impl std::fmt::Display, fields: Fields) -> Self {
        Self { row: format!("{table} {id}"), digest: fields.finish() }
    }
}

/// Puts facts into an event's detail.
pub(crate) fn put(event: &mut Event, facts: &[Fact]) {
    if facts.is_empty() {
        return;
    }
    let mut detail: Map<String, Value> = serde_json::from_str(&event.detail).unwrap_or_default();
    let facts = facts.iter().map(|fact| (fact.row.clone(), Value::String(hex(&fact.digest)))).collect();
    detail.insert(MEMBER.to_owned(), Value::Object(facts));
    event.detail = Value::Object(detail).to_string();
}

/// The facts that an event holds: row and digest in hexadecimal, by row.
pub(crate) fn of(event: &EventRow) -> BTreeMap<String, String> {
    // Most events hold none: those of gifts are not read as JSON.
    if !event.detail.contains("\"facts\"") {
        return BTreeMap::new();
    }
    let detail: Map<String, Value> = serde_json::from_str(&event.detail).unwrap_or_default();
    let Some(Value::Object(facts)) = detail.get(MEMBER) else { return BTreeMap::new() };
    let texts = facts.iter().filter_map(|(row, digest)| Some((row.clone(), digest.as_str()?.to_owned())));
    texts.collect()
}

pub(crate) fn hex(digest: &Hash) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether the rows from before events held facts have been taken in.
///
/// # Errors
/// As the driver.
pub async fn adopted(conn: &mut Conn<'_>) -> Result<bool, StoreError> {
    let (found,) = fetch_one!(
        conn,
        (i64,),
        "select count(*) from audit_event where subject_id = $1 and kind = $2",
        Uuid::nil(),
        ADOPTED
    )?;
    Ok(found > 0)
}

/// Whether an event took these rows in: the books' own, or that of a house whose books were taken in before.
///
/// # Errors
/// As the driver.
pub async fn late_adopted(conn: &mut Conn<'_>, late: Late) -> Result<bool, StoreError> {
    let (found,) = fetch_one!(
        conn,
        (i64,),
        "select count(*) from audit_event where subject_id = $1 and kind in ($2, $3) and detail like $4",
        Uuid::nil(),
        ADOPTED,
        late.kind(),
        format!("%\"{} %", late.table())
    )?;
    Ok(found > 0)
}

/// What the rows that change are now, but for refunds: those are read in pages.
///
/// # Errors
/// As the driver.
pub async fn facts_now(conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
    let mut facts = crate::fund::facts_now(conn).await?;
    facts.extend(crate::staff::staff_list(conn).await?.iter().map(crate::staff::StaffRow::fact));
    facts.push(crate::ledger::books_fact(conn).await?);
    facts.extend(crate::verify_units::facts_now(conn).await?);
    facts.extend(crate::bank::banks(conn).await?.iter().map(crate::bank::BankRow::fact));
    facts.extend(crate::api_key::api_keys(conn).await?.iter().map(crate::api_key::ApiKeyRow::fact));
    Ok(facts)
}

/// The facts of the gifts of edition 1 whose ids lie in (`after`, `last`], in the order of their ids, at most `limit`:
/// of each, what its own digest does not cover.
///
/// # Errors
/// As the driver.
pub async fn facts_of_old_gifts(
    conn: &mut Conn<'_>,
    (after, last): (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<(Uuid, Fact)>, StoreError> {
    let gifts = fetch_all!(
        &mut *conn,
        (Uuid, bool),
        "select id, anonymous from gift where edition = 1 and id > $1 and id <= $2 order by id limit $3",
        after,
        last,
        limit
    )?;
    let Some((last, _)) = gifts.last().copied() else { return Ok(Vec::new()) };
    let taxes = fetch_all!(
        &mut *conn,
        TaxRequestRow,
        "select t.* from gift g join tax_request t on t.gift_id = g.id where g.edition = 1 and g.id > $1 and g.id <= $2",
        after,
        last
    )?;
    // What is paid from now on is covered by its own event.
    let payments = fetch_all!(
        conn,
        PaymentRow,
        "select p.* from gift g join payment p on p.gift_id = g.id where g.edition = 1 and g.id > $1 and g.id <= $2 \
         and p.edition = 1 and p.state in ('paid', 'reversed')",
        after,
        last
    )?;
    let mut taxes: BTreeMap<Uuid, Hash> = taxes.iter().map(|row| (row.gift_id, row.digest())).collect();
    let mut payments: BTreeMap<Uuid, Hash> =
        payments.iter().map(|row| (row.gift_id, row.digest(""))).collect();
    let fact = |(id, anonymous)| {
        let rest = [taxes.remove(&id), payments.remove(&id)];
        let fields = Fields::new("gift of edition 1").id(id).int(i64::from(anonymous));
        let fields = rest.iter().fold(fields, |fields, row| match row {
            Some(digest) => fields.bytes(digest),
            None => fields.maybe_text(None),
        });
        (id, Fact::new("gift", id, fields))
    };
    Ok(gifts.into_iter().map(fact).collect())
}
