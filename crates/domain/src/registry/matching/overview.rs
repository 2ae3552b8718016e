//! The registry counted: by status, ownership, class of dose, year, and how well each locus is typed.

use hla::typing::{Call, LocusTyping};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::found::MatchLocus;
use crate::registry::{Ownership, UnitContent, UnitStatus, worded};

worded! {
    /// How well a locus is typed, worst first.
    Resolution {
        /// Not typed, or not to be read under the release in use.
        None = "none",
        /// Serology alone.
        Serology = "serology",
        /// Families, or a choice of alleles.
        Ambiguous = "ambiguous",
        /// G or P groups.
        Groups = "groups",
        /// Two fields or more, one for each chromosome.
        Allele = "allele",
    }
}

impl Resolution {
    /// How well this is typed.
    #[must_use]
    pub fn of(typing: Option<&LocusTyping>) -> Self {
        let Some(typing) = typing else { return Self::None };
        match typing.dna.as_slice() {
            [] => Self::Serology,
            [one] => one.calls().map(Self::of_call).min().unwrap_or(Self::None),
            _ => Self::Ambiguous,
        }
    }

    fn of_call(call: &Call) -> Self {
        match call {
            Call::Allele(_) => Self::Allele,
            Call::GGroup(_) | Call::PGroup(_) => Self::Groups,
            Call::Antigen(_) => Self::Serology,
            Call::Family(_) | Call::Code { .. } | Call::AnyOf(_) => Self::Ambiguous,
        }
    }
}

worded! {
    /// Nucleated cells of a whole unit, as frozen.
    DoseClass {
        /// Not known.
        Unknown = "unknown",
        /// Below 5 × 10⁸.
        Below5 = "below_5",
        /// From 5 × 10⁸.
        From5 = "from_5",
        /// From 10 × 10⁸.
        From10 = "from_10",
        /// From 15 × 10⁸.
        From15 = "from_15",
        /// From 20 × 10⁸.
        From20 = "from_20",
    }
}

impl DoseClass {
    /// The class of a count in 10⁵.
    #[must_use]
    pub const fn of(tnc_e5: u32) -> Self {
        match tnc_e5 {
            0 => Self::Unknown,
            1..5_000 => Self::Below5,
            5_000..10_000 => Self::From5,
            10_000..15_000 => Self::From10,
            15_000..20_000 => Self::From15,
            _ => Self::From20,
        }
    }
}

/// What one unit adds to the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitCell {
    /// What its bank says.
    pub status: UnitStatus,
    /// Whose it is.
    pub ownership: Ownership,
    /// How much it holds.
    pub dose: DoseClass,
    /// The year of its collection; 0 when not known.
    pub year: i32,
    /// How well A, B, C, DRB1, DQB1 are typed.
    pub typed: [Resolution; 5],
}

impl UnitCell {
    /// The cell of a content whose loci are typed so.
    #[must_use]
    pub fn new(content: &UnitContent, typed: [Resolution; 5]) -> Self {
        Self {
            status: content.status,
            ownership: content.ownership,
            dose: DoseClass::of(content.figures.tnc_e5),
            year: content.collected_on.map_or(0, crate::time::Date::year),
            typed,
        }
    }
}

/// The registry counted. Units that their bank withdrew are not among them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Overview {
    /// All units.
    pub units: u64,
    /// By what their bank says.
    pub by_status: BTreeMap<UnitStatus, u64>,
    /// By whose they are.
    pub by_ownership: BTreeMap<Ownership, u64>,
    /// By how much they hold.
    pub by_dose: BTreeMap<DoseClass, u64>,
    /// By the year of collection; 0 when not known.
    pub by_year: BTreeMap<i32, u64>,
    /// By locus, how well they are typed.
    pub typed: BTreeMap<MatchLocus, BTreeMap<Resolution, u64>>,
}

impl Overview {
    /// Counts a unit in, or out again.
    pub fn count(&mut self, cell: &UnitCell, inwards: bool) {
        fn step<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, inwards: bool) {
            let count = counts.get(&key).copied().unwrap_or_default();
            match if inwards { count + 1 } else { count.saturating_sub(1) } {
                0 => counts.remove(&key),
                count => counts.insert(key, count),
            };
        }
        self.units = if inwards { self.units + 1 } else { self.units.saturating_sub(1) };
        step(&mut self.by_status, cell.status, inwards);
        step(&mut self.by_ownership, cell.ownership, inwards);
        step(&mut self.by_dose, cell.dose, inwards);
        step(&mut self.by_year, cell.year, inwards);
        for (locus, resolution) in MatchLocus::ALL.iter().zip(cell.typed) {
            step(self.typed.entry(*locus).or_default(), resolution, inwards);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hla::{Locus, Reader, Release};

    #[test]
    fn the_worse_of_two_calls_tells_the_resolution() {
        let release = Release::none();
        let reader = Reader::new(&release);
        let of = |text: &str| {
            let typing = reader.typing(text).expect("a typing").typing;
            Resolution::of(typing.get(Locus::A))
        };
        assert_eq!(of("A*02:01+A*24:02"), Resolution::Allele);
        assert_eq!(of("A*02:01+A*24:XX"), Resolution::Ambiguous);
        assert_eq!(of("A*02:01:01G+A*24:02"), Resolution::Groups);
        assert_eq!(of("A*02:01/A*02:06+A*24:02"), Resolution::Ambiguous);
        assert_eq!(of("A*02:01+A*24:02|A*02:06+A*24:03"), Resolution::Ambiguous);
        assert_eq!(of("A2 A24"), Resolution::Serology);
        assert_eq!(of("B*15:01+B*46:01"), Resolution::None);
    }

    #[test]
    fn what_is_counted_in_is_counted_out() {
        let cell = UnitCell {
            status: UnitStatus::Available,
            ownership: Ownership::Donated,
            dose: DoseClass::of(9_999),
            year: 2020,
            typed: [Resolution::Allele; 5],
        };
        let mut overview = Overview::default();
        overview.count(&cell, true);
        overview.count(&cell, true);
        overview.count(&cell, false);
        assert_eq!(overview.units, 1);
        assert_eq!(overview.by_dose[&DoseClass::From5], 1);
        assert_eq!(overview.typed[&MatchLocus::Drb1][&Resolution::Allele], 1);
    }
}
