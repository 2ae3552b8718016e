//! HLA nomenclature, typing, match rules and the unit search index: pure, with no dependency, usable on its own.
//!
//! The way through the crate:
//!
//! 1. [`Release`] holds one release of the nomenclature, read from tables that the operator supplies.
//! 2. [`Reader`] turns text in any usual notation into a [`Typing`], or says where and why it can't.
//! 3. [`rules::compare`] tells how a unit suits a patient, locus by locus, as *spans*: what is certain and
//!    what is possible.
//! 4. [`index`] searches a registry of a million units for a patient in milliseconds.
//! 5. [`oracle`] says the same by plain enumeration, slowly, to check the rest against.
//! 6. [`sample`] invents people and units to try all this on.

mod hash;
pub mod index;
pub mod locus;
pub mod name;
pub mod nomenclature;
pub mod oracle;
mod resolve;
pub mod rules;
pub mod sample;
mod set;
pub mod typing;

pub use locus::Locus;
pub use name::{AlleleName, Suffix};
pub use nomenclature::{Release, ReleaseError, Table, Tables};
pub use typing::{Reader, Typing};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
