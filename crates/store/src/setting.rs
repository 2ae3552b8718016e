//! Facts of the installation itself, and requests for tax receipts with their sealed values.

use domain::audit::{Fields, Hash};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_one, fetch_optional};
use crate::tx::Tx;

/// A fact of the installation.
///
/// # Errors
/// As the driver.
pub async fn setting_get(conn: &mut Conn<'_>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(fetch_optional!(conn, (Vec<u8>,), "select value from setting where name = $1", name)?.map(|(v,)| v))
}

/// Keeps a fact unless there is one; the fact that stands.
///
/// # Errors
/// As the driver.
pub async fn setting_claim(tx: &mut Tx, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into setting (name, value) values ($1, $2) on conflict (name) do nothing",
        name,
        value.to_vec()
    )?;
    let (kept,) = fetch_one!(&mut tx.conn(), (Vec<u8>,), "select value from setting where name = $1", name)?;
    Ok(kept)
}

/// A request for a tax receipt.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct TaxRequestRow {
    /// The gift.
    pub gift_id: Uuid,
    /// Under whose key the values are sealed.
    pub person_id: Uuid,
    /// `resident_id` or `credit_code`.
    pub kind: String,
    /// The title, sealed.
    pub title_sealed: Vec<u8>,
    /// The number, sealed.
    pub number_sealed: Vec<u8>,
    /// Keyed digest of the number, for finding equal ones.
    pub number_lookup: Vec<u8>,
}

impl TaxRequestRow {
    /// The digest for the event that wrote its gift: of what is sealed, so that it opens nothing.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("tax_request")
            .id(self.gift_id)
            .id(self.person_id)
            .text(&self.kind)
            .bytes(&self.title_sealed)
            .bytes(&self.number_sealed)
            .bytes(&self.number_lookup)
            .finish()
    }
}

/// Keeps a request for a tax receipt beside its gift. The digest goes into the gift's event.
///
/// # Errors
/// As the driver.
pub async fn tax_request_add(tx: &mut Tx, row: &TaxRequestRow) -> Result<Hash, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into tax_request (gift_id, person_id, kind, title_sealed, number_sealed, number_lookup) \
         values ($1, $2, $3, $4, $5, $6)",
        row.gift_id,
        row.person_id,
        &row.kind,
        &row.title_sealed,
        &row.number_sealed,
        &row.number_lookup
    )?;
    Ok(row.digest())
}

/// The request for a tax receipt of a gift.
///
/// # Errors
/// As the driver.
pub async fn tax_request_of(conn: &mut Conn<'_>, gift_id: Uuid) -> Result<Option<TaxRequestRow>, StoreError> {
    fetch_optional!(conn, TaxRequestRow, "select * from tax_request where gift_id = $1", gift_id)
}
