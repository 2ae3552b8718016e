//! Chance that is the same everywhere: each person has numbers of their own, drawn from a seed and an index.

/// A stream of numbers (SplitMix64), good enough for invented people and nothing else.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

fn mixed(mut x: u64) -> u64 {
    x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}

impl Dice {
    /// The stream of these numbers together; other numbers have another one.
    pub(super) fn of(numbers: &[u64]) -> Dice {
        Dice(numbers.iter().fold(0x5EED_CAFE, |all, &n| mixed(all.wrapping_add(0x9E37_79B9_7F4A_7C15) ^ n)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.0)
    }

    /// Below `n`, which is not 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// True in `share` of 1,000.
    pub(super) fn thousandths(&mut self, share: usize) -> bool {
        self.below(1_000) < share
    }

    pub(super) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

/// Things with weights, to be drawn by them.
#[derive(Clone, Debug)]
pub(super) struct Weighted<T> {
    things: Vec<T>,
    /// Sums of the weights up to each.
    sums: Vec<usize>,
}

impl<T> Weighted<T> {
    pub(super) fn new(all: impl IntoIterator<Item = (T, usize)>) -> Weighted<T> {
        let mut sum = 0;
        let counted = all.into_iter().map(|(thing, weight)| {
            sum += weight;
            (thing, sum)
        });
        let (things, sums) = counted.unzip();
        Weighted { things, sums }
    }

    /// `None` when there is nothing to draw from.
    pub(super) fn draw(&self, dice: &mut Dice) -> Option<&T> {
        let all = *self.sums.last().filter(|&&s| s > 0)?;
        let at = dice.below(all);
        self.things.get(self.sums.partition_point(|&s| s <= at))
    }
}
