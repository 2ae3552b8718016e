//! A set of symbols kept as sorted, disjoint, half-open ranges: small when it is one allele, and small when it is
//! a whole family.

/// What a chromosome shows at a locus, as a number: a protein (P group) or an antigen. See [`NULL`].
pub(crate) type Symbol = u32;

/// The symbol of an allele that expresses nothing.
pub(crate) const NULL: Symbol = 0;

/// From here on symbols are no proteins but names, family above and second field below: there is no release to tell
/// which names are one protein. No release has so many proteins at a locus, and no antigen so high a number.
pub(crate) const NAMES: Symbol = 1 << 16;

/// Sorted, disjoint, non-touching half-open ranges.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct Set(Box<[(Symbol, Symbol)]>);

impl Set {
    /// Every symbol that stands for something expressed.
    pub(crate) fn everything() -> Set {
        Set::range(NULL + 1, Symbol::MAX)
    }

    /// `from..to`.
    pub(crate) fn range(from: Symbol, to: Symbol) -> Set {
        Set::from_ranges(vec![(from, to)])
    }

    pub(crate) fn one(symbol: Symbol) -> Set {
        Set::range(symbol, symbol + 1)
    }

    pub(crate) fn from_symbols(symbols: impl IntoIterator<Item = Symbol>) -> Set {
        Set::from_ranges(symbols.into_iter().map(|s| (s, s + 1)).collect())
    }

    /// From ranges in any order, overlapping or not; empty ones are dropped.
    pub(crate) fn from_ranges(mut ranges: Vec<(Symbol, Symbol)>) -> Set {
        ranges.retain(|r| r.0 < r.1);
        ranges.sort_unstable();
        let mut merged: Vec<(Symbol, Symbol)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Set(merged.into_boxed_slice())
    }

    /// From ranges that are sorted, disjoint and do not touch.
    pub(crate) fn from_sorted(ranges: impl Iterator<Item = (Symbol, Symbol)>) -> Set {
        Set(ranges.collect())
    }

    pub(crate) fn ranges(&self) -> &[(Symbol, Symbol)] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, symbol: Symbol) -> bool {
        let after = self.0.partition_point(|r| r.0 <= symbol);
        after > 0 && symbol < self.0[after - 1].1
    }

    /// Whether a symbol of `from..to` is in it.
    pub(crate) fn meets_range(&self, from: Symbol, to: Symbol) -> bool {
        let next = self.0.partition_point(|r| r.1 <= from);
        self.0.get(next).is_some_and(|r| r.0 < to)
    }

    /// Whether it is of names, as without a release. Everything at all is not.
    pub(crate) fn is_of_names(&self) -> bool {
        self.0.iter().any(|r| r.0 >= NAMES)
    }

    /// Names as if all of a family were one protein: the numbers of the families.
    pub(crate) fn families(&self) -> Set {
        let null = self.has_null().then_some((NULL, NULL + 1));
        let families = self.0.iter().map(|&(from, to)| ((from >> 16).max(1), ((to - 1) >> 16) + 1));
        Set::from_ranges(families.chain(null).collect())
    }

    pub(crate) fn has_null(&self) -> bool {
        self.0.first().is_some_and(|r| r.0 == NULL)
    }

    pub(crate) fn without_null(&self) -> Set {
        if !self.has_null() {
            return self.clone();
        }
        Set::from_ranges(self.0.iter().map(|&(from, to)| (from.max(NULL + 1), to)).collect())
    }

    /// The one symbol of a set of one.
    pub(crate) fn single(&self) -> Option<Symbol> {
        match *self.0 {
            [(from, to)] if to - from == 1 => Some(from),
            _ => None,
        }
    }

    /// The smallest three symbols and how many of them there are.
    pub(crate) fn few(&self) -> ([Symbol; 3], usize) {
        let (mut few, mut count) = ([0; 3], 0);
        for &(from, to) in &self.0 {
            for symbol in from..to {
                if count == 3 {
                    return (few, 3);
                }
                few[count] = symbol;
                count += 1;
            }
        }
        (few, count)
    }

    pub(crate) fn union(&self, other: &Set) -> Set {
        Set::from_ranges(self.0.iter().chain(other.0.iter()).copied().collect())
    }

    pub(crate) fn intersection(&self, other: &Set) -> Set {
        let mut out = Vec::new();
        let (mut i, mut j) = (0, 0);
        while let (Some(a), Some(b)) = (self.0.get(i), other.0.get(j)) {
            let (from, to) = (a.0.max(b.0), a.1.min(b.1));
            if from < to {
                out.push((from, to));
            }
            if a.1 <= b.1 { i += 1 } else { j += 1 }
        }
        Set(out.into_boxed_slice())
    }

    /// Whether all of it is in `other`.
    pub(crate) fn is_within(&self, other: &Set) -> bool {
        self.intersection(other) == *self
    }

    pub(crate) fn meets(&self, other: &Set) -> bool {
        let (small, large) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        if small.0.len() * 8 < large.0.len() {
            // Few ranges against many: look each one up instead of walking through both.
            return small.0.iter().any(|&(from, to)| large.meets_range(from, to));
        }
        let (mut i, mut j) = (0, 0);
        while let (Some(a), Some(b)) = (small.0.get(i), large.0.get(j)) {
            if a.0.max(b.0) < a.1.min(b.1) {
                return true;
            }
            if a.1 <= b.1 { i += 1 } else { j += 1 }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn small() -> impl Strategy<Value = BTreeSet<Symbol>> {
        proptest::collection::btree_set(0u32..40, 0..25)
    }

    fn of(model: &BTreeSet<Symbol>) -> Set {
        Set::from_symbols(model.iter().copied())
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_set(a in small(), b in small(), probe in 0u32..41) {
            let (x, y) = (of(&a), of(&b));
            prop_assert_eq!(x.contains(probe), a.contains(&probe));
            prop_assert_eq!(x.meets(&y), !a.is_disjoint(&b));
            prop_assert_eq!(x.union(&y), of(&a.union(&b).copied().collect()));
            prop_assert_eq!(x.intersection(&y), of(&a.intersection(&b).copied().collect()));
            prop_assert_eq!(x.is_within(&y), a.is_subset(&b));
            prop_assert_eq!(x.has_null(), a.contains(&0));
            prop_assert_eq!(x.without_null(), of(&a.iter().copied().filter(|&s| s != 0).collect()));
            prop_assert_eq!(x.single(), if a.len() == 1 { a.first().copied() } else { None });
            let (few, count) = x.few();
            prop_assert_eq!(few[..count].to_vec(), a.iter().copied().take(3).collect::<Vec<_>>());
        }

        #[test]
        fn few_ranges_meet_many_as_many_meet_few(a in 0u32..200, b in proptest::collection::btree_set(0u32..100, 30)) {
            let many = Set::from_symbols(b.iter().map(|s| s * 2));
            prop_assert_eq!(Set::one(a).meets(&many), b.iter().any(|s| s * 2 == a));
            prop_assert_eq!(many.meets(&Set::one(a)), b.iter().any(|s| s * 2 == a));
        }
    }

    #[test]
    fn everything_is_everything_expressed() {
        assert!(Set::everything().contains(1));
        assert!(!Set::everything().contains(NULL));
    }
}
