//! Small site files that are asked for again and again. Their bytes are kept in memory, and one look at the disk tells whether they
//! are still what they were: opening, reading and closing a file costs several times as much as sending it.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::header::HeaderValue;

/// All of them together.
const MOST: usize = 8 << 20;
/// Beside its bytes, one takes about as many.
const AROUND: usize = 512;
/// A file that changed this lately may change again without showing it: its time of change is as coarse as the kernel's clock.
const SETTLED: Duration = Duration::from_secs(2);

/// A small file.
#[derive(Debug)]
pub(super) struct Short {
    /// Its content.
    pub body: Bytes,
    /// Strong validator, quotes included.
    pub etag: Option<HeaderValue>,
    /// `Last-Modified`.
    pub modified: Option<HeaderValue>,
    /// Which file it was, and when it changed last.
    pub stamp: Stamp,
}

/// Device, inode, size, and last change of content or owner: seconds and nanoseconds.
pub(super) type Stamp = (u64, u64, u64, i64, i64);

/// What identifies the content of a file.
pub(super) fn stamp(meta: &Metadata) -> Stamp {
    (
        meta.dev(),
        meta.ino(),
        meta.size(),
        meta.ctime(),
        meta.ctime_nsec(),
    )
}

/// The files by their paths.
#[derive(Debug, Default)]
pub(super) struct Kept {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    files: HashMap<PathBuf, Arc<Short>>,
    size: usize,
}

impl Kept {
    /// The file at `path`, if it is kept and still is what it was. Whatever the path leads to now: if that is the file that was
    /// found below the folder of files before, it may be sent.
    pub(super) fn get(&self, path: &Path) -> Option<Arc<Short>> {
        let short = self.lock().files.get(path).cloned()?;
        let now = std::fs::metadata(path).ok();
        let same = now.is_some_and(|meta| stamp(&meta) == short.stamp);
        same.then_some(short)
    }

    /// Keeps a file that was just read, unless it changed a moment ago.
    pub(super) fn keep(&self, path: PathBuf, short: &Arc<Short>) {
        let changed = Duration::from_secs(u64::try_from(short.stamp.3).unwrap_or(u64::MAX));
        let age = SystemTime::UNIX_EPOCH
            .checked_add(changed)
            .and_then(|changed| changed.elapsed().ok());
        if age.is_none_or(|age| age < SETTLED) {
            return;
        }
        let mut table = self.lock();
        if table.size > MOST {
            *table = Table::default();
        }
        table.size += short.body.len() + AROUND;
        table.files.insert(path, short.clone());
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
