//! What is at a path of the node now.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use super::archive::{Body, Item, LIMIT};

/// The marks by which a file that nobody touched is known without reading it. A change of content, mode or owner changes the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// Inode number.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of content, in nanoseconds.
    pub mtime: i128,
    /// Time of the last change of anything, in nanoseconds.
    pub ctime: i128,
}

impl Marks {
    fn of(stat: &Stat) -> Self {
        Self {
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: nanos(stat.st_mtime, stat.st_mtime_nsec),
            ctime: nanos(stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

/// A time of the kernel, whose numbers have other types on other architectures.
fn nanos(seconds: impl Into<i128>, nanos: impl Into<i128>) -> i128 {
    seconds.into() * 1_000_000_000 + nanos.into()
}

/// What is there.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it is.
    pub kind: FileType,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device numbers of a device node.
    rdev: (u32, u32),
    /// How to know it again.
    pub marks: Marks,
}

/// What is at `name` in `folder`, links not followed; none if nothing is.
///
/// # Errors
/// What the file system yields.
pub fn look(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<Option<Seen>> {
    let stat = match fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(Some(Seen {
        kind: FileType::from_raw_mode(stat.st_mode),
        mode: stat.st_mode as u32 & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        rdev: (fs::major(stat.st_rdev), fs::minor(stat.st_rdev)),
        marks: Marks::of(&stat),
    }))
}

/// Whether what is there is of the kind of `body`, device numbers included; content and target are not looked at.
pub fn like(seen: &Seen, body: &Body) -> bool {
    match body {
        Body::File(data) => {
            seen.kind == FileType::RegularFile && seen.marks.size == data.len() as u64
        }
        Body::Folder => seen.kind == FileType::Directory,
        Body::Link(_) => seen.kind == FileType::Symlink,
        Body::Fifo => seen.kind == FileType::Fifo,
        Body::Char(major, minor) => {
            seen.kind == FileType::CharacterDevice && seen.rdev == (*major, *minor)
        }
        Body::Block(major, minor) => {
            seen.kind == FileType::BlockDevice && seen.rdev == (*major, *minor)
        }
    }
}

/// Whether mode and owner are those of `item`. A link has no mode.
pub fn owned(seen: &Seen, item: &Item) -> bool {
    let mode = seen.kind == FileType::Symlink || seen.mode == item.mode;
    mode && (seen.uid, seen.gid) == (item.uid, item.gid)
}

/// A digest of content or target, as far as there is one: what a path holds, without mode and owner.
pub fn digest_of(body: &Body) -> String {
    match body {
        Body::File(data) | Body::Link(data) => hex(&Sha256::digest(data)),
        Body::Char(major, minor) | Body::Block(major, minor) => format!("{major}:{minor}"),
        Body::Folder | Body::Fifo => "-".into(),
    }
}

/// The same of what is at `name` in `folder`.
///
/// # Errors
/// What the file system yields.
pub fn digest(folder: BorrowedFd<'_>, name: &[u8], seen: &Seen) -> io::Result<String> {
    match seen.kind {
        FileType::RegularFile => {
            let mut file = open(folder, name)?.take(LIMIT);
            let mut hash = Sha256::new();
            let mut block = vec![0; 64 * 1024];
            loop {
                match file.read(&mut block)? {
                    0 => return Ok(hex(&hash.finalize())),
                    read => hash.update(&block[..read]),
                }
            }
        }
        FileType::Symlink => {
            let target = fs::readlinkat(folder, name, Vec::new())?.into_bytes();
            Ok(hex(&Sha256::digest(target)))
        }
        FileType::CharacterDevice | FileType::BlockDevice => {
            Ok(format!("{}:{}", seen.rdev.0, seen.rdev.1))
        }
        _ => Ok("-".into()),
    }
}

/// Opens the file `name` for reading; never a link, and without waiting for whoever writes into a pipe.
///
/// # Errors
/// What the file system yields.
pub fn open(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(fs::openat(folder.as_fd(), name, flags, Mode::empty())?.into())
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
