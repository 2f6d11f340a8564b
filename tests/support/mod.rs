//! What several tests need: sample registries, a fake clock, simulated clients.
// Each floor uses some of it.
#![allow(dead_code, unused_imports)]

mod registry;

pub use registry::{BY_HAND, loose_view, paths, registry, view};

pub mod world;

pub mod dhcp_client;
pub mod lossy;
pub mod noise;
pub mod shared;

pub mod http_client;

pub mod keys;
pub mod screen;
