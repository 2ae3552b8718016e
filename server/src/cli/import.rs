//! `spark import`: taking over old lists of gifts, and loading units.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use domain::takeover::{BadRow, ConflictRow, PlannedRow};
use service::ServiceError;
use service::programme::ProgrammeBook;
use service::takeover::{
    DEFAULT_SOURCE, Ending, FileError, LeftOut, Mode, Takeover, TakeoverError, gifts_import, write_left_out,
};
use words::{Lang, list_report as say};

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
    /// Rows are known by source and serial number, so a second import changes nothing. Bad rows, and rows that are in
    /// the books with other content, are left out, never guessed at, and written into a file with their line and
    /// reason (in words; --json prints codes); the good rows are posted all or nothing.
    /// Exit status: 0 all good; 3 some rows are left out, the good ones are posted; 4 the list's own totals disagree
    /// with what was read (standard error says where), nothing is posted; 1 nothing could be read.
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
        /// Where the rows left out go. Without it: imports/FILE.bad.csv in the data folder.
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
    let (done, book) = super::in_house(config, async |ctx, _| {
        let done = gifts_import(&ctx, &file, sheet.as_deref(), &source, mode).await;
        let done = done.map_err(|error| in_words(lang, error));
        let done = done.with_context(|| say::nothing(lang, file.display()))?;
        Ok((done, ctx.programme().await?))
    })
    .await?;
    if json {
        println!("{}", serde_json::to_string(&done.report())?);
    } else {
        print(&done, &book, dry_run, lang);
    }
    if let Err(mismatch) = &done.footer {
        for difference in &mismatch.differences {
            eprintln!("{}", words::footer_difference(lang, difference));
        }
        eprintln!("{}", words::list_footer::what_to_do(lang));
    }
    let left_out = left_out(&done, lang);
    if !left_out.is_empty() && !dry_run {
        let path = bad.unwrap_or_else(|| {
            let mut name = file.file_name().unwrap_or_default().to_owned();
            name.push(".bad.csv");
            config.data_dir.join("imports").join(name)
        });
        // The good rows are in the books by now: the exit status says so, whatever becomes of this file.
        match write(&path, &done, &left_out) {
            Ok(()) => eprintln!("{}", say::written(lang, left_out.len(), path.display())),
            Err(error) => eprintln!("{}", say::not_written(lang, path.display(), error)),
        }
    }
    Ok(ExitCode::from(done.ending().exit_code()))
}

/// Why nothing could be read, in words that say what to do.
fn in_words(lang: Lang, error: TakeoverError) -> anyhow::Error {
    match error {
        TakeoverError::File(error) => anyhow::anyhow!(file_error(lang, &error)),
        TakeoverError::Sheet(error) => anyhow::anyhow!(words::sheet_error(lang, &error)),
        TakeoverError::Service(ServiceError::Refused(refusal)) => {
            anyhow::anyhow!(words::refusal(lang, &refusal))
        }
        TakeoverError::Service(error) => super::in_words(error),
    }
}

fn file_error(lang: Lang, error: &FileError) -> String {
    use words::list_file as file;
    let mib = |bytes: &usize| bytes >> 20;
    match error {
        FileError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            file::not_found(lang).to_owned()
        }
        FileError::Io(error) => file::io(lang, error),
        FileError::FileTooLarge { limit } => file::too_large(lang, mib(limit)),
        FileError::UnpacksTooLarge { limit } => file::unpacks_too_large(lang, mib(limit)),
        FileError::TooManyRows { limit } => file::too_many_rows(lang, limit),
        FileError::TooManyColumns { line, limit } => file::too_many_columns(lang, line, limit),
        FileError::TooManyCells { limit } => file::too_many_cells(lang, limit),
        FileError::CellTooLong { line, column, limit } => file::cell_too_long(lang, column, line, limit),
        FileError::QuoteNotClosed { line } => file::quote_not_closed(lang, line),
        FileError::CharsetUnknown { byte } => file::charset_unknown(lang, byte + 1),
        FileError::OldOrLockedExcel => file::old_or_locked(lang).to_owned(),
        FileError::WorkbookDamaged(why) => file::workbook_damaged(lang, why),
        FileError::SheetUnknown { names } => file::sheet_unknown(lang, names.join(", ")),
        FileError::SeveralSheets { names } => file::several_sheets(lang, names.join(", ")),
    }
}

/// Why a row is bad, in words; `--json` keeps the codes.
fn reasons(lang: Lang, bad: &BadRow) -> String {
    bad.reasons.iter().map(|reason| words::bad_reason(lang, reason)).collect::<Vec<_>>().join(" ")
}

/// Why an entry is in conflict, in words; nothing for another line.
fn conflict_words(lang: Lang, conflicts: &[ConflictRow], line: u32) -> String {
    let found = conflicts.iter().find(|row| row.line == line);
    found.map(|row| words::conflict(lang, &row.why)).unwrap_or_default()
}

/// The rows that are not taken over, bad or in conflict, in the list's order.
fn left_out(done: &Takeover, lang: Lang) -> Vec<LeftOut<'_>> {
    let bad = done.reading.bad.iter().map(|bad| LeftOut {
        line: bad.line,
        reason: reasons(lang, bad),
        cells: &bad.cells,
    });
    let conflicts = done.changes.conflicts(&done.reading);
    let cells = done.conflict_cells.iter().map(|(line, cells)| LeftOut {
        line: *line,
        reason: conflict_words(lang, &conflicts, *line),
        cells,
    });
    let mut rows: Vec<LeftOut<'_>> = bad.chain(cells).collect();
    rows.sort_by_key(|row| row.line);
    rows
}

fn write(path: &Path, done: &Takeover, rows: &[LeftOut<'_>]) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    // Names stand in it: folder and file are for their owner alone.
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    write_left_out(file, &done.reading.header, rows)?.sync_all()
}

fn print(done: &Takeover, book: &ProgrammeBook, dry_run: bool, lang: Lang) {
    let conflicts = done.changes.conflicts(&done.reading);
    if dry_run {
        use words::list_row as row_word;
        for row in done.plan() {
            let line = row.line();
            let (word, what) = match row {
                PlannedRow::Entry(entry, change) => {
                    let why = conflict_words(lang, &conflicts, line);
                    (words::change(lang, change), format!("{}  {why}", entry.serial))
                }
                PlannedRow::Bad(bad) => {
                    (row_word::bad(lang), format!("{}  {}", bad.serial, reasons(lang, bad)))
                }
                PlannedRow::Skipped(_, why) => {
                    (row_word::skipped(lang), words::skipped(lang, why).to_owned())
                }
            };
            println!("{}", format!("{line:>7}  {word:<9}  {what}").trim_end());
        }
    } else {
        for bad in &done.reading.bad {
            println!("{}", say::line(lang, bad.line, &bad.serial, reasons(lang, bad)));
        }
        for row in &conflicts {
            println!("{}", say::line(lang, row.line, &row.serial, words::conflict(lang, &row.why)));
        }
    }
    let report = done.report();
    for (code, fen) in &report.sum_fen {
        let fund =
            book.fund_by_code(code).map_or(code.as_str(), |fund| lang.pick(&fund.name_zh, &fund.name_en));
        println!("{}", say::fund(lang, fund, words::yuan(*fen)));
    }
    let (back, net) = (words::yuan(report.refund_fen), words::yuan(report.net_fen));
    println!("{}", say::sums(lang, back, report.good, net, report.refunds));
    let counts = say::counts(lang, report.bad.len(), report.conflicts, report.new, report.unchanged);
    println!("{counts}");
    println!("{}", ending_words(done.ending(), dry_run, lang));
}

const fn ending_words(ending: Ending, dry_run: bool, lang: Lang) -> &'static str {
    match (ending, dry_run) {
        (Ending::FooterDisagrees, _) => say::footer_disagrees(lang),
        (Ending::AllGood, true) => say::would_all(lang),
        (Ending::SomeLeftOut, true) => say::would_some(lang),
        (Ending::AllGood, false) => say::all_in(lang),
        (Ending::SomeLeftOut, false) => say::some_in(lang),
    }
}
