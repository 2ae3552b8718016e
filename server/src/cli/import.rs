//! `spark import`: taking over old lists of gifts, and loading units.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use domain::takeover::{BadRow, Change, PlannedRow};
use service::takeover::{DEFAULT_SOURCE, Ending, Mode, Takeover, gifts_import, write_bad_rows};
use words::Lang;

use super::language::LangArg;
use crate::config::Config;

/// Take over what was kept elsewhere.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Units(super::import_units::Args),
    /// Take over a list of gifts: CSV (UTF-8 or GB18030) or XLSX.
    ///
    /// Rows are known by source and serial number, so a second import changes nothing. Bad rows are left out, never
    /// guessed at, and written into a file with their line and reason (in words; --json prints codes); the good rows are posted all or nothing.
    /// Exit status: 0 all good; 3 some rows are bad, the good ones are posted; 4 the list's own totals disagree with
    /// what was read, nothing is posted; 1 nothing could be read.
    ///
    /// Example: spark import gifts gifts-2019-2023.csv --dry-run
    #[command(verbatim_doc_comment)]
    Gifts {
        /// The list.
        file: PathBuf,
        /// Say row by row what would happen, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// The sheet of a workbook that has several.
        #[arg(long)]
        sheet: Option<String>,
        /// The list that serial numbers belong to; lists that number from 1 each need a source of their own.
        #[arg(long, default_value = DEFAULT_SOURCE)]
        source: String,
        /// Where bad rows go. Without it: imports/FILE.bad.csv in the data folder.
        #[arg(long, value_name = "FILE")]
        bad: Option<PathBuf>,
        #[command(flatten)]
        lang: LangArg,
    },
}

/// Takes over a list.
///
/// # Errors
/// When the list as a whole cannot be read, or as the use case.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let (file, dry_run, json, sheet, source, bad, lang) = match args.what {
        What::Units(args) => return super::import_units::run(config, args).await,
        What::Gifts { file, dry_run, json, sheet, source, bad, lang } => {
            (file, dry_run, json, sheet, source, bad, lang.choose())
        }
    };
    let mode = if dry_run { Mode::DryRun } else { Mode::Commit };
    let done = super::in_house(config, async |ctx, _| {
        let done = gifts_import(&ctx, &file, sheet.as_deref(), &source, mode).await;
        done.with_context(|| format!("{} is not taken over", file.display()))
    })
    .await?;
    if json {
        println!("{}", serde_json::to_string(&done.report())?);
    } else {
        print(&done, dry_run, lang);
    }
    if !done.reading.bad.is_empty() && !dry_run {
        let path = bad.unwrap_or_else(|| {
            let mut name = file.file_name().unwrap_or_default().to_owned();
            name.push(".bad.csv");
            config.data_dir.join("imports").join(name)
        });
        // The good rows are in the books by now: the exit status says so, whatever becomes of this file.
        match write_bad(&path, &done, lang) {
            Ok(()) => eprintln!("{} bad rows are in {}", done.reading.bad.len(), path.display()),
            Err(error) => eprintln!("the bad rows could not be written to {}: {error}", path.display()),
        }
    }
    Ok(ExitCode::from(done.ending().exit_code()))
}

/// Why a row is left out, in words; `--json` keeps the codes.
fn reasons(lang: Lang, bad: &BadRow) -> String {
    bad.reasons.iter().map(|reason| words::bad_reason(lang, reason)).collect::<Vec<_>>().join(" ")
}

fn write_bad(path: &Path, done: &Takeover, lang: Lang) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    // Names stand in it: folder and file are for their owner alone.
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    write_bad_rows(file, &done.reading.header, &done.reading.bad, |bad| reasons(lang, bad))?.sync_all()
}

fn print(done: &Takeover, dry_run: bool, lang: Lang) {
    if dry_run {
        for row in done.plan() {
            let line = row.line();
            match row {
                PlannedRow::Entry(entry, change) => {
                    println!("{line:>7}  {:<9}  {}", change_word(change), entry.serial);
                }
                PlannedRow::Bad(bad) => {
                    println!("{line:>7}  bad        {}  {}", bad.serial, reasons(lang, bad));
                }
                PlannedRow::Skipped(_, why) => println!("{line:>7}  skipped    {why:?}"),
            }
        }
    } else {
        for bad in &done.reading.bad {
            println!("line {}: {}  {}", bad.line, bad.serial, reasons(lang, bad));
        }
    }
    let report = done.report();
    for (fund, fen) in &report.sum_fen {
        println!("{fund:<10} {} fen", fen);
    }
    println!(
        "gifts {}, refunds {} ({} fen), net {} fen",
        report.good, report.refunds, report.refund_fen, report.net_fen
    );
    println!(
        "new {}, unchanged {}, conflicts {}, bad {}",
        report.new,
        report.unchanged,
        report.conflicts,
        report.bad.len()
    );
    if let Err(mismatch) = &done.footer {
        for difference in &mismatch.differences {
            println!(
                "line {}: the list says {:?} = {:?}, but {} was read",
                difference.line, difference.figure, difference.stated, difference.read
            );
        }
    }
    println!("{}", ending_words(done.ending(), dry_run));
}

const fn change_word(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Unchanged => "unchanged",
        Change::Conflict => "conflict",
    }
}

const fn ending_words(ending: Ending, dry_run: bool) -> &'static str {
    match (ending, dry_run) {
        (Ending::FooterDisagrees, _) => "the list's own totals disagree with its rows: nothing is taken over",
        (Ending::AllGood, true) => "every row would be taken over; nothing was changed",
        (Ending::SomeLeftOut, true) => "the good rows would be taken over; nothing was changed",
        (Ending::AllGood, false) => "every row is in the books",
        (Ending::SomeLeftOut, false) => "the good rows are in the books; the others are left out",
    }
}
