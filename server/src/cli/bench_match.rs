//! `spark bench match`: how fast the search of the registry is on this machine, and whether it is right.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use hla::index::{Class, Query};
use hla::sample::trial::{Times, Trial};
use hla::{Locus, Release};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use service::registry::nomenclature::{nomenclature_list, release_of};
use words::Lang;

use crate::config::Config;
use crate::house::OpenHouse;

/// The world that is measured is the same everywhere.
const SEED: u64 = 1;

/// Rounds of searches over all patients; each patient's shortest counts.
const ROUNDS: usize = 3;

/// Searches of an invented registry of mixed resolution, in microseconds of one core.
///
/// Invents units and patients (Han-like haplotypes typed by laboratories of several eras: serology, families, lists, G
/// and P groups, two and three fields), builds the search index, and searches it for each patient. Some of the units
/// are searched by the slow reference implementation too, and searches that differ in any unit are counted. Nothing is
/// stored. Times are of the searching thread's processor; the shortest of three rounds counts for each patient.
///
/// Works with the release of the HLA nomenclature in the folder, else with the one in use here, else without any.
///
/// Example: spark bench match --units 1000000 --release-dir ./imgt-3.58.0 --json
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// How many units.
    #[arg(long, default_value_t = 100_000)]
    units: u64,
    /// How many patients.
    #[arg(long, default_value_t = 1_000)]
    patients: usize,
    /// How many of the units the reference implementation searches for each patient. It takes about half a millisecond
    /// for each.
    #[arg(long, default_value_t = 200)]
    oracle_units: u64,
    /// For how many seconds searches are measured while a thousand units change every second.
    #[arg(long, default_value_t = 10)]
    update_seconds: u64,
    /// A folder with an IPD-IMGT/HLA release.
    #[arg(long, value_name = "DIR")]
    release_dir: Option<PathBuf>,
    /// Print JSON on one line.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    units: usize,
    patients: usize,
    /// `null` when none was at hand.
    release: Option<String>,
    /// Distinct typings at each locus, as laboratories wrote them.
    distinct_pairs: serde_json::Map<String, serde_json::Value>,
    /// Distinct meanings of these, which the index keeps.
    distinct_meanings: serde_json::Map<String, serde_json::Value>,
    class_4_of_6: Searches,
    at_least_7_of_10: Searches,
    oracle_searches: usize,
    oracle_units: u64,
    oracle_differences: usize,
    build_s: f64,
    bytes_per_unit: usize,
    with_updates: WithUpdates,
}

#[derive(Serialize)]
struct Searches {
    p50_us: u128,
    p99_us: u128,
    /// Units found for a patient, on average.
    hits: u64,
}

/// Searches out of 6 again while units change. Here every search counts, so the ratio is to every search without
/// changes.
#[derive(Serialize)]
struct WithUpdates {
    p99_us: u128,
    p99_us_without: u128,
    ratio: f64,
}

/// Measures.
///
/// # Errors
/// When the release can't be read.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let release = release(config, args.release_dir.clone()).await?;
    if !release.is_loaded() {
        eprintln!("{}", words::matching::no_release(Lang::En));
    }
    let json = args.json;
    let report = tokio::task::spawn_blocking(move || measured(release, &args)).await??;
    let text = if json { serde_json::to_string(&report)? } else { serde_json::to_string_pretty(&report)? };
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// The release in the folder, else the one in use in the house, else none.
async fn release(config: &Config, folder: Option<PathBuf>) -> anyhow::Result<Arc<Release>> {
    if let Some(folder) = folder {
        let read = Release::load(&folder);
        return Ok(Arc::new(read.with_context(|| format!("{} is no release", folder.display()))?));
    }
    let Ok(open) = OpenHouse::open_existing(config).await else { return Ok(Arc::new(Release::none())) };
    let ctx = open.system();
    let in_use = async {
        let (_, version) = nomenclature_list(&ctx).await?;
        let mut reader = ctx.house.db.read().await?;
        release_of(&mut reader.conn(), version.as_deref()).await
    };
    let in_use = in_use.await.map_err(super::in_words);
    drop(ctx);
    open.leave().await;
    in_use
}

#[expect(clippy::float_arithmetic, reason = "figures for people to read, no money")]
fn measured(release: Arc<Release>, args: &Args) -> anyhow::Result<Report> {
    let trial = Trial::new(release.clone(), SEED, args.units, args.patients, processor)?;
    let (six, ten) = (Query::new(Class::Six, 4), Query::new(Class::Ten, 7));
    let (of6, of10) = (trial.search(&six, ROUNDS)?, trial.search(&ten, ROUNDS)?);
    let changing = trial.search_while_changing(&six, Duration::from_secs(args.update_seconds))?;
    let by_locus = |counts: [usize; 5]| {
        Locus::MATCHED
            .iter()
            .zip(counts)
            .map(|(locus, count)| (locus.name().to_owned(), count.into()))
            .collect()
    };
    let (with, without) = (changing.of_all_within(990), of6.of_all_within(990));
    let snapshot = trial.snapshot();
    Ok(Report {
        units: snapshot.len(),
        patients: trial.patients().len(),
        release: release.version().map(str::to_owned),
        distinct_pairs: by_locus(trial.distinct_pairs),
        distinct_meanings: by_locus(snapshot.distinct()),
        class_4_of_6: searches(&of6),
        at_least_7_of_10: searches(&of10),
        oracle_searches: trial.patients().len(),
        oracle_units: args.oracle_units.min(args.units),
        oracle_differences: trial.differences(args.oracle_units.min(args.units))?,
        build_s: hundredths(trial.built.as_secs_f64()),
        bytes_per_unit: snapshot.bytes() / snapshot.len().max(1),
        with_updates: WithUpdates {
            p99_us: with.as_micros(),
            p99_us_without: without.as_micros(),
            ratio: hundredths(with.as_secs_f64() / without.as_secs_f64().max(f64::EPSILON)),
        },
    })
}

fn searches(times: &Times) -> Searches {
    Searches {
        p50_us: times.within(500).as_micros(),
        p99_us: times.within(990).as_micros(),
        hits: times.hits(),
    }
}

#[expect(clippy::float_arithmetic, reason = "a figure for people to read, no money")]
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// How long this thread has had a processor.
fn processor() -> Duration {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(t.tv_sec.unsigned_abs(), t.tv_nsec.unsigned_abs() as u32)
}
