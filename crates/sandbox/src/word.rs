//! How the service's own enumerations stand in its tables: as words.
//!
//! `sqlx`'s derive for enumerations needs the database drivers in the compiler's own process, which would build both
//! drivers and SQLite a second time; a function from value to word, and the way back, need nothing.

use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteValueRef;
use sqlx::{Decode, Sqlite};

/// A word in a table that this program never wrote there.
#[derive(Debug, thiserror::Error)]
#[error("the table says '{0}', which this program does not know")]
struct Unknown(String);

/// The one of `all` whose word stands in the table.
pub(crate) fn read<T: Copy>(
    all: &[T],
    word_of: fn(T) -> &'static str,
    value: SqliteValueRef<'_>,
) -> Result<T, BoxDynError> {
    let word = <&str as Decode<Sqlite>>::decode(value)?;
    all.iter().copied().find(|value| word_of(*value) == word).ok_or_else(|| Unknown(word.to_owned()).into())
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use sqlx::sqlite::SqliteConnection;
    use sqlx::{Connection as _, Decode, Sqlite, Type};

    use crate::notice::{Event, Fate, Signer};
    use crate::payment::State;

    async fn read_back<T>(word: &str) -> sqlx::Result<T>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + Send + Unpin,
        (T,): for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>,
    {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
        sqlx::query_scalar("select $1").bind(word.to_owned()).fetch_one(&mut connection).await
    }

    async fn all_read_back<T>(all: &[T], word_of: fn(T) -> &'static str)
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + Send + Unpin + Copy + PartialEq + Debug,
    {
        for value in all {
            assert_eq!(read_back::<T>(word_of(*value)).await.expect("reads"), *value);
        }
    }

    #[tokio::test]
    async fn every_value_reads_back_from_its_word_and_other_words_are_refused() {
        all_read_back(&Event::ALL, Event::word).await;
        all_read_back(&Signer::ALL, Signer::word).await;
        all_read_back(&Fate::ALL, Fate::word).await;
        all_read_back(&State::ALL, State::word).await;
        let error = read_back::<State>("Paid").await.expect_err("no word of ours");
        assert!(error.to_string().contains("'Paid'"), "{error}");
    }
}
