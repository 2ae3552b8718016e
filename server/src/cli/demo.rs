//! `spark demo`: a believable programme and registry, all of it fictitious.

use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::config::{Config, Environment};

/// Fill the database with a believable programme and registry; everything in it is fictitious and says so (演示).
///
/// The gifts go through the same steps as real ones. The same seed makes the same gifts; what it made before is left
/// as it is. Units come by the path of every load, with a bank, a hospital that the sign-in `doctor` belongs to, patients,
/// families' consents and whole processes for some. Refused with environment = "production".
///
/// Example: SPARK_DATA_DIR=./demo spark demo --gifts 500 --units 20000 --seed 1
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// How many gifts.
    #[arg(long, default_value_t = 300)]
    gifts: u64,
    /// How many units of the registry; with 0 there is no bank, hospital or patient either. With an HLA release in use
    /// (`spark hla load`) their typings have its G and P groups, too.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(..=50_000_000))]
    units: u64,
    /// What gifts and units are drawn from.
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
        if args.units > 0 {
            let progress = Shown::default();
            let tell = |what: &str, done: u64| progress.tell(what, done, args.units);
            let made = crate::demo::registry::run(&ctx, args.units, args.seed, &config.data_dir, &tell).await;
            println!("{} units made", made.map_err(super::import_units::in_words)?);
        }
        println!("Demo sign-ins, all with the password {}:", crate::demo::PASSWORD);
        for (name, _, role) in crate::demo::SIGN_INS {
            println!("  {name:<8} {}", role.as_str());
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Tells every few seconds how far it is.
#[derive(Default)]
struct Shown {
    last: Mutex<Option<Instant>>,
}

impl Shown {
    fn tell(&self, what: &str, done: u64, of: u64) {
        const PAUSE: Duration = Duration::from_secs(2);
        let Ok(mut last) = self.last.lock() else { return };
        if last.is_none_or(|last| last.elapsed() >= PAUSE) {
            *last = Some(Instant::now());
            eprintln!("{done} of {of} {what}");
        }
    }
}
