//! `spark backup` and `spark restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use service::backup::{Place, backup_write, restore_read};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::house::OpenHouse;

/// Write a backup: database, keys, papers and checkpoints, in one file; while spark serves.
///
/// The keys in it are encrypted by a passphrase of 12 characters or more, from SPARK_BACKUP_PASSPHRASE or the file
/// named by --passphrase-file. Without it the backup's sealed values open to nobody: keep it apart from the backups.
/// The rest (names, contacts) is not encrypted: keep backups where only those come who may read them.
///
/// Example: spark backup /backups/spark-2026-11-22.tar --passphrase-file /etc/spark/passphrase
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct BackupArgs {
    /// The backup; must not be there yet.
    file: PathBuf,
    /// The file with the passphrase.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Put a backup back into an empty place, and prove it by verify.
///
/// The data folder and the database that the settings name must be empty. Exits with 1 when the books do not hold.
///
/// Example: SPARK_DATA_DIR=/srv/spark-new spark restore /backups/spark-2026-11-22.tar
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
    /// The file with the passphrase.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

fn place(config: &Config) -> Place {
    Place {
        database_url: config.database_url.clone(),
        data_dir: config.data_dir.clone(),
        master_key_file: config.master_key_file.clone(),
    }
}

fn passphrase(file: Option<PathBuf>) -> anyhow::Result<Zeroizing<String>> {
    let text = match file {
        Some(file) => {
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => match std::env::var("SPARK_BACKUP_PASSPHRASE") {
            Ok(text) => text,
            Err(_) => {
                bail!("no passphrase: set SPARK_BACKUP_PASSPHRASE or name a file with --passphrase-file")
            }
        },
    };
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Writes a backup.
///
/// # Errors
/// As the use case.
pub async fn backup(config: &Config, args: BackupArgs) -> anyhow::Result<ExitCode> {
    let passphrase = passphrase(args.passphrase_file)?;
    super::in_existing_house(config, async |ctx, open| {
        open.checkpoint().await?;
        let manifest = backup_write(&ctx, &open.checkpoints, &place(config), &args.file, &passphrase).await?;
        println!(
            "{}: {} files, {} events or more",
            args.file.display(),
            manifest.files.len(),
            manifest.events
        );
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Restores a backup and proves it.
///
/// # Errors
/// When the place is not empty, the passphrase is wrong or the backup is damaged.
pub async fn restore(config: &Config, args: RestoreArgs) -> anyhow::Result<ExitCode> {
    let passphrase = passphrase(args.passphrase_file)?;
    let manifest = restore_read(&place(config), &args.file, &passphrase).await?;
    println!("restored the backup of {}; verifying", manifest.made_at);
    let open = OpenHouse::open(config).await?;
    let report = service::verify::verify(&open.system(), &open.checkpoints).await;
    let mut reader = open.house.db.read().await?;
    let (events, _) = store::audit::chain_head(&mut reader.conn(), service::checkpoint::CHAIN).await?;
    drop(reader);
    open.leave().await;
    let report = report?;
    super::verify::print(&report);
    if events < manifest.events {
        bail!("the backup was made of {} events, but {events} were restored", manifest.events);
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
