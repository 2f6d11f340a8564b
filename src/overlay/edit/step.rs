//! What can be done to an overlay.

use bytes::Bytes;

/// One thing that is done to an overlay. Paths are those in the overlay, without a leading slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the overlay.
    Create,
    /// Make the site's copy of a shipped one.
    Copy,
    /// Write a file; folders above it are made.
    Write {
        /// Where.
        path: String,
        /// Its content.
        data: Bytes,
        /// Permission bits; none = as it was, of a new file by what it is.
        mode: Option<u32>,
    },
    /// Make a folder, and those above it.
    Mkdir {
        /// Where.
        path: String,
        /// Permission bits; none = 0755.
        mode: Option<u32>,
    },
    /// Make a symbolic link, in place of a file or link.
    Symlink {
        /// Where.
        path: String,
        /// What it points to.
        target: String,
    },
    /// Change permission bits.
    Mode {
        /// Of what.
        path: String,
        /// The 12 bits.
        mode: u32,
    },
    /// Change the owner, the group or both.
    Owner {
        /// Of what.
        path: String,
        /// Owner.
        uid: Option<u32>,
        /// Group.
        gid: Option<u32>,
    },
    /// Move a file or folder.
    Move {
        /// From.
        path: String,
        /// To.
        to: String,
    },
    /// Remove a file, or a folder with everything in it.
    Remove {
        /// What.
        path: String,
    },
    /// Take into the site's copy what this muster ships otherwise than the one that the copy was made from.
    Merge {
        /// Only this file.
        path: Option<String>,
        /// Whose side is taken where both changed a file; none = line by line.
        side: Option<Side>,
    },
    /// Remove the overlay of the site.
    Delete,
}

/// One of the two that changed a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The site's copy.
    Ours,
    /// What is shipped.
    Theirs,
}

impl Step {
    /// The path that it is about; none of what is about the whole overlay.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Create | Self::Copy | Self::Delete => None,
            Self::Write { path, .. }
            | Self::Mkdir { path, .. }
            | Self::Symlink { path, .. }
            | Self::Mode { path, .. }
            | Self::Owner { path, .. }
            | Self::Move { path, .. }
            | Self::Remove { path } => Some(path),
            Self::Merge { path, .. } => path.as_deref(),
        }
    }

    /// It in words, done to the overlay `name`; `there` tells whether something was at its path before.
    pub(super) fn words(&self, name: &str, there: bool) -> String {
        match self {
            Self::Create => format!("create {name}"),
            Self::Copy => format!("copy the shipped {name}"),
            Self::Delete => format!("delete {name}"),
            Self::Write { path, .. } if there => format!("edit {name}/{path}"),
            Self::Write { path, .. } => format!("add {name}/{path}"),
            Self::Mkdir { path, .. } => format!("mkdir {name}/{path}"),
            Self::Symlink { path, target } => format!("link {name}/{path} to {target}"),
            Self::Mode { path, mode } => format!("chmod {mode:04o} {name}/{path}"),
            Self::Owner { path, uid, gid } => {
                let word = |id: &Option<u32>| id.map_or_else(String::new, |id| id.to_string());
                let group = gid.map_or_else(String::new, |gid| format!(":{gid}"));
                format!("chown {}{group} {name}/{path}", word(uid))
            }
            Self::Move { path, to } => format!("move {name}/{path} to {to}"),
            Self::Remove { path } => format!("remove {name}/{path}"),
            Self::Merge { path: None, .. } => format!("merge what is shipped into {name}"),
            Self::Merge {
                path: Some(path), ..
            } => format!("merge what is shipped into {name}/{path}"),
        }
    }
}
