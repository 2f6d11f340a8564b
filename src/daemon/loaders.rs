//! Opens what [`boot::loaders`](crate::boot::loaders) names: a regular file whose real place is inside one of the folders.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use crate::boot::loaders::{self, Refusal};
use crate::model::Settings;

/// An open loader.
#[derive(Debug)]
pub struct Loader {
    /// The file, open for reading.
    pub file: File,
    /// Its real path, links resolved.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed, in nanoseconds since the Unix epoch; with path and size it names the content.
    pub changed: i128,
    /// Its name inside the tree.
    pub name: String,
}

/// Opens the loader called `name`, from TFTP's tree or HTTP's `/efiboot`. Blocks for a few look-ups in the file system.
///
/// # Errors
/// A [`Refusal`]: the name is not allowed, nothing is there, or what is there is not for clients.
pub fn open(settings: &Settings, name: &str) -> Result<Loader, Refusal> {
    let clean = loaders::clean(name)?;
    for path in loaders::candidates(settings, name)? {
        let file = match peek(&path) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => continue,
            Err(error) => return Err(forbidden(name, path, format!("cannot be read: {error}"))),
        };
        return inside(settings, name, &clean, path, file);
    }
    Err(Refusal::Missing {
        name: clean,
        searched: loaders::folders(settings).map(Path::to_owned).collect(),
    })
}

/// Whether a path is a file, as [`loaders::missing`] asks.
#[must_use]
pub fn exists(path: &Path) -> bool {
    path.is_file()
}

/// Opens without waiting for the other end of a FIFO and without becoming a terminal's owner.
fn peek(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits())
        .open(path)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    )
}

fn forbidden(name: &str, path: PathBuf, why: String) -> Refusal {
    Refusal::Forbidden {
        name: name.into(),
        path,
        why,
    }
}

/// Checks what was opened, not what the path says now: the kernel knows the real place of an open file.
fn inside(
    settings: &Settings,
    name: &str,
    clean: &str,
    path: PathBuf,
    file: File,
) -> Result<Loader, Refusal> {
    let unreadable =
        |error: io::Error| forbidden(name, path.clone(), format!("cannot be read: {error}"));
    let real = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(forbidden(name, path, "is no regular file".into()));
    }
    let within = loaders::folders(settings)
        .filter_map(|folder| fs::canonicalize(folder).ok())
        .any(|folder| real.starts_with(folder));
    if !within {
        let why = format!(
            "leads to {}, outside of the folders that are served",
            real.display()
        );
        return Err(forbidden(name, path, why));
    }
    Ok(Loader {
        file,
        path: real,
        size: meta.len(),
        changed: i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec()),
        name: clean.into(),
    })
}
