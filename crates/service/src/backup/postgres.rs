//! PostgreSQL's own tools: a dump is one consistent moment, and nobody knows the format better.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{BackupError, fault};

/// Dumps parts of a database into a file.
pub async fn dump(url: &str, parts: &[&str], file: &Path) -> Result<(), BackupError> {
    let mut command = tool("pg_dump", url)?;
    command.args(["--format=custom", "--no-owner", "--no-privileges"]).args(parts).arg("--file").arg(file);
    run("pg_dump", command).await?;
    // pg_dump makes the file as umask says; its folder is closed to others already.
    std::fs::File::open(file).and_then(|file| file.sync_all()).map_err(fault(file))
}

/// Puts a dump back, whole or not at all.
pub async fn restore(url: &str, file: &Path) -> Result<(), BackupError> {
    let mut command = tool("pg_restore", url)?;
    command.args(["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]).arg(file);
    run("pg_restore", command).await
}

async fn run(name: &'static str, mut command: Command) -> Result<(), BackupError> {
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    let done = command.output().await.map_err(fault(Path::new(name)))?;
    if done.status.success() {
        return Ok(());
    }
    Err(BackupError::Tool(name, String::from_utf8_lossy(&done.stderr).trim().to_owned()))
}

/// A command that connects to `url`. The password goes by the environment: a command line is read by everybody.
fn tool(name: &'static str, url: &str) -> Result<Command, BackupError> {
    let mut command = Command::new(find(name)?);
    let unreadable = |_| BackupError::Tool(name, "database_url cannot be read".to_owned());
    let mut url = url::Url::parse(url).map_err(unreadable)?;
    if let Some(password) = url.password() {
        let encoded = password.replace('+', "%2B").replace('&', "%26");
        let plain = url::form_urlencoded::parse(format!("p={encoded}").as_bytes())
            .next()
            .map(|(_, plain)| plain.into_owned());
        command.env("PGPASSWORD", plain.unwrap_or_default());
        url.set_password(None)
            .map_err(|()| BackupError::Tool(name, "database_url cannot be read".to_owned()))?;
    }
    command.arg("--dbname").arg(url.as_str());
    Ok(command)
}

/// A tool on PATH, else the newest where Debian keeps them.
fn find(name: &'static str) -> Result<PathBuf, BackupError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    on_path
        .or_else(|| {
            let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
            let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
            let mut versions: Vec<_> =
                versions.filter_map(|entry| Some((version(&entry.path())?, entry.path()))).collect();
            versions.sort();
            versions
                .into_iter()
                .rev()
                .map(|(_, folder)| folder.join("bin").join(name))
                .find(|file| file.is_file())
        })
        .ok_or(BackupError::ToolMissing(name))
}
