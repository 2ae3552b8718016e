//! Everything that the crate promises, one module a promise.

mod nomenclature;
mod support;
mod typing;
