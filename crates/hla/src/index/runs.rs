//! Rows that lie together and have the same antigens at A and B.

use super::column::Column;
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

/// Rows with the same antigens at B: long runs, and a rest of rows with antigens at A that few have. B comes first because
/// it tells units apart better, so that most groups are passed over at once.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// Number of the antigen meaning at B.
    b: u32,
    /// Its runs are those from here to the next group's.
    run: u32,
    /// Its rest begins at this place among all rests, and ends where the next group's begins.
    rest: u32,
}

/// A run shorter than this is not worth an entry: it lies in the group's rest.
const SHORT: usize = 3;

/// All runs and rests of a segment: first the rows of all runs, then those of all rests.
#[derive(Debug)]
pub(super) struct Runs {
    /// The last one only tells where the one before ends.
    groups: Vec<Group>,
    runs: Vec<Run>,
    /// Numbers of the antigen meanings at A of the rows in rests.
    rests: Column,
    /// The first row of a rest.
    first_rest: usize,
}

/// Rows of rests with the same outcome at B.
pub(super) struct Rest {
    /// That outcome.
    pub(super) b: u16,
    /// Places among the rows of all rests.
    pub(super) places: Range<usize>,
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
    // Stable: each half stays in order.
    places.sort_by_key(|p| p.in_rest());
}

impl Runs {
    /// From rows in order; the numbers of the antigen meanings at A are below `below`.
    pub(super) fn new(places: &[impl Placed], below: usize) -> Runs {
        let (long, rests) = places.split_at(places.partition_point(|p| !p.in_rest()));
        let (mut groups, mut runs) = (Vec::new(), Vec::new());
        let (mut row, mut place) = (0, 0);
        let mut long = long.chunk_by(|x, y| x.ab() == y.ab()).peekable();
        let mut rest = rests.chunk_by(|x, y| x.ab()[1] == y.ab()[1]).peekable();
        loop {
            let next = [long.peek(), rest.peek()].into_iter().flatten().map(|rows| rows[0].ab()[1]).min();
            groups.push(Group { b: next.unwrap_or_default(), run: runs.len() as u32, rest: place });
            let Some(b) = next else { break };
            while let Some(same) = long.next_if(|rows| rows[0].ab()[1] == b) {
                let (start, end) = (row, row + same.len() as u32);
                runs.push(Run { a: same[0].ab()[0], start, end });
                row = end;
            }
            place += rest.next_if(|rows| rows[0].ab()[1] == b).map_or(0, <[_]>::len) as u32;
        }
        let rests = Column::new(rests.iter().map(|p| p.ab()[0]), below);
        Runs { groups, runs, rests, first_rest: row as usize }
    }

    /// By place among the rows of all rests: the number of the antigen meaning at A.
    pub(super) fn rests(&self) -> &Column {
        &self.rests
    }

    /// The first row of a rest.
    pub(super) fn first_rest(&self) -> usize {
        self.first_rest
    }

    /// Calls `run` with the sum and the rows of runs whose outcomes at A and B have so many possible matches, and
    /// `rest` with rests in which there may be such rows. In the lower bytes of `ab` are the outcomes by antigen
    /// meaning.
    pub(super) fn each(
        &self,
        ab: &[Vec<u16>; 2],
        at_least: u8,
        run: impl FnMut(u16, Range<usize>),
        mut rest: impl FnMut(Rest),
    ) {
        let floor = at_least * ONE_MOST;
        let reaches = |sum: u16, more: Outcome| sum as u8 + more >= floor;
        let (mut runs, mut rests) = (Joined::new(run), Joined::new(|b, places| rest(Rest { b, places })));
        for (group, next) in self.groups.iter().zip(&self.groups[1..]) {
            let b = ab[1][group.b as usize];
            if !reaches(b, 2 * ONE_MOST) {
                continue;
            }
            for one in &self.runs[group.run as usize..next.run as usize] {
                let sum = b + ab[0][one.a as usize];
                if reaches(sum, 0) {
                    runs.add(sum, one.start as usize..one.end as usize);
                }
            }
            rests.add(b, group.rest as usize..next.rest as usize);
        }
        runs.end();
        rests.end();
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.groups[..]) + size_of_val(&self.runs[..]) + self.rests.bytes()
    }
}

/// Tells ranges, neighbours with the same sum as one.
struct Joined<F> {
    held: (u16, Range<usize>),
    tell: F,
}

impl<F: FnMut(u16, Range<usize>)> Joined<F> {
    fn new(tell: F) -> Joined<F> {
        Joined { held: (0, 0..0), tell }
    }

    #[inline]
    fn add(&mut self, sum: u16, range: Range<usize>) {
        if self.held.0 == sum && self.held.1.end == range.start {
            self.held.1.end = range.end;
        } else {
            let (sum, range) = std::mem::replace(&mut self.held, (sum, range));
            if !range.is_empty() {
                (self.tell)(sum, range);
            }
        }
    }

    fn end(mut self) {
        self.add(0, 0..0);
        let (sum, range) = self.held;
        if !range.is_empty() {
            (self.tell)(sum, range);
        }
    }
}
