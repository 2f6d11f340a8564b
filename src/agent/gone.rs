//! Taking away what the overlays stopped providing.

use std::io;
use std::os::fd::AsFd;

use rustix::fs::{self, AtFlags, FileType};
use rustix::io::Errno;

use super::ledger::Record;
use super::root::Root;
use super::seen;

/// Without these nobody can log in or nothing finds its way, and what the image had there is covered since the boot.
const VITAL: [&[u8]; 7] = [
    b"etc/passwd",
    b"etc/group",
    b"etc/shadow",
    b"etc/gshadow",
    b"etc/nsswitch.conf",
    b"etc/hosts",
    b"etc/resolv.conf",
];

/// What became of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It was removed.
    Removed,
    /// It was not there any more.
    Absent,
    /// Somebody else changed it or put something into it, so it is theirs now.
    Theirs,
    /// A node cannot do without it; the next boot brings what the image has there.
    Vital,
}

/// Removes `path` if it is as `record` says.
///
/// # Errors
/// What the file system yields.
pub fn remove(root: &Root, path: &[u8], record: &Record) -> io::Result<Gone> {
    if VITAL.contains(&path) {
        return Ok(Gone::Vital);
    }
    let (folder, name) = match root.parent(path) {
        Ok(found) => found,
        Err(error) if absent(&error) => return Ok(Gone::Absent),
        Err(error) => return Err(error),
    };
    let Some(seen) = seen::look(folder.as_fd(), name)? else {
        return Ok(Gone::Absent);
    };
    if record.folder {
        if seen.kind != FileType::Directory {
            return Ok(Gone::Theirs);
        }
        return match fs::unlinkat(&folder, name, AtFlags::REMOVEDIR) {
            Ok(()) => Ok(Gone::Removed),
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY) => Ok(Gone::Theirs),
            Err(error) => Err(error.into()),
        };
    }
    let unchanged = seen.kind != FileType::Directory && {
        let now = seen::digest(folder.as_fd(), name, &seen)?;
        record.digest == now || record.before.as_ref() == Some(&now)
    };
    if !unchanged {
        return Ok(Gone::Theirs);
    }
    fs::unlinkat(&folder, name, AtFlags::empty())?;
    Ok(Gone::Removed)
}

/// Whether an error says that there is nothing.
pub fn absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
