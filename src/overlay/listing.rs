//! What an archive holds, file by file, each known by its digest: to tell which files of two archives differ.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::layout::Item;
use crate::wire::cpio;

/// Which overlay brought each entry of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brought {
    names: Vec<Arc<str>>,
    /// In the order of the entries: index into `names`.
    by: Vec<u16>,
}

impl Brought {
    /// Of items in the order in which they are packed.
    pub(super) fn of<'i>(items: impl Iterator<Item = &'i Item>) -> Self {
        let mut brought = Self::default();
        for item in items {
            let known = brought.names.iter().position(|name| *name == item.overlay);
            let at = known.unwrap_or_else(|| {
                brought.names.push(item.overlay.clone());
                brought.names.len() - 1
            });
            brought.by.push(u16::try_from(at).unwrap_or(u16::MAX));
        }
        brought
    }

    fn name(&self, entry: usize) -> Arc<str> {
        let at = self.by.get(entry).copied().unwrap_or(u16::MAX);
        let name = self.names.get(usize::from(at)).cloned();
        name.unwrap_or_default()
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device or a pipe.
    Special,
}

/// One path of an archive: everything that a node gets of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Absolute on the node. What is no UTF-8 is replaced by signs that say so.
    pub path: Arc<str>,
    /// What it is.
    pub sort: Sort,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// SHA-256, lower-case hex, of the content; of a link's target; of a device's numbers. None of what has none of these.
    pub digest: Option<Arc<str>>,
    /// The overlay that brought it.
    pub overlay: Arc<str>,
}

impl Entry {
    /// Whether others than its owner may read it; what they may not is not shown to everybody here either.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.sort == Sort::File && self.mode & 0o044 == 0
    }
}

/// Everything that an archive holds, sorted by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// SHA-256 of the archive, lower-case hex.
    pub digest: Arc<str>,
    /// Its entries. Equal ones may be shared between archives.
    pub entries: Box<[Arc<Entry>]>,
}

impl Listing {
    /// The entry of an absolute path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Arc<Entry>> {
        self.entries.iter().find(|entry| *entry.path == *path)
    }
}

impl Archive {
    /// What it holds, each entry with the place of its data in [`Archive::plain`].
    ///
    /// # Errors
    /// A sentence, when it is no archive of ours.
    pub fn listing(&self) -> io::Result<Vec<(Entry, Range<usize>)>> {
        let plain = self.plain.joined();
        let found = cpio::entries(&plain)?;
        let entry = |(at, (head, data)): (usize, (cpio::Head, Range<usize>))| {
            let bytes = plain.get(data.clone()).unwrap_or_default();
            let sort = match head.mode & cpio::FORMAT {
                cpio::REGULAR => Sort::File,
                cpio::FOLDER => Sort::Folder,
                cpio::SYMLINK => Sort::Link,
                _ => Sort::Special,
            };
            let digest = match sort {
                Sort::File | Sort::Link => Some(sum(bytes)),
                Sort::Folder => None,
                Sort::Special => Some(sum(format!("{:o} {:?}", head.mode, head.rdev).as_bytes())),
            };
            let entry = Entry {
                path: format!("/{}", String::from_utf8_lossy(&head.name)).into(),
                sort,
                mode: head.mode & 0o7777,
                uid: head.uid,
                gid: head.gid,
                digest,
                overlay: self.brought.name(at),
            };
            (entry, data)
        };
        let mut found: Vec<_> = found.into_iter().enumerate().map(entry).collect();
        found.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
        Ok(found)
    }
}

fn sum(bytes: &[u8]) -> Arc<str> {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.into()
}
