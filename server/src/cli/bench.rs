//! `spark bench`: how fast the write path and the search of the registry are on this machine.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use service::work::system_now;
use store::scratch::Scratch;

use crate::bench::{Measured, measure};
use crate::bench_units_in;
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
    /// How long a file of units takes to load, in how much memory, and how long gifts wait meanwhile.
    ///
    /// Runs on SQLite, in a database of its own, made in the working folder and removed afterwards. One program loads the
    /// file, another takes gifts on the same database.
    ///
    /// Example: spark export units --format wmda units.xml && spark bench units-in units.xml --json
    #[command(verbatim_doc_comment)]
    UnitsIn {
        /// The file: WMDA inventory XML, CSV or XLSX.
        file: PathBuf,
        /// A folder with the tables of an HLA release, to read typings under it.
        #[arg(long, value_name = "DIR")]
        release_dir: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    Match(super::bench_match::Args),
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
    let (json, gifts) = match args.what {
        What::Giving { json, gifts } => (json, gifts),
        What::UnitsIn { file, release_dir, json } => {
            let measured = units_in(&file, release_dir.as_deref()).await?;
            println!("{}", printed(&measured, json)?);
            return Ok(ExitCode::SUCCESS);
        }
        What::Match(args) => return super::bench_match::run(config, args).await,
    };
    let sqlite = on_sqlite(gifts).await?;
    let postgres = if config.database_url.starts_with("postgres") {
        Some(on_postgres(&config.database_url, gifts).await?)
    } else {
        None
    };
    let report = Report { sqlite, postgres };
    println!("{}", printed(&report, json)?);
    Ok(ExitCode::SUCCESS)
}

fn printed(report: &impl serde::Serialize, json: bool) -> serde_json::Result<String> {
    if json { serde_json::to_string(report) } else { serde_json::to_string_pretty(report) }
}

async fn units_in(file: &Path, release: Option<&Path>) -> anyhow::Result<bench_units_in::Measured> {
    let folder = tempfile::Builder::new().prefix("spark-bench-").tempdir_in(".")?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    bench_units_in::measure((&path("units.db"), &path("keys.db")), file, release).await
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
