//! `spark serve`: the web site with its workers, until the process is told to stop.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use app::SiteSettings;
use metrics_exporter_prometheus::PrometheusBuilder;
use service::work::{Workers, system_now};
use tokio::process::Child;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Environment, Source};
use crate::house::{OpenHouse, tend};
use crate::web::{self, ServeParts, TrustedProxies};

/// Serve the web site.
///
/// Opens the database (and makes it, with its master key, where none is), brings its schema up to date, starts the
/// workers that ask providers and send messages, and serves until SIGINT or SIGTERM; then it finishes the requests
/// under way and signs the audit chain.
///
/// Example: SPARK_DATA_DIR=/srv/spark spark serve --listen 0.0.0.0:3000
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Where to listen, in place of the setting `listen`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl Args {
    /// The flag as a source of settings.
    pub fn source(&self) -> Option<Source> {
        let value = self.listen.clone()?;
        Some(Source::Flag { name: "--listen", key: "listen", value })
    }
}

/// Serves until told to stop.
///
/// # Errors
/// When the house cannot be opened or the port is taken.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    warn_of_doubtful(&config);
    let listener = tokio::net::TcpListener::bind(config.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", config.listen))?;
    let open = OpenHouse::open(&config).await?;
    let stop = CancellationToken::new();
    let _stopping = stop.clone().drop_guard();
    tokio::spawn(stop_on_signal(stop.clone())?);
    let child = sandbox_child(&config)?;
    let tending = tokio::spawn(tend(
        Arc::clone(&open.house),
        Arc::clone(&open.checkpoints),
        config.checkpoint_seconds,
        stop.clone(),
    ));
    open.house.uploads.sweep_disk();
    let workers = Workers::start(Arc::clone(&open.house), Arc::new(system_now), stop.clone());
    let parts = ServeParts {
        listener,
        house: Arc::clone(&open.house),
        clock: system_now,
        settings: site_settings(&config),
        trusted_proxies: TrustedProxies(config.trusted_proxies.clone()),
        metrics: PrometheusBuilder::new().install_recorder().context("the metrics")?,
        session_idle_minutes: config.session_idle_minutes,
    };
    let served = web::serve(parts, stop.clone().cancelled_owned()).await;
    stop.cancel();
    workers.ended().await;
    let tended = tending.await;
    drop(child);
    let closed = open.close().await;
    served?;
    tended?;
    closed?;
    Ok(ExitCode::SUCCESS)
}

fn site_settings(config: &Config) -> SiteSettings {
    let shown = |text: &String| (!text.is_empty()).then(|| text.clone());
    SiteSettings {
        icp: shown(&config.icp_number),
        police: shown(&config.police_number),
        contact: shown(&config.contact),
        demo: config.environment != Environment::Production,
    }
}

/// Says what is allowed and still may not be meant.
fn warn_of_doubtful(config: &Config) {
    if config.environment == Environment::Production && config.mail.smtp_url.is_none() {
        tracing::warn!("mail.smtp_url is not set: letters to donors wait and reach nobody until it is");
    }
    if config.base_url.starts_with("https://") && config.trusted_proxies.is_empty() {
        tracing::warn!(
            "trusted_proxies is empty, but https needs a proxy in front: all visitors will share its address and one \
             limit on attempts"
        );
    }
    if !config.listen.ip().is_loopback() && config.base_url.starts_with("http://") {
        tracing::warn!(base_url = config.base_url, "names and contacts travel unencrypted: put TLS in front");
    }
}

fn stop_on_signal(stop: CancellationToken) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        stop.cancel();
    })
}

/// Starts the sandbox as a process of its own, unless something listens where it would. It ends with this process,
/// however this one ends: it holds the other end of the child's standard input.
fn sandbox_child(config: &Config) -> anyhow::Result<Option<Child>> {
    let settings = &config.sandbox;
    if !settings.enabled || !settings.start {
        return Ok(None);
    }
    if let Err(error) = std::net::TcpListener::bind(settings.listen) {
        tracing::info!(address = %settings.listen, %error, "no sandbox is started: something listens there");
        return Ok(None);
    }
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command.args(["sandbox", "--until-input-ends", "--listen", &settings.listen.to_string()]);
    command.args(["--public-url", &settings.url, "--data-dir"]).arg(config.data_dir.join("sandbox"));
    // It reads nothing of ours: neither settings nor database.
    // Its everyday news would bury ours; who wants them runs `spark sandbox` in another terminal.
    command.env_clear().env("SPARK_LOG", "warn");
    let child =
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).kill_on_drop(true);
    Ok(Some(child.spawn().context("cannot start the sandbox")?))
}
