//! Databases for one measurement, made and removed on a PostgreSQL server.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::error::StoreError;

/// A database that exists until it is removed.
pub struct Scratch {
    server: String,
    name: String,
    address: String,
}

impl Scratch {
    /// Makes the database anew: what another run left is removed first.
    ///
    /// # Errors
    /// When the server's address names no database, or it does not let us.
    pub async fn make(server: &str, name: &'static str) -> Result<Self, StoreError> {
        let (base, _) =
            server.rsplit_once('/').ok_or_else(|| StoreError::Address("no database named".to_owned()))?;
        let scratch =
            Self { server: server.to_owned(), name: name.to_owned(), address: format!("{base}/{name}") };
        scratch.run(format!("drop database if exists {name} with (force)")).await?;
        scratch.run(format!("create database {name}")).await?;
        Ok(scratch)
    }

    /// What `Db::open` takes.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Removes the database.
    ///
    /// # Errors
    /// As the server.
    pub async fn remove(self) -> Result<(), StoreError> {
        self.run(format!("drop database if exists {} with (force)", self.name)).await
    }

    async fn run(&self, sql: String) -> Result<(), StoreError> {
        let mut conn = PgConnection::connect(&self.server).await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await?;
        conn.close().await?;
        Ok(())
    }
}
