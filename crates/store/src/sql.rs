//! One SQL text for both drivers: these macros expand a call once for SQLite and once for PostgreSQL.
//!
//! `$1` placeholders, `returning` and `on conflict` mean the same in both, so the text is written once.
//!
//! What is expanded binds and maps only. The drivers' futures lie behind the functions below, boxed: a future's body is
//! compiled anew wherever it is awaited, in every crate up to the program, and the drivers' are large.

use futures::TryStreamExt as _;
use futures::future::BoxFuture;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Postgres, Sqlite};

/// A statement for SQLite with its arguments bound.
type SqliteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;

/// A statement for PostgreSQL with its arguments bound.
type PgQuery<'q> = Query<'q, Postgres, PgArguments>;

/// What becomes of one row after the other.
type Sink<'s, R> = &'s mut (dyn FnMut(&R) -> Result<(), sqlx::Error> + Send);

/// What a driver answers.
type Answer<'a, T> = BoxFuture<'a, Result<T, sqlx::Error>>;

/// Runs a statement on SQLite; the number of rows that it changed.
#[inline(never)]
pub(crate) fn sqlite_done<'a>(c: &'a mut SqliteConnection, query: SqliteQuery<'a>) -> Answer<'a, u64> {
    Box::pin(async move { query.execute(c).await.map(|done| done.rows_affected()) })
}

/// Runs a statement on PostgreSQL; the number of rows that it changed.
#[inline(never)]
pub(crate) fn pg_done<'a>(c: &'a mut PgConnection, query: PgQuery<'a>) -> Answer<'a, u64> {
    Box::pin(async move { query.execute(c).await.map(|done| done.rows_affected()) })
}

/// The first row on SQLite, if there is one.
#[inline(never)]
pub(crate) fn sqlite_first<'a>(
    c: &'a mut SqliteConnection,
    query: SqliteQuery<'a>,
) -> Answer<'a, Option<SqliteRow>> {
    Box::pin(query.fetch_optional(c))
}

/// The first row on PostgreSQL, if there is one.
#[inline(never)]
pub(crate) fn pg_first<'a>(c: &'a mut PgConnection, query: PgQuery<'a>) -> Answer<'a, Option<PgRow>> {
    Box::pin(query.fetch_optional(c))
}

/// Each row on SQLite, as it comes.
#[inline(never)]
pub(crate) fn sqlite_each<'a>(
    c: &'a mut SqliteConnection,
    query: SqliteQuery<'a>,
    sink: Sink<'a, SqliteRow>,
) -> Answer<'a, ()> {
    Box::pin(async move {
        let mut rows = query.fetch(c);
        while let Some(row) = rows.try_next().await? {
            sink(&row)?;
        }
        Ok(())
    })
}

/// Each row on PostgreSQL, as it comes.
#[inline(never)]
pub(crate) fn pg_each<'a>(
    c: &'a mut PgConnection,
    query: PgQuery<'a>,
    sink: Sink<'a, PgRow>,
) -> Answer<'a, ()> {
    Box::pin(async move {
        let mut rows = query.fetch(c);
        while let Some(row) = rows.try_next().await? {
            sink(&row)?;
        }
        Ok(())
    })
}

/// Runs a statement; the number of rows that it changed.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $conn {
            $crate::db::Conn::Sqlite(c) => {
                $crate::sql::sqlite_done(c, sqlx::query::<sqlx::Sqlite>($sql)$(.bind($arg))*).await
            }
            $crate::db::Conn::Postgres(c) => {
                $crate::sql::pg_done(c, sqlx::query::<sqlx::Postgres>($sql)$(.bind($arg))*).await
            }
        }
        .map_err($crate::error::StoreError::from)
    };
}

/// All rows, each as a tuple or a `FromRow` struct.
macro_rules! fetch_all {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {{
        let mut found: Vec<$row> = Vec::new();
        match $conn {
            $crate::db::Conn::Sqlite(c) => {
                let query = sqlx::query::<sqlx::Sqlite>($sql)$(.bind($arg))*;
                let mut sink = |row: &sqlx::sqlite::SqliteRow| sqlx::FromRow::from_row(row).map(|row| found.push(row));
                $crate::sql::sqlite_each(c, query, &mut sink).await
            }
            $crate::db::Conn::Postgres(c) => {
                let query = sqlx::query::<sqlx::Postgres>($sql)$(.bind($arg))*;
                let mut sink = |row: &sqlx::postgres::PgRow| sqlx::FromRow::from_row(row).map(|row| found.push(row));
                $crate::sql::pg_each(c, query, &mut sink).await
            }
        }
        .map(|()| found)
        .map_err($crate::error::StoreError::from)
    }};
}

/// One row or none.
macro_rules! fetch_optional {
    ($conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $conn {
            $crate::db::Conn::Sqlite(c) => {
                let query = sqlx::query::<sqlx::Sqlite>($sql)$(.bind($arg))*;
                let found = $crate::sql::sqlite_first(c, query).await;
                found.and_then(|row| row.map(|row| <$row as sqlx::FromRow<_>>::from_row(&row)).transpose())
            }
            $crate::db::Conn::Postgres(c) => {
                let query = sqlx::query::<sqlx::Postgres>($sql)$(.bind($arg))*;
                let found = $crate::sql::pg_first(c, query).await;
                found.and_then(|row| row.map(|row| <$row as sqlx::FromRow<_>>::from_row(&row)).transpose())
            }
        }
        .map_err($crate::error::StoreError::from)
    };
}

/// Exactly one row.
macro_rules! fetch_one {
    ($($rest:tt)*) => {
        $crate::sql::fetch_optional!($($rest)*).and_then(|row| row.ok_or_else(|| sqlx::Error::RowNotFound.into()))
    };
}

/// Inserts rows with as few statements as the sizes 64, 32 … 1 allow, so that few texts are ever prepared.
macro_rules! insert_rows {
    ($conn:expr, $head:expr, $rows:expr, |$bind:ident, $row:ident| $body:block) => {{
        let mut rest: &[_] = $rows;
        let mut outcome = Ok(0);
        while !rest.is_empty() && outcome.is_ok() {
            let size = 1usize << rest.len().min(64).ilog2();
            let (now, later) = rest.split_at(size);
            rest = later;
            outcome = match $conn {
                $crate::db::Conn::Sqlite(c) => {
                    let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                    query.push_values(now, |mut $bind, $row| $body);
                    $crate::sql::sqlite_done(c, query.build()).await
                }
                $crate::db::Conn::Postgres(c) => {
                    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                    query.push_values(now, |mut $bind, $row| $body);
                    $crate::sql::pg_done(c, query.build()).await
                }
            };
        }
        outcome.map(|_| ()).map_err($crate::error::StoreError::from)
    }};
}

pub(crate) use {execute, fetch_all, fetch_one, fetch_optional, insert_rows};
