//! Cell doses per kg of the patient, in whole numbers, against a policy that says where it is written.

use serde::{Deserialize, Serialize};

use super::unit::Figures;

/// What a policy asks for: TNC in 10⁵ per kg, CD34 in 10³ per kg, as frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DosePolicy {
    /// Its code: `malignant`, `non_malignant` …
    pub code: String,
    /// Its version, from 1.
    pub version: u16,
    /// A single unit's TNC.
    pub single_tnc_e5: u32,
    /// A single unit's CD34.
    pub single_cd34_e3: u32,
    /// TNC of each of two units.
    pub each_of_two_tnc_e5: u32,
    /// CD34 of each of two units.
    pub each_of_two_cd34_e3: u32,
    /// Where that is written.
    pub source: String,
}

/// Cells per kg, rounded down: a dose is never shown greater than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dose {
    /// Nucleated cells in 10⁵ per kg; `None` when they were not counted.
    pub tnc_e5: Option<u32>,
    /// CD34-positive cells in 10³ per kg; `None` when they were not counted.
    pub cd34_e3: Option<u32>,
}

/// How a dose stands against a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoseVerdict {
    /// Both figures reach what is asked for.
    Enough,
    /// A figure is below.
    TooLow,
    /// A figure that was not counted decides.
    Unknown,
}

impl Dose {
    /// What these cells are for a patient of `weight_g` grams; `None` without a weight.
    #[must_use]
    pub fn of(figures: Figures, weight_g: u32) -> Option<Self> {
        let per_kg = |cells: u32| {
            let cells = (cells > 0).then(|| u64::from(cells) * 1000 / u64::from(weight_g));
            cells.map(|cells| u32::try_from(cells).unwrap_or(u32::MAX))
        };
        (weight_g > 0).then(|| Self { tnc_e5: per_kg(figures.tnc_e5), cd34_e3: per_kg(figures.cd34_e3) })
    }
}

impl DosePolicy {
    /// How the dose of one of `units` (1 or 2) stands.
    #[must_use]
    pub fn verdict(&self, dose: Dose, units: usize) -> DoseVerdict {
        let (tnc, cd34) = match units {
            0 | 1 => (self.single_tnc_e5, self.single_cd34_e3),
            _ => (self.each_of_two_tnc_e5, self.each_of_two_cd34_e3),
        };
        let figures = [(dose.tnc_e5, tnc), (dose.cd34_e3, cd34)];
        if figures.iter().any(|(dose, least)| dose.is_some_and(|dose| dose < *least)) {
            return DoseVerdict::TooLow;
        }
        let open = figures.iter().any(|(dose, least)| dose.is_none() && *least > 0);
        if open { DoseVerdict::Unknown } else { DoseVerdict::Enough }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// NMDP/CIBMTR 2019: TNC ≥ 3.0×10⁷ and CD34 ≥ 1.5×10⁵ per kg; of two, each ≥ 1.5×10⁷ and ≥ 1.0×10⁵.
    fn policy() -> DosePolicy {
        DosePolicy {
            code: "malignant".into(),
            version: 1,
            single_tnc_e5: 300,
            single_cd34_e3: 150,
            each_of_two_tnc_e5: 150,
            each_of_two_cd34_e3: 100,
            source: "NMDP/CIBMTR 2019".into(),
        }
    }

    fn cells(tnc_e5: u32, cd34_e3: u32) -> Figures {
        Figures { volume_ul: 0, tnc_e5, cd34_e3 }
    }

    #[test]
    fn the_limits_are_those_of_the_policy() {
        let policy = policy();
        let dose = |tnc, cd34| Dose::of(cells(tnc, cd34), 20_000).unwrap();
        assert_eq!(policy.verdict(dose(6000, 3000), 1), DoseVerdict::Enough);
        assert_eq!(policy.verdict(dose(5999, 3000), 1), DoseVerdict::TooLow, "299.95 is not 300");
        assert_eq!(policy.verdict(dose(6000, 2999), 1), DoseVerdict::TooLow);
        assert_eq!(policy.verdict(dose(3000, 2000), 2), DoseVerdict::Enough);
        assert_eq!(policy.verdict(dose(6000, 0), 1), DoseVerdict::Unknown);
        assert_eq!(policy.verdict(dose(10, 0), 1), DoseVerdict::TooLow, "what is known is enough to say no");
        assert_eq!(Dose::of(cells(1, 1), 0), None);
    }

    proptest! {
        #[test]
        fn more_cells_never_make_it_worse(
            tnc in 1u32..2_000_000, cd34 in 1u32..2_000_000, more in 0u32..1_000_000, weight in 500u32..200_000, units in 1usize..3,
        ) {
            let policy = policy();
            let (less, more) = (Dose::of(cells(tnc, cd34), weight).unwrap(), Dose::of(cells(tnc + more, cd34 + more), weight).unwrap());
            if policy.verdict(less, units) == DoseVerdict::Enough {
                prop_assert_eq!(policy.verdict(more, units), DoseVerdict::Enough);
            }
            // Rounded down: what is shown per kg, times the kilograms, is never more than there is.
            prop_assert!(u64::from(less.tnc_e5.unwrap()) * u64::from(weight) <= u64::from(tnc) * 1000);
        }
    }
}
