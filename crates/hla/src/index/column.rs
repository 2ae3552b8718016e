//! Columns of small numbers.

/// Numbers, as narrow as they allow.
#[derive(Debug)]
pub(super) enum Column {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Default for Column {
    fn default() -> Column {
        Column::Narrow(Vec::new())
    }
}

impl Column {
    /// All numbers are below `below`.
    pub(super) fn new(numbers: impl Iterator<Item = u32>, below: usize) -> Column {
        if below <= usize::from(u16::MAX) + 1 {
            Column::Narrow(numbers.map(|n| n as u16).collect())
        } else {
            Column::Wide(numbers.collect())
        }
    }

    pub(super) fn get(&self, row: usize) -> usize {
        match self {
            Column::Narrow(v) => v[row].into(),
            Column::Wide(v) => v[row] as usize,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Column::Narrow(v) => v.len() * 2,
            Column::Wide(v) => v.len() * 4,
        }
    }
}
