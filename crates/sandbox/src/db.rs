//! The service's own SQLite file: opened durable, migrated, locked against a second process.

use std::fs::{DirBuilder, File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};

/// A transaction on the one writing connection.
pub(crate) type Tx = Transaction<'static, Sqlite>;

/// The steps of the schema, oldest first; the file remembers in `user_version` how many it has taken.
const STEPS: [&str; 1] = [include_str!("schema.sql")];

/// How often, at tenths of a second, the lock of the folder is tried.
const LOCK_TRIES: u32 = 20;

/// One writing connection and a few reading ones.
pub(crate) struct Db {
    write: SqlitePool,
    read: SqlitePool,
    /// Held as long as the database is open.
    _lock: File,
}

impl Db {
    /// Opens or makes the database in `dir`. Fails when another process has it open.
    pub(crate) async fn open(dir: &Path) -> anyhow::Result<Self> {
        make_private_dir(dir).context("the sandbox's data folder cannot be made")?;
        let lock = make_private_file(&dir.join("sandbox.lock"))?;
        take(&lock).await.context("another sandbox process uses this data folder")?;

        let file = dir.join("sandbox.sqlite3");
        // SQLite gives its side files the mode of the main file, so making that one private is enough.
        drop(make_private_file(&file)?);
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let read = SqlitePoolOptions::new().max_connections(4).connect_with(options.read_only(true)).await?;
        let db = Self { write, read, _lock: lock };
        db.assert_durable().await?;
        db.migrate().await?;
        Ok(db)
    }

    /// Starts a transaction that holds the write lock from its first moment.
    pub(crate) async fn begin(&self) -> sqlx::Result<Tx> {
        self.write.begin_with("BEGIN IMMEDIATE").await
    }

    /// The connections for reading.
    pub(crate) fn read(&self) -> &SqlitePool {
        &self.read
    }

    /// Closes every connection, so that the last one folds the write-ahead log into the file.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    async fn assert_durable(&self) -> anyhow::Result<()> {
        let mode: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&self.write).await?;
        let synchronous: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(&self.write).await?;
        ensure!(mode == "wal" && synchronous == 2, "the database is not in WAL mode with synchronous=FULL");
        Ok(())
    }

    async fn migrate(&self) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        let taken: i64 = sqlx::query_scalar("pragma user_version").fetch_one(&mut *tx).await?;
        let taken = usize::try_from(taken)?;
        ensure!(taken <= STEPS.len(), "the database was written by a newer sandbox");
        for step in &STEPS[taken..] {
            sqlx::raw_sql(*step).execute(&mut *tx).await?;
        }
        // A pragma takes no bound values; the number is a constant of this file.
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("pragma user_version = {}", STEPS.len())))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Takes the lock, waiting a little: a process before us may be ending just now.
async fn take(lock: &File) -> Result<(), std::fs::TryLockError> {
    for _ in 0..LOCK_TRIES {
        if lock.try_lock().is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    lock.try_lock()
}

fn make_private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn make_private_file(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("{} cannot be opened", path.display()))
}
