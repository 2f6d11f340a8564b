//! cpio archives of the form `newc`, as the Linux kernel unpacks them (`Documentation/driver-api/early-userspace/buffer-format`).
//!
//! The `cpio` crate reads well but cannot write names that are not UTF-8, shares no hard links and lets sizes wrap, so muster
//! writes its own: a header of thirteen 8-digit hex fields, the name, the data, each padded to 4 bytes.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::ops::Range;

/// Format bits of a mode (`S_IFMT`).
pub const FORMAT: u32 = 0o170_000;
/// A regular file.
pub const REGULAR: u32 = 0o100_000;
/// A folder.
pub const FOLDER: u32 = 0o040_000;
/// A symbolic link; its data is the target.
pub const SYMLINK: u32 = 0o120_000;
/// A character device.
pub const CHAR: u32 = 0o020_000;
/// A block device.
pub const BLOCK: u32 = 0o060_000;
/// A named pipe.
pub const FIFO: u32 = 0o010_000;

/// The longest name with its NUL that the kernel takes (`PATH_MAX`).
const LONGEST_NAME: usize = 4096;
const TRAILER: &[u8] = b"TRAILER!!!";

/// What stands before an entry's data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Path without a leading `/`, in bytes as the file system has it.
    pub name: Vec<u8>,
    /// Format and permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Seconds since the epoch; 32 bits is what the format holds.
    pub mtime: u32,
    /// Major and minor number of a device node.
    pub rdev: (u32, u32),
    /// How many names the file has inside the archive; 1 unless hard links are kept.
    pub nlink: u32,
    /// Names with the same group are one file. The first of them brings the data.
    pub group: Option<(u64, u64)>,
}

/// Writes entries in the order given. The same entries give the same bytes: inodes are numbered from 1, no clock is read.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
    written: u64,
    next_inode: u32,
    groups: HashMap<(u64, u64), u32>,
}

impl<W: Write> Writer<W> {
    /// An empty archive.
    pub fn new(to: W) -> Self {
        Self {
            to,
            written: 0,
            next_inode: 1,
            groups: HashMap::new(),
        }
    }

    /// Goes on where another archive without an end stopped: the next entry gets the inode `next`.
    pub fn after(to: W, next: u32) -> Self {
        Self {
            next_inode: next,
            ..Self::new(to)
        }
    }

    /// The inode of the next entry.
    pub fn next_inode(&self) -> u32 {
        self.next_inode
    }

    /// The writer, without an end of the archive: another one is to go on.
    pub fn into_inner(self) -> W {
        self.to
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Adds an entry whose data is in memory (a symlink's target, a small file, nothing).
    ///
    /// # Errors
    /// As [`Writer::stream`].
    pub fn bytes(&mut self, head: &Head, data: &[u8]) -> io::Result<()> {
        self.stream(head, data.len() as u64, &mut &*data)
    }

    /// Adds an entry and copies exactly `size` bytes from `data`; more are left unread. Later names of a hard-linked file are
    /// written without data, and `data` is not read for them.
    ///
    /// # Errors
    /// `InvalidInput` for a name the format cannot hold or a file of 4 GiB and more, `UnexpectedEof` when `data` ends early,
    /// otherwise what reading or writing yields. Each is a sentence that names the entry.
    pub fn stream(&mut self, head: &Head, size: u64, data: &mut dyn Read) -> io::Result<()> {
        check_name(&head.name)?;
        let (inode, first) = self.inode(head.group)?;
        let size = if first { size } else { 0 };
        let short = u32::try_from(size).map_err(|_| {
            refuse(format!(
                "{} has {size} bytes; a node image can hold files of up to 4 GiB (4294967295 bytes)",
                show(&head.name)
            ))
        })?;
        self.head(head, inode, short)?;
        let copied = io::copy(&mut data.take(size), &mut self.to)?;
        self.written += copied;
        if copied < size {
            let text = format!(
                "{} shrank from {size} to {copied} bytes while it was packed; try again",
                show(&head.name)
            );
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        }
        self.pad(4)
    }

    /// Ends the archive, pads it with NULs to a multiple of `align` and gives the writer back with the archive's size.
    ///
    /// # Errors
    /// What writing yields.
    pub fn finish(mut self, align: u64) -> io::Result<(W, u64)> {
        let head = Head {
            name: TRAILER.to_vec(),
            nlink: 1,
            ..Head::default()
        };
        self.head(&head, 0, 0)?;
        self.pad(align.max(4))?;
        self.to.flush()?;
        Ok((self.to, self.written))
    }

    fn inode(&mut self, group: Option<(u64, u64)>) -> io::Result<(u32, bool)> {
        if let Some(known) = group.and_then(|group| self.groups.get(&group)) {
            return Ok((*known, false));
        }
        let inode = self.next_inode;
        self.next_inode = inode
            .checked_add(1)
            .ok_or_else(|| refuse("a cpio archive can hold 4294967295 files".into()))?;
        if let Some(group) = group {
            self.groups.insert(group, inode);
        }
        Ok((inode, true))
    }

    fn head(&mut self, head: &Head, inode: u32, size: u32) -> io::Result<()> {
        let name_size = head.name.len() as u32 + 1;
        let fields = [
            inode,
            head.mode,
            head.uid,
            head.gid,
            head.nlink.max(1),
            head.mtime,
            size,
            0,
            0,
            head.rdev.0,
            head.rdev.1,
            name_size,
            0,
        ];
        let mut text = Vec::with_capacity(110 + head.name.len() + 4);
        text.extend_from_slice(b"070701");
        for field in fields {
            text.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        text.extend_from_slice(&head.name);
        text.push(0);
        self.to.write_all(&text)?;
        self.written += text.len() as u64;
        self.pad(4)
    }

    fn pad(&mut self, align: u64) -> io::Result<()> {
        let lacking = self.written.next_multiple_of(align) - self.written;
        io::copy(&mut io::repeat(0).take(lacking), &mut self.to)?;
        self.written += lacking;
        Ok(())
    }
}

fn check_name(name: &[u8]) -> io::Result<()> {
    let why = if name.is_empty() {
        "has an empty name"
    } else if name.contains(&0) {
        "has a NUL in its name"
    } else if name.starts_with(b"/") {
        "begins with a slash"
    } else if name.len() >= LONGEST_NAME {
        "has a longer path than the kernel takes (4095 bytes)"
    } else if name == TRAILER {
        "has the name that ends an archive"
    } else {
        return Ok(());
    };
    Err(refuse(format!("{} {why}", show(name))))
}

fn refuse(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// A name for a person: short, and with nothing in it that could hurt a terminal.
#[must_use]
pub fn show(name: &[u8]) -> String {
    let mut text: String = String::from_utf8_lossy(name)
        .chars()
        .take(200)
        .flat_map(char::escape_debug)
        .collect();
    if text.is_empty() {
        text.push_str("an entry");
    }
    text
}

/// Reads an archive in memory: what stands before each entry, and where its data is. The
/// names of a hard-linked file have its inode for a group; whichever brings data, of GNU cpio the last, brings it for all.
///
/// # Errors
/// `InvalidData` where it is no archive of this form, or ends early.
pub fn entries(archive: &[u8]) -> io::Result<Vec<(Head, Range<usize>)>> {
    let mut found = Vec::new();
    let mut at = 0usize;
    loop {
        let broken = || {
            let text = format!("byte {at} of the cpio archive makes no sense");
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let text = archive.get(at..at + 110).ok_or_else(broken)?;
        if text.get(..6) != Some(b"070701") {
            return Err(broken());
        }
        let mut fields = [0u32; 13];
        for (field, digits) in fields.iter_mut().zip(text[6..].chunks_exact(8)) {
            let digits = std::str::from_utf8(digits).ok();
            let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            *field = number.ok_or_else(broken)?;
        }
        let [
            inode,
            mode,
            uid,
            gid,
            nlink,
            mtime,
            size,
            _,
            _,
            major,
            minor,
            length,
            _,
        ] = fields;
        // Of 32-bit numbers and places in memory, so that no sum wraps.
        let name = at + 110..at + 110 + (length as usize).max(1) - 1;
        let start = (name.end + 1).next_multiple_of(4);
        let data = start..start + size as usize;
        let name = archive.get(name).ok_or_else(broken)?;
        if name == TRAILER {
            return Ok(found);
        }
        if data.end > archive.len() {
            return Err(broken());
        }
        at = data.end.next_multiple_of(4);
        let head = Head {
            name: name.to_vec(),
            mode,
            uid,
            gid,
            mtime,
            rdev: (major, minor),
            nlink,
            group: (mode & FORMAT == REGULAR && nlink > 1).then_some((0, inode.into())),
        };
        found.push((head, data));
    }
}
