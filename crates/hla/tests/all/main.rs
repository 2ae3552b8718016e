//! Everything that the crate promises, one module a promise.

mod index;
mod index_changes;
mod nomenclature;
mod random;
mod rules;
mod sample;
mod support;
mod typing;
