//! `spark bench`: how fast the write path is on this machine.

use std::process::ExitCode;

use clap::Subcommand;
use service::work::system_now;
use store::scratch::Scratch;

use crate::bench::{Measured, measure};
use crate::config::Config;

/// Measure this machine.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Acknowledged gifts per second through the whole write path, 64 at once, beside bare SQL.
    ///
    /// Runs on SQLite, and on PostgreSQL where SPARK_DATABASE_URL names a server on which databases may be made; in
    /// databases of its own, made in the working folder and removed afterwards.
    ///
    /// Example: spark bench giving --json
    #[command(verbatim_doc_comment)]
    Giving {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// How many gifts on each side.
        #[arg(long, default_value_t = 6400)]
        gifts: usize,
    },
}

#[derive(serde::Serialize)]
struct Report {
    sqlite: Measured,
    #[serde(skip_serializing_if = "Option::is_none")]
    postgres: Option<Measured>,
}

/// Measures.
///
/// # Errors
/// As the databases.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let What::Giving { json, gifts } = args.what;
    let sqlite = on_sqlite(gifts).await?;
    let postgres = if config.database_url.starts_with("postgres") {
        Some(on_postgres(&config.database_url, gifts).await?)
    } else {
        None
    };
    let report = Report { sqlite, postgres };
    let text = if json { serde_json::to_string(&report)? } else { serde_json::to_string_pretty(&report)? };
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

async fn on_sqlite(gifts: usize) -> anyhow::Result<Measured> {
    // Not in /tmp, which may be memory and would make every fsync free.
    let folder = tempfile::Builder::new().prefix("spark-bench-").tempdir_in(".")?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (ours, bare) = ((path("ours.db"), path("ours-keys.db")), (path("bare.db"), path("bare-keys.db")));
    measure((&ours.0, &ours.1), (&bare.0, &bare.1), gifts, system_now()).await
}

async fn on_postgres(server: &str, gifts: usize) -> anyhow::Result<Measured> {
    let ours = Scratch::make(server, "spark_bench_ours").await?;
    let bare = Scratch::make(server, "spark_bench_bare").await?;
    let (a, b) = (ours.address().to_owned(), bare.address().to_owned());
    let measured = measure((&a, &a), (&b, &b), gifts, system_now()).await;
    ours.remove().await?;
    bare.remove().await?;
    measured
}
