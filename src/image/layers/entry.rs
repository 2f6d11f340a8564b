//! What a layer says of one path, and what is known of one file in the end.

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A regular file: the number under which the caller keeps its content, and its size in bytes.
    File {
        /// The caller's number.
        content: u64,
        /// Bytes.
        size: u64,
    },
    /// A folder.
    Folder,
    /// A symbolic link with its target, as written.
    Symlink(Vec<u8>),
    /// A named pipe.
    Fifo,
    /// A character device: major, minor.
    Char(u32, u32),
    /// A block device: major, minor.
    Block(u32, u32),
}

/// One file, under however many names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inode {
    /// What it is.
    pub body: Body,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last change of content: seconds since the epoch, nanoseconds.
    pub mtime: (i64, u32),
    /// Extended attributes by name, sorted.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Inode {
    /// A folder that no layer speaks of, above something that one does.
    pub(super) const fn implied() -> Self {
        Self {
            body: Body::Folder,
            mode: 0o755,
            uid: 0,
            gid: 0,
            mtime: (0, 0),
            xattrs: Vec::new(),
        }
    }
}

/// One entry of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file of its own.
    New(Inode),
    /// Another name of the file at this path of the image, as the layer writes it.
    HardLink(Vec<u8>),
}
