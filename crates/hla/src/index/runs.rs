//! Rows that lie together and have the same antigens at A and B.

use super::outcome::{ONE_MOST, Outcome};
use std::ops::Range;

/// Rows with the same antigens at A and B.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Number of the antigen meaning at A.
    a: u32,
    /// Its first row.
    start: u32,
    /// The row after its last.
    end: u32,
}

/// Rows with the same antigens at B: first the long runs, then the rest, rows with antigens at A that few have. B comes
/// first because it tells units apart better, so that most groups are passed over at once.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// Number of the antigen meaning at B.
    b: u32,
    /// Its runs are those from here to the next group's.
    run: u32,
    /// The first row of its rest, which ends where the next group begins.
    rest: u32,
    /// The number of that row among the rows of all rests.
    rest_number: u32,
}

/// A run shorter than this is not worth an entry: it lies in the group's rest.
const SHORT: usize = 6;

/// All runs and rests of a segment.
#[derive(Debug)]
pub(super) struct Runs {
    groups: Vec<Group>,
    runs: Vec<Run>,
    /// Numbers of the antigen meanings at A of the rows in rests.
    rests: Vec<u32>,
    rows: u32,
}

/// The rest of a group.
pub(super) struct Rest<'r> {
    /// The outcome at B.
    pub(super) b: u16,
    /// The first row.
    pub(super) first: usize,
    /// By row, the number of the antigen meaning at A.
    pub(super) antigens: &'r [u32],
}

/// A row's antigens at A and B, by the numbers of their meanings, and whether it lies in a rest.
pub(super) trait Placed {
    fn ab(&self) -> [u32; 2];
    fn in_rest(&self) -> bool;
    fn put_in_rest(&mut self);
}

/// Puts rows, sorted by their antigens at B and then A, in the order of a segment.
pub(super) fn arrange(places: &mut [impl Placed]) {
    for run in places.chunk_by_mut(|x, y| x.ab() == y.ab()).filter(|run| run.len() < SHORT) {
        run.iter_mut().for_each(Placed::put_in_rest);
    }
    // Stable, and nearly in order.
    places.sort_by_key(|p| (p.ab()[1], p.in_rest()));
}

impl Runs {
    /// From rows in order.
    pub(super) fn new(places: &[impl Placed]) -> Runs {
        let mut all = Runs { groups: Vec::new(), runs: Vec::new(), rests: Vec::new(), rows: 0 };
        for group in places.chunk_by(|x, y| x.ab()[1] == y.ab()[1]) {
            let run = all.runs.len() as u32;
            let (long, rest) = group.split_at(group.partition_point(|p| !p.in_rest()));
            for same in long.chunk_by(|x, y| x.ab() == y.ab()) {
                let (start, end) = (all.rows, all.rows + same.len() as u32);
                all.runs.push(Run { a: same[0].ab()[0], start, end });
                all.rows = end;
            }
            let rest_number = all.rests.len() as u32;
            all.groups.push(Group { b: group[0].ab()[1], run, rest: all.rows, rest_number });
            all.rests.extend(rest.iter().map(|p| p.ab()[0]));
            all.rows += rest.len() as u32;
        }
        all
    }

    /// Calls `run` with the sum and the rows of runs whose outcomes at A and B have so many possible matches, and
    /// `rest` with each rest in which there may be such rows. In the lower bytes of `ab` are the outcomes by antigen
    /// meaning.
    pub(super) fn each<'r>(
        &'r self,
        ab: &[Vec<u16>; 2],
        at_least: u8,
        mut run: impl FnMut(u16, Range<usize>),
        mut rest: impl FnMut(Rest<'r>),
    ) {
        let floor = at_least * ONE_MOST;
        let reaches = |sum: u16, more: Outcome| sum as u8 + more >= floor;
        // Neighbours with the same sum are told as one.
        let mut held = (0, 0..0);
        let mut tell = |sum: u16, rows: Range<usize>| {
            if held.0 == sum && held.1.end == rows.start {
                held.1.end = rows.end;
            } else {
                let (sum, rows) = std::mem::replace(&mut held, (sum, rows));
                if !rows.is_empty() {
                    run(sum, rows);
                }
            }
        };
        for (i, group) in self.groups.iter().enumerate() {
            let b = ab[1][group.b as usize];
            if !reaches(b, 2 * ONE_MOST) {
                continue;
            }
            let next = self.groups.get(i + 1);
            let runs_end = next.map_or(self.runs.len(), |next| next.run as usize);
            for one in &self.runs[group.run as usize..runs_end] {
                let sum = b + ab[0][one.a as usize];
                if reaches(sum, 0) {
                    tell(sum, one.start as usize..one.end as usize);
                }
            }
            let rest_end = next.map_or(self.rests.len(), |next| next.rest_number as usize);
            let antigens = &self.rests[group.rest_number as usize..rest_end];
            if !antigens.is_empty() {
                rest(Rest { b, first: group.rest as usize, antigens });
            }
        }
        tell(0, 0..0);
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.groups[..]) + size_of_val(&self.runs[..]) + size_of_val(&self.rests[..])
    }
}
