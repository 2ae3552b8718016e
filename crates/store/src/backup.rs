//! Copies of a whole SQLite database while it is written, and whether a database is empty.

use std::path::Path;

use crate::db::{Conn, Db};
use crate::error::StoreError;
use crate::keys::KeyStore;
use crate::sql::{execute, fetch_one};

impl Db {
    /// Writes one moment of an SQLite database into a new file. Writers go on meanwhile (WAL).
    ///
    /// # Errors
    /// As the driver; [`StoreError::Address`] on PostgreSQL, which has `pg_dump`.
    pub async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        if self.is_postgres() {
            return Err(StoreError::Address("PostgreSQL is copied by pg_dump".to_owned()));
        }
        let mut own = self.own_conn().await?;
        execute!(&mut own.conn(), "vacuum into $1", file.to_string_lossy().into_owned()).map(|_| ())
    }

    /// Whether the database has no table yet, in any schema of ours.
    ///
    /// # Errors
    /// As the driver.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let mut reader = self.read().await?;
        let mut conn = reader.conn();
        let sql = match conn {
            Conn::Sqlite(_) => "select count(*) from sqlite_schema where type = 'table'",
            Conn::Postgres(_) => {
                "select count(*) from information_schema.tables \
                 where table_schema not in ('pg_catalog', 'information_schema')"
            }
        };
        let (tables,) = fetch_one!(&mut conn, (i64,), sql)?;
        Ok(tables == 0)
    }
}

impl KeyStore {
    /// Writes one moment of an SQLite key store into a new file.
    ///
    /// # Errors
    /// As [`Db::copy_to`].
    pub async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        self.db.copy_to(file).await
    }
}
