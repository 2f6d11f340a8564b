//! Opening what a plan names on disk.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::boot::http::imf_fixdate;
use crate::model::Settings;

/// An open regular file with what identifies its content.
#[derive(Debug)]
pub(super) struct Opened {
    /// The file.
    pub file: Arc<File>,
    /// Its size in bytes.
    pub size: u64,
    /// Strong validator, quotes included.
    pub etag: String,
    /// `Last-Modified`.
    pub modified: String,
}

/// Opens a regular file. Its tag is the digest, if known, else inode, size and time of change.
///
/// # Errors
/// As of the system; anything but a regular file is "not found".
pub(super) fn open(path: &Path, digest: Option<&str>) -> io::Result<Opened> {
    // O_NONBLOCK: a FIFO in a site's folder must not hold the server.
    let mut options = File::options();
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        options.read(true),
        nix::fcntl::OFlag::O_NONBLOCK.bits(),
    );
    let file = options.open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let etag = match digest {
        Some(digest) => format!("\"{digest}\""),
        None => format!(
            "\"{:x}-{:x}-{:x}.{:x}\"",
            meta.ino(),
            meta.size(),
            meta.mtime(),
            meta.mtime_nsec()
        ),
    };
    Ok(Opened {
        file: Arc::new(file),
        size: meta.size(),
        etag,
        modified: imf_fixdate(u64::try_from(meta.mtime()).unwrap_or(0)),
    })
}

/// A site file below `<state>/files`. Links may point anywhere inside that folder, not out of it.
///
/// # Errors
/// "Not found" also for what lies outside.
pub(super) fn site(settings: &Settings, segments: &[String]) -> io::Result<PathBuf> {
    let root = settings.paths.state.join("files").canonicalize()?;
    let mut path = root.clone();
    path.extend(segments);
    let path = path.canonicalize()?;
    if path.starts_with(&root) {
        Ok(path)
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// A network boot program: the site's folder first, then the search path. `name` is one path segment.
#[must_use]
pub(super) fn loader(settings: &Settings, name: &str) -> Option<PathBuf> {
    let tftp = &settings.tftp;
    std::iter::once(&tftp.root)
        .chain(&tftp.search)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
