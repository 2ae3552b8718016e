//! What is known of a unit at one time: its content, in whole numbers, checked where it is made.

use serde::{Deserialize, Serialize};

use super::worded;
use crate::text;
use crate::time::Date;

worded! {
    /// Whose the unit is. Only donated units, and a family's own with a standing consent to share, are ever found in an
    /// unrelated search.
    Ownership {
        /// Given for anyone's use.
        Donated = "donated",
        /// Stored by a family for itself (自存).
        Family = "family",
    }
}

worded! {
    /// What its bank says of it (WMDA: AV, TU, RS, DE). Holds and releases of our own count more than this.
    UnitStatus {
        /// May be searched and held.
        Available = "available",
        /// For a time not to be had, with a reason (QR quarantined, AD administrative …).
        Unavailable = "unavailable",
        /// Kept for somebody.
        Reserved = "reserved",
        /// No longer there, with a reason (CD destroyed, MR medical, DS distributed, XP expired, OT other).
        Gone = "gone",
    }
}

worded! {
    /// Where a version comes from.
    VersionSource {
        /// A file of the bank.
        Load = "load",
        /// The laboratory: its typing stands against later files.
        Lab = "lab",
        /// A member of staff: the status stands against later files.
        Staff = "staff",
        /// A consent that was given or withdrawn.
        Consent = "consent",
        /// The program itself.
        System = "system",
    }
}

worded! {
    /// ABO blood group.
    Abo { /// O
        O = "O", /// A
        A = "A", /// B
        B = "B", /// AB
        Ab = "AB" }
}

worded! {
    /// Rhesus factor D.
    Rhesus { /// Positive.
        Positive = "+", /// Negative.
        Negative = "-" }
}

worded! {
    /// Sex of the child.
    Sex { /// Female.
        Female = "F", /// Male.
        Male = "M" }
}

worded! {
    /// Outcome of a culture.
    Culture { /// Nothing grew.
        Negative = "negative", /// Something grew: bars a release.
        Positive = "positive" }
}

worded! {
    /// Outcome of the haemoglobin screening.
    Haemoglobin { /// Unremarkable.
        Normal = "normal", /// Carrier of a trait.
        Trait = "trait", /// Disease: bars a release.
        Disease = "disease" }
}

worded! {
    /// All infectious-disease markers taken together.
    Markers { /// All that are asked for are done, none reactive.
        Clear = "clear", /// At least one is reactive: bars a release.
        Reactive = "reactive" }
}

/// Counts as frozen, before thawing. A figure of 0 is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Volume in µL.
    pub volume_ul: u32,
    /// Total nucleated cells, in 10⁵.
    pub tnc_e5: u32,
    /// CD34-positive cells, in 10³.
    pub cd34_e3: u32,
}

/// Where a compartment lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Tank.
    pub tank: String,
    /// Rack within the tank.
    pub rack: String,
    /// Box within the rack.
    #[serde(rename = "box")]
    pub box_: String,
    /// Slot within the box.
    pub slot: String,
}

/// The name of a tank, rack, box or slot in its one form, however it was typed or filed: half-width capitals.
#[must_use]
pub fn place_name(typed: &str) -> String {
    let plain = text::half_width(typed).to_ascii_uppercase();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Place {
    /// The place of these names as typed or filed.
    #[must_use]
    pub fn of([tank, rack, box_, slot]: [&str; 4]) -> Self {
        let [tank, rack, box_, slot] = [tank, rack, box_, slot].map(place_name);
        Self { tank, rack, box_, slot }
    }

    /// The same place with its names in their one form.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self::of([&self.tank, &self.rack, &self.box_, &self.slot])
    }
}

/// One of a unit's one to five compartments (五室冻存), as it was frozen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Compartment {
    /// What is in it.
    #[serde(flatten)]
    pub figures: Figures,
    /// Where the bank says that it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Results that filter a search or bar a release; `None` is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnitTests {
    /// Bacterial culture.
    pub bacterial: Option<Culture>,
    /// Fungal culture.
    pub fungal: Option<Culture>,
    /// Haemoglobin screening.
    pub haemoglobin: Option<Haemoglobin>,
    /// Infectious-disease markers.
    pub markers: Option<Markers>,
}

/// All that one version says of a unit. The identity (registry id, DIN, GRID, bank) stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitContent {
    /// Whose it is.
    pub ownership: Ownership,
    /// What its bank says.
    pub status: UnitStatus,
    /// Two letters of the WMDA's reason, or empty.
    pub status_reason: String,
    /// The typing as a GL String in the names of the day (empty: not typed).
    pub hla: String,
    /// How it was typed: `dna`, `serology`, `mixed`, or empty.
    pub hla_method: String,
    /// The day of the typing.
    pub hla_typed_on: Option<Date>,
    /// ABO blood group.
    pub abo: Option<Abo>,
    /// Rhesus factor.
    pub rhesus: Option<Rhesus>,
    /// Sex of the child.
    pub sex: Option<Sex>,
    /// The bank's code of the child's ethnic group, or empty.
    pub ethnicity: String,
    /// Day of collection.
    pub collected_on: Option<Date>,
    /// Day of processing.
    pub processed_on: Option<Date>,
    /// Day of freezing.
    pub frozen_on: Option<Date>,
    /// The whole unit's figures.
    pub figures: Figures,
    /// Mononucleated cells, in 10⁵; 0 when not known.
    pub mnc_e5: u32,
    /// Viability in per mille.
    pub viability_permille: Option<u16>,
    /// Attached segments.
    pub segments: u8,
    /// Results.
    pub tests: UnitTests,
    /// Its compartments, the first is number 1: one to five.
    pub compartments: Vec<Compartment>,
    /// What an exchange format says beyond this, by its own element names: kept so that an export says it again.
    pub details: std::collections::BTreeMap<String, String>,
}

/// Why a content can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{self:?}")]
pub enum UnitContentError {
    /// Not one to five compartments.
    Compartments,
    /// The compartments hold more than the unit.
    CompartmentsOverUnit,
    /// Processed before it was collected, or frozen before it was processed.
    DatesOutOfOrder,
    /// Collected after today.
    FutureDate,
    /// A viability above 100 %.
    Viability,
}

impl UnitContent {
    /// Checks what no single field can tell; `today` bounds its days.
    ///
    /// # Errors
    /// [`UnitContentError`].
    pub fn check(&self, today: Date) -> Result<(), UnitContentError> {
        if !(1..=5).contains(&self.compartments.len()) {
            return Err(UnitContentError::Compartments);
        }
        let sum = |of: fn(&Figures) -> u32| {
            self.compartments.iter().map(|c| u64::from(of(&c.figures))).sum::<u64>()
        };
        let over = |of: fn(&Figures) -> u32| of(&self.figures) > 0 && sum(of) > u64::from(of(&self.figures));
        if over(|f| f.volume_ul) || over(|f| f.tnc_e5) || over(|f| f.cd34_e3) {
            return Err(UnitContentError::CompartmentsOverUnit);
        }
        let days: Vec<Date> =
            [self.collected_on, self.processed_on, self.frozen_on].into_iter().flatten().collect();
        if !days.is_sorted() {
            return Err(UnitContentError::DatesOutOfOrder);
        }
        if days.last().is_some_and(|last| *last > today) {
            return Err(UnitContentError::FutureDate);
        }
        if self.viability_permille.is_some_and(|v| v > 1000) {
            return Err(UnitContentError::Viability);
        }
        Ok(())
    }

    /// Whether the cells of each compartment were counted.
    pub(super) fn is_counted(&self) -> bool {
        self.compartments.iter().all(|c| c.figures.tnc_e5 > 0)
    }

    /// What these compartments hold, numbers from 1. A compartment whose share was never counted is taken for an equal
    /// part of what the counted ones leave of the whole, which is what banks print; `None` for a number that the unit
    /// does not have.
    #[must_use]
    pub fn figures_of(&self, compartments: &[u8]) -> Option<Figures> {
        let shares = Figures {
            volume_ul: self.uncounted_share(|figures| figures.volume_ul),
            tnc_e5: self.uncounted_share(|figures| figures.tnc_e5),
            cd34_e3: self.uncounted_share(|figures| figures.cd34_e3),
        };
        let counted = |own: u32, share: u32| if own > 0 { own } else { share };
        let mut sum = Figures::default();
        for number in compartments {
            let own = self.compartments.get(usize::from(*number).checked_sub(1)?)?.figures;
            sum.volume_ul = sum.volume_ul.saturating_add(counted(own.volume_ul, shares.volume_ul));
            sum.tnc_e5 = sum.tnc_e5.saturating_add(counted(own.tnc_e5, shares.tnc_e5));
            sum.cd34_e3 = sum.cd34_e3.saturating_add(counted(own.cd34_e3, shares.cd34_e3));
        }
        Some(sum)
    }

    /// What one compartment holds of a figure that was not counted in it.
    fn uncounted_share(&self, of: fn(&Figures) -> u32) -> u32 {
        let own = || self.compartments.iter().map(|compartment| of(&compartment.figures));
        let uncounted = own().filter(|count| *count == 0).count();
        let counted = own().fold(0, u32::saturating_add);
        let left = of(&self.figures).saturating_sub(counted);
        u32::try_from(uncounted).ok().and_then(|uncounted| left.checked_div(uncounted)).unwrap_or(0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A unit of one compartment.
    pub fn unit_of(ownership: Ownership, status: UnitStatus) -> UnitContent {
        UnitContent { ownership, status, ..unit(&[(9000, 3000)], 9000) }
    }

    fn unit(compartments: &[(u32, u32)], tnc: u32) -> UnitContent {
        UnitContent {
            ownership: Ownership::Donated,
            status: UnitStatus::Available,
            status_reason: String::new(),
            hla: String::new(),
            hla_method: String::new(),
            hla_typed_on: None,
            abo: None,
            rhesus: None,
            sex: None,
            ethnicity: String::new(),
            collected_on: None,
            processed_on: None,
            frozen_on: None,
            figures: Figures { volume_ul: 0, tnc_e5: tnc, cd34_e3: 3000 },
            mnc_e5: 0,
            viability_permille: None,
            segments: 0,
            tests: UnitTests::default(),
            compartments: compartments
                .iter()
                .map(|&(tnc_e5, cd34_e3)| Compartment {
                    figures: Figures { volume_ul: 0, tnc_e5, cd34_e3 },
                    place: None,
                })
                .collect(),
            details: Default::default(),
        }
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn a_contradicting_content_is_refused() {
        let today = day("2026-11-22");
        assert_eq!(unit(&[(5000, 1000), (5000, 2000)], 10_000).check(today), Ok(()));
        assert_eq!(unit(&[], 1).check(today), Err(UnitContentError::Compartments));
        assert_eq!(unit(&[(1, 1); 6], 10).check(today), Err(UnitContentError::Compartments));
        assert_eq!(unit(&[(9, 1), (2, 1)], 10).check(today), Err(UnitContentError::CompartmentsOverUnit));
        let mut late = unit(&[(1, 1)], 10);
        late.collected_on = Some(day("2026-11-23"));
        assert_eq!(late.check(today), Err(UnitContentError::FutureDate));
        late.frozen_on = Some(day("2026-11-01"));
        assert_eq!(late.check(today), Err(UnitContentError::DatesOutOfOrder));
    }

    #[test]
    fn a_set_of_compartments_is_counted_from_its_own_figures_or_from_what_is_left() {
        let counted = unit(&[(7000, 2000), (3000, 1000)], 10_000);
        assert_eq!(counted.figures_of(&[2]).map(|f| (f.tnc_e5, f.cd34_e3)), Some((3000, 1000)));
        assert_eq!(counted.figures_of(&[1, 2]).map(|f| f.tnc_e5), Some(10_000));
        let uncounted = unit(&[(0, 0), (0, 0), (0, 0)], 10_000);
        assert_eq!(uncounted.figures_of(&[1]).map(|f| (f.tnc_e5, f.cd34_e3)), Some((3333, 1000)));
        let partly = unit(&[(600, 200), (0, 0)], 1000);
        assert_eq!(partly.figures_of(&[2]).map(|f| f.tnc_e5), Some(400), "no more than the whole leaves");
        assert_eq!(partly.figures_of(&[1]).map(|f| f.tnc_e5), Some(600));
        assert_eq!(partly.figures_of(&[1, 2]).map(|f| (f.tnc_e5, f.cd34_e3)), Some((1000, 3000)));
        let most = unit(&[(400, 0), (0, 0), (0, 0)], 1000);
        assert_eq!(most.figures_of(&[1, 3]).map(|f| f.tnc_e5), Some(700));
        assert_eq!(unit(&[(600, 0), (0, 0)], 0).figures_of(&[2]).map(|f| f.tnc_e5), Some(0), "not known");
        assert_eq!(uncounted.figures_of(&[4]), None);
        assert_eq!(uncounted.figures_of(&[0]), None);
    }
}
