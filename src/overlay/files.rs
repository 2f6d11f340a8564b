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
    /// Whether the last change is so long ago that one more would show in its time. Times of files go by ticks of the kernel, so
    /// what changes twice within one looks as if it had changed once: an answer of that moment is not relied on later.
    pub settled: bool,
}

/// Reads the server's files. The daemon's door goes to the disk; tests pass a table.
pub trait Files {
    /// What is at `path`, links not followed; none if nothing is there.
    ///
    /// # Errors
    /// What the file system yields, other than "not found".
    fn meta(&self, path: &Path) -> io::Result<Option<Meta>>;

    /// Only what is at `path`: a folder stays one when something in it comes or goes.
    ///
    /// # Errors
    /// As [`Files::meta`].
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        Ok(self.meta(path)?.map(|meta| meta.kind))
    }

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

/// What was seen of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Seen {
    /// Everything; none if nothing was there.
    Meta(Option<Meta>),
    /// Only what it is: a folder in which something came or went is still one.
    Kind(Option<Kind>),
}

/// One path that was looked at, and what was there: the archive made from it is stale once that differs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Input {
    /// Which path.
    pub path: PathBuf,
    /// What was seen there.
    pub seen: Seen,
}

impl Input {
    /// Whether the same is there now.
    #[must_use]
    pub fn holds(&self, files: &dyn Files) -> bool {
        self.is(files.meta(&self.path).unwrap_or(None))
    }

    /// Whether `meta` is as far as it counts what was seen.
    #[must_use]
    pub fn is(&self, meta: Option<Meta>) -> bool {
        match self.seen {
            Seen::Meta(seen) => seen == meta,
            Seen::Kind(seen) => seen == meta.map(|meta| meta.kind),
        }
    }
}

/// A door that remembers what was asked of the door behind it.
pub struct Recorded<'a> {
    behind: &'a dyn Files,
    seen: RefCell<BTreeMap<PathBuf, Seen>>,
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
        self.take()
    }

    /// The same, and begins anew.
    #[must_use]
    pub fn take(&self) -> Vec<Input> {
        let seen = self.seen.take().into_iter();
        seen.map(|(path, seen)| Input { path, seen }).collect()
    }

    fn note(&self, path: &Path) {
        if !matches!(self.seen.borrow().get(path), Some(Seen::Meta(_))) {
            // Noted before it is read: a change during the read is then seen by the next check.
            self.saw(path, self.behind.meta(path).unwrap_or(None));
        }
    }

    /// What was seen first counts.
    fn saw(&self, path: &Path, meta: Option<Meta>) {
        let mut seen = self.seen.borrow_mut();
        match seen.get(path) {
            Some(Seen::Meta(_)) => {}
            // It was something else a moment ago: never as it was then.
            Some(Seen::Kind(kind)) if *kind != meta.map(|meta| meta.kind) => {}
            _ => drop(seen.insert(path.to_owned(), Seen::Meta(meta))),
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
        let meta = self.behind.meta(path);
        self.saw(path, *meta.as_ref().unwrap_or(&None));
        meta
    }

    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        let kind = self.behind.kind(path);
        let mut seen = self.seen.borrow_mut();
        if !seen.contains_key(path) {
            let kind = *kind.as_ref().unwrap_or(&None);
            seen.insert(path.to_owned(), Seen::Kind(kind));
        }
        kind
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

    fn xattrs(&self, path: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
        self.note(path);
        self.behind.xattrs(path)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        if self.kind(path)? == Some(Kind::Symlink) {
            self.note(path);
        }
        let real = self.behind.real(path)?;
        self.kind(&real)?;
        Ok(real)
    }
}
