//! The folder of the site's overlays as it is written: everything new is made beside and synced first, and then takes its place by
//! renames, so that a disk that is full is known before anything is touched.

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::sys::stat::{Mode, SFlag, makedev, mknod};

use crate::daemon::files::Disk;
use crate::daemon::xattrs;
use crate::overlay::Body;
use crate::overlay::edit::{Piece, Shift, Way};

/// Where that is made: no overlay has such a name.
const STAGING: &str = ".new";
/// From so many new files on, the file system is synced once instead of every file.
const MANY: usize = 32;

/// The site's overlays.
#[derive(Debug)]
pub(super) struct Site {
    folder: PathBuf,
}

/// What was made beside, and waits to take its place; removed if it does not.
#[derive(Debug)]
pub(super) struct Staged {
    folder: PathBuf,
}

impl Drop for Staged {
    fn drop(&mut self) {
        // What cannot be removed is in nobody's way: no overlay has such a name, and the next change removes it first.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Staged {
    fn file(&self, at: usize) -> PathBuf {
        self.folder.join(at.to_string())
    }
}

fn named<'p>(what: &'p str, path: &'p Path) -> impl FnOnce(io::Error) -> String + 'p {
    move |error| format!("{} cannot be {what}: {error}", path.display())
}

impl Site {
    pub(super) fn new(state: &Path) -> Self {
        Self {
            folder: state.join("overlays"),
        }
    }

    /// The folder of an overlay.
    pub(super) fn overlay(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Removes what a killed run had made beside.
    pub(super) fn tidy(&self) {
        // What cannot be removed is removed, or told, by the next change.
        let _ = fs::remove_dir_all(self.folder.join(STAGING));
    }

    /// Makes everything new beside, down to the disk.
    ///
    /// # Errors
    /// A sentence. Nothing is changed then.
    pub(super) fn stage(&self, name: &str, way: Way, shifts: &[Shift]) -> Result<Staged, String> {
        let staged = Staged {
            folder: self.folder.join(STAGING),
        };
        let at = &staged.folder;
        if fs::symlink_metadata(at).is_ok() {
            fs::remove_dir_all(at).map_err(named("removed", at))?;
        }
        let known = fs::symlink_metadata(&self.folder).is_ok();
        fs::create_dir_all(&self.folder).map_err(named("made", &self.folder))?;
        if !known {
            // What the folder holds has modes of its own; who may look is decided there.
            let open = Permissions::from_mode(0o755);
            fs::set_permissions(&self.folder, open).map_err(named("opened", &self.folder))?;
        }
        fs::create_dir(at).map_err(named("made", at))?;
        let many = shifts.len() > MANY;
        match way {
            Way::Drop => {}
            Way::Make => {
                whole(at, shifts, !many)?;
            }
            Way::InPlace => {
                pieces(&self.overlay(name), shifts, &staged, !many)?;
            }
        }
        if many {
            let folder = File::open(at).map_err(named("opened", at))?;
            rustix::fs::syncfs(&folder).map_err(|e| named("written", at)(e.into()))?;
        }
        Ok(staged)
    }

    /// Puts what was staged into its place. Done twice it does nothing the second time.
    ///
    /// # Errors
    /// A sentence. Some of it may be done then.
    pub(super) fn put(
        &self,
        name: &str,
        way: Way,
        shifts: &[Shift],
        staged: &Staged,
    ) -> Result<(), String> {
        let overlay = self.overlay(name);
        match way {
            Way::Make => {
                fs::rename(&staged.folder, &overlay).map_err(named("made", &overlay))?;
            }
            Way::Drop => {
                let aside = staged.folder.join("gone");
                fs::rename(&overlay, &aside).map_err(named("removed", &overlay))?;
            }
            Way::InPlace => {
                clear(&overlay, shifts)?;
                fill(&overlay, shifts, staged)?;
                let folders = wanted(shifts).filter(|(_, piece)| piece.is_folder());
                for (path, piece) in folders.collect::<Vec<_>>().into_iter().rev() {
                    let here = within(&overlay, path);
                    finish(&here, piece).map_err(named("changed", &here))?;
                }
                return settle(&overlay, shifts);
            }
        }
        sync(&self.folder)
    }
}

/// Makes a whole overlay in an empty folder.
fn whole(at: &Path, shifts: &[Shift], synced: bool) -> Result<(), String> {
    let wanted: Vec<(&str, &Piece)> = wanted(shifts).collect();
    for (path, piece) in &wanted {
        let here = within(at, path);
        match piece.is_folder() {
            true if path.is_empty() => {}
            true => fs::create_dir(&here).map_err(named("made", &here))?,
            false => make(&here, piece, synced).map_err(named("written", &here))?,
        }
    }
    for (path, piece) in wanted.iter().rev().filter(|(_, piece)| piece.is_folder()) {
        let here = within(at, path);
        finish(&here, piece).map_err(named("changed", &here))?;
        sync(&here)?;
    }
    Ok(())
}

/// Makes every file of an overlay that is to be another, each under its number.
fn pieces(overlay: &Path, shifts: &[Shift], staged: &Staged, synced: bool) -> Result<(), String> {
    for (nth, shift) in shifts.iter().enumerate() {
        let Some(piece) = shift.after.as_ref().filter(|piece| !piece.is_folder()) else {
            continue;
        };
        if shift
            .before
            .as_ref()
            .is_some_and(|old| old.body == piece.body)
        {
            continue;
        }
        let here = staged.file(nth);
        make(&here, piece, synced).map_err(named("written", &within(overlay, &shift.path)))?;
        xattrs::label_like(&within(overlay, &shift.path), &here);
    }
    Ok(())
}

/// What is to be there, parents before children.
fn wanted(shifts: &[Shift]) -> impl Iterator<Item = (&str, &Piece)> {
    let wanted = |shift: &'_ Shift| shift.after.is_some();
    let all = shifts.iter().filter(move |shift| wanted(shift));
    all.filter_map(|shift| Some((&*shift.path, shift.after.as_ref()?)))
}

fn within(folder: &Path, path: &str) -> PathBuf {
    match path {
        "" => folder.to_owned(),
        _ => folder.join(path),
    }
}

/// Removes what is not to be there, and what is a folder and is to be none, or the reverse; children before parents.
fn clear(overlay: &Path, shifts: &[Shift]) -> Result<(), String> {
    for shift in shifts.iter().rev() {
        let here = within(overlay, &shift.path);
        let Ok(meta) = fs::symlink_metadata(&here) else {
            continue;
        };
        let stays = shift.after.as_ref();
        if stays.is_some_and(|piece| piece.is_folder() == meta.is_dir()) {
            continue;
        }
        let removed = match meta.is_dir() {
            true => fs::remove_dir(&here),
            false => fs::remove_file(&here),
        };
        removed.map_err(named("removed", &here))?;
    }
    Ok(())
}

/// Makes folders and puts files into their places; parents before children.
fn fill(overlay: &Path, shifts: &[Shift], staged: &Staged) -> Result<(), String> {
    for (nth, shift) in shifts.iter().enumerate() {
        let Some(piece) = &shift.after else { continue };
        let here = within(overlay, &shift.path);
        let there = Piece::read(&here, &Disk).map_err(named("read", &here))?;
        if there.as_ref().is_some_and(|there| there.alike(piece)) {
            continue;
        }
        if piece.is_folder() {
            if there.is_none() {
                fs::create_dir(&here).map_err(named("made", &here))?;
            }
            continue;
        }
        if there.is_some_and(|there| there.body == piece.body) {
            finish(&here, piece).map_err(named("changed", &here))?;
            continue;
        }
        fs::rename(staged.file(nth), &here).map_err(named("written", &here))?;
    }
    Ok(())
}

/// Makes what is no folder.
fn make(path: &Path, piece: &Piece, sync: bool) -> io::Result<()> {
    let special = |kind: SFlag, device: u64| -> io::Result<()> {
        let made = mknod(path, kind, Mode::from_bits_truncate(0o600), device);
        made.map_err(Into::into)
    };
    match &piece.body {
        Body::Folder => return Ok(()),
        Body::Symlink(target) => symlink(std::ffi::OsStr::from_bytes(target), path)?,
        Body::Fifo => special(SFlag::S_IFIFO, 0)?,
        Body::Char(major, minor) => special(
            SFlag::S_IFCHR,
            makedev(u64::from(*major), u64::from(*minor)),
        )?,
        Body::Block(major, minor) => special(
            SFlag::S_IFBLK,
            makedev(u64::from(*major), u64::from(*minor)),
        )?,
        Body::File(data) => {
            let mut options = OpenOptions::new();
            let mut file = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(data)?;
            finish(path, piece)?;
            if let Some(time) = piece.mtime.and_then(time) {
                file.set_times(FileTimes::new().set_modified(time))?;
            }
            return if sync { file.sync_all() } else { Ok(()) };
        }
    }
    finish(path, piece)
}

fn time((seconds, nanos): (i64, i64)) -> Option<SystemTime> {
    let nanos = u32::try_from(nanos).ok()?;
    let span = Duration::new(seconds.unsigned_abs(), 0);
    let whole = match seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(span),
        _ => SystemTime::UNIX_EPOCH.checked_sub(span),
    };
    whole?.checked_add(Duration::new(0, nanos))
}

/// Gives a path the owner, the bits and the attributes of the piece. Owner first: changing it takes away the set-user-id bits that
/// the mode then brings back (chown(2)).
fn finish(path: &Path, piece: &Piece) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::symlink_metadata(path)?;
    if (meta.uid(), meta.gid()) != (piece.uid, piece.gid) {
        lchown(path, Some(piece.uid), Some(piece.gid)).map_err(|e| {
            let what = format!("it cannot be given to {}:{}: {e}", piece.uid, piece.gid);
            io::Error::new(e.kind(), what)
        })?;
    }
    if !meta.is_symlink() {
        fs::set_permissions(path, Permissions::from_mode(piece.mode))?;
    }
    xattrs::write(path, &piece.xattrs)
}

/// Down to the disk: every folder in which something came, went or changed.
fn settle(overlay: &Path, shifts: &[Shift]) -> Result<(), String> {
    let mut folders = BTreeSet::new();
    for shift in shifts {
        let parent = shift.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        folders.insert(parent);
        match (&shift.before, &shift.after) {
            // Only its owner or its bits changed: nothing in the folder did.
            (Some(before), Some(after)) if before.body == after.body => {
                sync(&within(overlay, &shift.path))?;
            }
            (_, Some(after)) if after.is_folder() => {
                folders.insert(&shift.path);
            }
            _ => {}
        }
    }
    for folder in folders {
        let here = within(overlay, folder);
        if here.is_dir() {
            sync(&here)?;
        }
    }
    Ok(())
}

/// Down to the disk. What cannot be opened, as a pipe or a link, has nothing of its own there.
fn sync(path: &Path) -> Result<(), String> {
    let meta = fs::symlink_metadata(path).map_err(named("read", path))?;
    if !meta.is_dir() && !meta.is_file() {
        return Ok(());
    }
    match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        opened => {
            let synced = opened.and_then(|file| file.sync_all());
            synced.map_err(named("written", path))
        }
    }
}
