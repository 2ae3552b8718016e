//! The web site: listener, router, assets.

mod assets;
mod csp;
mod router;

use std::net::SocketAddr;

use axum::serve::ListenerExt;

/// Serves until the process is told to stop.
pub async fn serve(listen: SocketAddr) -> anyhow::Result<()> {
    let site = assets::Site::load()?;
    let router = router::router(site);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    // Without TCP_NODELAY a streamed page waits for the client's delayed acknowledgements.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY refused");
        }
    });
    axum::serve(listener, router).await?;
    Ok(())
}
