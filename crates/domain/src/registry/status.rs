//! Where a unit stands by the rules, whatever its bank's file says: from its version, compartments, consent, trace and
//! temperatures, with the reasons as codes.

use super::state::CompartmentState;
use super::trace::{StepFinding, Trace};
use super::unit::{Culture, Haemoglobin, Markers, Ownership, UnitContent, UnitStatus};
use super::worded;

worded! {
    /// A reason why a unit is not to be had, or not to be released.
    Bar {
        /// Its bank took it out of its file.
        Withdrawn = "withdrawn",
        /// Its bank says that it is gone.
        BankGone = "bank_gone",
        /// Its bank says that it is not to be had for a time.
        BankUnavailable = "bank_unavailable",
        /// Its bank keeps it for somebody.
        BankReserved = "bank_reserved",
        /// No compartment is left.
        NothingLeft = "nothing_left",
        /// Every compartment that is left is in a hold or an order.
        AllHeld = "all_held",
        /// A family's own unit, without a standing consent to share.
        NotShared = "not_shared",
        /// It lay in a tank that was too warm, and nobody has found that harmless yet.
        TooWarm = "too_warm",
        /// Bacteria grew.
        Bacterial = "bacterial",
        /// Fungi grew.
        Fungal = "fungal",
        /// A haemoglobin disease.
        Haemoglobin = "haemoglobin",
        /// An infectious marker is reactive.
        Markers = "markers",
        /// A culture or marker was not done.
        Untested = "untested",
        /// A step or test of the process is not recorded.
        StepMissing = "step_missing",
        /// A step of the process is out of order.
        StepOutOfOrder = "step_out_of_order",
        /// A step or test of the process failed.
        StepFailed = "step_failed",
    }
}

/// All that decides where a unit stands.
#[derive(Debug, Clone, Copy)]
pub struct UnitFacts<'a> {
    /// What its newest version says.
    pub content: &'a UnitContent,
    /// Whether that version withdraws it.
    pub withdrawn: bool,
    /// Whether its family's consent to share stands.
    pub consent: bool,
    /// Each compartment's state, from the first; as many as the content has.
    pub compartments: &'a [CompartmentState],
    /// Whether a compartment lay too warm and nobody has found that harmless.
    pub too_warm: bool,
}

/// Where a unit stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitStanding {
    /// The status by the rules.
    pub status: UnitStatus,
    /// Why it is not available; empty when it is.
    pub bars: Vec<Bar>,
    /// The numbers of the compartments that may be held.
    pub free: Vec<u8>,
}

impl UnitFacts<'_> {
    /// Where the unit stands.
    #[must_use]
    pub fn standing(&self) -> UnitStanding {
        let left = self.compartments.iter().any(|state| state.is_here());
        let free: Vec<u8> = (1..)
            .zip(self.compartments)
            .filter(|(_, state)| **state == CompartmentState::Stored)
            .map(|(number, _)| number)
            .collect();
        let said = self.content.status;
        let reasons = [
            (self.withdrawn, UnitStatus::Gone, Bar::Withdrawn),
            (said == UnitStatus::Gone, UnitStatus::Gone, Bar::BankGone),
            (!left, UnitStatus::Gone, Bar::NothingLeft),
            (said == UnitStatus::Unavailable, UnitStatus::Unavailable, Bar::BankUnavailable),
            (self.too_warm, UnitStatus::Unavailable, Bar::TooWarm),
            (said == UnitStatus::Reserved, UnitStatus::Reserved, Bar::BankReserved),
            (left && free.is_empty(), UnitStatus::Reserved, Bar::AllHeld),
        ];
        let standing: Vec<_> = reasons.into_iter().filter(|(holds, ..)| *holds).collect();
        // The reasons are listed from the gravest on.
        let status = standing.first().map_or(UnitStatus::Available, |(_, status, _)| *status);
        let free = if status == UnitStatus::Available { free } else { Vec::new() };
        UnitStanding { status, bars: standing.into_iter().map(|(.., bar)| bar).collect(), free }
    }

    /// Whether a search for somebody outside the family may find it: donated, or shared by a standing consent.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        shared(self.content.ownership, self.consent)
    }

    /// Why compartments that are already in a release order may not leave; `family` when the order is for a patient
    /// that the owning family named. What is held for somebody is no reason: that somebody is who asks.
    #[must_use]
    pub fn release_bars(&self, trace: &Trace, family: bool) -> Vec<Bar> {
        let tests = &self.content.tests;
        let said = self.content.status;
        let untested = tests.bacterial.is_none() || tests.fungal.is_none() || tests.markers.is_none();
        let reasons = [
            (self.withdrawn, Bar::Withdrawn),
            (said == UnitStatus::Gone, Bar::BankGone),
            (said == UnitStatus::Unavailable, Bar::BankUnavailable),
            (!findable(self.content.ownership, self.consent, family), Bar::NotShared),
            (self.too_warm, Bar::TooWarm),
            (tests.bacterial == Some(Culture::Positive), Bar::Bacterial),
            (tests.fungal == Some(Culture::Positive), Bar::Fungal),
            (tests.haemoglobin == Some(Haemoglobin::Disease), Bar::Haemoglobin),
            (tests.markers == Some(Markers::Reactive), Bar::Markers),
            (untested, Bar::Untested),
            (trace.has(StepFinding::Missing), Bar::StepMissing),
            (trace.has(StepFinding::OutOfOrder), Bar::StepOutOfOrder),
            (trace.has(StepFinding::Failed), Bar::StepFailed),
        ];
        reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, bar)| bar).collect()
    }
}

/// Whether an unrelated search may find a unit.
#[must_use]
pub const fn shared(ownership: Ownership, consent: bool) -> bool {
    matches!(ownership, Ownership::Donated) || consent
}

/// Whether a search for a patient may find a unit: the family's own always, others only what is shared.
#[must_use]
pub const fn findable(ownership: Ownership, consent: bool, family: bool) -> bool {
    family || shared(ownership, consent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::UnitTests;
    use proptest::prelude::*;

    fn content(ownership: Ownership, status: UnitStatus) -> UnitContent {
        let tests = UnitTests {
            bacterial: Some(Culture::Negative),
            fungal: Some(Culture::Negative),
            haemoglobin: Some(Haemoglobin::Normal),
            markers: Some(Markers::Clear),
        };
        UnitContent { tests, ..super::super::unit::tests::unit_of(ownership, status) }
    }

    fn facts<'a>(content: &'a UnitContent, compartments: &'a [CompartmentState]) -> UnitFacts<'a> {
        UnitFacts { content, withdrawn: false, consent: false, compartments, too_warm: false }
    }

    #[test]
    fn the_gravest_reason_decides_and_all_are_told() {
        use CompartmentState::{Discarded, Held, Infused, Stored};
        let available = content(Ownership::Donated, UnitStatus::Available);
        let standing = facts(&available, &[Stored, Held, Stored]).standing();
        assert_eq!((standing.status, standing.free), (UnitStatus::Available, vec![1, 3]));
        assert_eq!(standing.bars, []);
        let standing = facts(&available, &[Held, Discarded]).standing();
        assert_eq!((standing.status, standing.bars), (UnitStatus::Reserved, vec![Bar::AllHeld]));
        let standing = facts(&available, &[Infused, Discarded]).standing();
        assert_eq!((standing.status, standing.bars), (UnitStatus::Gone, vec![Bar::NothingLeft]));
        let reserved = content(Ownership::Donated, UnitStatus::Reserved);
        let warm = UnitFacts { too_warm: true, withdrawn: true, ..facts(&reserved, &[Stored]) };
        let standing = warm.standing();
        assert_eq!(standing.status, UnitStatus::Gone);
        assert_eq!(standing.bars, [Bar::Withdrawn, Bar::TooWarm, Bar::BankReserved]);
        assert_eq!(standing.free, [0u8; 0], "nothing of it may be held");
    }

    #[test]
    fn only_what_is_shared_is_found_by_strangers() {
        use Ownership::{Donated, Family};
        let found = |ownership, consent, family| findable(ownership, consent, family);
        assert!(found(Donated, false, false));
        assert!(!found(Family, false, false));
        assert!(found(Family, true, false));
        assert!(found(Family, false, true), "the family's own patient");
    }

    #[test]
    fn what_bars_a_release() {
        let clean = content(Ownership::Family, UnitStatus::Available);
        let state = [CompartmentState::Released];
        let facts = facts(&clean, &state);
        assert_eq!(facts.release_bars(&whole_trace(), true), []);
        assert_eq!(facts.release_bars(&whole_trace(), false), [Bar::NotShared]);
        assert_eq!(facts.release_bars(&Trace::read([]), true), [Bar::StepMissing]);
        let mut bad = clean.clone();
        bad.tests =
            UnitTests { bacterial: Some(Culture::Positive), markers: Some(Markers::Reactive), ..bad.tests };
        bad.tests.fungal = None;
        let bars = UnitFacts { content: &bad, ..facts }.release_bars(&whole_trace(), true);
        assert_eq!(bars, [Bar::Bacterial, Bar::Markers, Bar::Untested]);
    }

    fn whole_trace() -> Trace {
        use crate::registry::{Step, StepRecord, StepVerdict};
        use crate::time::Instant;
        Trace::read(Step::ALL.iter().map(|step| StepRecord {
            step: *step,
            started_at: Instant(step.position().into()),
            ended_at: Instant(step.position().into()),
            verdict: StepVerdict::Passed,
        }))
    }

    proptest! {
        /// Whatever else is so: what is free is stored, and nothing is free of a unit that is not available.
        #[test]
        fn nothing_is_free_that_is_not_stored_and_available(
            states in prop::collection::vec(0..CompartmentState::ALL.len(), 1..=5),
            status in 0..UnitStatus::ALL.len(), withdrawn: bool, too_warm: bool, consent: bool,
        ) {
            let states: Vec<_> = states.into_iter().map(|s| CompartmentState::ALL[s]).collect();
            let content = content(Ownership::Donated, UnitStatus::ALL[status]);
            let facts = UnitFacts { content: &content, withdrawn, consent, compartments: &states, too_warm };
            let standing = facts.standing();
            prop_assert_eq!(standing.status == UnitStatus::Available, standing.bars.is_empty());
            prop_assert_eq!(standing.free.is_empty(), standing.status != UnitStatus::Available);
            for number in standing.free {
                prop_assert_eq!(states[usize::from(number) - 1], CompartmentState::Stored);
            }
            if withdrawn { prop_assert_eq!(standing.status, UnitStatus::Gone); }
        }
    }
}
