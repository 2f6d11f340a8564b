//! What a path holds, by its content.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use tar::Archive;

use crate::daemon::images::JobError;
use crate::daemon::images::layers::plain;

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder: a root file system.
    Folder,
    /// A folder: an OCI image layout.
    Layout,
    /// An archive of such a layout.
    LayoutArchive,
    /// What `docker save` wrote.
    DockerArchive,
    /// A root file system in an archive.
    Tar,
}

/// Entries of an archive that are looked at: tables of contents are at the beginning or the end, trees have neither.
const LOOK: usize = 2000;

/// Looks at `path`.
///
/// # Errors
/// A sentence: it cannot be read, or is of a kind that other sources are for.
pub fn kind(path: &Path) -> Result<Kind, JobError> {
    let unread = |e: std::io::Error| JobError::io("cannot read", path, &e);
    let meta = fs::metadata(path).map_err(unread)?;
    if meta.is_dir() {
        let layout = path.join("oci-layout").is_file() && path.join("index.json").is_file();
        return Ok(if layout { Kind::Layout } else { Kind::Folder });
    }
    if !meta.is_file() {
        return Err(JobError::new(format!(
            "{} is neither a folder nor a file",
            path.display()
        )));
    }
    let mut start = Vec::new();
    let file = File::open(path).map_err(unread)?;
    file.take(512).read_to_end(&mut start).map_err(unread)?;
    let is = |at: usize, magic: &[u8]| start.get(at..at + magic.len()) == Some(magic);
    let hint = |what: &str, how: &str| {
        Err(JobError::new(format!(
            "{} is {what}; {how}",
            path.display()
        )))
    };
    // At the places where these formats have their magic numbers.
    if is(32, b"SIF_MAGIC") {
        return hint("an Apptainer image", "import it as sif:FILE");
    }
    if is(0, b"hsqs") {
        return hint(
            "a squashfs file",
            "unpack it with unsquashfs and import the folder",
        );
    }
    if is(0, b"QFI\xfb") || is(510, &[0x55, 0xaa]) {
        return hint(
            "a disk image",
            "mount its root file system and import the folder",
        );
    }
    archive(path)
}

fn archive(path: &Path) -> Result<Kind, JobError> {
    let unread = |e: std::io::Error| {
        let text = format!("{} is no tar archive that can be read: {e}", path.display());
        JobError::new(text)
    };
    let stream = plain(File::open(path).map_err(unread)?).map_err(unread)?;
    let mut archive = Archive::new(stream);
    let mut first = true;
    for entry in archive.entries().map_err(unread)?.take(LOOK) {
        let entry = entry.map_err(unread)?;
        first = false;
        let name = entry.path_bytes();
        match name.strip_prefix(b"./").unwrap_or(&name) {
            b"oci-layout" => return Ok(Kind::LayoutArchive),
            b"manifest.json" => return Ok(Kind::DockerArchive),
            // Such archives hold blobs and layers; a tree has folders of its own.
            b"etc" | b"etc/" | b"usr" | b"usr/" => return Ok(Kind::Tar),
            _ => {}
        }
    }
    if first {
        return Err(JobError::new(format!("{} is empty", path.display())));
    }
    Ok(Kind::Tar)
}
