//! Holds: a set of compartments of one or two units, all or nothing, always with an end.

use std::collections::BTreeMap;

use super::state::HoldPurpose;
use crate::id::UnitId;
use crate::refusal::UnitRefusal;
use crate::time::Instant;

/// Compartments that a unit can have.
pub const COMPARTMENTS: u8 = 5;

/// How many days a hold of each purpose may last at most, each time that it is made or prolonged. House rules after the
/// practice of registries (EMDIS reservations and confirmatory typing carry an expiry date); an installation may set
/// its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldDays {
    /// While doctor and family decide.
    pub reservation: u16,
    /// While an attached segment is typed again.
    pub confirmatory_typing: u16,
    /// Until the transplant.
    pub transplant: u16,
}

impl Default for HoldDays {
    fn default() -> Self {
        Self { reservation: 7, confirmatory_typing: 30, transplant: 60 }
    }
}

impl HoldDays {
    /// The most days of a purpose.
    #[must_use]
    pub const fn of(&self, purpose: HoldPurpose) -> u16 {
        match purpose {
            HoldPurpose::Reservation => self.reservation,
            HoldPurpose::ConfirmatoryTyping => self.confirmatory_typing,
            HoldPurpose::Transplant => self.transplant,
        }
    }

    /// When a hold of `days` from `now` ends.
    ///
    /// # Errors
    /// [`UnitRefusal::HoldTooLong`] for no day or for more than the purpose allows.
    pub fn end(&self, purpose: HoldPurpose, now: Instant, days: u16) -> Result<Instant, UnitRefusal> {
        let most = self.of(purpose);
        if days == 0 || days > most {
            return Err(UnitRefusal::HoldTooLong { days: most });
        }
        Ok(now.plus_seconds(i64::from(days) * 24 * 3600))
    }
}

/// The compartments that a hold names: of one or two units, each with at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldSet(BTreeMap<UnitId, Vec<u8>>);

impl HoldSet {
    /// Reads pairs of unit and compartment (from 1), in any order; the same pair twice is one.
    ///
    /// # Errors
    /// [`UnitRefusal::HoldEmpty`], [`UnitRefusal::HoldTooManyUnits`], or [`UnitRefusal::CompartmentUnknown`] for a number that no
    /// unit has.
    pub fn new(parts: impl IntoIterator<Item = (UnitId, u8)>) -> Result<Self, UnitRefusal> {
        let mut set = BTreeMap::<UnitId, Vec<u8>>::new();
        for (unit, compartment) in parts {
            if !(1..=COMPARTMENTS).contains(&compartment) {
                return Err(UnitRefusal::CompartmentUnknown);
            }
            let of_unit = set.entry(unit).or_default();
            if let Err(place) = of_unit.binary_search(&compartment) {
                of_unit.insert(place, compartment);
            }
        }
        match set.len() {
            0 => Err(UnitRefusal::HoldEmpty),
            1 | 2 => Ok(Self(set)),
            _ => Err(UnitRefusal::HoldTooManyUnits),
        }
    }

    /// Each unit with its compartments in their order.
    pub fn units(&self) -> impl Iterator<Item = (UnitId, &[u8])> {
        self.0.iter().map(|(unit, compartments)| (*unit, compartments.as_slice()))
    }

    /// Every compartment.
    pub fn parts(&self) -> impl Iterator<Item = (UnitId, u8)> {
        self.0.iter().flat_map(|(unit, compartments)| compartments.iter().map(|c| (*unit, *c)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn unit(n: u8) -> UnitId {
        UnitId(Uuid::from_u128(n.into()))
    }

    #[test]
    fn a_hold_always_ends() {
        let days = HoldDays::default();
        let now = Instant(5);
        for purpose in HoldPurpose::ALL {
            let most = days.of(*purpose);
            let end = days.end(*purpose, now, most).unwrap();
            assert_eq!(end.0 - now.0, i64::from(most) * 86_400_000_000);
            for wrong in [0, most + 1, u16::MAX] {
                assert_eq!(days.end(*purpose, now, wrong), Err(UnitRefusal::HoldTooLong { days: most }));
            }
        }
    }

    #[test]
    fn a_set_names_one_or_two_units() {
        assert_eq!(HoldSet::new([]), Err(UnitRefusal::HoldEmpty));
        assert_eq!(HoldSet::new([(unit(1), 0)]), Err(UnitRefusal::CompartmentUnknown));
        assert_eq!(HoldSet::new([(unit(1), 6)]), Err(UnitRefusal::CompartmentUnknown));
        let three = [(unit(1), 1), (unit(2), 1), (unit(3), 1)];
        assert_eq!(HoldSet::new(three), Err(UnitRefusal::HoldTooManyUnits));
    }

    proptest! {
        #[test]
        fn order_and_repetition_do_not_matter(parts in prop::collection::vec((1u8..=2, 1u8..=5), 1..12)) {
            let named: Vec<_> = parts.iter().map(|(u, c)| (unit(*u), *c)).collect();
            let set = HoldSet::new(named.iter().copied()).unwrap();
            let backwards = HoldSet::new(named.iter().rev().copied().chain(named.iter().copied())).unwrap();
            prop_assert_eq!(&set, &backwards);
            let wanted: std::collections::BTreeSet<_> = named.into_iter().collect();
            prop_assert_eq!(set.parts().collect::<Vec<_>>(), wanted.into_iter().collect::<Vec<_>>());
        }
    }
}
