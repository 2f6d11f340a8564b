//! Copying a tree as it is: modes, owners, times, hard links, devices and pipes are kept, links copied as they are; sockets and
//! other file systems are left out.

use std::collections::HashMap;
use std::fs::{self, Metadata, OpenOptions, Permissions};
use std::io::Read;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{
    FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, lchown, symlink,
};
use std::path::{Path, PathBuf};

use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{Mode, SFlag, UtimensatFlags, mknod, utimensat};
use nix::sys::time::TimeSpec;

use super::{JobError, Progress, Tell};

/// Deeper folders are a loop or a mistake.
const DEEPEST: usize = 200;
/// Bytes of a file between two looks at whether to go on.
const PIECE: u64 = 64 << 20;

/// What was copied.
#[derive(Debug, Default)]
pub struct Copied {
    /// Counts.
    pub progress: Progress,
    /// What could not be kept, in sentences.
    pub warnings: Vec<String>,
    /// Files whose owner could not be kept.
    pub owners: u64,
}

/// Copies the tree `from` to `to`, which must not be there yet.
///
/// # Errors
/// A sentence that names the file, or that the job was cancelled.
pub fn copy(from: &Path, to: &Path, tell: &mut Tell<'_>) -> Result<Copied, JobError> {
    let mut copy = Copy {
        device: stat(from)?.dev(),
        links: HashMap::new(),
        done: Copied::default(),
        tell,
    };
    copy.folder(from, to, 0)?;
    Ok(copy.done)
}

struct Copy<'a, 'f> {
    device: u64,
    links: HashMap<u64, PathBuf>,
    done: Copied,
    tell: &'a mut Tell<'f>,
}

impl Copy<'_, '_> {
    fn folder(&mut self, from: &Path, to: &Path, depth: usize) -> Result<(), JobError> {
        if depth > DEEPEST {
            return Err(JobError::new(format!(
                "{} is nested more than {DEEPEST} folders deep",
                from.display()
            )));
        }
        let meta = stat(from)?;
        fs::create_dir(to).map_err(|e| JobError::io("cannot make", to, &e))?;
        // Another file system's folder stays, empty, as a place to mount on.
        if meta.dev() == self.device {
            for entry in list(from)? {
                let (from, to) = (from.join(&entry), to.join(&entry));
                let meta = stat(&from)?;
                if meta.is_dir() {
                    self.folder(&from, &to, depth + 1)?;
                } else {
                    self.leaf(&from, &to, &meta)?;
                }
            }
        }
        self.finish(to, &meta)
    }

    fn leaf(&mut self, from: &Path, to: &Path, meta: &Metadata) -> Result<(), JobError> {
        let kind = meta.file_type();
        if kind.is_socket() {
            return Ok(());
        }
        if meta.nlink() > 1 {
            if let Some(first) = self.links.get(&meta.ino()) {
                return fs::hard_link(first, to).map_err(|e| JobError::io("cannot link", to, &e));
            }
            self.links.insert(meta.ino(), to.to_owned());
        }
        if kind.is_symlink() {
            let target = fs::read_link(from).map_err(|e| JobError::io("cannot read", from, &e))?;
            symlink(target, to).map_err(|e| JobError::io("cannot make", to, &e))?;
        } else if kind.is_file() {
            self.file(from, to)?;
        } else if !self.node(to, meta)? {
            return Ok(());
        }
        self.finish(to, meta)
    }

    /// The content of a file, in pieces, so that a large one can be watched and cancelled.
    fn file(&mut self, from: &Path, to: &Path) -> Result<(), JobError> {
        let failed = |error: std::io::Error| JobError::io("cannot copy", from, &error);
        let mut source = OpenOptions::new()
            .read(true)
            .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits())
            .open(from)
            .map_err(failed)?;
        let mut sink = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)
            .map_err(|e| JobError::io("cannot make", to, &e))?;
        loop {
            // On one disk the kernel copies, or shares the blocks, without handing us the bytes.
            let bytes = std::io::copy(&mut (&mut source).take(PIECE), &mut sink).map_err(failed)?;
            self.done.progress.bytes += bytes;
            if bytes < PIECE {
                return Ok(());
            }
            self.tell()?;
        }
    }

    fn tell(&mut self) -> Result<(), JobError> {
        match (self.tell)(self.done.progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(JobError::cancelled()),
        }
    }

    /// A device or pipe; false if it was left out.
    fn node(&mut self, to: &Path, meta: &Metadata) -> Result<bool, JobError> {
        let format = SFlag::from_bits_truncate(meta.mode() & SFlag::S_IFMT.bits());
        match mknod(to, format, Mode::from_bits_truncate(0o600), meta.rdev()) {
            Ok(()) => Ok(true),
            Err(nix::errno::Errno::EPERM) => {
                let text = format!("{} was left out: only root can make devices", to.display());
                self.done.warnings.push(text);
                Ok(false)
            }
            Err(errno) => Err(JobError::io("cannot make", to, &errno.into())),
        }
    }

    /// Owner first: changing it takes away the set-user-id bits that the mode then brings back.
    fn finish(&mut self, to: &Path, meta: &Metadata) -> Result<(), JobError> {
        match lchown(to, Some(meta.uid()), Some(meta.gid())) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                self.done.owners += 1
            }
            Err(error) => return Err(JobError::io("cannot give away", to, &error)),
        }
        if !meta.is_symlink() {
            let mode = Permissions::from_mode(meta.mode() & 0o7777);
            fs::set_permissions(to, mode).map_err(|e| JobError::io("cannot change", to, &e))?;
        }
        // Times go into the archive, so that a copy of a tree gives the same one.
        let time = TimeSpec::new(meta.mtime(), meta.mtime_nsec());
        utimensat(AT_FDCWD, to, &time, &time, UtimensatFlags::NoFollowSymlink)
            .map_err(|e| JobError::io("cannot set the time of", to, &e.into()))?;
        self.done.progress.files += 1;
        if self.done.progress.files.is_multiple_of(256) {
            self.tell()?;
        }
        Ok(())
    }
}

/// The names in a folder, sorted.
///
/// # Errors
/// A sentence that names it.
pub fn list(path: &Path) -> Result<Vec<std::ffi::OsString>, JobError> {
    let entries = fs::read_dir(path).map_err(|e| JobError::io("cannot list", path, &e))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(
            entry
                .map_err(|e| JobError::io("cannot list", path, &e))?
                .file_name(),
        );
    }
    names.sort();
    Ok(names)
}

/// Visits what the folder `at` holds, in the order of [`list`]. `path` is the folder's own path inside the image; at each visit that of
/// the entry.
///
/// # Errors
/// As [`list`], and what a visit yields.
pub fn each(
    at: &Path,
    path: &mut Vec<u8>,
    mut visit: impl FnMut(&Path, &mut Vec<u8>) -> Result<(), JobError>,
) -> Result<(), JobError> {
    for name in list(at)? {
        let before = path.len();
        if before > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
        visit(&at.join(&name), path)?;
        path.truncate(before);
    }
    Ok(())
}

/// What the file system says of `path` itself.
///
/// # Errors
/// A sentence that names it.
pub fn stat(path: &Path) -> Result<Metadata, JobError> {
    fs::symlink_metadata(path).map_err(|e| JobError::io("cannot read", path, &e))
}
