//! The finished PDF, read back with a second library: its words, its structure, its promises.

mod match_report;
mod receipt;
mod sample;
