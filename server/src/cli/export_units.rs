//! `spark export units`: the units of a bank as a file for others, or as the bank's own copy.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use domain::registry::{DisclosureField, DisclosureForm, ExportScope};
use service::registry::disclose::{ExportError, ExportRequest, Exported, UnitsFormat, units_export};
use words::Lang;

use crate::config::Config;

/// Write the units of a bank into a file that is not there yet: WMDA inventory XML, CSV, or FHIR R4.
///
/// To others (--to) goes what a search for a stranger may find: donated units, and families' own with a standing consent
/// to share; of each the compartments that are free, with the figures of these alone; without the places where they
/// lie, the day of birth, and anything of the mother. Withdrawn units stay out, as does a unit of which nothing is free.
/// The bank itself gets --own-copy: every unit that is not withdrawn, families' own among them, with all that the bank
/// and the laboratory said; compartments that have left the bank stay out.
/// Names, families and patients are in neither. The registry is read at one moment, in little memory.
///
/// XML and CSV are read back by `spark import units` as they were; a file for others does not overwrite what this
/// registry knows of a unit. FHIR is one Bundle a line (NDJSON), each with a unit and its observations.
/// The file is readable by its owner alone. Purpose, receiver, filing, number of units and the file's SHA-256 are kept
/// and proved by `spark verify`; the console shows them under 对外提供.
///
/// Example: spark export units units.xml --format wmda --purpose "WMDA listing" --to WMDA --abroad --filing 2026-0017
/// Example: spark export units copy.csv --format csv --purpose "weekly copy" --own-copy --bank CN01
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The new file.
    file: PathBuf,
    /// In what form.
    #[arg(long, value_enum)]
    format: Format,
    /// What for, in a few words.
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// To whom.
    #[arg(long, value_name = "RECEIVER", required_unless_present = "own_copy", conflicts_with = "own_copy")]
    to: Option<String>,
    /// The receiver is abroad: the number of a filing is needed (人类遗传资源管理条例).
    #[arg(long, conflicts_with = "own_copy")]
    abroad: bool,
    /// The number of the filing under which data may go abroad.
    #[arg(long, value_name = "NUMBER")]
    filing: Option<String>,
    /// The bank's code. Not needed where there is only one bank.
    #[arg(long)]
    bank: Option<String>,
    /// Make the bank's own copy, which goes to the bank.
    #[arg(long)]
    own_copy: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// WMDA inventory XML, schema 2.4.
    Wmda,
    /// CSV with the headings that `spark import units` reads.
    Csv,
    /// FHIR R4, one Bundle a line.
    Fhir,
}

/// Writes the file.
///
/// # Errors
/// When something is missing that must be said, the file is there already or cannot be written, or as the use case.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let file = args.file.clone();
    let request = ExportRequest {
        path: args.file,
        format: match args.format {
            Format::Wmda => UnitsFormat::Wmda,
            Format::Csv => UnitsFormat::Csv,
            Format::Fhir => UnitsFormat::Fhir,
        },
        scope: if args.own_copy { ExportScope::Own } else { ExportScope::Shared },
        bank: args.bank,
        form: DisclosureForm {
            purpose: args.purpose,
            receiver: args.to.unwrap_or_default(),
            abroad: args.abroad,
            filing_number: args.filing.unwrap_or_default(),
        },
    };
    super::in_existing_house(config, async |ctx, _| {
        let live = std::io::stderr().is_terminal();
        let done = units_export(&ctx, request, &mut |units| {
            if live {
                let _ = write!(std::io::stderr(), "\r{units} units …");
            }
        })
        .await;
        if live {
            let _ = writeln!(std::io::stderr());
        }
        let done = done.map_err(in_words).with_context(|| format!("{} is not made", file.display()))?;
        print(&done, &file);
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn print(done: &Exported, file: &std::path::Path) {
    let row = &done.disclosure;
    println!("{} units of bank {} are in {}", row.units, row.bank_code, file.display());
    println!("the registry stood at change {}", row.registry_number);
    if done.left_out > 0 {
        println!("{} units stayed out: they are not shared, or nothing of them is free", done.left_out);
    }
    if done.too_long > 0 {
        println!("{} values stayed out: they are longer than the format can have", done.too_long);
    }
    println!("kept as disclosure {} to {}", row.id, row.receiver);
}

/// Why nothing was taken out, in words.
fn in_words(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::Field(field, refusal) => {
            let option = match field {
                DisclosureField::Purpose => "--purpose",
                DisclosureField::Receiver => "--to",
                DisclosureField::FilingNumber => "--filing",
            };
            anyhow!("{option}: {}", words::refusal(Lang::En, &refusal))
        }
        ExportError::BankNeeded => anyhow!("there are several banks: name one by --bank"),
        ExportError::BankUnknown => anyhow!("there is no bank of this code"),
        ExportError::Io(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            anyhow!("it is there already: name a new file")
        }
        ExportError::Io(error) => error.into(),
        ExportError::Service(error) => super::in_words(error),
    }
}
