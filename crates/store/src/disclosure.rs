//! Who took data of units out of the registry, for what, and under which filing.

use domain::audit::{Fields, Hash};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all};
use crate::tx::Tx;

/// A disclosure: table `registry_disclosure`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct DisclosureRow {
    /// Id.
    pub id: Uuid,
    /// `wmda`, `csv`, `fhir`.
    pub format: String,
    /// What for.
    pub purpose: String,
    /// To whom.
    pub receiver: String,
    /// Whether the receiver is abroad.
    pub abroad: bool,
    /// Number of the filing, needed abroad.
    pub filing_number: String,
    /// How many units.
    pub units: i64,
    /// Who: `system` or a user's id.
    pub made_by: String,
    /// When (µs).
    pub made_at: i64,
    /// Chain of its event.
    pub event_chain: i64,
    /// Number of its event.
    pub event_seq: i64,
    /// The code of the bank whose units they are.
    pub bank_code: String,
    /// [`domain::registry::ExportScope`].
    pub scope: String,
    /// The number at which the registry stood.
    pub registry_number: i64,
    /// SHA-256 of the file.
    pub file_digest: Vec<u8>,
}

impl DisclosureRow {
    /// The digest for the audit chain.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("registry_disclosure")
            .id(self.id)
            .text(&self.format)
            .text(&self.purpose)
            .text(&self.receiver)
            .int(self.abroad.into())
            .text(&self.filing_number)
            .int(self.units)
            .text(&self.made_by)
            .int(self.made_at)
            .text(&self.bank_code)
            .text(&self.scope)
            .int(self.registry_number)
            .bytes(&self.file_digest)
            .finish()
    }
}

/// Keeps a disclosure.
///
/// # Errors
/// As the driver; the database itself asks for the filing of a receiver abroad.
pub async fn disclosure_add(tx: &mut Tx, row: &DisclosureRow) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into registry_disclosure (id, format, purpose, receiver, abroad, filing_number, units, made_by, made_at, \
         event_chain, event_seq, bank_code, scope, registry_number, file_digest) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        row.id,
        &row.format,
        &row.purpose,
        &row.receiver,
        row.abroad,
        &row.filing_number,
        row.units,
        &row.made_by,
        row.made_at,
        row.event_chain,
        row.event_seq,
        &row.bank_code,
        &row.scope,
        row.registry_number,
        &row.file_digest
    )?;
    Ok(())
}

/// The disclosures before the id `before`, newest first, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn disclosures_before(
    conn: &mut Conn<'_>,
    before: Uuid,
    limit: i64,
) -> Result<Vec<DisclosureRow>, StoreError> {
    fetch_all!(
        conn,
        DisclosureRow,
        "select * from registry_disclosure where id < $1 order by id desc limit $2",
        before,
        limit
    )
}
