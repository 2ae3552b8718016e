//! Tests of the whole tree and of the real `spark` program: tidiness, routes and rights, crashes.

#![allow(clippy::unwrap_used, reason = "a test, and what only tests use, may panic")]

mod api;
mod api_nodes;
mod cli;
mod crash;
mod demo;
mod durability;
mod giving;
mod lists;
mod robust;
mod routes;
mod sessions;
mod spark;
mod stock;
mod tidy;
mod uploads;
