//! The documents that describe a container image: which layers it has, and which of several machines it is for. OCI Image Format
//! Specification 1.1 (image-spec), with what Docker wrote before that.

mod archive;
mod manifest;
mod platform;

pub use archive::Saved;
pub use manifest::{Blob, Config, Entry, Layers, Manifest, pick};
pub use platform::Platform;
