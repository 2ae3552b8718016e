//! `spark keys`: what others need to check this installation's signatures.

use std::process::ExitCode;

use crate::config::Config;

/// Print the public key of the checkpoints.
///
/// Whoever keeps copies of checkpoints/chain-1.txt outside checks their signatures with it (C2SP signed-note,
/// Ed25519). Secret keys are never printed.
///
/// Example: spark keys
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {}

/// Prints the key.
///
/// # Errors
/// When the house cannot be opened.
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    super::in_existing_house(config, async |_, open| {
        println!("master key         {}", config.master_key_file.display());
        println!("checkpoints        {}", open.checkpoints.file().display());
        println!("checkpoint key     {}", open.checkpoints.verifier_key());
        Ok(ExitCode::SUCCESS)
    })
    .await
}
