//! From a layout to its archive.

use std::collections::HashSet;
use std::io;

use bytes::Bytes;
use flate2::Crc;
use sha2::Digest;

use super::archive::{Archive, Held};
use super::base::{Entries, LEVEL};
use super::layout::{Body, Item, Layout};
use super::listing::Brought;
use super::rope::Rope;
use super::sources::Sources;
use crate::wire::cpio;
use crate::wire::gzip::{HEADER, footer, squeeze};

/// The time of last change of folders and links in an overlay archive, and the latest of a file: 1 January 2026. The archive is a
/// function of content alone, so a touched or re-installed file is no new archive, and its digest tells whether a reboot would
/// change a node.
pub const MTIME: u32 = 1_767_225_600;

/// Before [`MTIME`] within so many seconds, a year, lies the time of a file; which one its content and owner decide. Warewulf's
/// wwclient replaces a file only if its size, time or mode is another: with one time for all, `10.0.0.1` would never become
/// `10.0.0.2` on a node that runs.
const SPREAD: u32 = 365 * 24 * 60 * 60;

impl Layout {
    /// The archive of these items: what is the same for many nodes first, each part in order of path. What `sources` shares
    /// between nodes is written and compressed once for all of them.
    ///
    /// # Errors
    /// A sentence, when an entry cannot be held by the format.
    pub fn pack(self, sources: &Sources) -> io::Result<Archive> {
        let (shared, own) = self.parts();
        let base = sources.memory.bases.of(&shared)?;
        let mut writer = cpio::Writer::after(Vec::new(), base.inode);
        for (path, item) in &own {
            write(&mut writer, path, item)?;
        }
        let packed = shared.iter().chain(&own);
        let brought = Brought::of(packed.map(|(_, item)| *item));
        let (own, _) = writer.finish(4)?;
        let mut sha = base.sha.clone();
        sha.update(&own);
        let squeezed = squeeze(&own, LEVEL).map_err(io::Error::other)?;
        let mut crc = Crc::new();
        crc.combine(&base.crc);
        crc.combine(&squeezed.crc);
        let mut plain = Rope::from(base.plain.clone());
        plain.push(own.into());
        let mut gzip = Rope::from(Bytes::from_static(&HEADER));
        for piece in base.gzip.pieces() {
            gzip.push(piece.clone());
        }
        let mut end = squeezed.bytes;
        let so_far = (gzip.len() + end.len()) as u64;
        end.extend(footer(&crc, plain.len() as u64, so_far));
        gzip.push(end.into());
        let common = base.plain.len() + base.gzip.len();
        Ok(Archive {
            digest: hex(&sha.finalize()).into(),
            own: (plain.len() + gzip.len()).saturating_sub(common) as u64,
            plain,
            gzip,
            brought,
            faults: self.faults,
            base: Held::of(base),
        })
    }

    /// Items that many nodes have, with the folders that they are in; and the others.
    fn parts(&self) -> (Entries<'_>, Entries<'_>) {
        let mut above: HashSet<&[u8]> = HashSet::new();
        for (path, _) in self.items.iter().filter(|(_, item)| item.shared) {
            let mut path = path.as_slice();
            while let Some(at) = path.iter().rposition(|byte| *byte == b'/') {
                path = &path[..at];
                if !above.insert(path) {
                    break;
                }
            }
        }
        let shared =
            |(path, item): &(&Vec<u8>, &Item)| item.shared || above.contains(path.as_slice());
        self.items.iter().partition(shared)
    }
}

/// Writes one entry.
///
/// # Errors
/// As [`cpio::Writer::bytes`].
pub fn write(writer: &mut cpio::Writer<Vec<u8>>, path: &[u8], item: &Item) -> io::Result<()> {
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
        mtime: time(item),
        rdev,
        nlink: if format == cpio::FOLDER { 2 } else { 1 },
        group: None,
    };
    writer.bytes(&head, data)
}

/// When it was changed last, as the archive says.
fn time(item: &Item) -> u32 {
    let Body::File(data) = &item.body else {
        return MTIME;
    };
    let mut crc = Crc::new();
    crc.update(data);
    let owner = item.uid.rotate_left(16) ^ item.gid;
    MTIME - (crc.sum() ^ owner) % SPREAD
}

/// In lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
