//! Every test that runs in memory or on plain loopback sockets, one module per floor.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

mod agent;
mod api;
mod boot;
mod cli;
mod console;
mod engine;
mod fleet;
mod image;
mod kit;
mod model;
mod overlay;
mod registry;
mod rehearse;
mod support;
mod wire;
