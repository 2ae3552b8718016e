//! What a laboratory's system sends: plain shapes of JSON, in which a field that is not known is refused.

use std::collections::BTreeMap;

use domain::registry::{
    Abo, Culture, Haemoglobin, Markers, Ownership, Rhesus, Sex, Step, StepVerdict, UnitStatus,
};
use domain::time::{Date, Instant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::told::schema;

/// A place in a tank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceGiven {
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

/// One of a unit's one to five compartments, as it was frozen. A figure that is left out is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompartmentGiven {
    /// Volume in µL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_ul: Option<u32>,
    /// Total nucleated cells, in 10⁵.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tnc_e5: Option<u32>,
    /// CD34-positive cells, in 10³.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cd34_e3: Option<u32>,
    /// Where it lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceGiven>,
}

/// All that the bank says of a unit. What is left out is not known; nothing is kept from what was said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitGiven {
    /// The registry's number of it, up to 64 characters; it never changes.
    #[schema(min_length = 1, max_length = 64)]
    pub registry_id: String,
    /// Donation identification number (ISBT 128), 13 characters, with or without its check character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub din: Option<String>,
    /// GRID, 19 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// The bank's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub local_id: Option<String>,
    /// Whether the bank takes it out of the registry; then the rest, which must be there, says nothing.
    #[serde(default)]
    pub withdrawn: bool,
    /// Whose it is. A family's unit never becomes a donated one.
    #[schema(schema_with = schema::<Ownership>)]
    pub ownership: Ownership,
    /// What its bank says of it.
    #[schema(schema_with = schema::<UnitStatus>)]
    pub status: UnitStatus,
    /// Two letters of the WMDA's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^\s*[A-Za-z]{2}\s*$")]
    pub status_reason: Option<String>,
    /// The typing in any notation, best as a GL String. A, B and DRB1 are needed unless the unit is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hla: Option<String>,
    /// The day of the typing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub hla_typed_on: Option<Date>,
    /// ABO blood group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::<Abo>)]
    pub abo: Option<Abo>,
    /// Rhesus factor D.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::<Rhesus>)]
    pub rhesus: Option<Rhesus>,
    /// Sex of the child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::<Sex>)]
    pub sex: Option<Sex>,
    /// The bank's code of the child's ethnic group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ethnicity: Option<String>,
    /// Day of collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub collected_on: Option<Date>,
    /// Day of processing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub processed_on: Option<Date>,
    /// Day of freezing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub frozen_on: Option<Date>,
    /// Volume of the whole unit as frozen, in µL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_ul: Option<u32>,
    /// Total nucleated cells of the whole unit, in 10⁵.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tnc_e5: Option<u32>,
    /// CD34-positive cells of the whole unit, in 10³.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cd34_e3: Option<u32>,
    /// Mononucleated cells, in 10⁵.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mnc_e5: Option<u32>,
    /// Viability in per mille.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 1000)]
    pub viability_permille: Option<u16>,
    /// Attached segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<u8>,
    /// Bacterial culture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::<Culture>)]
    pub bacterial: Option<Culture>,
    /// Fungal culture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::<Culture>)]
    pub fungal: Option<Culture>,
    /// Haemoglobin screening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::<Haemoglobin>)]
    pub haemoglobin: Option<Haemoglobin>,
    /// Infectious-disease markers taken together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::<Markers>)]
    pub markers: Option<Markers>,
    /// Its compartments, the first is number 1: one to five. Left out: one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5)]
    pub compartments: Vec<CompartmentGiven>,
    /// What the WMDA's format says beyond this, by its element names: `IDM/CMV`, `MAT_ID` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
}

/// Units of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitsGiven {
    /// One to a hundred units.
    #[schema(min_items = 1, max_items = 100)]
    pub units: Vec<UnitGiven>,
}

/// A typing as a laboratory made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypingGiven {
    /// The typing in any notation, best as a GL String. It takes the place of the one before, at every locus.
    #[schema(max_length = 4000, example = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54")]
    pub hla: String,
    /// How it was made: `dna`, `serology`, `mixed`.
    #[schema(pattern = "^(dna|serology|mixed)$")]
    pub method: String,
    /// When.
    #[schema(value_type = String, format = Date)]
    pub typed_on: Date,
    /// Which laboratory made it.
    #[schema(min_length = 1, max_length = 120)]
    pub laboratory: String,
}

/// A step or test as it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepGiven {
    /// Which of the 56 steps and 15 tests.
    #[schema(schema_with = schema::<Step>)]
    pub step: Step,
    /// Who did it.
    #[schema(min_length = 1, max_length = 60)]
    pub operator: String,
    /// With what.
    #[serde(default)]
    #[schema(max_length = 120)]
    pub instrument: String,
    /// When it began.
    #[serde(with = "moment")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Instant,
    /// When it ended.
    #[serde(with = "moment")]
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Instant,
    /// What came out.
    #[serde(default)]
    #[schema(max_length = 400)]
    pub result: String,
    /// How it came out.
    #[schema(schema_with = schema::<StepVerdict>)]
    pub verdict: StepVerdict,
}

/// Steps of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepsGiven {
    /// One to two hundred steps; the same step again corrects what was recorded before.
    #[schema(min_items = 1, max_items = 200)]
    pub steps: Vec<StepGiven>,
}

/// What the bank says of a unit from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusGiven {
    /// The status.
    #[schema(schema_with = schema::<UnitStatus>)]
    pub status: UnitStatus,
    /// Two letters of the WMDA's reason: `QR` quarantined, `AD` administrative, `CD` destroyed …
    #[serde(default)]
    #[schema(max_length = 2)]
    pub reason: String,
}

/// Where a bag lies from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveGiven {
    /// The compartment, from 1.
    #[schema(minimum = 1, maximum = 5)]
    pub compartment: u8,
    /// The place.
    pub place: PlaceGiven,
    /// When it was moved: not in the future, and not before it was moved last; left out: now.
    #[serde(default, with = "moment::maybe", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub moved_at: Option<Instant>,
}

/// Moments as RFC 3339 has them.
mod moment {
    use domain::time::Instant;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(moment: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&moment.rfc3339())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = text.parse::<jiff::Timestamp>();
        read.map(|at| Instant(at.as_microsecond())).map_err(|_| D::Error::custom("not a moment of RFC 3339"))
    }

    /// Where one may be left out.
    pub(super) mod maybe {
        use domain::time::Instant;
        use serde::{Deserialize, Deserializer, Serializer};

        #[derive(Deserialize)]
        struct Said(#[serde(with = "super")] Instant);

        pub(in super::super) fn serialize<S: Serializer>(
            moment: &Option<Instant>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match moment {
                Some(moment) => super::serialize(moment, serializer),
                None => serializer.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Instant>, D::Error> {
            Ok(Option::<Said>::deserialize(deserializer)?.map(|said| said.0))
        }
    }
}
