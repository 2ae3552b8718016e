//! The `spark` program.

mod bench;
mod bench_units_in;
mod cli;
mod config;
mod demo;
mod house;
mod logging;
mod sessions;
mod web;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
