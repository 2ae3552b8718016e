//! `spark demo`: a believable programme, all of it fictitious.

use std::process::ExitCode;

use anyhow::bail;

use crate::config::{Config, Environment};

/// Fill the database with a believable programme; everything in it is fictitious and says so (演示).
///
/// The gifts go through the same steps as real ones. The same seed makes the same gifts; what it made before is left
/// as it is. Refused with environment = "production".
///
/// Example: SPARK_DATA_DIR=./demo spark demo --gifts 500 --seed 1
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// How many gifts.
    #[arg(long, default_value_t = 300)]
    gifts: u64,
    /// What the gifts are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Makes the gifts.
///
/// # Errors
/// In production, or as the use cases.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    if config.environment == Environment::Production {
        bail!("`spark demo` does not run with environment = \"production\": its gifts are fictitious");
    }
    super::in_house(config, async |ctx, _| {
        let progress = |done: u64| tracing::info!(done, of = args.gifts, "gifts");
        let made = crate::demo::run(&ctx, args.gifts, args.seed, progress).await.map_err(super::in_words)?;
        println!("{} gifts made, {} of them paid", made.gifts, made.paid);
        println!("Demo sign-ins, all with the password {}:", crate::demo::PASSWORD);
        for (name, _, role) in crate::demo::SIGN_INS {
            println!("  {name:<8} {}", role.as_str());
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}
