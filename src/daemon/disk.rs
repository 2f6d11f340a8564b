//! The configuration files: read whole, replaced whole.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::unistd::{Uid, User};

use crate::engine::{Input, Revision, SaveError, Text};
use crate::model;

/// Larger files are refused: no registry that a person keeps comes near.
const MAX: u64 = 100 << 20;

/// Reads a text file.
#[must_use]
pub fn read(path: &Path) -> Text {
    let unreadable = |why: String| Text::Unreadable(why.into());
    match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Text::Absent,
        Err(e) => return unreadable(e.to_string()),
        Ok(meta) if !meta.is_file() => return unreadable("it is not a regular file".into()),
        Ok(meta) if meta.len() > MAX => {
            return unreadable(format!("it is larger than {} MiB", MAX >> 20));
        }
        Ok(_) => {}
    }
    match fs::read(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Text::Absent,
        Err(e) => unreadable(e.to_string()),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Text::Content(text.into()),
            Err(e) => {
                let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
                let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
                unreadable(format!("it is not UTF-8 (line {line})"))
            }
        },
    }
}

/// Who owns the file at `path`, where that says who wrote it: not if that is the superuser, who may be anybody, or whom we run as.
#[must_use]
pub fn owner(path: &Path) -> Option<Arc<str>> {
    let uid = Uid::from_raw(fs::metadata(path).ok()?.uid());
    if uid.is_root() || uid == Uid::effective() {
        return None;
    }
    let known = User::from_uid(uid).ok().flatten();
    Some(
        known
            .map_or_else(|| uid.to_string(), |user| user.name)
            .into(),
    )
}

/// What was last good of both files, for the case that what is there now is no YAML at all. `texts` are those that an earlier run
/// kept, by name; `steps` its revisions, oldest first. `nodes.conf` is not always kept whole: where it is as the last step left it
/// and nothing was wrong with it, what is there is the last good text itself.
#[must_use]
pub fn last_good(mut texts: Vec<(String, String)>, steps: &[Revision], nodes: &Text) -> Input {
    let mut take = |name: &str| {
        let at = texts.iter().position(|(of, _)| of == name)?;
        Some(texts.swap_remove(at).1)
    };
    let revision = take("revision").and_then(|text| text.parse().ok());
    let mut text = |name| take(name).map_or(Text::Absent, |text| Text::Content(text.into()));
    let last = steps
        .iter()
        .rev()
        .find(|step| step.file == model::File::Nodes);
    let stands =
        last.filter(|last| last.good && nodes.content().is_some_and(|now| last.leads_to(now)));
    Input::LastGood {
        conf: text("muster.conf"),
        nodes: match stands {
            Some(_) => nodes.clone(),
            None => text("nodes.conf"),
        },
        revision: revision.unwrap_or_default(),
    }
}

/// Replaces `path` with `new`, provided it still holds `old`: a temporary file in the same folder, synced, renamed over it,
/// and the folder synced. Mode and owner are kept; a new file is 0640. At every step the old file or the new one is whole.
///
/// # Errors
/// [`SaveError`]: what is there instead, or the system's refusal, which says whether anything was changed.
pub fn save(path: &Path, old: &Text, new: &str) -> Result<(), SaveError> {
    let seen = print(path);
    still(path, old)?;
    let fresh = Fresh::write(path, new.as_bytes()).map_err(|e| SaveError::Io(words(&e)))?;
    // Writing takes a while, and an editor may have been faster.
    if print(path) != seen {
        still(path, old)?;
    }
    fresh.take_place()
}

/// Whether `path` holds `old`.
fn still(path: &Path, old: &Text) -> Result<(), SaveError> {
    let now = read(path);
    if now == *old {
        return Ok(());
    }
    Err(SaveError::Changed(now))
}

/// What a look at a file shows; none of one that is not there. Whoever writes into it changes that.
fn print(path: &Path) -> Option<[i64; 6]> {
    let meta = fs::metadata(path).ok()?;
    let (inode, size) = (meta.ino().cast_signed(), meta.size().cast_signed());
    let (mtime, ctime) = (meta.mtime_nsec(), meta.ctime_nsec());
    Some([inode, size, meta.mtime(), mtime, meta.ctime(), ctime])
}

fn words(error: &io::Error) -> Arc<str> {
    error.to_string().into()
}

/// Removes the temporary files that saves of `path` left behind when they were killed. Only for whoever holds the lock: nobody
/// else is saving then.
pub fn tidy(path: &Path) {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str))
    else {
        return;
    };
    let left = |entry: &fs::DirEntry| {
        let of = entry.file_name();
        let middle = of.to_str().and_then(|of| {
            of.strip_prefix(name)?
                .strip_prefix('.')?
                .strip_suffix(".tmp")
        });
        middle.is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit()))
    };
    // A folder that cannot be listed holds nothing that could be removed.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if left(&entry) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Where a save of `path` goes: a link stays a link, and what it points to is replaced.
fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(io::Error::other(
            "it is a link to a file that does not exist",
        )),
        Err(_) => Ok(path.to_owned()),
        Ok(target) => Ok(target),
    }
}

/// A new text beside the file whose place it is to take; removed if it does not.
struct Fresh {
    temporary: PathBuf,
    path: PathBuf,
    folder: File,
}

impl Fresh {
    /// Writes the text for `path`, down to the disk.
    fn write(path: &Path, new: &[u8]) -> io::Result<Self> {
        let path = target(path)?;
        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .ok_or(io::ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        let mut name = path
            .file_name()
            .ok_or(io::ErrorKind::InvalidInput)?
            .to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        // Opened first: that it cannot be is to be known while nothing is changed.
        let fresh = Self {
            temporary: folder.join(name),
            folder: File::open(folder)?,
            path,
        };
        write(&fresh.temporary, &fresh.path, new)?;
        Ok(fresh)
    }

    /// Renames it over the file.
    fn take_place(self) -> Result<(), SaveError> {
        let renamed = fs::rename(&self.temporary, &self.path);
        // A server of files may answer late that it failed, and have done it.
        let gone = || {
            fs::symlink_metadata(&self.temporary)
                .is_err_and(|e| e.kind() == io::ErrorKind::NotFound)
        };
        match renamed {
            Ok(()) => self
                .folder
                .sync_all()
                .map_err(|e| SaveError::Unsure(words(&e))),
            Err(e) if gone() => Err(SaveError::Unsure(words(&e))),
            Err(e) => Err(SaveError::Io(words(&e))),
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // It is there no more when it took its place. Else it is of no use to anyone; that it could not be removed changes nothing.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn write(temporary: &Path, like: &Path, new: &[u8]) -> io::Result<()> {
    let _ = fs::remove_file(temporary);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temporary)?;
    let mode = match fs::metadata(like) {
        Ok(meta) => {
            let mine = file.metadata()?;
            if (mine.uid(), mine.gid()) != (meta.uid(), meta.gid()) {
                fchown(file.as_fd(), Some(meta.uid()), Some(meta.gid())).map_err(|e| {
                    let text = format!(
                        "its owner {}:{} could not be kept: {e}",
                        meta.uid(),
                        meta.gid()
                    );
                    io::Error::new(e.kind(), text)
                })?;
            }
            meta.mode() & 0o7777
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => 0o640,
        Err(e) => return Err(e),
    };
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(new)?;
    file.sync_all()
}
