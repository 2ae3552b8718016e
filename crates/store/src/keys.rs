//! The wrapped data keys of persons, in a store of their own (an SQLite file, a PostgreSQL schema), left out of
//! ordinary dumps: destroying a row here erases what was sealed under it everywhere.

use domain::id::PersonId;

use crate::db::{Conn, Db};
use crate::error::StoreError;
use crate::sql::{execute, fetch_optional};

/// The store of wrapped keys.
#[derive(Clone, Debug)]
pub struct KeyStore {
    pub(crate) db: Db,
}

impl KeyStore {
    /// Opens the key store at `address`, as [`Db::open`] does, and makes its table.
    ///
    /// # Errors
    /// As the driver.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        let db = Db::open(address).await?;
        let mut own = db.own_conn().await?;
        let mut conn = own.conn();
        if let Conn::Postgres(_) = conn {
            // Two nodes may start at once: the lock makes the second wait for the first.
            execute!(&mut conn, "select pg_advisory_lock(7311001)")?;
            execute!(&mut conn, "create schema if not exists keys")?;
            execute!(
                &mut conn,
                "create table if not exists keys.person_key (person_id uuid primary key, wrapped bytea not null)"
            )?;
            execute!(&mut conn, "select pg_advisory_unlock(7311001)")?;
        } else {
            execute!(
                &mut conn,
                "create table if not exists person_key (person_id blob primary key, wrapped blob not null) strict"
            )?;
        }
        drop(own);
        Ok(Self { db })
    }

    /// Closes its connections.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Keeps the wrapped key of a person, durably, before anything is sealed under it. A key left over by a crash
    /// hurts nobody.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the person has one.
    pub async fn person_key_add(&self, id: PersonId, wrapped: &[u8]) -> Result<(), StoreError> {
        let mut own = self.db.own_conn().await?;
        let mut conn = own.conn();
        let sql = match conn {
            Conn::Sqlite(_) => "insert into person_key (person_id, wrapped) values ($1, $2)",
            Conn::Postgres(_) => "insert into keys.person_key (person_id, wrapped) values ($1, $2)",
        };
        execute!(&mut conn, sql, id.0, wrapped.to_vec()).map(|_| ())
    }

    /// The wrapped key of a person; none when there never was one or the person was erased.
    ///
    /// # Errors
    /// As the driver.
    pub async fn person_key(&self, id: PersonId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut reader = self.db.read().await?;
        let mut conn = reader.conn();
        let sql = match conn {
            Conn::Sqlite(_) => "select wrapped from person_key where person_id = $1",
            Conn::Postgres(_) => "select wrapped from keys.person_key where person_id = $1",
        };
        Ok(fetch_optional!(&mut conn, (Vec<u8>,), sql, id.0)?.map(|(wrapped,)| wrapped))
    }
}
