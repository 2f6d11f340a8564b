//! The files of one node's overlays, laid over one another, and their archive.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Crc;
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::listing::Brought;
use super::shared::LEVEL;
use super::sources::Sources;
use crate::model::Fault;
use crate::wire::cpio;
use crate::wire::gzip::{Block, HEADER, footer, squeeze};

/// The time of last change of folders and links in an overlay archive, and the latest of a file: 1 January 2026. The archive is a
/// function of content alone, so a touched or re-installed file is no new archive, and its digest tells whether a reboot would
/// change a node.
pub const MTIME: u32 = 1_767_225_600;

/// Before [`MTIME`] within so many seconds, a year, lies the time of a file; which one its content and owner decide. Warewulf's
/// wwclient replaces a file only if its size, time or mode is another: with one time for all, `10.0.0.1` would never become
/// `10.0.0.2` on a node that runs.
const SPREAD: u32 = 365 * 24 * 60 * 60;

/// What an item is.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A regular file with its content.
    File(Bytes),
    /// A folder.
    Folder,
    /// A symbolic link with its target.
    Symlink(Bytes),
    /// A named pipe.
    Fifo,
    /// A character device.
    Char(u32, u32),
    /// A block device.
    Block(u32, u32),
}

/// One path of an overlay.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is.
    pub body: Body,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// The overlay that brought it.
    pub overlay: Arc<str>,
}

/// All overlays of one context of one node, laid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// By path without a leading slash; sorted, so that a parent comes before its children.
    pub items: BTreeMap<Vec<u8>, Item>,
    /// Whether a template read the list of all nodes, so that any commit may change the result.
    pub all_nodes: bool,
    /// Warnings that did not prevent it.
    pub faults: Vec<Fault>,
}

impl Layout {
    /// Lays `item` at `path` over what is there. Later wins; a folder over a folder keeps the mode and takes the owner.
    ///
    /// # Errors
    /// A sentence when a folder would replace a file or link or the reverse, or one of the links that a merged `/usr` needs.
    pub fn put(&mut self, path: &[u8], item: Item) -> Result<(), String> {
        let shown = String::from_utf8_lossy(path).into_owned();
        let link = matches!(item.body, Body::Symlink(_));
        if matches!(path, b"bin" | b"sbin" | b"lib" | b"lib64") && !link {
            return Err(format!(
                "/{shown} would replace the link into /usr that the image has there, and nothing would run any more"
            ));
        }
        let folder = item.body == Body::Folder;
        match self.items.get_mut(path) {
            Some(old) if old.body == Body::Folder && folder => {
                (old.uid, old.gid) = (item.uid, item.gid);
                return Ok(());
            }
            Some(old) if (old.body == Body::Folder) != folder => {
                let word = |folder| if folder { "a folder" } else { "no folder" };
                return Err(format!(
                    "/{shown} is {} in overlay {} and {} here",
                    word(!folder),
                    old.overlay,
                    word(folder)
                ));
            }
            _ => {}
        }
        self.parents(path, &item)?;
        self.items.insert(path.to_vec(), item);
        Ok(())
    }

    /// Folders above `path` that nobody brought get mode 0755 and root.
    fn parents(&mut self, path: &[u8], item: &Item) -> Result<(), String> {
        for at in (0..path.len()).filter(|at| path[*at] == b'/') {
            let parent = &path[..at];
            match self.items.get(parent) {
                Some(above) if above.body != Body::Folder => {
                    return Err(format!(
                        "/{} lies below /{}, which is no folder in overlay {}",
                        String::from_utf8_lossy(path),
                        String::from_utf8_lossy(parent),
                        above.overlay
                    ));
                }
                Some(_) => {}
                None => {
                    let folder = Item {
                        body: Body::Folder,
                        mode: 0o755,
                        uid: 0,
                        gid: 0,
                        overlay: item.overlay.clone(),
                    };
                    self.put(parent, folder)?;
                }
            }
        }
        Ok(())
    }

    /// The archive of these items. What `sources` shares between nodes is compressed once for all of them.
    ///
    /// # Errors
    /// A sentence, when an entry cannot be held by the format.
    pub fn pack(self, sources: &Sources) -> io::Result<Archive> {
        let mut writer = cpio::Writer::new(Vec::new());
        let mut member = Member::default();
        for (path, item) in &self.items {
            let Body::File(data) = &item.body else {
                write(&mut writer, path, item, MTIME)?;
                continue;
            };
            let block = sources.memory.squeezed(data).transpose()?;
            // Of what is large and shared the checksum is known.
            let sum = block
                .as_ref()
                .map_or_else(|| sum(data), |block| block.crc.sum());
            write(&mut writer, path, item, time(item, sum))?;
            if let Some(block) = block {
                member.shared.push((writer.written(), data.len(), block));
            }
        }
        let (plain, _) = writer.finish(4)?;
        let gzip = member.gzip(&plain)?;
        Ok(Archive {
            digest: hex(&Sha256::digest(&plain)).into(),
            plain: plain.into(),
            gzip: gzip.into(),
            brought: Brought::of(self.items.values()),
            faults: self.faults,
        })
    }
}

/// The gzip member of an archive, of which some stretches are compressed already.
#[derive(Default)]
struct Member {
    /// Where each ends after its padding to 4 bytes, its length, and what it is compressed.
    shared: Vec<(u64, usize, Arc<Block>)>,
}

impl Member {
    fn gzip(self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = HEADER.to_vec();
        let mut crc = Crc::new();
        let mut add = |out: &mut Vec<u8>, block: &Block| {
            out.extend_from_slice(&block.bytes);
            crc.combine(&block.crc);
        };
        let mut at = 0;
        for (end, length, block) in self.shared {
            let end = usize::try_from(end).unwrap_or(usize::MAX);
            let start = end.saturating_sub(length.next_multiple_of(4));
            let between = plain.get(at..start).unwrap_or_default();
            add(
                &mut out,
                &squeeze(between, LEVEL).map_err(io::Error::other)?,
            );
            add(&mut out, &block);
            at = start + length;
        }
        let rest = plain.get(at..).unwrap_or_default();
        add(&mut out, &squeeze(rest, LEVEL).map_err(io::Error::other)?);
        let end = footer(&crc, plain.len() as u64, out.len() as u64);
        out.extend_from_slice(&end);
        Ok(out)
    }
}

fn sum(data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum()
}

/// The time of a file with the checksum `sum`.
fn time(item: &Item, sum: u32) -> u32 {
    let owner = item.uid.rotate_left(16) ^ item.gid;
    MTIME - (sum ^ owner) % SPREAD
}

fn write(
    writer: &mut cpio::Writer<Vec<u8>>,
    path: &[u8],
    item: &Item,
    mtime: u32,
) -> io::Result<()> {
    let (format, data, rdev): (u32, &[u8], _) = match &item.body {
        Body::File(data) => (cpio::REGULAR, data, (0, 0)),
        Body::Folder => (cpio::FOLDER, b"", (0, 0)),
        Body::Symlink(target) => (cpio::SYMLINK, target, (0, 0)),
        Body::Fifo => (cpio::FIFO, b"", (0, 0)),
        Body::Char(major, minor) => (cpio::CHAR, b"", (*major, *minor)),
        Body::Block(major, minor) => (cpio::BLOCK, b"", (*major, *minor)),
    };
    let head = cpio::Head {
        name: path.to_vec(),
        mode: format | item.mode & 0o7777,
        uid: item.uid,
        gid: item.gid,
        mtime,
        rdev,
        nlink: if format == cpio::FOLDER { 2 } else { 1 },
        group: None,
    };
    writer.bytes(&head, data)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
