//! `spark import units`: loading what a bank says of its units.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use domain::registry::Ownership;
use hla::Release;
use hla::typing::CodeTable;
use serde::Serialize;
use service::registry::load::{LoadError, LoadKind, LoadReport, LoadRequest, Told, UnitFormat, units_load};
use service::registry::nomenclature::release_in_use;
use service::registry::units_in::{RefusedUnit, SheetMap, UnitRules};
use service::work::system_now;
use tokio_util::sync::CancellationToken;
use words::Lang;

use crate::config::Config;

/// Refusals that the JSON report holds; all of them are in the database.
const REFUSALS_IN_JSON: usize = 100_000;

/// Load the units of a bank: WMDA inventory XML (2.2 to 2.4), CSV (UTF-8 or GB18030) or XLSX.
///
/// A full load withdraws what the file does not name; a differential one leaves it. Nothing is seen before all of it is
/// staged, then all at once; a unit that can't be right is left out with its line and reason, and what the registry had
/// of it stands. A file that is cut off, malformed or dangerous is refused as a whole. Gifts go on meanwhile.
/// Exit status: 0 every unit is in the registry; 3 some were refused, the others are in; 1 nothing was changed.
///
/// Example: spark import units inventory.xml --bank CN01 --create-bank --dry-run
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The file.
    file: PathBuf,
    /// The bank's code. Not needed where there is only one bank; a first load without it makes the bank `main`.
    #[arg(long)]
    bank: Option<String>,
    /// Make the bank if there is none of this code (`spark admin bank` gives it names).
    #[arg(long, requires = "bank")]
    create_bank: bool,
    /// Full or differential. Without it, as the inventory says of itself, else full.
    #[arg(long)]
    kind: Option<Kind>,
    /// The format. Without it, found by the file's first bytes.
    #[arg(long)]
    format: Option<Format>,
    /// A TOML file with headings and words of your own: docs/OPERATIONS.md shows one.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The sheet of a workbook that has several.
    #[arg(long)]
    sheet: Option<String>,
    /// Whose the units are of which the file does not say it. A WMDA inventory offers its units to all: donated.
    #[arg(long)]
    ownership: Option<Owner>,
    /// A table of multiple-allele codes, as NMDP publishes it.
    #[arg(long, value_name = "FILE")]
    codes: Option<PathBuf>,
    /// Let a full load withdraw most of the bank's units.
    #[arg(long)]
    may_shrink: bool,
    /// Say what would happen, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Full,
    Differential,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Wmda,
    Csv,
    Xlsx,
}

#[derive(Clone, Copy, ValueEnum)]
enum Owner {
    Donated,
    Family,
}

#[derive(Serialize)]
struct Report<'r> {
    dry_run: bool,
    #[serde(flatten)]
    load: &'r LoadReport,
    refusals: &'r [RefusedUnit],
    refusals_left_off: usize,
}

/// Loads.
///
/// # Errors
/// When nothing could be loaded.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let mut request = request(&args)?;
    let stop = request.stop.clone();
    let mut shown = Shown::new(args.json);
    let done = super::in_house(config, async |ctx, _| {
        let interrupted = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stop.cancel();
            }
        });
        request.rules.release = release_in_use(&ctx).await?;
        let done = units_load(&ctx, request, &mut |told| shown.tell(told)).await;
        interrupted.abort();
        done.map_err(in_words)
    })
    .await;
    shown.end_line();
    let report = done.with_context(|| format!("{} is not loaded", args.file.display()))?;
    if args.json {
        let refusals_left_off = usize::try_from(report.refused).unwrap_or(0) - shown.refusals.len();
        let (load, refusals) = (&report, shown.refusals.as_slice());
        let json = Report { dry_run: args.dry_run, load, refusals, refusals_left_off };
        println!("{}", serde_json::to_string(&json)?);
    } else {
        print(&report, args.dry_run);
    }
    Ok(if report.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn request(args: &Args) -> anyhow::Result<LoadRequest> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let map: SheetMap = match &args.map {
        Some(path) => {
            toml::from_str(&read(path)?).with_context(|| format!("{} cannot be used", path.display()))?
        }
        None => SheetMap::default(),
    };
    let codes = args.codes.as_ref().map(|path| anyhow::Ok(CodeTable::parse(&read(path)?)?)).transpose()?;
    let values: BTreeMap<_, _> = match map.values_by_path() {
        Ok(values) => values,
        Err(field) => bail!("--map: there is no field {field}"),
    };
    let format = args.format.map(|format| match format {
        Format::Wmda => UnitFormat::Wmda,
        Format::Csv => UnitFormat::Csv,
        Format::Xlsx => UnitFormat::Xlsx,
    });
    let now = system_now();
    Ok(LoadRequest {
        id: None,
        path: args.file.clone(),
        file_name: None,
        bank: args.bank.clone(),
        create_bank: args.create_bank,
        kind: args.kind.map(|kind| match kind {
            Kind::Full => LoadKind::Full,
            Kind::Differential => LoadKind::Differential,
        }),
        format,
        sheet: args.sheet.clone(),
        map,
        rules: UnitRules {
            // The one in use takes its place once the house is open.
            release: Arc::new(Release::none()),
            codes: codes.map(Arc::new),
            ownership: args.ownership.map(|owner| match owner {
                Owner::Donated => Ownership::Donated,
                Owner::Family => Ownership::Family,
            }),
            today: now.date(),
            values,
        },
        may_shrink: args.may_shrink,
        dry_run: args.dry_run,
        clock: Arc::new(system_now),
        stop: CancellationToken::new(),
    })
}

/// What is shown while it runs: a line that is written over on a terminal, else a line now and then.
struct Shown {
    json: bool,
    terminal: bool,
    last: Option<Instant>,
    open: bool,
    refusals: Vec<RefusedUnit>,
}

impl Shown {
    fn new(json: bool) -> Self {
        use std::io::IsTerminal as _;
        Self {
            json,
            terminal: std::io::stderr().is_terminal(),
            last: None,
            open: false,
            refusals: Vec::new(),
        }
    }

    fn tell(&mut self, told: Told<'_>) {
        match told {
            Told::Refused(unit) if self.json => {
                if self.refusals.len() < REFUSALS_IN_JSON {
                    self.refusals.push(unit.clone());
                }
            }
            Told::Refused(unit) => {
                self.end_line();
                println!("line {}: {}  {}", unit.line, unit.id, words::load_refusal(Lang::En, &unit.reason));
            }
            Told::Progress { bytes, of, units } => self.progress(bytes, of, units),
        }
    }

    fn progress(&mut self, bytes: u64, of: u64, units: i64) {
        let pause = Duration::from_millis(if self.terminal { 200 } else { 5_000 });
        let now = Instant::now();
        if self.last.is_some_and(|last| now.duration_since(last) < pause) {
            return;
        }
        self.last = Some(now);
        let percent = (bytes * 100).checked_div(of).unwrap_or(100).min(100);
        if self.terminal {
            let done = usize::try_from(percent / 4).unwrap_or(0);
            eprint!("\r[{}{}] {percent:>3} %  {units} units", "#".repeat(done), " ".repeat(25 - done));
            self.open = true;
        } else {
            eprintln!("{percent:>3} %  {units} units");
        }
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.open) {
            eprintln!();
        }
    }
}

fn print(report: &LoadReport, dry_run: bool) {
    println!(
        "read {}: new {}, changed {}, unchanged {}, withdrawn {}, refused {}",
        report.read, report.added, report.changed, report.unchanged, report.withdrawn, report.refused
    );
    if !report.ignored_columns.is_empty() {
        println!("columns that were not read: {}", report.ignored_columns.join(", "));
    }
    match &report.release {
        Some(release) => println!("typings were read under release {release}"),
        None => println!("no release of the HLA nomenclature is loaded: names were taken on trust"),
    }
    match report.registry_number {
        Some(number) => println!("published in bank {} as change {number} of the registry", report.bank),
        None if dry_run => println!("nothing was changed"),
        None => {}
    }
}

/// Why nothing was loaded, in words.
pub(super) fn in_words(error: LoadError) -> anyhow::Error {
    match error {
        LoadError::File(refusal) => anyhow::anyhow!(words::load_file_refusal(Lang::En, &refusal)),
        LoadError::Service(error) => super::in_words(error),
        LoadError::BankNeeded => anyhow::anyhow!("there are several banks: name one by --bank"),
        LoadError::BankUnknown => {
            anyhow::anyhow!(
                "there is no bank of this code: make it with `spark admin bank`, or by --create-bank"
            )
        }
        other => other.into(),
    }
}
