//! `spark admin api-key`: keys of laboratories' systems.

use clap::Subcommand;
use domain::access::Scope;
use domain::time::Instant;
use service::registry::api::{DAYS, MOST_DAYS, NewKey, api_key_create, api_key_list, api_key_revoke};
use service::work::system_now;
use store::api_key::ApiKeyRow;

use crate::config::Config;

/// What is to be done with keys.
#[derive(Subcommand)]
pub enum What {
    /// Make a key and print it. It is printed once and kept nowhere: only its SHA-256 digest is.
    ///
    /// Example: spark admin api-key create LIS-1 --bank CN01 --scopes units:read,units:write --days 365
    #[command(verbatim_doc_comment)]
    Create {
        /// What people call it.
        name: String,
        /// The code of the bank whose units it opens.
        #[arg(long, value_name = "CODE")]
        bank: String,
        /// What it may be used for, with commas between: units:read, units:write, typings:write, steps:write,
        /// status:write, moves:write.
        #[arg(long, required = true, value_delimiter = ',', value_parser = scope)]
        scopes: Vec<Scope>,
        /// Days until it expires.
        #[arg(long, default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_DAYS)))]
        days: u16,
    },
    /// List all keys, those too that open nothing any more: name, bank, scopes, end, day of the last use, state.
    List,
    /// Take a key back: from now on it opens nothing.
    ///
    /// Example: spark admin api-key revoke LIS-1
    #[command(verbatim_doc_comment)]
    Revoke {
        /// What people call it.
        name: String,
    },
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::from_word(word).ok_or_else(|| {
        let all = Scope::ALL.map(Scope::as_str).join(", ");
        format!("expected one of {all}")
    })
}

/// Does one of these.
///
/// # Errors
/// As the use cases.
pub async fn run(config: &Config, what: What) -> anyhow::Result<()> {
    super::in_house(config, async |ctx, _| match what {
        What::Create { name, bank, scopes, days } => {
            let wish = NewKey { name: &name, bank: &bank, scopes: &scopes, days };
            let (row, key) = api_key_create(&ctx, wish).await.map_err(super::in_words)?;
            eprintln!("key {} made, valid until {}:", row.name, Instant(row.expires_at).rfc3339());
            println!("{}", *key);
            Ok(())
        }
        What::List => {
            for (row, bank) in api_key_list(&ctx).await.map_err(super::in_words)? {
                let until = Instant(row.expires_at).rfc3339();
                let used =
                    row.last_used_at.map_or_else(|| "-".to_owned(), |at| Instant(at).date().to_string());
                let state = state(&row, system_now());
                println!("{}\t{bank}\t{}\t{until}\t{used}\t{state}", row.name, row.scopes);
            }
            Ok(())
        }
        What::Revoke { name } => {
            api_key_revoke(&ctx, &name).await.map_err(super::in_words)?;
            println!("key {name} revoked");
            Ok(())
        }
    })
    .await
}

fn state(row: &ApiKeyRow, now: Instant) -> &'static str {
    match row.revoked_at {
        Some(_) => "revoked",
        None if row.stands(now) => "valid",
        None => "expired",
    }
}
