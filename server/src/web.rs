//! The web site: listener, router, pages, forms, assets.

mod address;
mod api;
mod assets;
mod compress;
mod console;
mod csp;
mod gift;
mod giving;
mod health;
mod home;
mod language;
mod limit;
mod log;
mod notify;
mod page;
mod problem;
mod programme;
mod router;
mod sign_in;
mod typed;
mod upload;
mod verify;

use std::net::SocketAddr;
use std::sync::Arc;

use app::SiteSettings;
use axum::serve::ListenerExt;
use domain::time::Instant;
use metrics_exporter_prometheus::PrometheusHandle;
use service::House;

pub use address::TrustedProxies;

use crate::sessions;

/// What the site is made of.
pub struct ServeParts {
    /// Where to listen, already bound, so that the caller knows the port.
    pub listener: tokio::net::TcpListener,
    /// The house.
    pub house: Arc<House>,
    /// The clock.
    pub clock: fn() -> Instant,
    /// What the installation says about itself on every page.
    pub settings: SiteSettings,
    /// Whose word on a client's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// What this node has counted.
    pub metrics: PrometheusHandle,
    /// Minutes without a request after which staff must sign in again.
    pub session_idle_minutes: i64,
}

/// Serves until `stop` is ready, then finishes the requests that are under way.
///
/// # Errors
/// When the built assets are missing or the listener breaks.
pub async fn serve(parts: ServeParts, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
    let shared = router::Shared::from(router::Parts {
        site: assets::Site::load()?,
        settings: Arc::new(parts.settings),
        house: parts.house,
        clock: parts.clock,
        trusted_proxies: parts.trusted_proxies,
        metrics: parts.metrics,
        home: home::HomeCache::default(),
    });
    let secure = sessions::secure(&shared.house.settings.base_url);
    let sessions = sessions::layer(&shared.house, shared.clock, parts.session_idle_minutes, secure);
    let router = router::router(shared, sessions).into_make_service_with_connect_info::<SocketAddr>();
    tracing::info!(address = %parts.listener.local_addr()?, "listening");
    // Without TCP_NODELAY a streamed page waits for the client's delayed acknowledgements.
    let listener = parts.listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY refused");
        }
    });
    axum::serve(listener, router).with_graceful_shutdown(stop).await?;
    Ok(())
}
