//! The two databases behind one type: opening, migrating, reading, and the settings that durability asks for.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _, Postgres, Sqlite};

use crate::error::StoreError;
use crate::sql::{execute, fetch_one};

static SQLITE_MIGRATIONS: sqlx::migrate::Migrator = sqlx_macros::migrate!("../../migrations/sqlite");
static POSTGRES_MIGRATIONS: sqlx::migrate::Migrator = sqlx_macros::migrate!("../../migrations/postgres");

/// Statements kept prepared on each connection: all of ours, with every size of a grouped insert.
const PREPARED: usize = 400;

/// How long a connection waits for another process that writes (an import beside a server).
const BUSY: Duration = Duration::from_secs(15);

/// A database: how to connect for writing, and a pool for reading.
#[derive(Clone, Debug)]
pub enum Db {
    /// One file beside the program.
    Sqlite {
        /// For the writer's one connection.
        write: Box<SqliteConnectOptions>,
        /// Readers never wait for the writer (WAL).
        read: SqlitePool,
    },
    /// A server that several nodes share.
    Postgres {
        /// For the writer's one connection.
        write: Box<PgConnectOptions>,
        /// Readers.
        read: PgPool,
    },
}

/// A connection of either kind, lent to one function.
pub enum Conn<'c> {
    /// SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL.
    Postgres(&'c mut PgConnection),
}

/// A reading connection out of the pool.
pub struct Reader {
    conn: PooledConn,
    /// Whether a read-only transaction may be open.
    in_snapshot: bool,
}

enum PooledConn {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Reader {
    const fn new(conn: PooledConn) -> Self {
        Self { conn, in_snapshot: false }
    }

    /// Lends the connection.
    pub fn conn(&mut self) -> Conn<'_> {
        match &mut self.conn {
            PooledConn::Sqlite(c) => Conn::Sqlite(c),
            PooledConn::Postgres(c) => Conn::Postgres(c),
        }
    }

    /// Opens a read-only transaction: all that is read until [`Reader::snapshot_end`] is of one moment.
    ///
    /// # Errors
    /// As the driver.
    pub async fn snapshot(&mut self) -> Result<(), StoreError> {
        self.in_snapshot = true;
        let mut conn = self.conn();
        let sql = match conn {
            Conn::Sqlite(_) => "begin deferred",
            Conn::Postgres(_) => "begin isolation level repeatable read read only",
        };
        execute!(&mut conn, sql).map(|_| ())
    }

    /// Ends the read-only transaction.
    ///
    /// # Errors
    /// As the driver.
    pub async fn snapshot_end(&mut self) -> Result<(), StoreError> {
        execute!(&mut self.conn(), "rollback")?;
        self.in_snapshot = false;
        Ok(())
    }
}

/// A reader that is given up in its snapshot, by an error or because nobody waits for the answer any more, must not
/// lend its moment to the next: its connection is closed, and the pool opens another.
impl Drop for Reader {
    fn drop(&mut self) {
        if self.in_snapshot {
            match &mut self.conn {
                PooledConn::Sqlite(c) => c.close_on_drop(),
                PooledConn::Postgres(c) => c.close_on_drop(),
            }
        }
    }
}

/// The writer's own connection.
pub(crate) enum OwnConn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl OwnConn {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(c) => Conn::Sqlite(c),
            Self::Postgres(c) => Conn::Postgres(c),
        }
    }
}

impl Db {
    /// Opens the database at `address`: `postgres://…`, or the path of an SQLite file (made when absent).
    ///
    /// # Errors
    /// When it does not answer or its durability settings are not what we ask for.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        let db = if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            Self::open_postgres(address).await?
        } else {
            Self::open_sqlite(Path::new(address.strip_prefix("sqlite:").unwrap_or(address))).await?
        };
        db.assert_durable().await?;
        Ok(db)
    }

    async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        let write = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .statement_cache_capacity(PREPARED)
            .disable_statement_logging();
        // The file and its WAL mode exist before the first reader comes.
        SqliteConnection::connect_with(&write).await?.close().await?;
        let read = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(BUSY)
            .connect_with(write.clone().create_if_missing(false).pragma("query_only", "on"))
            .await?;
        Ok(Self::Sqlite { write: Box::new(write), read })
    }

    async fn open_postgres(address: &str) -> Result<Self, StoreError> {
        let write = PgConnectOptions::from_str(address)
            .map_err(|_| StoreError::Address("not a PostgreSQL address".to_owned()))?
            .application_name("spark")
            .statement_cache_capacity(PREPARED)
            .disable_statement_logging();
        let read =
            PgPoolOptions::new().max_connections(8).acquire_timeout(BUSY).connect_with(write.clone()).await?;
        Ok(Self::Postgres { write: Box::new(write), read })
    }

    /// Brings the schema up to date. Safe to run from several nodes at once.
    ///
    /// # Errors
    /// When a migration fails; the schema is then as it was before it.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self.own_conn().await? {
            OwnConn::Sqlite(mut c) => SQLITE_MIGRATIONS.run_direct(None, &mut c, false).await?,
            OwnConn::Postgres(mut c) => POSTGRES_MIGRATIONS.run_direct(None, &mut c, false).await?,
        }
        Ok(())
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when none is free in time.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(match self {
            Self::Sqlite { read, .. } => Reader::new(PooledConn::Sqlite(read.acquire().await?)),
            Self::Postgres { read, .. } => Reader::new(PooledConn::Postgres(read.acquire().await?)),
        })
    }

    pub(crate) async fn own_conn(&self) -> Result<OwnConn, StoreError> {
        Ok(match self {
            Self::Sqlite { write, .. } => OwnConn::Sqlite(SqliteConnection::connect_with(write).await?),
            Self::Postgres { write, .. } => OwnConn::Postgres(PgConnection::connect_with(write).await?),
        })
    }

    /// Whether this is PostgreSQL.
    #[must_use]
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// Closes the readers' pool.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, .. } => read.close().await,
            Self::Postgres { read, .. } => read.close().await,
        }
    }

    /// An acknowledged gift must survive a power cut: the settings that promise it are read back, not assumed.
    async fn assert_durable(&self) -> Result<(), StoreError> {
        let mut own = self.own_conn().await?;
        let mut conn = own.conn();
        let expect = |setting, value: String, expected: &'static str| {
            if value == expected { Ok(()) } else { Err(StoreError::Durability { setting, value, expected }) }
        };
        if let Conn::Sqlite(_) = conn {
            let (journal,) = fetch_one!(&mut conn, (String,), "pragma journal_mode")?;
            expect("journal_mode", journal, "wal")?;
            let (synchronous,) = fetch_one!(&mut conn, (i64,), "pragma synchronous")?;
            expect("synchronous", synchronous.to_string(), "2")?;
            let (keys,) = fetch_one!(&mut conn, (i64,), "pragma foreign_keys")?;
            return expect("foreign_keys", keys.to_string(), "1");
        }
        // A throw-away cluster of the tests runs without durability and says so by its own name.
        let (cluster,) = fetch_one!(&mut conn, (String,), "select current_setting('cluster_name')")?;
        if cluster == "spark-test" {
            return Ok(());
        }
        let (fsync,) = fetch_one!(&mut conn, (String,), "select current_setting('fsync')")?;
        expect("fsync", fsync, "on")?;
        let (pages,) = fetch_one!(&mut conn, (String,), "select current_setting('full_page_writes')")?;
        expect("full_page_writes", pages, "on")?;
        let (commit,) = fetch_one!(&mut conn, (String,), "select current_setting('synchronous_commit')")?;
        let stronger = ["remote_write", "remote_apply"].contains(&commit.as_str());
        if stronger { Ok(()) } else { expect("synchronous_commit", commit, "on") }
    }
}
