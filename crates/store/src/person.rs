//! Persons: the only table that holds names and contacts.

use domain::audit::{Fields, Hash};
use domain::id::PersonId;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_optional};
use crate::tx::{EventPlace, Tx};

/// A person or organisation as it named itself. Never overwritten: other facts are another person row, until staff
/// join the two.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct PersonRow {
    /// Id.
    pub id: Uuid,
    /// Whether it is an organisation.
    pub is_organisation: bool,
    /// Name.
    pub name: String,
    /// E-mail, or empty.
    pub email: String,
    /// Mobile number, or empty.
    pub phone: String,
    /// `zh` or `en`.
    pub lang: String,
    /// 16 random bytes.
    pub salt: Vec<u8>,
}

impl PersonRow {
    /// The salted digest of the plain facts.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        Fields::new("person facts")
            .bytes(&self.salt)
            .id(self.id)
            .int(i64::from(self.is_organisation))
            .text(&self.name)
            .text(&self.email)
            .text(&self.phone)
            .finish()
    }
}

/// The digest of a person's row for the audit chain: it holds the commitment and no fact.
#[must_use]
pub fn person_digest(id: Uuid, commitment: &[u8]) -> Hash {
    Fields::new("person").id(id).bytes(commitment).finish()
}

/// The person who gave with exactly these facts before, if there is one. Facts that differ in any part are another
/// person until staff join them, so a repeat donor is neither doubled nor overwritten.
///
/// # Errors
/// As the driver.
pub async fn person_same(conn: &mut Conn<'_>, row: &PersonRow) -> Result<Option<PersonId>, StoreError> {
    if row.email.is_empty() && row.phone.is_empty() {
        // A name alone joins nobody: there are many 王伟.
        return Ok(None);
    }
    let found = fetch_optional!(
        conn,
        (Uuid,),
        "select id from person where email = $1 and phone = $2 and name = $3 and is_organisation = $4 \
         and erased_at is null order by id limit 1",
        &row.email,
        &row.phone,
        &row.name,
        row.is_organisation
    )?;
    Ok(found.map(|(id,)| PersonId(id)))
}

/// Adds a person under the event at `place`; the digest goes into that event.
///
/// # Errors
/// As the driver.
pub async fn person_add(tx: &mut Tx, row: &PersonRow, place: EventPlace) -> Result<Hash, StoreError> {
    let commitment = row.commitment();
    execute!(
        &mut tx.conn(),
        "insert into person (id, is_organisation, name, email, phone, lang, salt, commitment, event_chain, event_seq) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        row.id,
        row.is_organisation,
        &row.name,
        &row.email,
        &row.phone,
        &row.lang,
        &row.salt,
        commitment.to_vec(),
        place.chain,
        place.seq
    )?;
    Ok(person_digest(row.id, &commitment))
}

/// A person's facts.
///
/// # Errors
/// As the driver.
pub async fn person_get(conn: &mut Conn<'_>, id: PersonId) -> Result<Option<PersonRow>, StoreError> {
    fetch_optional!(
        conn,
        PersonRow,
        "select id, is_organisation, name, email, phone, lang, salt from person where id = $1",
        id.0
    )
}
