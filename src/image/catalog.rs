//! Which images there are, and what can be booted from them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::kit::Stamp;
use crate::model::Fault;

/// A kernel (or an initramfs) inside an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    /// Its version, as `6.1.0-56-cloud-amd64` where the path tells, else what the path tells.
    pub version: Arc<str>,
    /// Absolute path on the server.
    pub path: PathBuf,
}

/// The packed image that nodes load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootArchive {
    /// Absolute path; the file is never changed in place, a new build gets a new name.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Bytes of the cpio before compression.
    pub unpacked: u64,
    /// SHA-256, lower-case hex.
    pub digest: Arc<str>,
    /// When it was built.
    pub built: Stamp,
}

/// One image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name.
    pub name: Arc<str>,
    /// Absolute path of its tree.
    pub root: PathBuf,
    /// Its kernels, best first.
    pub kernels: Vec<Kernel>,
    /// Its own initramfs files, best first.
    pub initramfs: Vec<Kernel>,
    /// What nodes load; none until it is built.
    pub archive: Option<BootArchive>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// All images by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    /// By name.
    pub images: BTreeMap<Arc<str>, Arc<Image>>,
}
