//! Everything that the crate promises, one module a promise.

mod golden;
mod index;
mod index_changes;
mod nomenclature;
mod random;
mod rules;
mod sample;
mod support;
mod typing;
