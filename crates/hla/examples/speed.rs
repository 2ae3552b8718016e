//! Builds an invented registry of mixed resolution and searches it: `speed RELEASE_DIR [UNITS] [PATIENTS] [ORACLE_UNITS]`.
//!
//! Times are of the searching thread's processor, so that others on the machine disturb them little, and of the wall
//! clock. The first `ORACLE_UNITS` units are searched by the reference implementation too, and every difference is
//! counted.

#![allow(clippy::print_stdout)] // It is a tool whose output is its purpose.

use hla::index::{Builder, Change, Class, Facts, Filter, Live, Query, Snapshot, flag};
use hla::oracle::Oracle;
use hla::sample::World;
use hla::{Release, Typing};
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A moment on this thread's processor clock and on the wall clock.
struct Start(Duration, Instant);

impl Start {
    fn now() -> Start {
        Start(processor(), Instant::now())
    }

    /// Microseconds of the processor and of the wall clock since.
    fn elapsed(&self) -> [u128; 2] {
        [(processor() - self.0).as_micros(), self.1.elapsed().as_micros()]
    }
}

fn processor() -> Duration {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(t.tv_sec.unsigned_abs(), t.tv_nsec.unsigned_abs() as u32)
}

/// Times each patient's search, of `repeats` times the shortest: others may use the machine.
fn time(what: &str, current: impl Fn() -> Arc<Snapshot>, patients: &[Typing], query: &Query, repeats: usize) {
    let mut took = [Vec::new(), Vec::new()];
    let mut hits = 0;
    for patient in patients {
        let mut best = [u128::MAX; 2];
        for _ in 0..repeats {
            let snapshot = current();
            let start = Start::now();
            let found = snapshot.search(patient, query).expect("a sound search");
            let elapsed = start.elapsed();
            best = [0, 1].map(|i| best[i].min(elapsed[i]));
            hits += found.total();
        }
        took.iter_mut().zip(best).for_each(|(all, one)| all.push(one));
    }
    let mean = hits / (patients.len() * repeats) as u64;
    let of = took.map(|mut all| {
        all.sort_unstable();
        [500, 900, 990, 999, 1000].map(|of| all[(all.len() * of / 1000).min(all.len() - 1)])
    });
    println!(
        ">={}/{} {what}: p50, p90, p99, p99.9, max of the processor {:?} us, of the wall clock {:?} us; mean hits {mean}",
        query.at_least,
        query.class.of(),
        of[0],
        of[1]
    );
}

fn build(release: &Arc<Release>, world: &World, units: u64) -> Snapshot {
    let mut builder = Builder::new(release.clone());
    let (mut building, mut wall) = (Duration::ZERO, Duration::ZERO);
    for from in (0..units).step_by(1_000) {
        // Made beforehand, so that making them isn't timed.
        let some: Vec<_> =
            (from..units.min(from + 1_000)).map(|i| (i, world.unit(i), world.facts(i))).collect();
        let start = Start::now();
        for (key, typing, facts) in &some {
            // As keys come: random, never in the order of anything.
            builder.push(scattered(*key), typing, *facts).expect("no contradiction");
        }
        building += processor() - start.0;
        wall += start.1.elapsed();
    }
    let start = Start::now();
    let snapshot = builder.finish();
    building += processor() - start.0;
    wall += start.1.elapsed();
    println!(
        "{} units, distinct {:?}, built in {building:?} of the processor, {wall:?} of the wall clock, {} bytes a unit",
        snapshot.len(),
        snapshot.distinct(),
        snapshot.bytes() / snapshot.len().max(1)
    );
    snapshot
}

fn scattered(key: u64) -> u128 {
    u128::from(key.wrapping_mul(0x9E37_79B9_7F4A_7C15)) << 64 | u128::from(key)
}

/// Searches while another thread changes a thousand units a second, in batches ten times a second.
fn while_changing(snapshot: Snapshot, world: &World, patients: &[Typing], query: &Query) {
    let units = snapshot.len() as u64;
    let live = Live::new(snapshot);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut at, mut slowest) = (0, 0);
            while !done.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let put = |i: u64| Change::Put {
                    key: scattered(i * 97 % units),
                    typing: Box::new(world.unit(units + i)),
                    facts: world.facts(units + i),
                };
                let changes: Vec<Change> = (at..at + 100).map(put).collect();
                let start = Start::now();
                live.apply(&changes);
                slowest = slowest.max(start.elapsed()[0]);
                at += 100;
                std::thread::sleep(Duration::from_millis(100).saturating_sub(begun.elapsed()));
            }
            (at, slowest)
        });
        time("while units change", || live.current(), patients, query, 1);
        done.store(true, Ordering::Relaxed);
        if let Ok((changes, slowest)) = writer.join() {
            println!("{changes} changes; the slowest batch of 100 took {slowest} us of the processor");
        }
    });
}

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().expect("usage: speed RELEASE_DIR [UNITS] [PATIENTS] [ORACLE_UNITS]");
    let mut number = |default: usize| args.next().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (units, patients, checked) = (number(100_000), number(200), number(2_000));
    let start = Instant::now();
    let release = Arc::new(Release::load(Path::new(&folder)).expect("a release folder"));
    println!("release {:?}: {} alleles in {:?}", release.version(), release.allele_count(), start.elapsed());
    let world = World::new(&release, 1);
    let snapshot = Arc::new(build(&release, &world, units as u64));
    let patients: Vec<Typing> = world.patients().take(patients).collect();
    let current = || snapshot.clone();
    let (six, ten) = (Query::new(Class::Six, 4), Query::new(Class::Ten, 7));
    time("", current, &patients, &six, 3);
    time("", current, &patients, &ten, 3);
    let filter = Filter {
        statuses: Some(1),
        banks: Some(vec![0, 2, 3, 5]),
        tnc_per_kg: Some(30_000_000),
        flags: flag::MARKERS_CLEAR | flag::CULTURE_CLEAR,
        ..Filter::default()
    };
    let filtered = Query { filter, weight_g: Some(40_000), ..six.clone() };
    time("filtered", current, &patients, &filtered, 3);
    let snapshot = Snapshot::clone(&snapshot);
    while_changing(snapshot, &world, &patients, &six);
    let sample: Vec<Typing> = world.units().take(checked).collect();
    compare(&release, &sample, &patients);
}

fn compare(release: &Arc<Release>, units: &[Typing], patients: &[Typing]) {
    let mut builder = Builder::new(release.clone());
    for (key, unit) in units.iter().enumerate() {
        builder.push(key as u128, unit, Facts::default()).expect("no contradiction");
    }
    let snapshot = builder.finish();
    let mut oracle = Oracle::new(release);
    let (mut searches, mut differences) = (0, 0);
    for (n, patient) in patients.iter().enumerate().take(60) {
        let (class, at_least) = [(Class::Six, 3), (Class::Eight, 4), (Class::Ten, 5)][n % 3];
        let query = Query { top: usize::MAX, ..Query::new(class, at_least) };
        let found = snapshot.search(patient, &query).expect("a sound search");
        let mut ours: Vec<_> =
            found.hits.iter().map(|h| (h.key, (h.matches.least, h.matches.most))).collect();
        ours.sort_unstable();
        let keyed = units.iter().enumerate().map(|(k, u)| (k as u128, u));
        let theirs = oracle
            .search(patient, keyed, class.of(), at_least)
            .into_iter()
            .map(|(k, v)| (k, [v.of6, v.of8, v.of10][n % 3]));
        searches += 1;
        differences += usize::from(ours != theirs.collect::<Vec<_>>());
    }
    println!("oracle: {searches} searches of {} units, {differences} different", units.len());
}
