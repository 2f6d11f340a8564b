//! The beginning of archives that is the same for many nodes: written, digested and compressed once.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use flate2::Crc;
use sha2::{Digest, Sha256};

use super::layout::{Body, Item};
use super::pack::write;
use super::rope::Rope;
use crate::wire::cpio;
use crate::wire::gzip::{Block, squeeze};

/// Compression of overlays: the point from which more time hardly saves bytes of short texts.
pub const LEVEL: u32 = 3;
/// Smaller files are not worth a stretch of their own.
const LARGE: usize = 32 << 10;
/// Bases that are kept: one for each list of overlays, network and context that is in use.
const MOST_BASES: usize = 32;
/// Compressed large files that are kept.
const MOST_BLOCKS: usize = 64;

/// Paths and what is there, in order of path.
pub type Entries<'a> = Vec<(&'a Vec<u8>, &'a Item)>;

/// Entries that stand first in the archives of many nodes.
#[derive(Debug)]
pub struct Base {
    entries: Vec<(Vec<u8>, Item)>,
    /// The entries as they are in an archive.
    pub plain: Bytes,
    /// The same compressed, without header and end.
    pub gzip: Rope,
    /// Checksum of `plain`.
    pub crc: Crc,
    /// Digest of `plain`, to go on from.
    pub sha: Sha256,
    /// The inode number of the next entry.
    pub inode: u32,
}

/// A large file compressed, and its checksum.
type Squeezed = Arc<(Bytes, Crc)>;

/// Bases that were made, and compressed large files in them.
#[derive(Debug, Default)]
pub struct Bases {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    turn: u64,
    bases: HashMap<u64, (u64, Arc<Base>)>,
    /// All that are still held by some archive.
    live: Vec<Weak<Base>>,
    /// By where their bytes are; these are held, so that nothing else can come to be there.
    blocks: HashMap<usize, (u64, Bytes, Squeezed)>,
}

impl Bases {
    /// The base of these entries. Made at the first call.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn of(&self, entries: &Entries<'_>) -> io::Result<Arc<Base>> {
        let key = key(entries);
        let mut inner = self.lock();
        inner.turn += 1;
        let turn = inner.turn;
        if let Some((last, base)) = inner.bases.get_mut(&key)
            && base.is_of(entries)
        {
            *last = turn;
            return Ok(base.clone());
        }
        drop(inner);
        let base = Arc::new(self.make(entries)?);
        let mut inner = self.lock();
        if inner.bases.len() >= MOST_BASES {
            let oldest = inner.bases.iter().min_by_key(|(_, (last, _))| *last);
            let oldest = oldest.map(|(key, _)| *key);
            oldest.map(|key| inner.bases.remove(&key));
        }
        inner.bases.insert(key, (turn, base.clone()));
        inner.live.retain(|base| base.strong_count() > 0);
        inner.live.push(Arc::downgrade(&base));
        Ok(base)
    }

    /// Bytes of all bases that somebody holds.
    pub fn size(&self) -> u64 {
        let inner = self.lock();
        let live = inner.live.iter().filter_map(Weak::upgrade);
        live.map(|base| (base.plain.len() + base.gzip.len()) as u64)
            .sum()
    }

    fn make(&self, entries: &Entries<'_>) -> io::Result<Base> {
        let mut writer = cpio::Writer::new(Vec::new());
        // Where the data of large files end, with their padding.
        let mut large = Vec::new();
        for (path, item) in entries {
            write(&mut writer, path, item)?;
            if let Body::File(data) = &item.body
                && data.len() >= LARGE
            {
                large.push((writer.written(), data));
            }
        }
        let inode = writer.next_inode();
        let plain = Bytes::from(writer.into_inner());
        let (mut gzip, mut crc, mut at) = (Rope::default(), Crc::new(), 0);
        for (end, data) in large {
            let end = usize::try_from(end).unwrap_or(usize::MAX);
            let start = end.saturating_sub(data.len().next_multiple_of(4));
            add(&mut gzip, &mut crc, plain.get(at..start))?;
            let block = self.block(data)?;
            gzip.push(block.0.clone());
            crc.combine(&block.1);
            at = start + data.len();
        }
        add(&mut gzip, &mut crc, plain.get(at..))?;
        let held = |(path, item): &(&Vec<u8>, &Item)| ((*path).clone(), (*item).clone());
        Ok(Base {
            entries: entries.iter().map(held).collect(),
            sha: Sha256::new_with_prefix(&plain),
            plain,
            gzip,
            crc,
            inode,
        })
    }

    /// A large file compressed: once, in however many bases it is.
    fn block(&self, data: &Bytes) -> io::Result<Squeezed> {
        let at = data.as_ptr() as usize;
        let mut inner = self.lock();
        inner.turn += 1;
        let turn = inner.turn;
        if let Some((last, held, block)) = inner.blocks.get_mut(&at)
            && held.len() == data.len()
        {
            *last = turn;
            return Ok(block.clone());
        }
        drop(inner);
        let Block { bytes, crc } = squeeze(data, LEVEL).map_err(io::Error::other)?;
        let block = Arc::new((Bytes::from(bytes), crc));
        let mut inner = self.lock();
        if inner.blocks.len() >= MOST_BLOCKS {
            let oldest = inner.blocks.iter().min_by_key(|(_, (last, ..))| *last);
            let oldest = oldest.map(|(at, _)| *at);
            oldest.map(|at| inner.blocks.remove(&at));
        }
        inner.blocks.insert(at, (turn, data.clone(), block.clone()));
        Ok(block)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Base {
    fn is_of(&self, entries: &Entries<'_>) -> bool {
        let mut pairs = self.entries.iter().zip(entries);
        self.entries.len() == entries.len()
            && pairs.all(|((path, item), (other, wanted))| path == *other && same(item, wanted))
    }
}

fn add(gzip: &mut Rope, crc: &mut Crc, plain: Option<&[u8]>) -> io::Result<()> {
    let Some(plain) = plain.filter(|plain| !plain.is_empty()) else {
        return Ok(());
    };
    let block = squeeze(plain, LEVEL).map_err(io::Error::other)?;
    crc.combine(&block.crc);
    gzip.push(block.bytes.into());
    Ok(())
}

/// Whether both are written alike. Files are told apart by where their bytes are, which a base holds.
fn same(one: &Item, other: &Item) -> bool {
    let bodies = match (&one.body, &other.body) {
        (Body::File(one), Body::File(other)) => {
            one.len() == other.len() && one.as_ptr() == other.as_ptr()
        }
        (one, other) => one == other,
    };
    bodies && (one.mode, one.uid, one.gid) == (other.mode, other.uid, other.gid)
}

/// Stands for the entries; two lists that are alike have the same.
fn key(entries: &Entries<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (path, item) in entries {
        path.hash(&mut hasher);
        (item.mode, item.uid, item.gid).hash(&mut hasher);
        match &item.body {
            Body::File(data) => (data.as_ptr() as usize, data.len()).hash(&mut hasher),
            Body::Symlink(target) => target.hash(&mut hasher),
            Body::Char(major, minor) | Body::Block(major, minor) => {
                (major, minor).hash(&mut hasher);
            }
            Body::Folder | Body::Fifo => {}
        }
    }
    hasher.finish()
}
