//! Tests of the whole tree and of the real `spark` program: tidiness, routes and rights, crashes.

mod cli;
mod crash;
mod durability;
mod routes;
mod spark;
mod tidy;
