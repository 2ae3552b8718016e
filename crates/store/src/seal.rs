//! Recipients' own seals: pictures that they uploaded. The newest row counts; one without a picture means none.

use domain::audit::{Fields, Hash};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_optional};
use crate::tx::Tx;

/// A seal: table `seal`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct SealRow {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub organisation_id: Uuid,
    /// PNG or JPEG, 512 KiB at most; none takes the seal away.
    pub picture: Option<Vec<u8>>,
    /// Who set it.
    pub set_by: String,
    /// When (µs).
    pub set_at: i64,
    /// Chain of its event.
    pub event_chain: i64,
    /// Number of its event.
    pub event_seq: i64,
}

impl SealRow {
    /// The digest for the audit chain.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("seal")
            .id(self.id)
            .id(self.organisation_id)
            .int(self.picture.is_some().into())
            .bytes(self.picture.as_deref().unwrap_or_default())
            .text(&self.set_by)
            .int(self.set_at)
            .finish()
    }
}

/// Keeps a seal: receipts issued from now on bear it.
///
/// # Errors
/// As the driver.
pub async fn seal_add(tx: &mut Tx, row: &SealRow) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into seal (id, organisation_id, picture, set_by, set_at, event_chain, event_seq) \
         values ($1, $2, $3, $4, $5, $6, $7)",
        row.id,
        row.organisation_id,
        row.picture.as_deref(),
        &row.set_by,
        row.set_at,
        row.event_chain,
        row.event_seq
    )?;
    tx.receipt_facts().clear();
    Ok(())
}

/// The picture of a seal.
///
/// # Errors
/// As the driver.
pub async fn seal_picture(conn: &mut Conn<'_>, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
    let row = fetch_optional!(conn, (Option<Vec<u8>>,), "select picture from seal where id = $1", id)?;
    Ok(row.and_then(|(picture,)| picture))
}
