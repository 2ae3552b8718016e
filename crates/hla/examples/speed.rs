//! Builds an invented registry of mixed resolution and searches it: `speed RELEASE_DIR [UNITS] [PATIENTS] [ORACLE_UNITS]`.
//!
//! Times are of the searching thread's processor. The first `ORACLE_UNITS` units are searched by the reference
//! implementation too, and every difference is counted.

#![allow(clippy::print_stdout)] // It is a tool whose output is its purpose.

use hla::Release;
use hla::index::{Class, Filter, Query, flag};
use hla::sample::trial::{Times, Trial};
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn processor() -> Duration {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(t.tv_sec.unsigned_abs(), t.tv_nsec.unsigned_abs() as u32)
}

fn tell(what: &str, times: &Times) {
    let us = |times: &dyn Fn(usize) -> Duration| [500, 900, 990, 999].map(|n| times(n).as_micros());
    let (best, all) = (us(&|n| times.within(n)), us(&|n| times.of_all_within(n)));
    println!("{what}: p50, p90, p99, p99.9 {best:?} us, of all rounds {all:?} us; {} hits", times.hits());
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("usage: speed RELEASE_DIR [UNITS] [PATIENTS] [ORACLE_UNITS]")?;
    let mut number = |default: usize| args.next().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (units, patients, checked) = (number(100_000), number(200), number(500));
    let start = Instant::now();
    let release = Arc::new(Release::load(Path::new(&folder))?);
    println!("release {:?}: {} alleles in {:?}", release.version(), release.allele_count(), start.elapsed());
    let trial = Trial::new(release, 1, units as u64, patients, processor)?;
    let snapshot = trial.snapshot();
    println!(
        "{} units, distinct typings {:?}, meanings {:?}, built in {:?}, {} bytes a unit",
        snapshot.len(),
        trial.distinct_pairs,
        snapshot.distinct(),
        trial.built,
        snapshot.bytes() / snapshot.len().max(1)
    );
    let (six, ten) = (Query::new(Class::Six, 4), Query::new(Class::Ten, 7));
    tell(">=4/6", &trial.search(&six, 3)?);
    tell(">=7/10", &trial.search(&ten, 3)?);
    let filter = Filter {
        statuses: Some(1),
        banks: Some(vec![0, 2, 3, 5]),
        tnc_per_kg: Some(30_000_000),
        flags: flag::MARKERS_CLEAR | flag::CULTURE_CLEAR,
        ..Filter::default()
    };
    let filtered = Query { filter, weight_g: Some(40_000), ..six.clone() };
    tell(">=4/6 filtered", &trial.search(&filtered, 3)?);
    tell(">=4/6 while units change", &trial.search_while_changing(&six, Duration::from_secs(10))?);
    let start = Instant::now();
    let differences = trial.differences(checked as u64)?;
    println!(
        "oracle: {patients} searches of {checked} units, {differences} different, in {:?}",
        start.elapsed()
    );
    Ok(())
}
