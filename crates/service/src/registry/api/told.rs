//! What a laboratory's system is told: plain shapes of JSON.

use domain::registry::{
    Abo, Bar, CompartmentState, Culture, Haemoglobin, Markers, Ownership, Rhesus, Sex, Step, StepFinding,
    StepVerdict, Trace, UnitStatus,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use super::given::{PlaceGiven, UnitGiven};

/// An enum that JSON has as one of its words.
pub(super) trait Words {
    /// The words.
    fn words() -> Vec<&'static str>;
}

macro_rules! words {
    ($($name:ident),+ $(,)?) => {$(
        impl Words for $name {
            fn words() -> Vec<&'static str> {
                Self::ALL.iter().map(|value| value.as_str()).collect()
            }
        }
    )+};
}

words!(
    Abo,
    Bar,
    CompartmentState,
    Culture,
    Haemoglobin,
    Markers,
    Ownership,
    Rhesus,
    Sex,
    Step,
    StepVerdict,
    UnitStatus
);

/// The schema of an enum's words.
pub(super) fn schema<T: Words>() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(T::words())).into()
}

/// The schema of a list of an enum's words.
fn schemas<T: Words>() -> RefOr<Schema> {
    utoipa::openapi::schema::ArrayBuilder::new().items(schema::<T>()).into()
}

/// A unit of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitLineTold {
    /// Id, for `after` and for addresses.
    #[schema(value_type = String, format = "uuid")]
    pub id: uuid::Uuid,
    /// What its newest version says; it can be sent again.
    pub unit: UnitGiven,
    /// How it was typed: `dna`, `serology`, `mixed`, or empty.
    pub hla_method: String,
}

/// A page of the bank's units, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitsPage {
    /// The units.
    pub units: Vec<UnitLineTold>,
    /// What `after` must be for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub next: Option<uuid::Uuid>,
}

/// Where a unit stands by the rules, whatever its bank says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StandingTold {
    /// The status by the rules.
    #[schema(schema_with = schema::<UnitStatus>)]
    pub status: UnitStatus,
    /// Why it is not available; empty when it is.
    #[schema(schema_with = schemas::<Bar>)]
    pub bars: Vec<Bar>,
    /// Why its release to a stranger would be barred; empty when it would not.
    #[schema(schema_with = schemas::<Bar>)]
    pub release_bars: Vec<Bar>,
}

/// Where a compartment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompartmentTold {
    /// Its number, from 1.
    pub compartment: u8,
    /// Its state.
    #[schema(schema_with = schema::<CompartmentState>)]
    pub state: CompartmentState,
    /// Where it lies, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceGiven>,
}

/// What the records of a unit's process say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceTold {
    /// How many of the 71 steps and tests are recorded.
    pub recorded: usize,
    /// Those that are not.
    #[schema(schema_with = schemas::<Step>)]
    pub missing: Vec<Step>,
    /// Those begun before the one that goes before.
    #[schema(schema_with = schemas::<Step>)]
    pub out_of_order: Vec<Step>,
    /// Those that came out badly.
    #[schema(schema_with = schemas::<Step>)]
    pub failed: Vec<Step>,
}

impl TraceTold {
    pub(super) fn of(trace: &Trace) -> Self {
        let with = |finding: StepFinding| {
            trace.findings().filter(|(_, found)| *found == finding).map(|(step, _)| step).collect()
        };
        Self {
            recorded: trace.recorded(),
            missing: with(StepFinding::Missing),
            out_of_order: with(StepFinding::OutOfOrder),
            failed: with(StepFinding::Failed),
        }
    }
}

/// A unit as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitTold {
    /// Id.
    #[schema(value_type = String, format = "uuid")]
    pub id: uuid::Uuid,
    /// What its newest version says; it can be sent again.
    pub unit: UnitGiven,
    /// How it was typed: `dna`, `serology`, `mixed`, or empty.
    pub hla_method: String,
    /// Where it stands by the rules.
    pub standing: StandingTold,
    /// Its compartments.
    pub compartments: Vec<CompartmentTold>,
    /// What the records of its process say.
    pub trace: TraceTold,
}

/// What became of a unit that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is new.
    Added,
    /// Something else is known of it now.
    Changed,
    /// The registry said the same already.
    Unchanged,
    /// It is taken out.
    Withdrawn,
}

/// A unit that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitRecorded {
    /// Id.
    #[schema(value_type = String, format = "uuid")]
    pub id: uuid::Uuid,
    /// The registry's number.
    pub registry_id: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// The units of a request, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitsRecorded {
    /// The units.
    pub units: Vec<UnitRecorded>,
}

/// What was recorded of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recorded {
    /// The unit's id.
    #[schema(value_type = String, format = "uuid")]
    pub id: uuid::Uuid,
    /// The registry's number of it.
    pub registry_id: String,
}
