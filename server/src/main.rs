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

/// A page is many small strings: the system's allocator took two fifths of the time of rendering one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
