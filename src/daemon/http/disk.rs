//! Opening what a plan names on disk.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};

use super::kept::{Stamp, stamp};
use super::warm::Key;
use crate::boot::http::imf_fixdate;
use crate::model::Settings;
use crate::overlay::Page;

/// A FIFO among the files must not hold the server.
const NEVER_WAIT: OFlag = OFlag::O_NONBLOCK;
/// A template is a text for people, not a disk image.
const LARGEST_PAGE: u64 = 4 << 20;

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
    /// Which content this is.
    pub key: Key,
    /// The same by its last change of any kind.
    pub stamp: Stamp,
}

/// Opens a regular file, as [`opened`] takes it.
///
/// # Errors
/// As of the system; anything but a regular file is "not found".
pub(super) fn open(path: &Path, digest: Option<&str>) -> io::Result<Opened> {
    let mut options = File::options();
    let file = options
        .read(true)
        .custom_flags(NEVER_WAIT.bits())
        .open(path)?;
    opened(file, digest)
}

/// Where a site file is.
pub(super) fn place(settings: &Settings, segments: &[String]) -> PathBuf {
    let mut path = settings.paths.state.join("files");
    path.extend(segments);
    path
}

/// Opens a site file below `<state>/files`. Links may point anywhere inside that folder; the kernel itself refuses what leaves
/// it (openat2 with RESOLVE_BENEATH), so nothing can be swapped between a check and the opening.
///
/// # Errors
/// As of the system.
pub(super) fn site(settings: &Settings, segments: &[String]) -> io::Result<Opened> {
    let folder = File::open(settings.paths.state.join("files"))?;
    let path: PathBuf = segments.iter().collect();
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_CLOEXEC | NEVER_WAIT)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    opened(openat2(folder, &path, how)?.into(), None)
}

/// Why there is nothing to render: HTTP status, and a sentence.
pub(super) type NoPage = (u16, String);

/// The template of a site file, which may be asked for without its suffix.
///
/// # Errors
/// [`NoPage`]: 404 where there is none, 400 for a file that is no template.
pub(super) fn page(settings: &Settings, segments: &[String]) -> Result<Page, NoPage> {
    let shown = segments.join("/");
    let find = |suffix: &str| {
        let mut path = segments.to_vec();
        if let Some(last) = path.last_mut() {
            last.push_str(suffix);
        }
        site(settings, &path).ok()
    };
    let (opened, path) = if shown.ends_with(".tera") || shown.ends_with(".ww") {
        (find(""), shown.clone())
    } else {
        let suffixes = [".tera", ".ww"].into_iter();
        let found = suffixes.map(|suffix| (find(suffix), format!("{shown}{suffix}")));
        match found.into_iter().find(|(opened, _)| opened.is_some()) {
            None if find("").is_some() => {
                return Err((
                    400,
                    format!("{shown} is no template; there is no {shown}.tera or {shown}.ww"),
                ));
            }
            found => found.unwrap_or_default(),
        }
    };
    let opened = opened.ok_or_else(|| none(&shown))?;
    if opened.size > LARGEST_PAGE {
        return Err((
            500,
            format!("{path} is larger than 4 MiB, and not rendered"),
        ));
    }
    let text = read(&opened.file, 0, opened.size, 0);
    let text = text.map_err(|error| (500, format!("{path} cannot be read: {error}")))?;
    Ok(Page {
        folder: settings.paths.state.join("files").to_string_lossy().into(),
        path,
        text,
        newest: opened.key.3.0,
        escape: None,
        words: None,
    })
}

fn none(shown: &str) -> NoPage {
    (
        404,
        format!("there is neither {shown} nor a template of it"),
    )
}

/// Reads a short stretch of a file into one buffer, with NULs behind.
///
/// # Errors
/// As of the system; "unexpected end" when the file became shorter.
pub(super) fn read(file: &File, at: u64, len: u64, pad: u64) -> io::Result<Bytes> {
    let size = |bytes: u64| usize::try_from(bytes).map_err(io::Error::other);
    let mut buffer = vec![0; size(len + pad)?];
    file.read_exact_at(&mut buffer[..size(len)?], at)?;
    Ok(buffer.into())
}

/// A file that somebody else opened. Its tag is the digest, if known, else inode, size and time of change.
///
/// # Errors
/// As of the system; anything but a regular file is "not found".
pub(super) fn opened(file: File, digest: Option<&str>) -> io::Result<Opened> {
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
        key: (
            meta.dev(),
            meta.ino(),
            meta.size(),
            (meta.mtime(), meta.mtime_nsec()),
        ),
        stamp: stamp(&meta),
        etag,
        modified: imf_fixdate(u64::try_from(meta.mtime()).unwrap_or(0)),
    })
}
