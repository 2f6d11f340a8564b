//! The door to the server's files that overlays read through.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use std::time::Duration;

use nix::sys::stat::{major, minor};

use super::clock;
use super::xattrs;
use crate::overlay::{Files, Kind, Meta};

/// The disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn meta(&self, path: &Path) -> io::Result<Option<Meta>> {
        match fs::symlink_metadata(path) {
            Ok(meta) => Ok(Some(convert(&meta))),
            // A file where a folder should be hides whatever would lie below it.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        // Asked first: opening a pipe would wait for a writer.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is no regular file",
            ));
        }
        let mut data = Vec::new();
        fs::File::open(path)?
            .take(limit.saturating_add(1))
            .read_to_end(&mut data)?;
        if data.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(data)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            names.push(entry?.file_name());
        }
        names.sort();
        Ok(names)
    }

    fn target(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn xattrs(&self, path: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
        xattrs::read(path)
    }
}

/// Longer than any tick by which kernels set times of files.
const TICK: Duration = Duration::from_millis(40);

/// Whether a file with this time of last change would show it if it were changed again now.
fn settled(seconds: i64, nanoseconds: i64) -> bool {
    let (seconds, nanoseconds) = (u64::try_from(seconds), u32::try_from(nanoseconds));
    let (Ok(seconds), Ok(nanoseconds)) = (seconds, nanoseconds) else {
        return false;
    };
    let changed = Duration::new(seconds, nanoseconds);
    clock::system().saturating_sub(changed) > TICK
}

fn convert(meta: &fs::Metadata) -> Meta {
    let kind = meta.file_type();
    // Device numbers of Linux have 12 and 20 bits.
    let numbers = || (major(meta.rdev()) as u32, minor(meta.rdev()) as u32);
    Meta {
        kind: if kind.is_file() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Folder
        } else if kind.is_symlink() {
            Kind::Symlink
        } else if kind.is_fifo() {
            Kind::Fifo
        } else if kind.is_char_device() {
            let (major, minor) = numbers();
            Kind::Char(major, minor)
        } else if kind.is_block_device() {
            let (major, minor) = numbers();
            Kind::Block(major, minor)
        } else {
            Kind::Other
        },
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        len: meta.len(),
        mtime: (meta.mtime(), meta.mtime_nsec()),
        ctime: (meta.ctime(), meta.ctime_nsec()),
        inode: meta.ino(),
        settled: settled(meta.ctime(), meta.ctime_nsec()),
    }
}
