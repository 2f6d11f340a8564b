//! What several tests need: sample registries, a fake clock, simulated clients.

pub mod keys;
pub mod screen;
