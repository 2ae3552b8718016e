//! `spark bench units-in`: how long a file of units takes, in how much memory, and how long gifts wait meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use service::Ctx;
use service::registry::load::{LoadKind, LoadReport, LoadRequest, Told, units_load};
use service::registry::nomenclature::{folder_files, nomenclature_load, release_in_use};
use service::registry::units_in::{SheetMap, UnitRules};
use service::work::system_now;
use tokio_util::sync::CancellationToken;

use crate::bench::{Side, give};

/// The pause between two gifts.
const PAUSE: Duration = Duration::from_millis(20);

/// What was measured.
#[derive(Debug, serde::Serialize)]
pub struct Measured {
    /// Units that the file names.
    pub units: i64,
    /// Of them, refused.
    pub refused: i64,
    /// The release that typings were read under.
    pub release: Option<String>,
    /// From the first byte to the publication.
    pub seconds: u64,
    /// Units a second.
    pub units_per_s: u64,
    /// The most memory that this process ever had, in MiB: both programs', the one that loads and the one that gives.
    pub peak_mib: u64,
    /// Gifts that were pledged and paid meanwhile.
    pub gifts: u64,
    /// How long one took, pledge and payment together: half of them less than this.
    pub gift_p50_ms: u64,
    /// All but one in a hundred less than this.
    pub gift_p99_ms: u64,
    /// The longest.
    pub gift_longest_ms: u64,
}

/// Loads `file` into a fresh database at `address` (with its key store) through a program of its own, while another
/// program on the same database takes a gift every [`PAUSE`]. `release` is a folder with an HLA release.
///
/// # Errors
/// As the databases and the load.
pub async fn measure(address: (&str, &str), file: &Path, release: Option<&Path>) -> anyhow::Result<Measured> {
    let loads = Side::new(address.0, address.1, system_now()).await?;
    let gives = Side::open(address.0, address.1, system_now()).await?;
    if let Some(folder) = release {
        nomenclature_load(&loads.ctx, folder_files(folder)?).await?;
    }
    let stop = CancellationToken::new();
    let giver = tokio::spawn(gifts(gives.ctx, stop.clone()));
    let watch = Stopwatch::now();
    let loaded = load(&loads.ctx, file).await;
    let took = watch.elapsed();
    stop.cancel();
    let mut waits = giver.await??;
    let loaded = loaded?;
    waits.sort_unstable();
    let at = |part: usize| waits.get((waits.len() * part / 100).min(waits.len().saturating_sub(1)));
    let millis = |wait: Option<&Duration>| wait.map_or(0, |wait| wait.as_millis() as u64);
    Ok(Measured {
        units: loaded.read,
        refused: loaded.refused,
        release: loaded.release,
        seconds: took.as_secs(),
        units_per_s: loaded.read.unsigned_abs() * 1_000 / (took.as_millis() as u64).max(1),
        peak_mib: peak_mib(),
        gifts: waits.len() as u64,
        gift_p50_ms: millis(at(50)),
        gift_p99_ms: millis(at(99)),
        gift_longest_ms: millis(waits.last()),
    })
}

async fn load(ctx: &Ctx, file: &Path) -> anyhow::Result<LoadReport> {
    let request = LoadRequest {
        id: None,
        path: file.to_owned(),
        file_name: None,
        bank: Some("BENCH".to_owned()),
        create_bank: true,
        kind: Some(LoadKind::Full),
        format: None,
        sheet: None,
        map: SheetMap::default(),
        rules: UnitRules {
            release: release_in_use(ctx).await?,
            codes: None,
            ownership: None,
            today: ctx.now.date(),
            values: Default::default(),
        },
        may_shrink: false,
        dry_run: false,
        clock: Arc::new(system_now),
        stop: CancellationToken::new(),
    };
    let mut last = Stopwatch::now();
    let mut tell = |told: Told<'_>| {
        if let Told::Progress { units, .. } = told
            && last.elapsed() > Duration::from_secs(5)
        {
            last = Stopwatch::now();
            eprintln!("{units} units staged");
        }
    };
    Ok(units_load(ctx, request, &mut tell).await?)
}

/// Gives until it is told to stop; how long each gift took.
async fn gifts(ctx: Ctx, stop: CancellationToken) -> anyhow::Result<Vec<Duration>> {
    let mut waits = Vec::new();
    while !stop.is_cancelled() {
        let watch = Stopwatch::now();
        give(&Ctx { now: system_now(), ..ctx.clone() }).await?;
        waits.push(watch.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    Ok(waits)
}

/// Linux tells it as `VmHWM:  123456 kB`; elsewhere 0.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}
