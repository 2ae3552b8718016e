//! What can go wrong between the program and its database.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use thiserror::Error;

/// An error of the store. Rule violations are no errors of the store: they are [`domain::refusal::Refusal`]s.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database did not answer, or the group of changes was lost; nothing was written. Try again.
    #[error("the database is unavailable")]
    Unavailable,
    /// A unique constraint spoke: somebody else was first.
    #[error("conflict: {constraint}")]
    Conflict {
        /// The constraint, or the columns that SQLite names.
        constraint: String,
    },
    /// A check of the schema spoke: the values cannot be.
    #[error("refused by {constraint}")]
    Impossible {
        /// The constraint, or SQLite's words.
        constraint: String,
    },
    /// A row holds what the program never writes.
    #[error("inconsistent {table}.{column} in row {row}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        row: String,
    },
    /// The driver's own error.
    #[error("database driver: {0}")]
    Driver(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database is not set up as durability asks.
    #[error("durability: {setting} is {value}, expected {expected}")]
    Durability {
        /// The setting.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// The database address cannot be read.
    #[error("database address: {0}")]
    Address(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Conflict {
                constraint: inner.constraint().map_or_else(|| inner.message().to_owned(), str::to_owned),
            },
            sqlx::Error::Database(inner) if inner.is_check_violation() => Self::Impossible {
                constraint: inner.constraint().map_or_else(|| inner.message().to_owned(), str::to_owned),
            },
            sqlx::Error::Database(inner) if is_away(inner.as_ref()) => Self::Unavailable,
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_) => Self::Unavailable,
            _ => Self::Driver(error),
        }
    }
}

/// Whether the database says that it cannot serve now: it starts, stops, has crashed, or has no room or connection left.
fn is_away(error: &dyn DatabaseError) -> bool {
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        // Classes of SQLSTATE: connection, resources, an operator's intervention.
        return ["08", "53", "57P"].iter().any(|class| error.code().starts_with(class));
    }
    // SQLite's primary code is the low byte: BUSY, LOCKED, IOERR, FULL, CANTOPEN.
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14))
}

/// An [`StoreError::Inconsistent`] for one value.
pub(crate) fn inconsistent(table: &'static str, column: &'static str, row: impl ToString) -> StoreError {
    StoreError::Inconsistent { table, column, row: row.to_string() }
}
