//! The exact spans of a comparison: every way in which two typings can come out, with symbols that no set here
//! tells apart tried once.

use super::{Comparison, Span};
use crate::resolve::Block;
use crate::set::{NULL, Set, Symbol};

/// Compares all possibilities of a patient with all of a unit.
///
/// Without a release the symbols are names. That each is a protein of its own is one extreme, that all of a family are
/// one protein is the other; whatever is true lies between.
pub(super) fn compare(patient: &[Block], unit: &[Block]) -> Comparison {
    let named = patient.iter().chain(unit).any(Block::is_of_names);
    let apart = each_with_each(patient, unit);
    if !named {
        return apart;
    }
    let by_family = |blocks: &[Block]| -> Vec<Block> { blocks.iter().map(Block::by_family).collect() };
    apart.or(each_with_each(&by_family(patient), &by_family(unit)))
}

fn each_with_each(patient: &[Block], unit: &[Block]) -> Comparison {
    let pairs = patient.iter().flat_map(|p| unit.iter().map(move |u| blocks(p, u)));
    // A typing without any block does not come out of `resolve`; nothing would be known of it.
    pairs.reduce(Comparison::or).unwrap_or(Comparison::UNKNOWN)
}

/// A block that is one pair.
fn known(block: &Block) -> Option<(Symbol, Symbol)> {
    match block {
        Block::Pair(a, b) => a.single().zip(b.single()),
        Block::Same(a) => a.single().map(|s| (s, s)),
    }
}

fn blocks(patient: &Block, unit: &Block) -> Comparison {
    let theirs = known(unit);
    if let Some(p) = known(patient) {
        return theirs.map_or_else(|| known_against(p, unit), |u| one(p, u));
    }
    if let Some(u) = theirs {
        let turned = known_against(u, patient);
        return Comparison { matches: turned.matches, gvh: turned.hvg, hvg: turned.gvh };
    }
    let all: Vec<&Set> = patient.sides().chain(unit.sides()).collect();
    let few = representatives(&all);
    let (ours, theirs) = few.split_at(patient.sides().count());
    let theirs = pairs_of(theirs);
    let worlds = pairs_of(ours).into_iter().flat_map(|p| theirs.iter().map(move |&u| one(p, u)));
    worlds.reduce(Comparison::or).unwrap_or(Comparison::UNKNOWN)
}

/// One known pair against a block: of a set only this matters, which of the pair's symbols it has, and whether it has
/// others; of two sets, whether these others can be the same and can differ.
fn known_against(p: (Symbol, Symbol), block: &Block) -> Comparison {
    // Two symbols of ours at most, so four are enough to have two others among them.
    let others = |set: &Set, few: &mut Few| {
        let some = set.ranges().iter().flat_map(|&(from, to)| from..to);
        some.filter(|&s| s != p.0 && s != p.1 && s != NULL).take(2).for_each(|s| few.push(s));
    };
    let own = |set: &Set, few: &mut Few| {
        [p.0, p.1, NULL].into_iter().filter(|&s| set.contains(s)).for_each(|s| few.push(s));
    };
    let mut seen: Option<Comparison> = None;
    let mut see = |u: (Symbol, Symbol)| {
        let world = one(p, u);
        seen = Some(seen.map_or(world, |s| s.or(world)));
    };
    match block {
        Block::Same(set) => {
            let mut few = Few::default();
            own(set, &mut few);
            others(set, &mut few);
            few.all().iter().for_each(|&s| see((s, s)));
        }
        Block::Pair(a, b) => {
            let (mut x, mut y) = (Few::default(), Few::default());
            others(a, &mut x);
            others(b, &mut y);
            if !x.all().is_empty() && !y.all().is_empty() {
                let mut shared = Few::default();
                others(&a.intersection(b), &mut shared);
                if let Some(&both) = shared.all().first() {
                    x.push(both);
                    y.push(both);
                }
            }
            own(a, &mut x);
            own(b, &mut y);
            x.all().iter().for_each(|&s| y.all().iter().for_each(|&t| see((s, t))));
        }
    }
    seen.unwrap_or(Comparison::UNKNOWN)
}

/// Two others, one that both sets have, two of ours and the null.
#[derive(Default)]
struct Few([Symbol; 6], usize);

impl Few {
    fn push(&mut self, symbol: Symbol) {
        self.0[self.1] = symbol;
        self.1 += 1;
    }

    fn all(&self) -> &[Symbol] {
        &self.0[..self.1]
    }
}

fn pairs_of(sides: &[Vec<Symbol>]) -> Vec<(Symbol, Symbol)> {
    match sides {
        [same] => same.iter().map(|&s| (s, s)).collect(),
        [a, b] => a.iter().flat_map(|&x| b.iter().map(move |&y| (x, y))).collect(),
        _ => Vec::new(),
    }
}

/// Two pairs of which everything is known.
fn one((p1, p2): (Symbol, Symbol), (u1, u2): (Symbol, Symbol)) -> Comparison {
    let straight = u8::from(p1 == u1) + u8::from(p2 == u2);
    let crossed = u8::from(p1 == u2) + u8::from(p2 == u1);
    let lacking = |(a, b): (Symbol, Symbol), (x, y): (Symbol, Symbol)| {
        let lacks = |s: Symbol| s != NULL && s != x && s != y;
        u8::from(lacks(a)) + u8::from(b != a && lacks(b))
    };
    Comparison {
        matches: Span::exactly(straight.max(crossed)),
        gvh: Span::exactly(lacking((p1, p2), (u1, u2))),
        hvg: Span::exactly(lacking((u1, u2), (p1, p2))),
    }
}

/// The sets cut down to symbols that matter: of all symbols that lie in exactly the same sets, as many as there are
/// sets to take one from. Any outcome with the others is an outcome with these.
fn representatives(sets: &[&Set]) -> Vec<Vec<Symbol>> {
    let mut borders: Vec<Symbol> =
        sets.iter().flat_map(|s| s.ranges().iter().flat_map(|r| [r.0, r.1])).collect();
    borders.sort_unstable();
    borders.dedup();
    let mut taken = [0u32; 16];
    let mut out = vec![Vec::new(); sets.len()];
    // In each set the range that does not end before the window: borders and ranges both ascend.
    let mut at = vec![0; sets.len()];
    for window in borders.windows(2) {
        let mut pattern = 0usize;
        for (i, (set, at)) in sets.iter().zip(&mut at).enumerate() {
            let ranges = set.ranges();
            while ranges.get(*at).is_some_and(|r| r.1 <= window[0]) {
                *at += 1;
            }
            pattern |= usize::from(ranges.get(*at).is_some_and(|r| r.0 <= window[0])) << i;
        }
        for symbol in window[0]..window[1] {
            if pattern == 0 || taken[pattern] >= pattern.count_ones() {
                break;
            }
            // The null is apart from all others, whatever sets it lies in.
            if symbol != NULL {
                taken[pattern] += 1;
            }
            for (i, kept) in out.iter_mut().enumerate() {
                if pattern & (1 << i) != 0 {
                    kept.push(symbol);
                }
            }
        }
    }
    out
}
