//! Extended attributes: read and written with their file, so that a change of its text keeps capabilities and access lists. The label
//! of SELinux is the system's business.

use std::io;
use std::path::Path;

use rustix::fs::{XattrFlags, lgetxattr, lgetxattr_query, llistxattr, llistxattr_query};
use rustix::fs::{lremovexattr, lsetxattr};
use rustix::io::Errno;

/// The label of SELinux: it comes of the place, not of whoever writes there.
const LABEL: &str = "security.selinux";
/// Tries to read what grows while it is read.
const TRIES: usize = 4;

/// The attributes of `path`, a link not followed, by name; none where the file system has no such thing.
///
/// # Errors
/// What the file system yields.
pub fn read(path: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let names = match names(path) {
        Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(Vec::new()),
        names => names?,
    };
    let mut all = Vec::new();
    for name in names.into_iter().filter(|name| name != LABEL) {
        match value(path, &name) {
            // Gone in between, or not for us to read.
            Err(Errno::NODATA | Errno::PERM | Errno::ACCESS) => {}
            value => all.push((name, value?)),
        }
    }
    all.sort();
    Ok(all)
}

/// Gives `path` these attributes, and takes others away.
///
/// # Errors
/// What the file system yields; that somebody else's attribute may not be taken away is none.
pub fn write(path: &Path, wanted: &[(String, Vec<u8>)]) -> io::Result<()> {
    let now = read(path)?;
    for (name, _) in now
        .iter()
        .filter(|(name, _)| !wanted.iter().any(|one| one.0 == *name))
    {
        match lremovexattr(path, name.as_str()) {
            Ok(()) | Err(Errno::NODATA | Errno::PERM) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    for (name, value) in wanted.iter().filter(|one| !now.contains(one)) {
        lsetxattr(path, name.as_str(), value, XattrFlags::empty())?;
    }
    Ok(())
}

/// Gives the file `to` the label that `from` has, as far as there are labels.
pub fn label_like(from: &Path, to: &Path) {
    if let Ok(label) = value(from, LABEL) {
        // Who may not set it gets the label of the folder, as for any new file.
        let _ = lsetxattr(to, LABEL, &label, XattrFlags::empty());
    }
}

fn names(path: &Path) -> Result<Vec<String>, Errno> {
    let list = grown(
        || llistxattr_query(path),
        |room: &mut [u8]| llistxattr(path, room),
    )?;
    let names = list
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty());
    Ok(names
        .filter_map(|name| String::from_utf8(name.to_vec()).ok())
        .collect())
}

fn value(path: &Path, name: &str) -> Result<Vec<u8>, Errno> {
    grown(
        || lgetxattr_query(path, name),
        |room: &mut [u8]| lgetxattr(path, name, room),
    )
}

/// Reads what has a size that is asked first.
fn grown(
    size: impl Fn() -> Result<usize, Errno>,
    read: impl Fn(&mut [u8]) -> Result<usize, Errno>,
) -> Result<Vec<u8>, Errno> {
    for _ in 0..TRIES {
        let mut room = vec![0; size()?];
        if room.is_empty() {
            return Ok(room);
        }
        match read(&mut room) {
            Err(Errno::RANGE) => {}
            read => {
                room.truncate(read?);
                return Ok(room);
            }
        }
    }
    Err(Errno::RANGE)
}
