//! `spark hla`: the release of the HLA nomenclature that this installation works with.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use domain::time::Instant;
use service::registry::nomenclature::{folder_files, nomenclature_list, nomenclature_load};

use crate::config::Config;

/// Keep the HLA nomenclature.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Take in an IPD-IMGT/HLA release folder and work with it from now on.
    ///
    /// The folder is what the database's owners publish: hla_nom.txt, and where there are hla_nom_g.txt,
    /// hla_nom_p.txt, rel_dna_ser.txt, rel_ser_ser.txt. Spark ships none. Running nodes derive everything anew beside
    /// what they have and then change over; results that are kept stay with the release that made them.
    ///
    /// Example: spark hla load ./imgt-3.58.0
    #[command(verbatim_doc_comment)]
    Load {
        /// The folder.
        folder: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say which releases were loaded, and which one is in use.
    Show,
}

/// Keeps the nomenclature.
///
/// # Errors
/// As the use case.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Load { folder, json } => {
            let files = folder_files(&folder).map_err(super::in_words)?;
            let loaded = super::in_house(config, async |ctx, _| {
                nomenclature_load(&ctx, files).await.map_err(super::in_words)
            })
            .await?;
            if json {
                println!("{}", serde_json::to_string(&loaded)?);
                return Ok(ExitCode::SUCCESS);
            }
            let state = if loaded.changed { "is in use now" } else { "was in use already" };
            println!("IPD-IMGT/HLA {} {state}: {} alleles", loaded.version, loaded.alleles);
            for table in loaded.missing {
                println!("missing: {table}");
            }
        }
        What::Show => {
            super::in_existing_house(config, async |ctx, _| {
                let (all, in_use) = nomenclature_list(&ctx).await.map_err(super::in_words)?;
                if in_use.is_none() {
                    println!("{}", words::matching::no_release(words::Lang::En));
                }
                for row in all {
                    let mark = if in_use.as_deref() == Some(row.version.as_str()) { "*" } else { " " };
                    println!("{mark} {:<10} loaded {}", row.version, Instant(row.loaded_at).minute());
                }
                Ok(())
            })
            .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
