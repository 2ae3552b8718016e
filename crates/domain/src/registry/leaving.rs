//! What of a unit leaves the house in a file, and what must be said of a file before it may leave.

use std::fmt;
use std::str::FromStr;

use super::state::CompartmentState;
use super::status::UnitFacts;
use super::unit::{Compartment, UnitContent, UnitStatus};
use super::worded;
use crate::refusal::{Refusal, UnitRefusal};

worded! {
    /// For whom a file of units is made.
    ExportScope {
        /// For anybody else: what a search for a stranger may find, and of it what is free.
        Shared = "shared",
        /// The bank's own copy: every unit of its stock that is not withdrawn, families' own among them.
        Own = "own",
    }
}

/// Compartments of a unit at most.
const MOST: u8 = 5;

/// Reason of the WMDA for a unit that was given out.
const GIVEN_OUT: &str = "DS";

/// Reason of the WMDA for a unit in quarantine.
const QUARANTINED: &str = "QR";

/// Elements of the WMDA's format (2.4) beyond our own fields that go to others. Left out are the day of birth, which the
/// day of collection tells already, everything of the mother (`MAT…`), and whatever a bank added under names of its own.
const FOR_OTHERS: [&str; 35] = [
    "AL_PLA",
    "AL_RED_BC",
    "AL_SER",
    "ATT_SEG",
    "BACT_CULT",
    "BAG_ID",
    "BAG_TYPE",
    "BANK_DISTRIB_ID",
    "BANK_MANUF_ID",
    "CCR5",
    "CD34PC",
    "CD34PC_FRZN",
    "CFU_FRZN",
    "CT_COMPLETE_DATE",
    "CT_SMPL_TYPE",
    "DNA_SMPL",
    "FREEZE_METH",
    "FUNG_CULT",
    "GRID",
    "HEMO_STATUS",
    "LOCAL_ID",
    "MNC_FRZN",
    "OTH_SMPL",
    "PLA_QUANT",
    "PROC_METH",
    "PROC_METH_TYPE",
    "PROD_MOD",
    "RED_BC_FRZN",
    "SER_QUANT",
    "STAT_END_DATE",
    "TNC",
    "TNC_FRZN",
    "VIABILITY",
    "VOL",
    "VOL_FRZN",
];

/// Groups of elements that go to others as a whole.
const GROUPS_FOR_OTHERS: [&str; 3] = ["IDM/", "KIR/", "VIABILITY_"];

/// Elements that tell an amount of the whole unit: wrong as soon as a part of it is gone.
const AMOUNTS: [&str; 9] =
    ["VOL", "VOL_FRZN", "TNC", "TNC_FRZN", "CD34PC", "CD34PC_FRZN", "MNC_FRZN", "RED_BC_FRZN", "CFU_FRZN"];

/// Which compartments of a unit a file speaks of: `1,3/5`; `0/5` when none is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remains {
    /// Their numbers here, rising.
    pub numbers: Vec<u8>,
    /// How many the unit had when it was frozen.
    pub of: u8,
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().map(u8::to_string).collect();
        let numbers = if numbers.is_empty() { "0".to_owned() } else { numbers.join(",") };
        write!(f, "{numbers}/{}", self.of)
    }
}

impl FromStr for Remains {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (numbers, of) = text.split_once('/').ok_or(())?;
        let digit = |text: &str| match text.as_bytes() {
            [digit @ b'1'..=b'9'] => Ok(digit - b'0'),
            _ => Err(()),
        };
        let of = digit(of)?;
        let numbers: Vec<u8> = if numbers == "0" {
            Vec::new()
        } else {
            numbers.split(',').map(digit).collect::<Result<_, _>>()?
        };
        let rising = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = of <= MOST && numbers.last().is_none_or(|last| *last <= of);
        if rising && fits { Ok(Self { numbers, of }) } else { Err(()) }
    }
}

/// What leaves of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// What is said of it.
    pub content: UnitContent,
    /// Which compartments it speaks of, unless all is said of the unit that the registry knows.
    pub remains: Option<Remains>,
}

impl UnitFacts<'_> {
    /// What leaves of this unit; none when nothing does.
    ///
    /// To others goes only what a stranger's search may find, with the compartments that are free, without the places
    /// where they lie. The bank's own copy has every unit that is not withdrawn, with the compartments that are still in
    /// the bank; of a unit of which none is, it says that it was given out.
    #[must_use]
    pub fn leaves(&self, scope: ExportScope) -> Option<Leaving> {
        if self.withdrawn {
            return None;
        }
        let stays = |state: &CompartmentState| match scope {
            ExportScope::Shared => *state == CompartmentState::Stored,
            ExportScope::Own => state.is_here(),
        };
        let of = u8::try_from(self.content.compartments.len()).unwrap_or(MOST);
        let numbers: Vec<u8> = (1..)
            .zip(self.compartments)
            .filter(|(_, state)| stays(state))
            .map(|(number, _)| number)
            .collect();
        let mut leaving = match scope {
            ExportScope::Shared if !self.is_shared() || numbers.is_empty() => return None,
            ExportScope::Own if numbers.is_empty() => given_out(self.content),
            _ => part(self.content, numbers),
        };
        if scope == ExportScope::Shared {
            let content = &mut leaving.content;
            if self.too_warm && content.status == UnitStatus::Available {
                content.status = UnitStatus::Unavailable;
                QUARANTINED.clone_into(&mut content.status_reason);
            }
            content.compartments.iter_mut().for_each(|compartment| compartment.place = None);
            content.details.retain(|path, _| for_others(path));
            // Even where no compartment is left out, less is said than the registry knows.
            leaving.remains.get_or_insert(Remains { numbers: (1..=of).collect(), of });
        }
        Some(leaving)
    }
}

fn for_others(path: &str) -> bool {
    FOR_OTHERS.binary_search(&path).is_ok() || GROUPS_FOR_OTHERS.iter().any(|group| path.starts_with(group))
}

fn given_out(content: &UnitContent) -> Leaving {
    let mut content = content.clone();
    if content.status != UnitStatus::Gone {
        content.status = UnitStatus::Gone;
        GIVEN_OUT.clone_into(&mut content.status_reason);
    }
    let of = u8::try_from(content.compartments.len()).unwrap_or(MOST);
    Leaving { content, remains: Some(Remains { numbers: Vec::new(), of }) }
}

/// The content of some compartments alone.
fn part(whole: &UnitContent, numbers: Vec<u8>) -> Leaving {
    let mut content = whole.clone();
    if numbers.len() == whole.compartments.len() {
        return Leaving { content, remains: None };
    }
    content.figures = whole.figures_of(&numbers).unwrap_or_default();
    content.compartments = numbers
        .iter()
        .filter_map(|number| whole.compartments.get(usize::from(*number).checked_sub(1)?))
        .map(|compartment| {
            // Where not each was counted, the equal parts of the whole are what counts.
            let figures = if whole.is_counted() { compartment.figures } else { Default::default() };
            Compartment { figures, place: compartment.place.clone() }
        })
        .collect();
    content.mnc_e5 = 0;
    content.details.retain(|path, _| !AMOUNTS.contains(&path.as_str()) && !path.contains("COMPARTMENT_"));
    let of = u8::try_from(whole.compartments.len()).unwrap_or(MOST);
    Leaving { content, remains: Some(Remains { numbers, of }) }
}

/// What is said of a file before it leaves, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisclosureForm {
    /// What for.
    pub purpose: String,
    /// To whom.
    pub receiver: String,
    /// Whether the receiver is abroad.
    pub abroad: bool,
    /// The number of the filing under which data of units may go abroad.
    pub filing_number: String,
}

/// A field of [`DisclosureForm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisclosureField {
    /// What for.
    Purpose,
    /// To whom.
    Receiver,
    /// The filing.
    FilingNumber,
}

impl DisclosureForm {
    /// The same, tidied, if it says all that must be said: purpose and receiver always, a filing when it goes abroad
    /// (人类遗传资源管理条例).
    ///
    /// # Errors
    /// The first field that lacks something, and what.
    pub fn read(&self) -> Result<Self, (DisclosureField, Refusal)> {
        let needed = |field, text: &str, max| match crate::text::line(text, max) {
            Ok(text) if text.is_empty() => Err((field, Refusal::Required)),
            Ok(text) => Ok(text),
            Err(refusal) => Err((field, refusal)),
        };
        let purpose = needed(DisclosureField::Purpose, &self.purpose, 200)?;
        let receiver = needed(DisclosureField::Receiver, &self.receiver, 120)?;
        let filing = DisclosureField::FilingNumber;
        let filing_number =
            crate::text::line(&self.filing_number, 60).map_err(|refusal| (filing, refusal))?;
        if self.abroad && filing_number.is_empty() {
            return Err((filing, UnitRefusal::FilingNeeded.into()));
        }
        Ok(Self { purpose, receiver, abroad: self.abroad, filing_number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::unit::tests::unit_of;
    use crate::registry::{Figures, Ownership, Place};
    use proptest::prelude::*;

    use CompartmentState::{Held, Infused, Returned, Stored};

    fn five(ownership: Ownership) -> UnitContent {
        let mut content = unit_of(ownership, UnitStatus::Available);
        let place = |slot: u32| Place {
            tank: "T".into(),
            rack: "R".into(),
            box_: "B".into(),
            slot: slot.to_string(),
        };
        content.compartments = (1..=5)
            .map(|n| Compartment {
                figures: Figures { volume_ul: 100 * n, tnc_e5: 1000 * n, cd34_e3: 10 * n },
                place: Some(place(n)),
            })
            .collect();
        content.figures = Figures { volume_ul: 1500, tnc_e5: 15_000, cd34_e3: 150 };
        content.mnc_e5 = 77;
        for path in ["BAG_TYPE", "BIRTH_DATE", "MAT_ID", "MAT/HLA/A/DNA/FIELD1", "IDM/CMV", "TNC_FRZN", "X"] {
            content.details.insert(path.to_owned(), "1".to_owned());
        }
        content
    }

    fn facts<'a>(content: &'a UnitContent, compartments: &'a [CompartmentState]) -> UnitFacts<'a> {
        UnitFacts { content, withdrawn: false, consent: false, compartments, too_warm: false }
    }

    #[test]
    fn others_get_what_is_free_and_nothing_of_the_family() {
        let content = five(Ownership::Donated);
        let states = [Stored, Held, Stored, Infused, Returned];
        let leaving = facts(&content, &states).leaves(ExportScope::Shared).expect("leaves");
        assert_eq!(leaving.remains, Some(Remains { numbers: vec![1, 3], of: 5 }));
        let left = &leaving.content;
        assert_eq!(left.figures, Figures { volume_ul: 400, tnc_e5: 4000, cd34_e3: 40 });
        assert_eq!((left.compartments.len(), left.mnc_e5), (2, 0));
        assert!(left.compartments.iter().all(|compartment| compartment.place.is_none()));
        assert_eq!(left.details.keys().collect::<Vec<_>>(), ["BAG_TYPE", "IDM/CMV"]);
        assert_eq!(facts(&content, &[Held, Infused]).leaves(ExportScope::Shared), None);
        let warm = UnitFacts { too_warm: true, ..facts(&content, &[Stored; 5]) };
        let Leaving { content: left, remains } = warm.leaves(ExportScope::Shared).expect("leaves");
        assert_eq!(remains.expect("marked").to_string(), "1,2,3,4,5/5");
        assert_eq!((left.status, left.status_reason.as_str()), (UnitStatus::Unavailable, "QR"));
        assert_eq!(left.details.keys().collect::<Vec<_>>(), ["BAG_TYPE", "IDM/CMV", "TNC_FRZN"]);
    }

    #[test]
    fn a_familys_unit_leaves_by_its_consent_or_in_the_banks_own_copy() {
        let content = five(Ownership::Family);
        let alone = facts(&content, &[Stored; 5]);
        assert_eq!(alone.leaves(ExportScope::Shared), None);
        let shared = UnitFacts { consent: true, ..alone };
        assert!(shared.leaves(ExportScope::Shared).is_some());
        let own = alone.leaves(ExportScope::Own).expect("leaves");
        assert_eq!(own, Leaving { content: content.clone(), remains: None }, "all of it, places and all");
        let withdrawn = UnitFacts { withdrawn: true, ..shared };
        assert!(ExportScope::ALL.iter().all(|scope| withdrawn.leaves(*scope).is_none()));
    }

    #[test]
    fn the_own_copy_keeps_what_is_held_and_says_what_was_given_out() {
        let content = five(Ownership::Donated);
        let own = facts(&content, &[Stored, Held, Stored, Infused, Returned]).leaves(ExportScope::Own);
        assert_eq!(own.expect("leaves").remains.expect("a part").to_string(), "1,2,3/5");
        let own = facts(&content, &[Infused; 5]).leaves(ExportScope::Own).expect("leaves");
        assert_eq!(own.remains.expect("nothing").to_string(), "0/5");
        assert_eq!((own.content.status, own.content.status_reason.as_str()), (UnitStatus::Gone, "DS"));
        assert_eq!(own.content.compartments, content.compartments);
    }

    #[test]
    fn a_file_says_what_for_and_to_whom_and_abroad_under_which_filing() {
        use DisclosureField::{FilingNumber, Purpose, Receiver};
        let form = DisclosureForm {
            purpose: " 国际\u{3000}检索 ".into(),
            receiver: "WMDA".into(),
            ..DisclosureForm::default()
        };
        assert_eq!(form.read().expect("enough").purpose, "国际 检索");
        let lacks = |form: DisclosureForm| form.read().expect_err("lacks something");
        assert_eq!(
            lacks(DisclosureForm { purpose: " ".into(), ..form.clone() }),
            (Purpose, Refusal::Required)
        );
        assert_eq!(lacks(DisclosureForm { receiver: String::new(), ..form.clone() }).0, Receiver);
        let abroad = DisclosureForm { abroad: true, ..form };
        assert_eq!(lacks(abroad.clone()), (FilingNumber, UnitRefusal::FilingNeeded.into()));
        assert!(DisclosureForm { filing_number: "演示备案 7".into(), ..abroad }.read().is_ok());
    }

    proptest! {
        /// Whatever leaves is a content that a load takes, and never more than is there.
        #[test]
        fn what_leaves_holds_together(
            states in prop::collection::vec(0..CompartmentState::ALL.len(), 5),
            counted: bool, own: bool, consent: bool,
        ) {
            let states: Vec<_> = states.into_iter().map(|s| CompartmentState::ALL[s]).collect();
            let mut content = five(Ownership::Donated);
            if !counted {
                content.compartments[2].figures = Figures { tnc_e5: 0, ..content.compartments[2].figures };
            }
            let scope = if own { ExportScope::Own } else { ExportScope::Shared };
            let leaving = UnitFacts { consent, ..facts(&content, &states) }.leaves(scope);
            if let Some(Leaving { content: left, remains }) = leaving {
                prop_assert_eq!(left.check("2026-11-22".parse().expect("a day")), Ok(()));
                prop_assert!(left.figures.tnc_e5 <= content.figures.tnc_e5);
                if let Some(remains) = remains {
                    prop_assert_eq!(remains.to_string().parse(), Ok(remains.clone()));
                    prop_assert!(remains.numbers.is_empty() || left.compartments.len() == remains.numbers.len());
                }
            } else {
                prop_assert!(!own);
            }
        }

        #[test]
        fn what_remains_is_read_as_it_is_written(text in "[0-9,/]{0,12}") {
            if let Ok(remains) = text.parse::<Remains>() {
                prop_assert_eq!(remains.to_string(), text);
            }
        }
    }
}
