//! Everything that the crate promises, one module a promise.

mod nomenclature;
mod random;
mod rules;
mod support;
mod typing;
