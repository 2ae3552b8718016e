//! One SQL text for both drivers: these macros expand a call once for SQLite and once for PostgreSQL.
//!
//! `$1` placeholders, `returning` and `on conflict` mean the same in both, so the text is written once.

/// Runs a statement; the number of rows that it changed.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $conn {
            $crate::db::Conn::Sqlite(c) => {
                sqlx::query::<sqlx::Sqlite>($sql)$(.bind($arg))*.execute(&mut **c).await.map(|done| done.rows_affected())
            }
            $crate::db::Conn::Postgres(c) => {
                sqlx::query::<sqlx::Postgres>($sql)$(.bind($arg))*.execute(&mut **c).await.map(|done| done.rows_affected())
            }
        }
        .map_err($crate::error::StoreError::from)
    };
}

/// Declares a fetching macro's two arms.
macro_rules! fetch_with {
    ($method:ident, $conn:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        match $conn {
            $crate::db::Conn::Sqlite(c) => {
                sqlx::query_as::<sqlx::Sqlite, $row>($sql)$(.bind($arg))*.$method(&mut **c).await
            }
            $crate::db::Conn::Postgres(c) => {
                sqlx::query_as::<sqlx::Postgres, $row>($sql)$(.bind($arg))*.$method(&mut **c).await
            }
        }
        .map_err($crate::error::StoreError::from)
    };
}

/// All rows, each as a tuple or a `FromRow` struct.
macro_rules! fetch_all {
    ($($rest:tt)*) => { $crate::sql::fetch_with!(fetch_all, $($rest)*) };
}

/// One row or none.
macro_rules! fetch_optional {
    ($($rest:tt)*) => { $crate::sql::fetch_with!(fetch_optional, $($rest)*) };
}

/// Exactly one row.
macro_rules! fetch_one {
    ($($rest:tt)*) => { $crate::sql::fetch_with!(fetch_one, $($rest)*) };
}

/// Inserts rows with as few statements as the sizes 64, 32 … 1 allow, so that few texts are ever prepared.
macro_rules! insert_rows {
    ($conn:expr, $head:expr, $rows:expr, |$bind:ident, $row:ident| $body:block) => {{
        let mut rest: &[_] = $rows;
        let mut outcome = Ok(());
        while !rest.is_empty() && outcome.is_ok() {
            let size = 1usize << rest.len().min(64).ilog2();
            let (now, later) = rest.split_at(size);
            rest = later;
            outcome = match $conn {
                $crate::db::Conn::Sqlite(c) => {
                    let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                    query.push_values(now, |mut $bind, $row| $body);
                    query.build().execute(&mut **c).await.map(|_| ())
                }
                $crate::db::Conn::Postgres(c) => {
                    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                    query.push_values(now, |mut $bind, $row| $body);
                    query.build().execute(&mut **c).await.map(|_| ())
                }
            };
        }
        outcome.map_err($crate::error::StoreError::from)
    }};
}

pub(crate) use {execute, fetch_all, fetch_one, fetch_optional, fetch_with, insert_rows};
