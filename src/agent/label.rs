//! Security labels and other extended attributes of what the agent writes.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{self, XattrFlags};
use rustix::io::Errno;

use super::archive::Item;

/// The label of SELinux.
const SELINUX: &[u8] = b"security.selinux";
/// Where the kernel shows SELinux when it is on.
const SWITCH: &str = "/sys/fs/selinux/enforce";
/// What labels a path as the policy says.
const RESTORE: [&str; 4] = [
    "/usr/sbin/restorecon",
    "/sbin/restorecon",
    "/usr/bin/restorecon",
    "/bin/restorecon",
];
/// Paths in one call of it.
const BATCH: usize = 200;

/// Whether the node's kernel labels files.
#[must_use]
pub fn selinux() -> bool {
    Path::new(SWITCH).exists()
}

/// A path to `name` in an open folder, for calls that take no descriptor.
pub fn by_descriptor(folder: BorrowedFd<'_>, name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    let mut path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    if !name.is_empty() {
        path.push(std::ffi::OsStr::from_bytes(name));
    }
    path
}

/// The label that what replaces `name` is to have: the one that is there, else the folder's.
pub fn inherited(folder: BorrowedFd<'_>, name: &[u8]) -> Option<Vec<u8>> {
    let get = |path: &Path| {
        let mut buffer = vec![0; 4096];
        let read = fs::lgetxattr(path, SELINUX, buffer.as_mut_slice()).ok()?;
        buffer.truncate(read);
        Some(buffer)
    };
    get(&by_descriptor(folder, name)).or_else(|| fs_label(folder))
}

fn fs_label(folder: BorrowedFd<'_>) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 4096];
    // A descriptor that only names a folder has no attributes; the link to it in /proc leads there.
    let path = by_descriptor(folder, b"");
    let read = fs::getxattr(path, SELINUX, buffer.as_mut_slice()).ok()?;
    buffer.truncate(read);
    Some(buffer)
}

/// Gives `name` in `folder` the attributes of `item`, and `label` unless the item brings one of its own.
///
/// # Errors
/// What the file system yields; that it has no attributes counts only where the item wants some.
pub fn set(
    folder: BorrowedFd<'_>,
    name: &[u8],
    item: &Item,
    label: Option<&[u8]>,
) -> io::Result<()> {
    let path = by_descriptor(folder, name);
    let own = item.xattrs.iter().any(|(name, _)| name == SELINUX);
    if let Some(label) = label.filter(|_| !own) {
        match fs::lsetxattr(&path, SELINUX, label, XattrFlags::empty()) {
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    for (key, value) in &item.xattrs {
        let key = CString::new(key.as_slice()).map_err(|_| Errno::INVAL)?;
        fs::lsetxattr(&path, key, value, XattrFlags::empty())?;
    }
    Ok(())
}

/// Whether `name` in `folder` has every attribute of `item`.
pub fn has(folder: BorrowedFd<'_>, name: &[u8], item: &Item) -> bool {
    let path = by_descriptor(folder, name);
    item.xattrs.iter().all(|(key, value)| {
        let mut buffer = vec![0; value.len() + 1];
        let read = fs::lgetxattr(&path, key.as_slice(), buffer.as_mut_slice());
        read.is_ok_and(|read| buffer[..read] == **value)
    })
}

/// Has the policy label paths that were not there before, if the node has the program for it.
pub fn restore(paths: &[Vec<u8>]) {
    use std::os::unix::ffi::OsStringExt;
    let Some(program) = RESTORE.iter().find(|path| Path::new(path).exists()) else {
        return;
    };
    for batch in paths.chunks(BATCH) {
        let absolute = batch.iter().map(|path| {
            let bytes = [b"/".as_slice(), path].concat();
            std::ffi::OsString::from_vec(bytes)
        });
        // What it cannot label keeps its folder's label.
        let _ = Command::new(program)
            .arg("--")
            .args(absolute)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
