//! What is asked of a search: class, patient, filters.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use super::standing::{index_abo, status_number};
use super::typing::{HlaTyped, TypingProblem};
use crate::id::PatientId;
use crate::refusal::Refusal;
use crate::registry::{Abo, DosePolicy, UnitStatus, worded};
use crate::time::Date;

worded! {
    /// The class that is searched.
    MatchClass {
        /// Out of 6: A and B by antigen, DRB1 by allele; the class of cord blood.
        Six = "6",
        /// Out of 8: A, B, C, DRB1 by allele.
        Eight = "8",
        /// Out of 10: those and DQB1 by allele.
        Ten = "10",
    }
}

impl MatchClass {
    /// 6, 8 or 10.
    #[must_use]
    pub const fn of(self) -> u8 {
        match self {
            Self::Six => 6,
            Self::Eight => 8,
            Self::Ten => 10,
        }
    }

    /// The class as the index knows it.
    #[must_use]
    pub const fn index(self) -> hla::index::Class {
        match self {
            Self::Six => hla::index::Class::Six,
            Self::Eight => hla::index::Class::Eight,
            Self::Ten => hla::index::Class::Ten,
        }
    }
}

/// A class and the fewest possible matches in it: `4/6`, `7/8`, `9/10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClassWanted {
    /// Out of how many.
    pub class: MatchClass,
    /// At least so many.
    pub at_least: u8,
}

impl ClassWanted {
    /// More than so many mismatches are not searched: half of the class, which is far beyond what is transplanted.
    fn fewest(class: MatchClass) -> u8 {
        class.of() / 2
    }

    /// Whether it asks for 3 mismatches out of 6, which is said to whoever asks.
    #[must_use]
    pub fn is_wide(self) -> bool {
        self.class == MatchClass::Six && self.at_least < 4
    }
}

impl FromStr for ClassWanted {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let plain = text.trim().trim_start_matches(['≥', '>', '=']);
        let (least, of) = plain.split_once('/').ok_or(Refusal::ChoiceUnknown)?;
        let class = MatchClass::from_word(of.trim()).ok_or(Refusal::ChoiceUnknown)?;
        let at_least = least.trim().parse().map_err(|_| Refusal::ChoiceUnknown)?;
        if (Self::fewest(class)..=class.of()).contains(&at_least) {
            Ok(Self { class, at_least })
        } else {
            Err(Refusal::ChoiceUnknown)
        }
    }
}

impl fmt::Display for ClassWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.at_least, self.class.of())
    }
}

impl TryFrom<String> for ClassWanted {
    type Error = Refusal;
    fn try_from(text: String) -> Result<Self, Refusal> {
        text.parse()
    }
}

impl From<ClassWanted> for String {
    fn from(class: ClassWanted) -> Self {
        class.to_string()
    }
}

/// A body's weight in grams, from 200 g to 400 kg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grams(pub u32);

impl Grams {
    /// Lighter than any newborn that lived.
    pub const LIGHTEST: Self = Self(200);
    /// Heavier than anybody who is transplanted.
    pub const HEAVIEST: Self = Self(400_000);

    /// Reads kilograms as typed, `18.5`, exactly: at most three decimals.
    ///
    /// # Errors
    /// [`Refusal::AmountUnreadable`], [`Refusal::AmountTooFine`], or [`Refusal::ChoiceUnknown`] for no human weight.
    pub fn read_kg(typed: &str) -> Result<Self, Refusal> {
        let text = crate::text::half_width(typed);
        let text = text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end();
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 6 || !digits(whole) || !digits(part) {
            return Err(Refusal::AmountUnreadable);
        }
        let part = part.trim_end_matches('0');
        if part.len() > 3 {
            return Err(Refusal::AmountTooFine);
        }
        let kilos: u32 = whole.parse().map_err(|_| Refusal::AmountUnreadable)?;
        let grams: u32 = format!("{part:0<3}").parse().map_err(|_| Refusal::AmountUnreadable)?;
        let all = kilos * 1000 + grams;
        if (Self::LIGHTEST.0..=Self::HEAVIEST.0).contains(&all) {
            Ok(Self(all))
        } else {
            Err(Refusal::ChoiceUnknown)
        }
    }
}

/// `18.5`
impl fmt::Display for Grams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kilos, grams) = (self.0 / 1000, self.0 % 1000);
        if grams == 0 {
            return write!(f, "{kilos}");
        }
        write!(f, "{kilos}.{}", format!("{grams:03}").trim_end_matches('0'))
    }
}

/// Why a search can't be made of what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "field", content = "problem", rename_all = "snake_case")]
pub enum SearchProblem {
    /// The patient's typing can't be read.
    Hla(TypingProblem),
    /// An antigen against which there are antibodies can't be read.
    Antibodies(TypingProblem),
}

/// What a unit must have besides its HLA. The default finds whatever is available.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterAsked {
    /// Statuses that are found; "gone" never is.
    pub statuses: Vec<UnitStatus>,
    /// Codes of banks; empty for all.
    pub banks: Vec<String>,
    /// Only units whose blood group is the patient's, or leaves out an antigen that the patient has.
    pub abo_compatible: bool,
    /// Only units of the patient's blood group.
    pub abo_identical: bool,
    /// At least so many nucleated cells per kg, in 10⁵.
    pub tnc_e5_per_kg: Option<u32>,
    /// At least so many CD34-positive cells per kg, in 10³.
    pub cd34_e3_per_kg: Option<u32>,
    /// Collected on this day or later.
    pub collected_from: Option<Date>,
    /// At least so many compartments remain.
    pub compartments: u8,
    /// A segment is attached.
    pub segment: bool,
    /// All infectious-disease markers are clear.
    pub markers_clear: bool,
    /// Bacterial and fungal cultures are negative.
    pub cultures_clear: bool,
    /// The haemoglobin screening is unremarkable.
    pub haemoglobin_clear: bool,
}

impl Default for FilterAsked {
    fn default() -> Self {
        Self {
            statuses: vec![UnitStatus::Available],
            banks: Vec::new(),
            abo_compatible: false,
            abo_identical: false,
            tnc_e5_per_kg: None,
            cd34_e3_per_kg: None,
            collected_from: None,
            compartments: 0,
            segment: false,
            markers_clear: false,
            cultures_clear: false,
            haemoglobin_clear: false,
        }
    }
}

impl FilterAsked {
    /// The filter as the index knows it; `bank` gives the number of a bank's code.
    ///
    /// # Errors
    /// [`Refusal::ChoiceUnknown`] for a bank that there is not.
    pub fn index(&self, bank: impl Fn(&str) -> Option<u16>) -> Result<hla::index::Filter, Refusal> {
        use hla::index::{AboFit, flag};
        let statuses = self.statuses.iter().filter(|s| **s != UnitStatus::Gone);
        let banks = self.banks.iter().map(|code| bank(code).ok_or(Refusal::ChoiceUnknown));
        let banks = banks.collect::<Result<Vec<u16>, Refusal>>()?;
        let flags = [
            (self.segment, flag::SEGMENT),
            (self.markers_clear, flag::MARKERS_CLEAR),
            (self.cultures_clear, flag::CULTURE_CLEAR),
            (self.haemoglobin_clear, flag::HAEMOGLOBIN_CLEAR),
        ];
        Ok(hla::index::Filter {
            statuses: Some(statuses.fold(0, |all, s| all | 1 << status_number(*s))),
            banks: (!banks.is_empty()).then_some(banks),
            abo: match (self.abo_identical, self.abo_compatible) {
                (true, _) => Some(AboFit::Identical),
                (false, true) => Some(AboFit::Compatible),
                (false, false) => None,
            },
            tnc_per_kg: self.tnc_e5_per_kg.map(|n| u64::from(n) * 100_000),
            cd34_per_kg: self.cd34_e3_per_kg.map(|n| u64::from(n) * 1_000),
            collected_from: self.collected_from.map(Date::days),
            compartments: self.compartments,
            flags: flags.iter().filter(|(asked, _)| *asked).fold(0, |all, (_, flag)| all | flag),
        })
    }
}

/// A search as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchAsked {
    /// The patient, when one is recorded: the family's own units are compared, too.
    pub patient: Option<PatientId>,
    /// The typing as given.
    pub hla: HlaTyped,
    /// The weight.
    pub weight: Option<Grams>,
    /// The blood group.
    pub abo: Option<Abo>,
    /// Antigens or alleles against which the patient has antibodies, as given.
    pub antibodies: String,
    /// What is searched.
    pub class: ClassWanted,
    /// What else a unit must have.
    pub filter: FilterAsked,
    /// How many of the best are told in full.
    pub top: usize,
    /// The doses that are asked for; without one, doses are told and not judged.
    pub policy: Option<DosePolicy>,
}

impl SearchAsked {
    /// A search with nothing but a typing and a class.
    #[must_use]
    pub fn new(hla: HlaTyped, class: ClassWanted) -> Self {
        Self {
            patient: None,
            hla,
            weight: None,
            abo: None,
            antibodies: String::new(),
            class,
            filter: FilterAsked::default(),
            top: 50,
            policy: None,
        }
    }

    /// The search as the index knows it.
    ///
    /// # Errors
    /// As [`FilterAsked::index`]; [`Refusal::Required`] when a dose per kg is asked for without a weight, or a blood
    /// group that suits without the patient's.
    pub fn index(&self, bank: impl Fn(&str) -> Option<u16>) -> Result<hla::index::Query, Refusal> {
        let filter = self.filter.index(bank)?;
        if self.weight.is_none() && (filter.tnc_per_kg.is_some() || filter.cd34_per_kg.is_some()) {
            return Err(Refusal::Required);
        }
        if self.abo.is_none() && filter.abo.is_some() {
            return Err(Refusal::Required);
        }
        Ok(hla::index::Query {
            class: self.class.class.index(),
            at_least: self.class.at_least,
            weight_g: self.weight.map(|w| w.0),
            abo: index_abo(self.abo),
            filter,
            top: self.top,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_class_is_read_as_people_write_it() {
        let class = |text: &str| text.parse::<ClassWanted>().map(|c| c.to_string());
        assert_eq!(class("4/6"), Ok("4/6".into()));
        assert_eq!(class(" ≥7/10 "), Ok("7/10".into()));
        for wrong in ["", "4", "7/6", "2/6", "4/7", "x/6", "-4/6"] {
            assert_eq!(class(wrong), Err(Refusal::ChoiceUnknown), "{wrong}");
        }
        assert!("3/6".parse::<ClassWanted>().expect("a class").is_wide());
        assert!(!"4/6".parse::<ClassWanted>().expect("a class").is_wide());
    }

    #[test]
    fn a_weight_is_exact() {
        assert_eq!(Grams::read_kg("18.5"), Ok(Grams(18_500)));
        assert_eq!(Grams::read_kg("１８．５ kg"), Ok(Grams(18_500)));
        assert_eq!(Grams::read_kg("18.5 KG"), Ok(Grams(18_500)));
        assert_eq!(Grams::read_kg("3.0050"), Ok(Grams(3005)));
        assert_eq!(Grams::read_kg("3.0005"), Err(Refusal::AmountTooFine));
        for wrong in ["", ".5", "-3", "1e3", "abc", "1.2.3"] {
            assert_eq!(Grams::read_kg(wrong), Err(Refusal::AmountUnreadable), "{wrong}");
        }
        assert_eq!(Grams::read_kg("0"), Err(Refusal::ChoiceUnknown));
        assert_eq!(Grams::read_kg("401"), Err(Refusal::ChoiceUnknown));
    }

    proptest! {
        #[test]
        fn a_weight_reads_back(grams in 200_u32..=400_000) {
            prop_assert_eq!(Grams::read_kg(&Grams(grams).to_string()), Ok(Grams(grams)));
        }
    }

    #[test]
    fn a_dose_per_kg_needs_the_weight() {
        let mut asked = SearchAsked::new(HlaTyped::Text("A2".into()), "4/6".parse().expect("a class"));
        asked.filter.tnc_e5_per_kg = Some(300);
        asked.filter.banks = vec!["CN01".into()];
        let bank = |code: &str| (code == "CN01").then_some(7);
        assert_eq!(asked.index(bank), Err(Refusal::Required));
        asked.weight = Some(Grams(18_500));
        let query = asked.index(bank).expect("a query");
        assert_eq!((query.filter.tnc_per_kg, query.filter.banks), (Some(30_000_000), Some(vec![7])));
        asked.filter.banks = vec!["XX".into()];
        assert_eq!(asked.index(bank), Err(Refusal::ChoiceUnknown));
    }

    #[test]
    fn a_blood_group_that_suits_needs_the_patients() {
        let bank = |_: &str| None;
        let mut asked = SearchAsked::new(HlaTyped::Text("A2".into()), "4/6".parse().expect("a class"));
        asked.filter.abo_compatible = true;
        assert_eq!(asked.index(bank), Err(Refusal::Required));
        asked.filter = FilterAsked { abo_identical: true, ..FilterAsked::default() };
        assert_eq!(asked.index(bank), Err(Refusal::Required));
        asked.abo = Some(Abo::A);
        assert!(asked.index(bank).is_ok());
    }
}
