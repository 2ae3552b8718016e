//! `spark migrate`: brings the schema up to date and does nothing else.

use std::process::ExitCode;

use crate::config::Config;
use crate::house;

/// Bring the database's schema up to date.
///
/// Every command does so by itself when it opens the database; this one does only that, for upgrades by hand. Safe on
/// several nodes at once.
///
/// Example: SPARK_DATABASE_URL=postgres://spark@db/spark spark migrate
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {}

/// Migrates.
///
/// # Errors
/// When the database does not answer or was written by a newer program.
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    house::make_private_folder(&config.data_dir)?;
    let db = house::open_database(config).await?;
    db.close().await;
    println!("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
