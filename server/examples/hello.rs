//! A bare axum server beside which `scripts/bench-pages.sh` measures our pages. Takes the address to listen on.
#![allow(clippy::print_stdout, reason = "says where it listens")]

use axum::serve::ListenerExt as _;
use axum::{Router, routing::get};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("{}", listener.local_addr()?);
    // As our own server does: without it a small answer waits for the client's acknowledgement.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, Router::new().route("/", get(|| async { "hello" }))).await?;
    Ok(())
}
