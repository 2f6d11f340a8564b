//! What rendering the overlays of one node yields.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::base::{Base, LEVEL};
use super::listing::Brought;
use super::pack::hex;
use super::rope::Rope;
use crate::model::Fault;
use crate::wire::gzip::{HEADER, footer, squeeze};

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
    pub plain: Rope,
    /// The same in one gzip member, padded with NULs to a multiple of 4.
    pub gzip: Rope,
    /// Bytes of both that no other archive holds.
    pub own: u64,
    /// SHA-256 of `plain`, lower-case hex.
    pub digest: Arc<str>,
    /// Which overlay brought each entry.
    pub brought: Brought,
    /// Warnings that did not prevent it.
    pub faults: Vec<Fault>,
    /// What it shares with others, for as long as it is there.
    pub(super) base: Held,
}

/// A base that is held: no matter for what an archive is.
#[derive(Debug, Clone, Default)]
pub struct Held {
    _base: Option<Arc<Base>>,
}

impl Held {
    /// Holds `base`.
    pub const fn of(base: Arc<Base>) -> Self {
        Self { _base: Some(base) }
    }
}

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Archive {
    /// The archive of these bytes, which were one before.
    ///
    /// # Errors
    /// A sentence, if they cannot be compressed.
    pub fn of(plain: Rope) -> io::Result<Self> {
        let bytes = plain.joined();
        let block = squeeze(&bytes, LEVEL).map_err(io::Error::other)?;
        let mut gzip = [&HEADER[..], &block.bytes].concat();
        let end = footer(&block.crc, bytes.len() as u64, gzip.len() as u64);
        gzip.extend(end);
        Ok(Self {
            digest: hex(&Sha256::digest(&bytes)).into(),
            own: (plain.len() + gzip.len()) as u64,
            plain,
            gzip: Rope::from(Bytes::from(gzip)),
            brought: Brought::default(),
            faults: Vec::new(),
            base: Held::default(),
        })
    }
}
