//! From all rows that were found to the best ones, without ranking them all: the criteria are looked at one by one, each
//! only for what the ones before leave in the running.

use super::Query;
use super::block::Seen;
use super::double::Largest;
use super::outcome::{Outcome, least, most, span};
use super::rank::{Candidate, Rank};
use super::search::Sighted;
use super::tally::Tally;

/// A row still in the running, with its cells.
struct Runner {
    /// The criteria that were looked at, in one number; larger is better.
    standing: u64,
    part: u32,
    seen: Seen,
}

/// Leaves those that stand at least as well as the last for whom there is room.
fn narrow(runners: &mut Vec<Runner>, room: usize) {
    if room == 0 {
        runners.clear();
    } else if runners.len() > room {
        let mut standings: Vec<u64> = runners.iter().map(|r| r.standing).collect();
        let (_, &mut last, _) = standings.select_nth_unstable_by(room - 1, |a, b| b.cmp(a));
        runners.retain(|r| r.standing >= last);
    }
}

/// The criteria up to HLA-C and DQB1, then the cells, in one number.
fn standing(sum: Outcome, others: Outcome, tnc: u32) -> u64 {
    // What is half known counts half; then what is certain.
    let others = [most(others) + least(others), least(others)];
    [sum, others[0], others[1]].iter().fold(0, |all, &n| all << 8 | u64::from(n)) << 32 | u64::from(tnc)
}

/// So many times more than there is room for are gathered before they are narrowed down.
const SLACK: usize = 8;

/// The best of these, as many as there is room for, best first.
pub(super) fn best(sighted: &mut [Sighted<'_>], tally: &Tally, query: &Query, room: usize) -> Vec<Candidate> {
    if room == 0 {
        return Vec::new();
    }
    let cutoff = tally.bar();
    let count = tally.count_from(cutoff);
    let mut full = room.saturating_mul(SLACK);
    let mut runners: Vec<Runner> = Vec::new();
    // Nobody who stands worse than this is among the best.
    let mut floor = standing(cutoff, 0, 0);
    for (part, one) in sighted.iter_mut().enumerate() {
        let Sighted { part: of, tables, seen } = one;
        let segment = &of.segment;
        [2, 4].iter().for_each(|&locus| tables.expect(locus, count));
        let (table, most_dqb1) = (tables.known(2), tables.greatest(4));
        // By outcome at HLA-C: whether a row with no more than the least sum may be among the best.
        let hopeful = |floor: u64| -> [bool; 64] {
            std::array::from_fn(|c| standing(cutoff, c as Outcome + most_dqb1, u32::MAX) >= floor)
        };
        let mut hope = hopeful(floor);
        for &seen in seen.iter().filter(|s| s.sum >= cutoff) {
            let row = seen.row as usize;
            let c = match &table {
                Some(table) => table[segment.numbers[2].get(row)],
                None => tables.allele(2, row),
            };
            // Most rows stop here.
            if seen.sum == cutoff && !hope[usize::from(c & 63)] {
                continue;
            }
            let tnc = segment.stock.tnc(row);
            if standing(seen.sum, c + most_dqb1, tnc) < floor {
                continue;
            }
            let standing = standing(seen.sum, c + tables.allele(4, row), tnc);
            if standing >= floor {
                runners.push(Runner { standing, part: part as u32, seen });
            }
            if runners.len() >= full {
                narrow(&mut runners, room);
                floor = runners.iter().map(|r| r.standing).min().unwrap_or(floor);
                hope = hopeful(floor);
                // Many may stand alike and stay.
                full = full.max(2 * runners.len());
            }
        }
    }
    narrow(&mut runners, room);
    let mut ranked: Vec<Candidate> = runners.iter().map(|r| candidate(sighted, r, query)).collect();
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    ranked.truncate(room);
    ranked
}

/// The row with all that its rank rests on.
fn candidate(sighted: &mut [Sighted<'_>], runner: &Runner, query: &Query) -> Candidate {
    let [c, dqb1] = others(sighted, runner);
    let (segment, row) = (&sighted[runner.part as usize].part.segment, runner.seen.row as usize);
    let matches = span(runner.seen.sum);
    Candidate {
        rank: Rank::new(matches, span(c), span(dqb1), &segment.stock.get(row), query.abo),
        key: segment.keys[row],
        part: runner.part,
        row: runner.seen.row,
        matches,
    }
}

/// At HLA-C and DQB1.
fn others(sighted: &mut [Sighted<'_>], runner: &Runner) -> [Outcome; 2] {
    let tables = &mut sighted[runner.part as usize].tables;
    [2, 4].map(|locus| tables.allele(locus, runner.seen.row as usize))
}

/// For each sum of outcomes: the rows with the most cells, as many as there is room for.
pub(super) fn largest(sighted: &mut [Sighted<'_>], query: &Query, room: usize) -> Largest {
    let mut groups: Vec<Vec<Runner>> = (0..256).map(|_| Vec::new()).collect();
    for (part, one) in sighted.iter().enumerate() {
        for &seen in &one.seen {
            let tnc = one.part.segment.stock.tnc(seen.row as usize);
            if tnc > 0 {
                let standing = u64::from(tnc);
                groups[usize::from(seen.sum)].push(Runner { standing, part: part as u32, seen });
            }
        }
    }
    let of = |(sum, mut runners): (usize, Vec<Runner>)| {
        narrow(&mut runners, room);
        let ranked = runners.iter().map(|r| (r.standing as u32, candidate(sighted, r, query)));
        let mut ranked: Vec<(u32, Candidate)> = ranked.collect();
        // Among equals the better ranked.
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        ranked.truncate(room);
        (sum as Outcome, ranked)
    };
    groups.into_iter().enumerate().filter(|(_, g)| !g.is_empty()).map(of).collect()
}
