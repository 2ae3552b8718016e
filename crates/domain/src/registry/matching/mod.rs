//! Searching units for a patient: what may be asked, what is found, and why it stands where it stands.
//!
//! The rules of matching are in `hla`; here are the registry's own words for them, which pages, reports and the command
//! line share and which a saved report keeps.

mod asked;
mod found;
mod overview;
mod standing;
mod typing;

pub use asked::{ClassWanted, FilterAsked, Grams, MatchClass, SearchAsked, SearchProblem};
pub use found::{
    AboFit, AntibodyHit, ClassTotal, Compared, Criterion, Doses, LocusResult, MatchGrade, MatchHit,
    MatchLocus, MatchReason, MatchResult, PairFound, Span,
};
pub use overview::{DoseClass, Overview, Resolution, UnitCell};
pub use standing::{Standing, compartments_of, facts_of, index_abo, remaining, standing_of, status_number};
pub use typing::{HlaTyped, Spot, TypingFault, TypingNotice, TypingProblem, TypingUnderstood};
