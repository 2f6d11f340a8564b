//! What rendering the overlays of one node yields.

use std::sync::Arc;

use bytes::Bytes;

use super::listing::Brought;
use crate::model::Fault;

/// Which list of overlays: laid into the initramfs, or refreshed while the node runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// `system overlay`.
    System,
    /// `runtime overlay`.
    Runtime,
}

/// A cpio archive (newc) of one node's overlays, deterministic bit for bit.
#[derive(Debug, Clone, PartialEq)]
pub struct Archive {
    /// Uncompressed, padded to a multiple of 4.
    pub plain: Bytes,
    /// The same in one gzip member, padded with NULs to a multiple of 4.
    pub gzip: Bytes,
    /// SHA-256 of `plain`, lower-case hex.
    pub digest: Arc<str>,
    /// Which overlay brought each entry.
    pub brought: Brought,
    /// Warnings that did not prevent it.
    pub faults: Vec<Fault>,
}
