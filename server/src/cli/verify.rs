//! `spark verify`: proves the books.

use std::process::ExitCode;

use crate::config::Config;

/// Prove the books: derive every balance, number, state and digest again and compare.
///
/// Reads one moment of the database, so it may run while spark serves. Prints what it checked and how many rows, and
/// exits with 1 when something is wrong, naming the exact row.
///
/// Example: spark verify --json
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Print JSON: {"ok":true,"checks":[{"name":"entries_sum_to_zero","rows":…,"ok":true},…]}
    #[arg(long)]
    json: bool,
    /// Say that it is known why a file of checkpoints was begun anew (a lost disk, a new folder); recorded as an event
    #[arg(long)]
    accept_checkpoints: bool,
}

/// Verifies and prints.
///
/// # Errors
/// When it cannot be found out; what is merely wrong is exit status 1.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let open = crate::house::OpenHouse::open_existing(config).await?;
    if args.accept_checkpoints {
        service::checkpoint::checkpoints_accept(&open.system()).await.map_err(super::in_words)?;
    }
    let report = service::verify::verify(&open.system(), &open.checkpoints).await;
    // No checkpoint is written: a chain that was cut must not be signed after the fact.
    open.leave().await;
    let report = report?;
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print(&report);
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the report as a table.
pub fn print(report: &service::verify::Report) {
    for check in &report.checks {
        let state = if check.ok { "ok   " } else { "WRONG" };
        println!("{state} {:>10}  {}", check.rows, check.name);
        if let Some(wrong) = &check.wrong {
            println!("                  {wrong}");
        }
    }
    println!("{}", if report.ok { "the books hold" } else { "THE BOOKS DO NOT HOLD" });
}
