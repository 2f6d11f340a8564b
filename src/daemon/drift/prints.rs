//! Digests of large files, each read once as long as it stays what it is.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// Files whose digests are remembered: kernels and initramfs files of all images.
const MOST: usize = 4096;

/// What tells one content of a file from another: device, inode, size, last change of content and of anything.
pub type Mark = (u64, u64, u64, (i64, i64), (i64, i64));

/// The mark of a file.
#[must_use]
pub fn mark(meta: &Metadata) -> Mark {
    (
        meta.dev(),
        meta.ino(),
        meta.size(),
        (meta.mtime(), meta.mtime_nsec()),
        (meta.ctime(), meta.ctime_nsec()),
    )
}

/// Digests by path.
#[derive(Debug, Default)]
pub struct Prints {
    known: HashMap<PathBuf, (Mark, Arc<str>)>,
}

impl Prints {
    /// SHA-256 of the file at `path`, lower-case hex; with `wanted` only if it still is that content. None if it cannot be read.
    pub fn of(&mut self, path: &Path, wanted: Option<Mark>) -> Option<Arc<str>> {
        let now = std::fs::metadata(path).ok().filter(Metadata::is_file);
        if let Some((known, digest)) = self.known.get(path)
            && Some(*known) == wanted.or(now.as_ref().map(mark))
        {
            return Some(digest.clone());
        }
        let now = mark(&now?);
        if wanted.is_some_and(|wanted| wanted != now) {
            return None;
        }
        let digest: Arc<str> = read(path).ok()?.into();
        // Replaced meanwhile: the digest may be of neither.
        let after = std::fs::metadata(path).ok().as_ref().map(mark);
        if after != Some(now) {
            return None;
        }
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(path.to_owned(), (now, digest.clone()));
        Some(digest)
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
    }
    let digest = hash.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
