//! Banks that store units.

use domain::audit::Fields;
use domain::id::BankId;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional};
use crate::tx::Tx;

/// A bank.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BankRow {
    /// Id.
    pub id: Uuid,
    /// How the search index knows it: 0 to 65,535.
    pub number: i64,
    /// Its code among registries.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Whether it lies outside mainland China.
    pub abroad: bool,
    /// The filing under which data go to it when it lies abroad, or empty.
    pub filing_number: String,
}

impl BankRow {
    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("bank")
            .id(self.id)
            .int(self.number)
            .text(&self.code)
            .text(&self.name_zh)
            .text(&self.name_en)
            .int(i64::from(self.abroad))
            .text(&self.filing_number);
        Fact::new("bank", self.id, fields)
    }
}

/// Adds a bank, or changes all but id, number and code. Its fact goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when number or code is another bank's.
pub async fn bank_put(tx: &mut Tx, row: &BankRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into bank (id, number, code, name_zh, name_en, abroad, filing_number) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (id) do update set name_zh = excluded.name_zh, name_en = excluded.name_en, \
         abroad = excluded.abroad, filing_number = excluded.filing_number",
        row.id,
        row.number,
        &row.code,
        &row.name_zh,
        &row.name_en,
        row.abroad,
        &row.filing_number
    )?;
    let kept = bank_get(&mut tx.conn(), BankId(row.id)).await?;
    Ok(kept.as_ref().unwrap_or(row).fact())
}

/// The number that the next bank may have.
///
/// # Errors
/// As the driver.
pub async fn bank_next_number(conn: &mut Conn<'_>) -> Result<i64, StoreError> {
    let (number,) = fetch_one!(conn, (i64,), "select coalesce(max(number), 0) + 1 from bank")?;
    Ok(number)
}

/// All banks, by code.
///
/// # Errors
/// As the driver.
pub async fn banks(conn: &mut Conn<'_>) -> Result<Vec<BankRow>, StoreError> {
    fetch_all!(conn, BankRow, "select * from bank order by code")
}

/// One bank.
///
/// # Errors
/// As the driver.
pub async fn bank_get(conn: &mut Conn<'_>, id: BankId) -> Result<Option<BankRow>, StoreError> {
    fetch_optional!(conn, BankRow, "select * from bank where id = $1", id.0)
}

/// The bank with this code.
///
/// # Errors
/// As the driver.
pub async fn bank_by_code(conn: &mut Conn<'_>, code: &str) -> Result<Option<BankRow>, StoreError> {
    fetch_optional!(conn, BankRow, "select * from bank where code = $1", code)
}
