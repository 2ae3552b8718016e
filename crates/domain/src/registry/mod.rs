//! The unit registry: what is known of a cord blood unit, who may find it, what may be done with it.

mod decimal;
mod dose;
mod hold;
mod leaving;
pub mod matching;
mod number;
mod own_word;
mod patient;
mod refusal;
mod state;
mod status;
mod step;
mod temperature;
mod trace;
mod unit;
mod upload;

pub use decimal::{Scaled, scaled, unscaled};
pub use dose::{Dose, DosePolicy, DoseVerdict};
pub use hold::{COMPARTMENTS, HoldDays, HoldSet};
pub use leaving::{DisclosureField, DisclosureForm, ExportScope, Leaving, Remains};
pub use number::{Din, DonationCheck, Grid, NumberError};
pub use own_word::{LABORATORY, OwnTyping, OwnWord, gone_for_good, status_reason};
pub use patient::{PatientFacts, PatientField, PatientForm};
pub use refusal::{LoadFileRefusal, LoadRefusal};
pub use state::{CompartmentState, HoldPurpose, HoldState, ReleaseState, StepVerdict, TypingVerdict};
pub use status::{Bar, UnitFacts, UnitStanding, findable, shared};
pub use step::{PREPARATION_STEPS, Phase, Step};
pub use temperature::{Excursion, LOG_ROWS, LogSummary, Reading, Stay, WARMEST_DC, log_read, stays_of};
pub use trace::{StepFinding, StepRecord, Trace};
pub use unit::{
    Abo, Compartment, Culture, Figures, Haemoglobin, Markers, Ownership, Place, Rhesus, Sex, UnitContent,
    UnitContentError, UnitStatus, UnitTests, VersionSource, place_name,
};
pub use upload::{LoadCounts, UploadAsked, UploadEnd, UploadState};

/// Declares the words under which a table, a file and an address know the values of an enum.
macro_rules! worded {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in tables, files and addresses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use worded;
