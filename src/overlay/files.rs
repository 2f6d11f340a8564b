//! The door through which overlays read files, and the record of what was read.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A character device: major, minor.
    Char(u32, u32),
    /// A block device: major, minor.
    Block(u32, u32),
    /// A socket, or something newer than this list.
    Other,
}

/// What the file system says of a path, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Meta {
    /// What it is.
    pub kind: Kind,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size in bytes.
    pub len: u64,
    /// Last change of content: seconds and nanoseconds.
    pub mtime: (i64, i64),
    /// Last change of content, mode or owner: seconds and nanoseconds.
    pub ctime: (i64, i64),
    /// Inode number.
    pub inode: u64,
}

/// Reads the server's files. The daemon's door goes to the disk; tests pass a table.
pub trait Files {
    /// What is at `path`, links not followed; none if nothing is there.
    ///
    /// # Errors
    /// What the file system yields, other than "not found".
    fn meta(&self, path: &Path) -> io::Result<Option<Meta>>;

    /// The content of a regular file, links followed, of at most `limit` bytes.
    ///
    /// # Errors
    /// What the file system yields; `FileTooLarge` beyond the limit.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// The names in a folder, sorted by byte.
    ///
    /// # Errors
    /// What the file system yields.
    fn list(&self, path: &Path) -> io::Result<Vec<OsString>>;

    /// The target of a symbolic link as it is written.
    ///
    /// # Errors
    /// What the file system yields.
    fn target(&self, path: &Path) -> io::Result<PathBuf>;

    /// The path with every link on it resolved.
    ///
    /// # Errors
    /// What the file system yields; "not found" if it leads nowhere.
    fn real(&self, path: &Path) -> io::Result<PathBuf>;

    /// The extended attributes of `path` by name, links not followed, but for the label of SELinux. A door that knows none has none.
    ///
    /// # Errors
    /// What the file system yields, other than that it has no such thing.
    fn xattrs(&self, path: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
        let _ = path;
        Ok(Vec::new())
    }
}

/// One path that was looked at, and what was there: the archive made from it is stale once that differs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Input {
    /// Which path.
    pub path: PathBuf,
    /// What was there; none if nothing.
    pub meta: Option<Meta>,
}

/// A door that remembers what was asked of the door behind it.
pub struct Recorded<'a> {
    behind: &'a dyn Files,
    seen: RefCell<BTreeMap<PathBuf, Option<Meta>>>,
}

impl<'a> Recorded<'a> {
    /// Remembers nothing yet.
    pub fn new(behind: &'a dyn Files) -> Self {
        Self {
            behind,
            seen: RefCell::default(),
        }
    }

    /// Everything looked at so far, by path.
    #[must_use]
    pub fn inputs(self) -> Vec<Input> {
        self.seen
            .into_inner()
            .into_iter()
            .map(|(path, meta)| Input { path, meta })
            .collect()
    }

    fn note(&self, path: &Path) {
        let mut seen = self.seen.borrow_mut();
        if !seen.contains_key(path) {
            // Noted before it is read: a change during the read is then seen by the next check.
            let meta = self.behind.meta(path).unwrap_or(None);
            seen.insert(path.to_owned(), meta);
        }
    }
}

impl std::fmt::Debug for Recorded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorded")
            .field("seen", &self.seen.borrow().len())
            .finish_non_exhaustive()
    }
}

impl Files for Recorded<'_> {
    fn meta(&self, path: &Path) -> io::Result<Option<Meta>> {
        self.note(path);
        self.behind.meta(path)
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.note(path);
        self.behind.read(path, limit)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        self.note(path);
        self.behind.list(path)
    }

    fn target(&self, path: &Path) -> io::Result<PathBuf> {
        self.note(path);
        self.behind.target(path)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        self.note(path);
        let real = self.behind.real(path)?;
        self.note(&real);
        Ok(real)
    }
}
