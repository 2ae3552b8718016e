//! The command line: what `spark` can be asked to do, and where its settings come from.
#![allow(clippy::print_stdout, reason = "a command answers on standard output; logs go to standard error")]

mod admin;
mod api_key;
mod backup;
mod bench;
mod bench_match;
mod demo;
mod export;
mod export_units;
mod hla;
mod import;
mod import_units;
mod keys;
mod language;
mod ledger;
mod matching;
mod migrate;
mod reconcile;
mod sandbox;
mod serve;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use service::Ctx;

use crate::config::{Config, Source};
use crate::house::OpenHouse;
use crate::logging;

/// The Spark Project (火种工程): gifts, ledger and receipts in one program.
///
/// Settings come from a TOML file and from SPARK_* variables, which count over it; config.example.toml explains each.
#[derive(Parser)]
#[command(name = "spark", version, arg_required_else_help = true, max_term_width = 120)]
struct Args {
    /// The settings file. Without it: the one in SPARK_CONFIG, else ./spark.toml if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    Sandbox(sandbox::Args),
    Migrate(migrate::Args),
    Demo(demo::Args),
    Import(import::Args),
    Export(export::Args),
    Verify(verify::Args),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    Admin(admin::Args),
    Ledger(ledger::Args),
    Reconcile(reconcile::Args),
    Keys(keys::Args),
    Hla(hla::Args),
    Match(matching::Args),
    Bench(bench::Args),
}

/// Reads the command line, runs the command and gives the program's exit status: 0 done, 1 failed, 2 wrong usage.
pub fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut sources = sources(args.config)?;
    if let Command::Serve(serve) = &args.command {
        sources.extend(serve.source());
    }
    let config = Config::read(sources)?;
    logging::start(&config.log, config.log_json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match args.command {
            Command::Serve(_) => serve::run(config).await,
            Command::Sandbox(args) => sandbox::run(&config, args).await,
            Command::Migrate(_) => migrate::run(&config).await,
            Command::Demo(args) => demo::run(&config, args).await,
            Command::Import(args) => import::run(&config, args).await,
            Command::Export(args) => export::run(&config, args).await,
            Command::Verify(args) => verify::run(&config, args).await,
            Command::Backup(args) => backup::backup(&config, args).await,
            Command::Restore(args) => backup::restore(&config, args).await,
            Command::Admin(args) => admin::run(&config, args).await,
            Command::Ledger(args) => ledger::run(&config, args).await,
            Command::Reconcile(args) => reconcile::run(&config, args).await,
            Command::Keys(_) => keys::run(&config).await,
            Command::Hla(args) => hla::run(&config, args).await,
            Command::Match(args) => matching::run(&config, args).await,
            Command::Bench(args) => bench::run(&config, args).await,
        }
    })
}

/// Where settings come from, the later ones counting over the earlier ones.
fn sources(named: Option<PathBuf>) -> anyhow::Result<Vec<Source>> {
    let named = named.or_else(|| std::env::var_os("SPARK_CONFIG").map(PathBuf::from));
    let here = PathBuf::from("spark.toml");
    let file = named.or_else(|| here.exists().then_some(here));
    let mut sources = Vec::new();
    if let Some(file) = file {
        let name = file.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        sources.push(Source::file(&name, &text)?);
    }
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value)));
    let variables = variables.map(|(name, value)| (name, value.to_string_lossy().into_owned()));
    sources.push(Source::Variables(variables.collect()));
    Ok(sources)
}

/// Opens the house, does one thing in it as the machine's owner, signs the audit chain's head and closes the house.
async fn in_house<T>(
    config: &Config,
    work: impl AsyncFnOnce(Ctx, &OpenHouse) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    in_open_house(OpenHouse::open(config).await?, work).await
}

/// As [`in_house`], where there is a house already.
async fn in_existing_house<T>(
    config: &Config,
    work: impl AsyncFnOnce(Ctx, &OpenHouse) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    in_open_house(OpenHouse::open_existing(config).await?, work).await
}

async fn in_open_house<T>(
    open: OpenHouse,
    work: impl AsyncFnOnce(Ctx, &OpenHouse) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let done = work(open.system(), &open).await;
    let closed = open.close().await;
    let done = done?;
    closed?;
    Ok(done)
}

/// What was refused, in words.
fn in_words(error: service::ServiceError) -> anyhow::Error {
    match error {
        service::ServiceError::Refused(refusal) | service::ServiceError::At(_, refusal) => {
            anyhow::anyhow!(words::refusal(words::Lang::En, &refusal))
        }
        other => other.into(),
    }
}
