//! Making the tree on the disk, once it is known what it holds: folders, then contents moved into their places, then links, and at
//! the end the modes and times of folders. Every path is made of names that were checked, below folders that were made here.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{Mode, SFlag, UtimensatFlags, makedev, mknod, utimensat};
use nix::sys::time::TimeSpec;
use rustix::fs::{XattrFlags, lsetxattr};

use super::unpack::{Unpack, go_on, numbered};
use crate::daemon::images::{JobError, Progress, Tell};
use crate::image::layers::{Body, Inode};

/// What came to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Planted {
    /// Counts.
    pub progress: Progress,
    /// What could not be kept, in sentences.
    pub warnings: Vec<String>,
    /// Files whose owner could not be kept.
    pub owners: u64,
    /// Extended attributes that could not be kept.
    pub xattrs: u64,
}

impl Unpack {
    /// Makes the tree at `root`, which must not be there yet. The folder of contents is gone afterwards.
    ///
    /// # Errors
    /// A sentence that names the file, or that the job was cancelled.
    pub fn plant(self, root: &Path, tell: &mut Tell<'_>) -> Result<Planted, JobError> {
        let mut done = Planted {
            progress: self.done,
            ..Planted::default()
        };
        let links = self.tree.links();
        let mut folders = Vec::new();
        for (path, inode) in self.tree.entries() {
            let at = place(root, path);
            go_on(done.progress, tell)?;
            if inode.body == Body::Folder {
                // Ours alone until everything is in it; a mode without write permission comes last.
                let made = DirBuilder::new().mode(0o700).create(&at);
                made.map_err(|e| JobError::io("cannot make", &at, &e))?;
                folders.push((at, inode));
                continue;
            }
            if let Some(first) = links.get(path) {
                // What could not be made has no other names either.
                let first = place(root, first);
                if fs::symlink_metadata(&first).is_ok() {
                    fs::hard_link(first, &at).map_err(|e| JobError::io("cannot link", &at, &e))?;
                }
                continue;
            }
            if done.leaf(&self.contents, &at, inode)? {
                done.finish(&at, inode)?;
            }
        }
        for (at, inode) in folders.into_iter().rev() {
            done.finish(&at, inode)?;
        }
        fs::remove_dir_all(&self.contents)
            .map_err(|e| JobError::io("cannot remove", &self.contents, &e))?;
        Ok(done)
    }
}

impl Planted {
    /// Makes what is no folder; false if it was left out.
    fn leaf(&mut self, contents: &Path, at: &Path, inode: &Inode) -> Result<bool, JobError> {
        let failed = |e: io::Error| JobError::io("cannot make", at, &e);
        let (format, device) = match &inode.body {
            Body::File { content, .. } => {
                fs::rename(numbered(contents, *content), at).map_err(failed)?;
                return Ok(true);
            }
            Body::Symlink(target) => {
                symlink(OsStr::from_bytes(target), at).map_err(failed)?;
                return Ok(true);
            }
            Body::Folder => return Ok(true),
            Body::Fifo => (SFlag::S_IFIFO, 0),
            Body::Char(major, minor) => (SFlag::S_IFCHR, makedev((*major).into(), (*minor).into())),
            Body::Block(major, minor) => {
                (SFlag::S_IFBLK, makedev((*major).into(), (*minor).into()))
            }
        };
        match mknod(at, format, Mode::from_bits_truncate(0o600), device) {
            Ok(()) => Ok(true),
            Err(Errno::EPERM) => {
                let text = format!("{} was left out: only root can make devices", at.display());
                self.warnings.push(text);
                Ok(false)
            }
            Err(errno) => Err(failed(errno.into())),
        }
    }

    /// Owner first: changing it takes away the set-user-id bits that the mode then brings back, and capabilities.
    fn finish(&mut self, at: &Path, inode: &Inode) -> Result<(), JobError> {
        let failed = |what: &str, e: io::Error| JobError::io(what, at, &e);
        match lchown(at, Some(inode.uid), Some(inode.gid)) {
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => self.owners += 1,
            given => given.map_err(|e| failed("cannot give away", e))?,
        }
        if !matches!(inode.body, Body::Symlink(_)) {
            let mode = Permissions::from_mode(inode.mode);
            fs::set_permissions(at, mode).map_err(|e| failed("cannot change", e))?;
        }
        for (name, value) in &inode.xattrs {
            match lsetxattr(at, &name[..], value, XattrFlags::empty()) {
                Ok(()) => {}
                // The system, or the file system, does not hold such an attribute for us.
                Err(
                    rustix::io::Errno::PERM | rustix::io::Errno::ACCESS | rustix::io::Errno::NOTSUP,
                ) => {
                    self.xattrs += 1;
                }
                Err(e) => return Err(failed("cannot set an extended attribute of", e.into())),
            }
        }
        let time = TimeSpec::new(inode.mtime.0, inode.mtime.1.into());
        utimensat(AT_FDCWD, at, &time, &time, UtimensatFlags::NoFollowSymlink)
            .map_err(|e| failed("cannot set the time of", e.into()))
    }
}

/// Where a path of the image lies below `root`.
fn place(root: &Path, path: &[u8]) -> PathBuf {
    match path {
        b"" => root.to_owned(),
        path => root.join(OsStr::from_bytes(path)),
    }
}
