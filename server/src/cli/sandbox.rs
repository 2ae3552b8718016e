//! `spark sandbox`: the payment provider for demos and tests, as a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use sandbox::{NotifyHosts, SandboxConfig};
use tokio::io::AsyncReadExt as _;

use crate::config::{Config, Environment};

/// Run the sandbox: a payment provider and SMS carrier for demos and tests.
///
/// A service of its own with its own listener, database and signing key; `spark serve` starts it by itself where
/// `sandbox.start` is true. No money moves. It is refused with environment = "production".
///
/// Example: spark sandbox --listen 127.0.0.1:3100 --data-dir ./data/sandbox
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Where to listen, in place of the setting `sandbox.listen`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Where payers' browsers find it, without a slash at the end, in place of the setting `sandbox.url`.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Its folder, in place of `sandbox` in the setting `data_dir`.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Notify servers on other machines, too.
    #[arg(long)]
    notify_anywhere: bool,
    /// Stop when standard input ends: with the process that started it.
    #[arg(long)]
    until_input_ends: bool,
}

/// Serves until told to stop.
///
/// # Errors
/// In production, or when its port is taken.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    if config.environment == Environment::Production {
        bail!("the sandbox does not run with environment = \"production\": real gifts never meet it");
    }
    let folder = args.data_dir.unwrap_or_else(|| config.data_dir.join("sandbox"));
    let mut settings = SandboxConfig::new(args.listen.unwrap_or(config.sandbox.listen), folder);
    settings.public_url = Some(args.public_url.unwrap_or_else(|| config.sandbox.url.clone()));
    if args.notify_anywhere {
        settings.notify.hosts = NotifyHosts::Any;
    }
    if args.until_input_ends {
        let bound = sandbox::bind(settings).await?;
        bound.serve(input_ends()).await?;
    } else {
        sandbox::run(settings).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Ready when standard input has ended. An interrupt from the terminal reaches parent and child alike: the child then
/// waits for its parent, whose last requests may need it.
async fn input_ends() {
    use tokio::signal::unix::{SignalKind, signal};
    let _interrupts = signal(SignalKind::interrupt());
    let mut input = tokio::io::stdin();
    let mut buffer = [0; 64];
    while input.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}
