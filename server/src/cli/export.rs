//! `spark export`: lists that leave the house as files.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use service::export::{export_file, gifts_export};

use super::language::LangArg;
use crate::config::Config;

/// Take lists out of the house.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Units(super::export_units::Args),
    /// Write all gifts into a file that is not there yet, oldest first: one line a gift, with the donor's name.
    ///
    /// The file is readable by its owner alone: names stand in it. Cells that a spreadsheet program could take for a
    /// formula get an apostrophe in front. The audit trail keeps that the list left.
    ///
    /// Example: spark export gifts gifts-2026.csv --format csv
    #[command(verbatim_doc_comment)]
    Gifts {
        /// The new file.
        file: PathBuf,
        /// In what form.
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
        #[command(flatten)]
        lang: LangArg,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Xlsx,
}

/// Writes a list.
///
/// # Errors
/// When the file is there already or cannot be written, or as the use case.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Units(args) => super::export_units::run(config, args).await,
        What::Gifts { file, format, lang } => gifts(config, file, format, lang).await,
    }
}

async fn gifts(config: &Config, file: PathBuf, format: Format, lang: LangArg) -> anyhow::Result<ExitCode> {
    let format = match format {
        Format::Csv => service::export::Format::Csv,
        Format::Xlsx => service::export::Format::Xlsx,
    };
    super::in_existing_house(config, async |ctx, _| {
        let place = || format!("cannot write {}", file.display());
        let out = export_file(&file).with_context(place)?;
        let list = match gifts_export(&ctx, format, lang.choose()).await {
            Ok(list) => list,
            Err(error) => {
                // Nothing left: the empty file goes again.
                std::fs::remove_file(&file).with_context(place)?;
                return Err(super::in_words(error));
            }
        };
        list.write(out, format).with_context(place)?;
        println!("{} gifts are in {}", list.gifts(), file.display());
        Ok(ExitCode::SUCCESS)
    })
    .await
}
