//! `spark ledger`: closing months.

use std::process::ExitCode;

use clap::Subcommand;
use domain::time::Month;

use crate::config::Config;

/// Keep the books.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Close a month and all before it: they take no entry any more.
    ///
    /// The month must be over (Asia/Shanghai) and later than the last one closed. What belongs to a closed month and
    /// is told later is booked on the first open day. It cannot be undone.
    ///
    /// Example: spark ledger close 2026-10
    #[command(verbatim_doc_comment)]
    Close {
        /// The month, YYYY-MM.
        #[arg(value_parser = month)]
        month: Month,
    },
}

fn month(text: &str) -> Result<Month, &'static str> {
    text.parse().map_err(|_| "expected a month as YYYY-MM")
}

/// Keeps the books.
///
/// # Errors
/// As the use case.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let What::Close { month } = args.what;
    super::in_existing_house(config, async |ctx, _| {
        service::books::books_close(&ctx, month).await.map_err(super::in_words)?;
        println!("{month} and all before it are closed");
        Ok(ExitCode::SUCCESS)
    })
    .await
}
