//! What a boot consists of, and what differs between two: the kernel, its arguments, the image, and every file of the system
//! overlay. Lives here: what is compared, and how. May not: read a file, or know who was served what.

mod differ;
mod line;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use differ::{Changed, Differences, FileChange, differ};
pub use line::arguments_of;

use crate::overlay::Listing;

/// One file of a boot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Piece {
    /// As people call it: a kernel's version, an image's name.
    pub name: Arc<str>,
    /// SHA-256 of its content, lower-case hex; none where it was replaced before it could be taken.
    pub digest: Option<Arc<str>>,
}

/// The files of the system overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// SHA-256 of the archive, lower-case hex.
    pub digest: Arc<str>,
    /// What it holds; none where that is not known any more.
    pub listing: Option<Arc<Listing>>,
}

/// What a node was given in a boot, or would be given. None of a part: it had none, or nobody saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// The kernel.
    pub kernel: Option<Piece>,
    /// The image's own initramfs.
    pub initramfs: Option<Piece>,
    /// The image.
    pub image: Option<Piece>,
    /// The kernel's arguments, as they stood in the boot script.
    pub args: Option<Arc<str>>,
    /// The system overlay.
    pub system: Option<Files>,
}

/// What a node would boot: its load, or why it would not come up.
pub type Next = Result<Arc<Load>, Arc<str>>;
