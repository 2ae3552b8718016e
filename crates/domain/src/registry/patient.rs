//! A patient for whom units are searched: known by the hospital's code, never by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::matching::Grams;
use super::unit::Abo;
use crate::refusal::{Refusal, UnitRefusal};
use crate::text;

/// What was typed of a patient, field by field, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PatientForm {
    /// The hospital's code of the patient.
    pub code: String,
    /// The typing in any notation.
    pub hla: String,
    /// ABO blood group, or empty.
    pub abo: String,
    /// Weight in kg, or empty.
    pub weight: String,
    /// Antibodies against HLA, in words of the laboratory.
    pub antibodies: String,
    /// The diagnosis, or empty. Kept sealed.
    pub diagnosis: String,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatientField {
    /// The hospital's code.
    Code,
    /// The typing.
    Hla,
    /// Blood group.
    Abo,
    /// Weight.
    Weight,
    /// Antibodies.
    Antibodies,
    /// Diagnosis.
    Diagnosis,
}

/// What a form means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientFacts {
    /// The hospital's code, in half-width capitals.
    pub code: String,
    /// The typing as it was given; the match engine reads it.
    pub hla: String,
    /// ABO blood group.
    pub abo: Option<Abo>,
    /// Weight in grams.
    pub weight_g: Option<u32>,
    /// Antibodies against HLA.
    pub antibodies: String,
    /// The diagnosis; empty when it is not told.
    pub diagnosis: String,
}

impl PatientForm {
    /// Reads the form.
    ///
    /// # Errors
    /// One refusal for each field that cannot be taken.
    pub fn read(&self) -> Result<PatientFacts, BTreeMap<PatientField, Refusal>> {
        let mut wrong = BTreeMap::new();
        let mut keep = |field, read: Result<String, Refusal>| {
            read.unwrap_or_else(|refusal| {
                wrong.insert(field, refusal);
                String::new()
            })
        };
        let code = keep(PatientField::Code, self.code());
        let hla = keep(PatientField::Hla, needed(text::paragraph(&self.hla, 4000)));
        let antibodies = keep(PatientField::Antibodies, text::paragraph(&self.antibodies, 2000));
        let diagnosis = keep(PatientField::Diagnosis, text::paragraph(&self.diagnosis, 500));
        let abo = match self.abo.trim() {
            "" => None,
            typed => Abo::from_word(&typed.to_ascii_uppercase()).or_else(|| {
                wrong.insert(PatientField::Abo, Refusal::ChoiceUnknown);
                None
            }),
        };
        let weight_g = weight(&self.weight).unwrap_or_else(|refusal| {
            wrong.insert(PatientField::Weight, refusal);
            None
        });
        if wrong.is_empty() {
            Ok(PatientFacts { code, hla, abo, weight_g, antibodies, diagnosis })
        } else {
            Err(wrong)
        }
    }

    /// One code is one code, however it was typed.
    fn code(&self) -> Result<String, Refusal> {
        needed(text::line(&text::half_width(&self.code).to_ascii_uppercase(), 40))
    }
}

fn needed(read: Result<String, Refusal>) -> Result<String, Refusal> {
    read.and_then(|text| if text.is_empty() { Err(Refusal::Required) } else { Ok(text) })
}

/// Reads kilograms as a search does.
fn weight(typed: &str) -> Result<Option<u32>, Refusal> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let read = Grams::read_kg(typed).map_err(|_| UnitRefusal::WeightUnreadable)?;
    Ok(Some(read.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(weight: &str) -> PatientForm {
        PatientForm {
            code: " ｐ-001 ".into(),
            hla: "A2,A24 B46".into(),
            weight: weight.into(),
            ..PatientForm::default()
        }
    }

    #[test]
    fn a_patient_is_read() {
        let facts = form("18.5 kg").read().unwrap();
        assert_eq!((facts.code.as_str(), facts.weight_g, facts.abo), ("P-001", Some(18_500), None));
        assert_eq!(form("").read().unwrap().weight_g, None);
        let wrong = PatientForm { abo: "C".into(), weight: "1850".into(), ..PatientForm::default() };
        let expected = [
            (PatientField::Code, Refusal::Required),
            (PatientField::Hla, Refusal::Required),
            (PatientField::Abo, Refusal::ChoiceUnknown),
            (PatientField::Weight, UnitRefusal::WeightUnreadable.into()),
        ];
        assert_eq!(wrong.read(), Err(expected.into()));
    }

    proptest! {
        #[test]
        fn a_weight_reads_back(grams in Grams::LIGHTEST.0..=Grams::HEAVIEST.0) {
            let typed = format!("{}.{:03}", grams / 1000, grams % 1000);
            prop_assert_eq!(form(&typed).read().unwrap().weight_g, Some(grams));
        }

        #[test]
        fn nothing_typed_breaks_it(typed in "\\PC{0,12}") {
            if let Ok(facts) = form(&typed).read() {
                prop_assert!(facts.weight_g.is_none_or(|g| (Grams::LIGHTEST.0..=Grams::HEAVIEST.0).contains(&g)));
            }
        }
    }
}
