//! Logs: to standard error, as text for people or JSON for machines. They hold ids and codes, never names.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging what `filter` lets through. A second call changes nothing.
pub fn start(filter: &str, json: bool) {
    let filter = EnvFilter::builder().parse_lossy(filter);
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    // Colours are for eyes, not for files.
    let log = log.with_ansi(std::io::stderr().is_terminal());
    let started = if json { log.json().try_init() } else { log.try_init() };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
}
