//! The life of the service: open the files, bind the listener, serve, stop in good order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Inner};
use crate::config::SandboxConfig;
use crate::db::Db;
use crate::error::{Code, Error};
use crate::signing::ProviderKey;
use crate::world::{RealWorld, World};
use crate::{api, control, courier, merchant, pay, sms, web};

/// How long open connections may take to end once the service is told to stop.
const LAST_ORDERS: Duration = Duration::from_secs(10);

/// A sandbox that has its files open and its port bound, and does not answer yet.
pub struct Bound {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
}

/// Serves until the process is told to stop (SIGINT or SIGTERM).
///
/// # Errors
/// As [`bind`] and [`Bound::serve`].
pub async fn run(config: SandboxConfig) -> anyhow::Result<()> {
    let bound = bind(config).await?;
    bound.serve(stop_signal()?).await
}

/// Opens the files and binds the port, with the machine's own clock and randomness.
///
/// # Errors
/// A setting that cannot be meant, a port in use, a data folder that another sandbox uses or that cannot be written.
pub async fn bind(config: SandboxConfig) -> anyhow::Result<Bound> {
    bind_in(config, Arc::new(RealWorld)).await
}

/// As [`bind`], with the given clock and randomness.
///
/// # Errors
/// As [`bind`].
pub async fn bind_in(config: SandboxConfig, world: Arc<dyn World>) -> anyhow::Result<Bound> {
    config.check()?;
    let db = Db::open(&config.data_dir).await?;
    let key = ProviderKey::load(&db, &*world).await?;
    merchant::seed(&db, &config.merchants, world.now().as_millisecond()).await?;
    let listener = TcpListener::bind(config.listen).await.context("the sandbox's address cannot be bound")?;
    let address = listener.local_addr()?;
    let base_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let app = App::new(Inner { db, key, config, base_url, world, bell: Notify::new() });
    Ok(Bound { app, listener, address })
}

impl Bound {
    /// The address that was bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where browsers and merchants reach the service, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.app.base_url
    }

    /// Serves until `stop` is ready; then ends open requests and attempts under way, and closes the database.
    ///
    /// # Errors
    /// The listener or the courier failed.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self { app, listener, address } = self;
        let token = CancellationToken::new();
        // However this future ends, also when it is dropped, the courier is told.
        let _guard = token.clone().drop_guard();
        let courier = tokio::spawn(courier::work(app.clone(), token.clone()));
        tracing::info!(%address, key_id = app.key.id(), "sandbox serving");

        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY refused");
            }
        });
        let stopping = token.clone();
        let stop = async move {
            stop.await;
            stopping.cancel();
        };
        let serving = axum::serve(listener, router(&app)).with_graceful_shutdown(stop).into_future();
        tokio::select! {
            ended = serving => ended?,
            () = last_orders(&token) => tracing::warn!("connections were still open and are cut"),
        }
        token.cancel();
        courier.await??;
        app.db().close().await;
        tracing::info!("sandbox stopped");
        Ok(())
    }
}

fn router(app: &App) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .merge(api::router(app))
        .merge(pay::router())
        .route("/sms", get(sms::page::handle))
        .fallback(|| async { Error::from(Code::NotFound) });
    if app.config.control {
        router = router.merge(control::router());
    }
    router.layer(axum::middleware::map_response(web::harden)).with_state(app.clone())
}

async fn last_orders(token: &CancellationToken) {
    token.cancelled().await;
    tokio::time::sleep(LAST_ORDERS).await;
}

fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
