//! The node's root as a descriptor, and the way from it to a folder.
//!
//! Paths are walked one name at a time, so that no name is looked up twice and nothing outside of the root is ever reached: an absolute
//! link begins at this root again, `..` ends there. Links of the node's owner are honoured, as a merged `/usr` has them. Links of anybody
//! else are not: who owns a folder that an overlay writes into could lead a program that runs as root anywhere.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, FileType, Mode, OFlags};
use rustix::io::Errno;

/// More links on a path are a loop.
const MOST_LINKS: usize = 40;

/// A root.
#[derive(Debug)]
pub struct Root {
    top: OwnedFd,
    /// Whose links are followed besides root's.
    own: u32,
}

impl Root {
    /// The root at `path`.
    ///
    /// # Errors
    /// What the file system yields.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self {
            top: fs::open(path, flags, Mode::empty())?,
            own: rustix::process::geteuid().as_raw(),
        })
    }

    /// The folder that holds `path`, and the last name of the path.
    ///
    /// # Errors
    /// What the file system yields; `ENOTDIR` also for a link that is not followed.
    pub fn parent<'p>(&self, path: &'p [u8]) -> io::Result<(OwnedFd, &'p [u8])> {
        match path.iter().rposition(|byte| *byte == b'/') {
            None => Ok((self.folder(b"")?, path)),
            Some(at) => Ok((self.folder(&path[..at])?, &path[at + 1..])),
        }
    }

    /// The folder at `path`.
    ///
    /// # Errors
    /// As [`Root::parent`].
    pub fn folder(&self, path: &[u8]) -> io::Result<OwnedFd> {
        let mut open: VecDeque<Vec<u8>> = parts(path).collect();
        let mut way: Vec<OwnedFd> = Vec::new();
        let mut links = 0;
        while let Some(part) = open.pop_front() {
            if part == b".." {
                way.pop();
                continue;
            }
            let at = way.last().map_or(self.top.as_fd(), AsFd::as_fd);
            let next = fs::openat(
                at,
                part.as_slice(),
                OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            )?;
            let stat = fs::fstat(&next)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => way.push(next),
                FileType::Symlink if stat.st_uid == 0 || stat.st_uid == self.own => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(Errno::LOOP.into());
                    }
                    let target = fs::readlinkat(&next, c"", Vec::new())?.into_bytes();
                    if target.starts_with(b"/") {
                        way.clear();
                    }
                    for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
                        open.push_front(part);
                    }
                }
                _ => return Err(Errno::NOTDIR.into()),
            }
        }
        match way.pop() {
            Some(folder) => Ok(folder),
            None => Ok(self.top.try_clone()?),
        }
    }

    /// The top itself.
    #[must_use]
    pub fn top(&self) -> BorrowedFd<'_> {
        self.top.as_fd()
    }
}

fn parts(path: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    path.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .map(<[u8]>::to_vec)
}
