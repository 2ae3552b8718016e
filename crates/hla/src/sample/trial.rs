//! A trial of the search index on an invented registry: how long it takes to build, how long searches take, and whether
//! they find what the reference implementation finds.
//!
//! The processor's clock comes from the caller, since this crate asks no operating system: times are of the thread that
//! works, so that others on the machine disturb them little.

use super::World;
use crate::index::{Builder, Change, Class, Facts, Live, Query, QueryError, Snapshot};
use crate::oracle::Oracle;
use crate::rules::Contradictory;
use crate::{Release, Typing};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Says how long the calling thread has had a processor.
pub type Clock = fn() -> Duration;

/// How many changes of units come at once, and how long after each other: a thousand a second.
const CHANGES: u64 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// An invented registry in an index, and patients to search it for.
pub struct Trial {
    world: World,
    release: Arc<Release>,
    snapshot: Arc<Snapshot>,
    patients: Vec<Typing>,
    clock: Clock,
    /// Time that the index took to be built, typings at hand.
    pub built: Duration,
    /// How many distinct typings there are at A, B, C, DRB1 and DQB1, as laboratories wrote them.
    pub distinct_pairs: [usize; 5],
}

/// How long searches took.
#[derive(Clone, Debug)]
pub struct Times {
    /// By patient, the shortest of the rounds.
    best: Vec<Duration>,
    /// Every search of every round.
    all: Vec<Duration>,
    /// Units found, over all patients of a round.
    found: u64,
}

fn at(sorted: &[Duration], thousandths: usize) -> Duration {
    let place = sorted.len() * thousandths / 1_000;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

impl Times {
    /// So many in 1,000 patients' searches took no longer, each patient's shortest counted.
    pub fn within(&self, thousandths: usize) -> Duration {
        at(&self.best, thousandths)
    }

    /// So many in 1,000 searches took no longer, whatever disturbed them.
    pub fn of_all_within(&self, thousandths: usize) -> Duration {
        at(&self.all, thousandths)
    }

    /// Units found for a patient, on average.
    pub fn hits(&self) -> u64 {
        self.found / (self.best.len() as u64).max(1)
    }
}

/// A search for each patient, round by round, so that no search finds its own patient's tables warm.
struct Rounds<'t> {
    patients: &'t [Typing],
    query: &'t Query,
    clock: Clock,
    best: Vec<Duration>,
    all: Vec<Duration>,
    found: u64,
}

impl<'t> Rounds<'t> {
    fn new(trial: &'t Trial, query: &'t Query) -> Rounds<'t> {
        let best = vec![Duration::MAX; trial.patients.len()];
        Rounds { patients: &trial.patients, query, clock: trial.clock, best, all: Vec::new(), found: 0 }
    }

    fn round(&mut self, current: impl Fn() -> Arc<Snapshot>) -> Result<(), QueryError> {
        self.found = 0;
        for (patient, best) in self.patients.iter().zip(&mut self.best) {
            let snapshot = current();
            let start = (self.clock)();
            let found = snapshot.search(patient, self.query)?;
            let took = (self.clock)() - start;
            *best = took.min(*best);
            self.all.push(took);
            self.found += found.total();
        }
        Ok(())
    }

    fn times(mut self) -> Times {
        self.best.sort_unstable();
        self.all.sort_unstable();
        Times { best: self.best, all: self.all, found: self.found }
    }
}

impl Trial {
    /// Invents so many units and patients, and builds the index.
    ///
    /// # Errors
    /// Never with the world's typings, which do not contradict themselves.
    pub fn new(
        release: Arc<Release>,
        seed: u64,
        units: u64,
        patients: usize,
        clock: Clock,
    ) -> Result<Trial, Contradictory> {
        let world = World::new(&release, seed);
        let mut builder = Builder::new(release.clone());
        let mut built = Duration::ZERO;
        for from in (0..units).step_by(1_000) {
            // Made beforehand, so that making them isn't timed.
            let some: Vec<_> =
                (from..units.min(from + 1_000)).map(|i| (i, world.unit(i), world.facts(i))).collect();
            let start = clock();
            for (number, typing, facts) in &some {
                builder.push(key(*number), typing, *facts)?;
            }
            built += clock() - start;
        }
        let distinct_pairs = builder.distinct_typings();
        let start = clock();
        let snapshot = Arc::new(builder.finish());
        built += clock() - start;
        let patients = world.patients().take(patients).collect();
        Ok(Trial { world, release, snapshot, patients, clock, built, distinct_pairs })
    }

    /// The registry.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The patients.
    pub fn patients(&self) -> &[Typing] {
        &self.patients
    }

    /// The world that the units and patients are from.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Searches for each patient, so many rounds.
    ///
    /// # Errors
    /// As the query.
    pub fn search(&self, query: &Query, rounds: usize) -> Result<Times, QueryError> {
        let mut running = Rounds::new(self, query);
        for _ in 0..rounds {
            running.round(|| self.snapshot.clone())?;
        }
        Ok(running.times())
    }

    /// Searches while another thread changes a thousand units a second, for so long at least.
    ///
    /// # Errors
    /// As the query.
    pub fn search_while_changing(&self, query: &Query, at_least: Duration) -> Result<Times, QueryError> {
        let live = Live::new(Snapshot::clone(&self.snapshot));
        let done = AtomicBool::new(false);
        let mut running = Rounds::new(self, query);
        let searched = std::thread::scope(|scope| {
            scope.spawn(|| self.change(&live, &done));
            let begun = Instant::now();
            let mut searched = running.round(|| live.current());
            while searched.is_ok() && begun.elapsed() < at_least {
                searched = running.round(|| live.current());
            }
            done.store(true, Ordering::Relaxed);
            searched
        });
        searched.map(|()| running.times())
    }

    /// Changes units all over the registry until it is done.
    fn change(&self, live: &Live, done: &AtomicBool) {
        let units = (self.snapshot.len() as u64).max(1);
        let put = |i: u64| Change::Put {
            key: key(i * 97 % units),
            typing: Box::new(self.world.unit(units + i)),
            facts: self.world.facts(units + i),
        };
        let mut next = 0;
        while !done.load(Ordering::Relaxed) {
            let begun = Instant::now();
            let changes: Vec<Change> = (next..next + CHANGES).map(put).collect();
            live.apply(&changes);
            next += CHANGES;
            std::thread::sleep(PAUSE.saturating_sub(begun.elapsed()));
        }
    }

    /// Searches the first `units` of the registry by the index and by the reference implementation, once for each
    /// patient, the classes in turn and low enough to find many: how many searches differ in any unit's matches.
    ///
    /// # Errors
    /// Never with the world's typings.
    pub fn differences(&self, units: u64) -> Result<usize, Contradictory> {
        let units: Vec<Typing> = self.world.units().take(units as usize).collect();
        let mut builder = Builder::new(self.release.clone());
        for (key, unit) in units.iter().enumerate() {
            builder.push(key as u128, unit, Facts::default())?;
        }
        let snapshot = builder.finish();
        let mut oracle = Oracle::new(&self.release);
        let mut differences = 0;
        for (n, patient) in self.patients.iter().enumerate() {
            let (class, at_least) =
                [(Class::Six, 4), (Class::Ten, 7), (Class::Eight, 5), (Class::Six, 3)][n % 4];
            let query = Query { top: usize::MAX, ..Query::new(class, at_least) };
            let found = snapshot.search(patient, &query).map(|found| {
                let mut ours: Vec<_> = found.hits.iter().map(|h| (h.key, h.matches)).collect();
                ours.sort_unstable();
                ours
            });
            let keyed = units.iter().enumerate().map(|(key, unit)| (key as u128, unit));
            let theirs =
                oracle.search(patient, keyed, class.of(), at_least).into_iter().map(|(key, verdict)| {
                    let (least, most) = match class {
                        Class::Six => verdict.of6,
                        Class::Eight => verdict.of8,
                        Class::Ten => verdict.of10,
                    };
                    (key, crate::rules::Span { least, most })
                });
            differences += usize::from(found != Ok(theirs.collect()));
            oracle.forget();
        }
        Ok(differences)
    }
}

/// As keys come: random, never in the order of anything.
fn key(number: u64) -> u128 {
    u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)) << 64 | u128::from(number)
}
