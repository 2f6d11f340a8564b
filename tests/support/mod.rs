//! What several tests need: sample registries, a fake clock, simulated clients.

pub mod http_client;
