//! `spark ledger`: closing months, and taking wrongly booked entries back.

use std::process::ExitCode;

use clap::Subcommand;
use domain::id::EntryId;
use domain::time::Month;
use service::giving::entry_reverse;

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
    /// Take a wrongly booked entry back by another with the signs changed; the first one stays.
    ///
    /// The console shows each entry's id on the page of its gift. A gift of which nothing went back becomes "taken
    /// back" and its receipt void; a refund counts as never made. Each entry is taken back once.
    ///
    /// Example: spark ledger reverse 01930000-0000-7000-8000-000000000000 --reason "statement line of another gift"
    #[command(verbatim_doc_comment)]
    Reverse {
        /// The entry.
        entry: EntryId,
        /// Why; it stays on record.
        #[arg(long)]
        reason: String,
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
    super::in_existing_house(config, async |ctx, _| {
        match args.what {
            What::Close { month } => {
                service::books::books_close(&ctx, month).await.map_err(super::in_words)?;
                println!("{month} and all before it are closed");
            }
            What::Reverse { entry, reason } => {
                let new = entry_reverse(&ctx, entry, &reason).await.map_err(super::in_words)?;
                println!("entry {entry} is taken back by entry {new}");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}
