//! A payment provider and SMS carrier of the outside world, for demos and tests: a separate HTTP service with its own
//! listener, its own SQLite file and its own signing key, which shares no type, table or memory with the product.
//!
//! The protocol is written down in this crate's `README.md`.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
//! let bound = sandbox::bind(sandbox::SandboxConfig::new(listen, "./data/sandbox")).await?;
//! let address = bound.address(); // with port 0: the port that was free
//! bound.serve(async { /* returns when it is time to stop */ }).await
//! # }
//! ```

mod answer;
mod api;
mod app;
mod config;
mod control;
mod courier;
mod db;
mod error;
mod fee;
mod fields;
mod merchant;
mod mode;
mod notice;
mod pay;
mod payment;
mod refund;
mod server;
mod signed;
mod signing;
mod sms;
mod web;
mod word;
mod world;

pub use config::{Merchant, NotifyConfig, NotifyHosts, SandboxConfig};
pub use server::{Bound, bind, bind_in, run};
pub use world::{RealWorld, World};
