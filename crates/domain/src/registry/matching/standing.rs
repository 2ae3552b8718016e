//! What of a unit may be found: consent, what remains of its compartments, and the facts that a search filters by.

use hla::index::{Facts, flag};

use crate::registry::{
    Abo, CompartmentState, Culture, Figures, Haemoglobin, Markers, UnitContent, UnitFacts, UnitStatus,
};

/// How a unit stands in a search at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What its bank says, and what our holds and releases leave of it.
    pub status: UnitStatus,
    /// Numbers of the compartments that remain and count for doses.
    pub compartments: Vec<u8>,
    /// Whether an unrelated search may find it.
    pub shared: bool,
}

impl Standing {
    /// Whether an unrelated search finds it at all. A family's own unit is never found so without its consent.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.shared && self.status != UnitStatus::Gone
    }
}

/// How a unit stands in a search. What is held is there and no longer to be had: the unit counts by what is free, and by
/// what is held when nothing is.
#[must_use]
pub fn standing_of(facts: &UnitFacts<'_>) -> Standing {
    let with = |counts: fn(CompartmentState) -> bool| -> Vec<u8> {
        let numbered = (1..).zip(facts.compartments);
        numbered.filter(|(_, state)| counts(**state)).map(|(number, _)| number).collect()
    };
    let stored = with(|state| state == CompartmentState::Stored);
    Standing {
        status: facts.standing().status,
        compartments: if stored.is_empty() { with(CompartmentState::is_here) } else { stored },
        shared: facts.is_shared(),
    }
}

/// The states of all compartments of a unit, of which `away` are not simply stored.
#[must_use]
pub fn compartments_of(content: &UnitContent, away: &[(u8, CompartmentState)]) -> Vec<CompartmentState> {
    let count = u8::try_from(content.compartments.len()).unwrap_or(u8::MAX);
    let state = |number: u8| away.iter().find(|(n, _)| *n == number).map(|(_, state)| *state);
    (1..=count).map(|number| state(number).unwrap_or(CompartmentState::Stored)).collect()
}

/// The number under which the index knows a status.
#[must_use]
pub const fn status_number(status: UnitStatus) -> u8 {
    match status {
        UnitStatus::Available => 0,
        UnitStatus::Unavailable => 1,
        UnitStatus::Reserved => 2,
        UnitStatus::Gone => 3,
    }
}

/// A blood group as the index knows it.
#[must_use]
pub const fn index_abo(abo: Option<Abo>) -> hla::index::Abo {
    match abo {
        None => hla::index::Abo::Unknown,
        Some(Abo::O) => hla::index::Abo::O,
        Some(Abo::A) => hla::index::Abo::A,
        Some(Abo::B) => hla::index::Abo::B,
        Some(Abo::Ab) => hla::index::Abo::Ab,
    }
}

/// What remains of a unit.
#[must_use]
pub fn remaining(content: &UnitContent, standing: &Standing) -> Figures {
    let all = standing.compartments.len() == content.compartments.len();
    let parts = if all { None } else { content.figures_of(&standing.compartments) };
    // The whole unit is what was counted; parts of it may have been counted less exactly.
    parts.unwrap_or(content.figures)
}

/// The facts by which a search filters and ranks: doses of what remains, results, the bank's number.
#[must_use]
pub fn facts_of(content: &UnitContent, standing: &Standing, bank: u16) -> Facts {
    let figures = remaining(content, standing);
    let tests = &content.tests;
    let flags = [
        (content.segments > 0, flag::SEGMENT),
        (tests.markers == Some(Markers::Clear), flag::MARKERS_CLEAR),
        (
            tests.bacterial == Some(Culture::Negative) && tests.fungal == Some(Culture::Negative),
            flag::CULTURE_CLEAR,
        ),
        (tests.haemoglobin == Some(Haemoglobin::Normal), flag::HAEMOGLOBIN_CLEAR),
    ];
    Facts {
        tnc: figures.tnc_e5,
        cd34: figures.cd34_e3,
        collected: content.collected_on.map_or(0, crate::time::Date::days),
        bank,
        status: status_number(standing.status),
        abo: index_abo(content.abo),
        compartments: u8::try_from(standing.compartments.len()).unwrap_or(u8::MAX),
        flags: flags.iter().filter(|(set, _)| *set).fold(0, |all, (_, flag)| all | flag),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Compartment, Ownership, UnitTests};

    fn unit(ownership: Ownership, status: UnitStatus) -> UnitContent {
        let part =
            |tnc_e5| Compartment { figures: Figures { volume_ul: 1, tnc_e5, cd34_e3: 10 }, place: None };
        UnitContent {
            ownership,
            status,
            status_reason: String::new(),
            hla: String::new(),
            hla_method: String::new(),
            hla_typed_on: None,
            abo: Some(Abo::Ab),
            rhesus: None,
            sex: None,
            ethnicity: String::new(),
            collected_on: "1970-01-11".parse().ok(),
            processed_on: None,
            frozen_on: None,
            figures: Figures { volume_ul: 3, tnc_e5: 1000, cd34_e3: 40 },
            mnc_e5: 0,
            viability_permille: None,
            segments: 1,
            tests: UnitTests { bacterial: Some(Culture::Negative), ..UnitTests::default() },
            compartments: vec![part(600), part(400)],
            details: Default::default(),
        }
    }

    fn standing(unit: &UnitContent, consent: bool, away: &[(u8, CompartmentState)]) -> Standing {
        let compartments = compartments_of(unit, away);
        let facts = UnitFacts {
            content: unit,
            withdrawn: false,
            consent,
            compartments: &compartments,
            too_warm: false,
        };
        standing_of(&facts)
    }

    #[test]
    fn a_familys_unit_is_found_by_others_with_its_consent_alone() {
        let family = unit(Ownership::Family, UnitStatus::Available);
        assert!(!standing(&family, false, &[]).is_found());
        assert!(standing(&family, true, &[]).is_found());
        assert!(standing(&unit(Ownership::Donated, UnitStatus::Available), false, &[]).is_found());
        assert!(!standing(&unit(Ownership::Donated, UnitStatus::Gone), false, &[]).is_found());
    }

    #[test]
    fn what_is_gone_or_held_no_longer_counts() {
        use CompartmentState::{Discarded, Held, Infused, Released};
        let donated = unit(Ownership::Donated, UnitStatus::Available);
        let one_held = standing(&donated, false, &[(1, Held)]);
        assert_eq!((one_held.status, &one_held.compartments[..]), (UnitStatus::Available, &[2][..]));
        assert_eq!(facts_of(&donated, &one_held, 4).tnc, 400);
        let all_held = standing(&donated, false, &[(1, Held), (2, Released)]);
        assert_eq!((all_held.status, all_held.compartments.len()), (UnitStatus::Reserved, 2));
        let last_held = standing(&donated, false, &[(1, Infused), (2, Held)]);
        assert_eq!((last_held.status, &last_held.compartments[..]), (UnitStatus::Reserved, &[2][..]));
        assert!(!standing(&donated, false, &[(1, Infused), (2, Discarded)]).is_found());
    }

    #[test]
    fn facts_say_what_is_done_and_clear() {
        let donated = unit(Ownership::Donated, UnitStatus::Available);
        let standing = standing(&donated, false, &[]);
        let facts = facts_of(&donated, &standing, 4);
        assert_eq!((facts.tnc, facts.cd34, facts.collected, facts.bank), (1000, 40, 10, 4));
        assert_eq!((facts.status, facts.compartments, facts.flags), (0, 2, flag::SEGMENT));
        let mut tested = donated;
        tested.tests.fungal = Some(Culture::Negative);
        tested.tests.markers = Some(Markers::Reactive);
        tested.tests.haemoglobin = Some(Haemoglobin::Normal);
        let expected = flag::SEGMENT | flag::CULTURE_CLEAR | flag::HAEMOGLOBIN_CLEAR;
        assert_eq!(facts_of(&tested, &standing, 4).flags, expected);
    }
}
