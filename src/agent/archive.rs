//! An archive as it arrives, to a list of items that is known to be sound: nothing is applied before all of it was read.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use flate2::read::GzDecoder;

use super::labels;
use crate::wire::cpio::{self, Head, show};

/// Bytes of an archive after it was unpacked. The server's limit is 64 MiB.
pub const LIMIT: u64 = 256 << 20;
/// Paths of an archive.
const MOST: usize = 100_000;
/// Bytes of a path, and of one name in it.
const LONGEST: (usize, usize) = (4096, 255);
/// Where an archive says what its entries cannot: extended attributes.
const XATTRS: &[u8] = b"warewulf/xattrs.runtime";

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A regular file with its content.
    File(Vec<u8>),
    /// A folder.
    Folder,
    /// A symbolic link with its target.
    Link(Vec<u8>),
    /// A named pipe.
    Fifo,
    /// A character device: major, minor.
    Char(u32, u32),
    /// A block device: major, minor.
    Block(u32, u32),
}

/// One path that the overlay provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub body: Body,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Extended attributes: name, value.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The uncompressed archive.
///
/// # Errors
/// A sentence, for what is no gzip or larger than [`LIMIT`].
pub fn unpack(gzip: &[u8]) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    GzDecoder::new(gzip)
        .take(LIMIT + 1)
        .read_to_end(&mut plain)
        .map_err(|error| format!("the archive cannot be unpacked: {error}"))?;
    if plain.len() as u64 > LIMIT {
        return Err(format!(
            "the archive holds more than {} MiB; nothing of it is applied",
            LIMIT >> 20
        ));
    }
    Ok(plain)
}

/// What an archive provides, by path without a leading slash. Of two entries with one path the later counts, as the kernel has it.
///
/// # Errors
/// A sentence that names the entry: a path that leaves the root or goes through something that is no folder, an unknown kind of file,
/// too much of anything. Then nothing of the archive is to be used.
pub fn read(plain: &[u8]) -> Result<BTreeMap<Vec<u8>, Item>, String> {
    let entries = cpio::entries(plain).map_err(|error| error.to_string())?;
    if entries.len() > MOST {
        return Err(format!("the archive has more than {MOST} entries"));
    }
    // Whichever of the names of a hard-linked file brings its data, all have it.
    let shared: HashMap<(u64, u64), &[u8]> = entries
        .iter()
        .filter_map(|(head, range)| Some((head.group?, plain.get(range.clone())?)))
        .filter(|(_, data)| !data.is_empty())
        .collect();
    let mut items = BTreeMap::new();
    let mut left = LIMIT;
    for (head, range) in &entries {
        let Some(path) = path(&head.name)? else {
            continue;
        };
        let linked = head.group.and_then(|group| shared.get(&group).copied());
        let data = plain.get(range.clone()).filter(|data| !data.is_empty());
        let item = item(head, data.or(linked).unwrap_or_default())?;
        if let Body::File(data) = &item.body {
            left = left
                .checked_sub(data.len() as u64)
                .ok_or("the files of the archive are larger than it may be")?;
        }
        items.insert(path, item);
    }
    let listed = match items.remove(XATTRS).map(|item| item.body) {
        Some(Body::File(text)) => labels::read(&text)?,
        _ => Vec::new(),
    };
    for (path, xattrs) in listed {
        if let Some(item) = items.get_mut(&path) {
            item.xattrs = xattrs;
        }
    }
    parents(&items)?;
    Ok(items)
}

fn item(head: &Head, data: &[u8]) -> Result<Item, String> {
    let name = || show(&head.name);
    let body = match head.mode & cpio::FORMAT {
        cpio::REGULAR => Body::File(data.to_vec()),
        cpio::FOLDER => Body::Folder,
        cpio::SYMLINK => {
            let target = data.strip_suffix(&[0]).unwrap_or(data);
            if target.is_empty() || target.contains(&0) || target.len() >= LONGEST.0 {
                return Err(format!("the link {} has no usable target", name()));
            }
            Body::Link(target.to_vec())
        }
        cpio::FIFO => Body::Fifo,
        cpio::CHAR => Body::Char(head.rdev.0, head.rdev.1),
        cpio::BLOCK => Body::Block(head.rdev.0, head.rdev.1),
        _ => return Err(format!("{} is of a kind that no overlay has", name())),
    };
    Ok(Item {
        body,
        mode: head.mode & 0o7777,
        uid: head.uid,
        gid: head.gid,
        xattrs: Vec::new(),
    })
}

/// The path of an entry; none of the root itself.
fn path(name: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut clean: Vec<u8> = Vec::with_capacity(name.len());
    for part in name.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            part if part.contains(&0) => return Err(format!("{} has a NUL in it", show(name))),
            b".." => return Err(format!("{} leads out of the root", show(name))),
            part if part.len() > LONGEST.1 => {
                return Err(format!("{} has too long a name in it", show(name)));
            }
            part => {
                if !clean.is_empty() {
                    clean.push(b'/');
                }
                clean.extend_from_slice(part);
            }
        }
    }
    if clean.len() >= LONGEST.0 {
        return Err(format!("{} is too long a path", show(name)));
    }
    Ok((!clean.is_empty()).then_some(clean))
}

/// What lies below an entry must lie below a folder.
fn parents(items: &BTreeMap<Vec<u8>, Item>) -> Result<(), String> {
    for path in items.keys() {
        for at in (0..path.len()).filter(|at| path[*at] == b'/') {
            let above = items.get(&path[..at]);
            if above.is_some_and(|item| item.body != Body::Folder) {
                return Err(format!(
                    "{} lies below {}, which is no folder",
                    show(path),
                    show(&path[..at])
                ));
            }
        }
    }
    Ok(())
}
