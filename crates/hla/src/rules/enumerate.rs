//! The exact spans of a comparison: every way in which two typings can come out, with symbols that no set here
//! tells apart tried once.

use super::{Comparison, Span};
use crate::resolve::Block;
use crate::set::{NULL, Set, Symbol};

/// Compares all possibilities of a patient with all of a unit.
pub(super) fn compare(patient: &[Block], unit: &[Block]) -> Comparison {
    let pairs = patient.iter().flat_map(|p| unit.iter().map(move |u| blocks(p, u)));
    // A typing without any block does not come out of `resolve`; nothing would be known of it.
    pairs.reduce(Comparison::or).unwrap_or(Comparison::UNKNOWN)
}

fn sides(block: &Block) -> Vec<&Set> {
    match block {
        Block::Pair(a, b) => vec![a, b],
        Block::Same(a) => vec![a],
    }
}

/// A block that is one pair.
fn known(block: &Block) -> Option<(Symbol, Symbol)> {
    match block {
        Block::Pair(a, b) => a.single().zip(b.single()),
        Block::Same(a) => a.single().map(|s| (s, s)),
    }
}

fn blocks(patient: &Block, unit: &Block) -> Comparison {
    if let Some(p) = known(patient) {
        return known_against(p, unit);
    }
    if let Some(u) = known(unit) {
        let turned = known_against(u, patient);
        return Comparison { matches: turned.matches, gvh: turned.hvg, hvg: turned.gvh };
    }
    let (ours, theirs) = (sides(patient), sides(unit));
    let all: Vec<&Set> = ours.iter().chain(&theirs).copied().collect();
    let few = representatives(&all);
    let of = |from: usize, count: usize| pairs_of(&few[from..from + count]);
    let mut seen: Option<Comparison> = None;
    for p in of(0, ours.len()) {
        for u in of(ours.len(), theirs.len()) {
            let world = one(p, u);
            seen = Some(seen.map_or(world, |s| s.or(world)));
        }
    }
    seen.unwrap_or(Comparison::UNKNOWN)
}

/// One known pair against a block: of a set only this matters, which of the pair's symbols it has, and whether it has
/// others; of two sets, whether these others can be the same and can differ.
fn known_against(p: (Symbol, Symbol), block: &Block) -> Comparison {
    let is_ours = |s: &Symbol| *s == p.0 || *s == p.1;
    // Two symbols of ours at most, so four are enough to have two others among them.
    let others = |set: &Set| -> Vec<Symbol> {
        let some = set.ranges().iter().flat_map(|&(from, to)| from..to).filter(|s| !is_ours(s) && *s != NULL);
        some.take(2).collect()
    };
    let own = |set: &Set| [p.0, p.1, NULL].into_iter().filter(|s| set.contains(*s)).collect::<Vec<_>>();
    let mut pairs = Vec::new();
    match block {
        Block::Same(set) => pairs.extend(own(set).into_iter().chain(others(set)).map(|s| (s, s))),
        Block::Pair(a, b) => {
            let (mut x, mut y) = (others(a), others(b));
            if !x.is_empty() && !y.is_empty() {
                let shared = others(&a.intersection(b));
                x.extend(shared.first());
                y.extend(shared.first());
            }
            x.extend(own(a));
            y.extend(own(b));
            pairs.extend(x.iter().flat_map(|&s| y.iter().map(move |&t| (s, t))));
        }
    }
    let worlds = pairs.into_iter().map(|u| one(p, u));
    worlds.reduce(Comparison::or).unwrap_or(Comparison::UNKNOWN)
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
    for window in borders.windows(2) {
        let pattern = sets
            .iter()
            .enumerate()
            .filter(|(_, s)| s.contains(window[0]))
            .map(|(i, _)| 1 << i)
            .sum::<usize>();
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
