//! Banks that store units.

use domain::audit::Fields;
use domain::id::BankId;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_one};
use crate::tx::Tx;

/// A bank: table `bank`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct BankRow {
    /// Id.
    pub id: Uuid,
    /// How the search index knows it, from 0 to 65535.
    pub number: i64,
    /// Its code, unique.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Whether it lies abroad.
    pub abroad: bool,
    /// Under which filing its data came or go, or empty.
    pub filing_number: String,
}

impl BankRow {
    /// The bank's id.
    #[must_use]
    pub const fn bank_id(&self) -> BankId {
        BankId(self.id)
    }

    /// What the last event that speaks of it must say.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("bank")
            .int(self.number)
            .text(&self.code)
            .text(&self.name_zh)
            .text(&self.name_en)
            .int(self.abroad.into())
            .text(&self.filing_number);
        Fact::new("bank", self.id, fields)
    }
}

/// All banks in the order of their numbers.
///
/// # Errors
/// As the driver.
pub async fn banks(conn: &mut Conn<'_>) -> Result<Vec<BankRow>, StoreError> {
    fetch_all!(
        conn,
        BankRow,
        "select id, number, code, name_zh, name_en, abroad, filing_number from bank order by number"
    )
}

/// Adds a bank, or gives the one of the same code new names; its number stays. Returns it as it is kept.
///
/// # Errors
/// As the driver, also when there are 65536 banks.
pub async fn bank_put(tx: &mut Tx, row: &BankRow) -> Result<BankRow, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into bank (id, number, code, name_zh, name_en, abroad, filing_number) \
         values ($1, (select coalesce(max(number) + 1, 0) from bank), $2, $3, $4, $5, $6) \
         on conflict (code) do update set name_zh = excluded.name_zh, name_en = excluded.name_en, \
         abroad = excluded.abroad, filing_number = excluded.filing_number",
        row.id,
        &row.code,
        &row.name_zh,
        &row.name_en,
        row.abroad,
        &row.filing_number
    )?;
    fetch_one!(
        &mut tx.conn(),
        BankRow,
        "select id, number, code, name_zh, name_en, abroad, filing_number from bank where code = $1",
        &row.code
    )
}
