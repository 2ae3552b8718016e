//! The facts of a segment's units in columns. Facts that take few values are kept as the number of their combination,
//! so that a filter looks at each combination once.

use super::column::Column;
use super::{Abo, Facts};
use crate::hash::Map;

/// What of the facts takes few values: bank, status, blood group, compartments, flags.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Label {
    pub(super) bank: u16,
    pub(super) status: u8,
    pub(super) abo: Abo,
    pub(super) compartments: u8,
    pub(super) flags: u8,
}

/// Facts by row.
#[derive(Debug)]
pub(super) struct Stock {
    tnc: Column,
    cd34: Column,
    /// Days since the earliest.
    collected: Column,
    earliest: i32,
    labels: Vec<Label>,
    label_of: Column,
}

impl Stock {
    pub(super) fn new(facts: impl Iterator<Item = Facts> + Clone) -> Stock {
        let mut numbers: Map<Label, u32> = Map::default();
        let mut labels = Vec::new();
        let mut label_of = Vec::with_capacity(facts.size_hint().0);
        for f in facts.clone() {
            let label = Label {
                bank: f.bank,
                status: f.status,
                abo: f.abo,
                compartments: f.compartments,
                flags: f.flags,
            };
            label_of.push(*numbers.entry(label).or_insert_with(|| {
                labels.push(label);
                labels.len() as u32 - 1
            }));
        }
        let earliest = facts.clone().map(|f| f.collected).min().unwrap_or_default();
        let column = |of: &dyn Fn(Facts) -> u32| {
            let greatest = facts.clone().map(of).max().unwrap_or_default();
            Column::new(facts.clone().map(of), greatest as usize + 1)
        };
        Stock {
            tnc: column(&|f| f.tnc),
            cd34: column(&|f| f.cd34),
            collected: column(&|f| f.collected.wrapping_sub(earliest).cast_unsigned()),
            earliest,
            label_of: Column::new(label_of.into_iter(), labels.len()),
            labels,
        }
    }

    pub(super) fn tnc(&self, row: usize) -> u32 {
        self.tnc.get(row) as u32
    }

    pub(super) fn cd34(&self, row: usize) -> u32 {
        self.cd34.get(row) as u32
    }

    pub(super) fn collected(&self, row: usize) -> i32 {
        self.earliest.wrapping_add((self.collected.get(row) as u32).cast_signed())
    }

    /// The combinations that occur.
    pub(super) fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// By row: the number of the combination.
    pub(super) fn label_of(&self) -> &Column {
        &self.label_of
    }

    pub(super) fn get(&self, row: usize) -> Facts {
        let Label { bank, status, abo, compartments, flags } = self.labels[self.label_of.get(row)];
        let (tnc, cd34, collected) = (self.tnc(row), self.cd34(row), self.collected(row));
        Facts { tnc, cd34, collected, bank, status, abo, compartments, flags }
    }

    pub(super) fn bytes(&self) -> usize {
        let columns = [&self.tnc, &self.cd34, &self.collected, &self.label_of];
        columns.iter().map(|c| c.bytes()).sum::<usize>() + size_of_val(&self.labels[..])
    }
}
