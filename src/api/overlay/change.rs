//! Changes of overlays: what can be done, what that comes to, and the log of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::content::Content;
use crate::kit::Stamp;
use crate::model::{Fault, Turn};

/// One thing that is done to an overlay. Paths are those in the overlay, with suffix, without a leading slash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverlayStep {
    /// Make the overlay; refused when there is one of that name.
    Create,
    /// Make the site's copy of a shipped overlay, unchanged.
    Copy,
    /// Write a file, new or old. Folders above it are made.
    Write {
        /// Where.
        path: Arc<str>,
        /// Its content.
        content: Content,
        /// Permission bits; none = as it was, of a new file 0644, or 0755 where it begins with `#!`.
        #[serde(default)]
        mode: Option<u32>,
    },
    /// Make a folder, and those above it.
    Mkdir {
        /// Where.
        path: Arc<str>,
        /// Permission bits; none = 0755.
        #[serde(default)]
        mode: Option<u32>,
    },
    /// Make a symbolic link, in place of a file or link that is there.
    Symlink {
        /// Where.
        path: Arc<str>,
        /// What it points to, as on the node.
        target: Arc<str>,
    },
    /// Change permission bits.
    Mode {
        /// Of what.
        path: Arc<str>,
        /// The 12 bits.
        mode: u32,
    },
    /// Change owner and group; what is left out stays.
    Owner {
        /// Of what.
        path: Arc<str>,
        /// Owner.
        #[serde(default)]
        uid: Option<u32>,
        /// Group.
        #[serde(default)]
        gid: Option<u32>,
    },
    /// Move a file or folder within the overlay.
    Move {
        /// From.
        path: Arc<str>,
        /// To.
        to: Arc<str>,
    },
    /// Remove a file, or a folder with everything in it.
    Remove {
        /// What.
        path: Arc<str>,
    },
    /// Take into the site's copy of a shipped overlay what this muster ships otherwise than the one that the copy was made from.
    Merge {
        /// Only this file.
        #[serde(default)]
        path: Option<Arc<str>>,
        /// Where both changed a file, take it from this side; none = put it together line by line, and refuse what clashes.
        #[serde(default)]
        side: Option<MergeSide>,
    },
    /// Remove the overlay of the site; one that it hid comes back. Refused while anybody lists one that is gone then.
    Delete,
}

/// One of the two that changed a file of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MergeSide {
    /// The site's copy.
    Ours,
    /// What is shipped.
    Theirs,
}

/// One path that a change touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayChanged {
    /// Path in the overlay.
    pub path: Arc<str>,
    /// What becomes of it.
    pub turn: Turn,
    /// What that is, in words: `12 lines`, `mode 0644 → 0600`, `owner 0:0 → 64030:64030`.
    pub what: Arc<str>,
    /// The text before, where it is one and differs.
    pub before: Option<Arc<str>>,
    /// The text after, where it is one and differs.
    pub after: Option<Arc<str>>,
}

/// What a change of an overlay comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverlayOutcome {
    /// Its number in the log of overlays; none when it was only tried (`dry`), or when nothing differs.
    pub number: Option<u64>,
    /// The whole change in one line: `edit slurm/etc/slurm/slurm.conf.tera`.
    pub summary: Arc<str>,
    /// Whether the site's copy of a shipped overlay is made by it.
    pub copied: bool,
    /// What differs.
    pub changed: Vec<OverlayChanged>,
    /// Whom it reaches and when, in sentences: `96 nodes get it within a minute, 12 at their next boot`.
    pub impact: Vec<Arc<str>>,
    /// What is not as it should be with it, and was no reason to refuse.
    pub warnings: Vec<Fault>,
}

/// A file that somebody changed since the author of a change looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayClash {
    /// The overlay.
    pub name: Arc<str>,
    /// Path in it.
    pub path: Arc<str>,
    /// What is there now; none when nothing is.
    pub theirs: Option<Content>,
    /// Its digest: the base for who insists.
    pub digest: Arc<str>,
    /// Who changed it, where that is known.
    pub by: Option<Arc<str>>,
    /// When, where that is known.
    pub at: Option<Stamp>,
}

/// One change in the log of overlays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayLogRow {
    /// Its number.
    pub number: u64,
    /// When it was made.
    pub at: Stamp,
    /// Who made it.
    pub by: Arc<str>,
    /// The overlay.
    pub name: Arc<str>,
    /// What it did, in one line.
    pub summary: Arc<str>,
    /// What its author said of it.
    pub note: Option<Arc<str>>,
    /// The paths that it touched.
    pub paths: Vec<Arc<str>>,
    /// The change that it takes back.
    pub undoes: Option<u64>,
    /// The change that took it back.
    pub undone_by: Option<u64>,
}
