//! Importing a tree as an image: copied as it is into a folder beside, packed there, then moved into place in one step.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::build;
use super::inside::inside;
use super::lock::lock;
use super::source::{self, Wanted};
use super::{JobError, Progress, Tell, folder};
use crate::image::check_name;
use crate::image::source::Source;

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Counts.
    pub progress: Progress,
    /// What could not be kept, in sentences.
    pub warnings: Vec<String>,
}

impl Imported {
    /// Tells of files whose owner could not be kept.
    pub(super) fn unowned(&mut self, files: u64) {
        if files > 0 {
            self.warnings.push(format!(
                "{files} files belong to you instead of their owners, because only root can give files away"
            ));
        }
    }
}

/// Copies the tree `dir` to image `name`: modes, owners, times, hard links, devices and pipes are kept, links copied as they
/// are, sockets and other file systems left out; and packs it. The image appears in one step when all is done. With `replace`, that
/// is also how it takes the place of an image of that name, whose last two archives are kept. When it fails or is cancelled,
/// everything is as before.
///
/// # Errors
/// A sentence: the name cannot be used or is taken, there is no shell in the tree, a file cannot be copied.
pub fn import(
    dir: &Path,
    name: &str,
    state: &Path,
    replace: bool,
    tell: &mut Tell<'_>,
) -> Result<Imported, JobError> {
    let from = root(dir, name)?;
    let _lock = lock(state, name)?;
    let wanted = Wanted::here();
    bring(&Source::Folder(from), &wanted, (name, state, replace), tell)
}

/// The same from any source.
///
/// # Errors
/// As [`import`]; a source that cannot be reached or read, or holds something else than it says.
pub fn import_from(
    source: &Source,
    wanted: &Wanted,
    name: &str,
    state: &Path,
    replace: bool,
    tell: &mut Tell<'_>,
) -> Result<Imported, JobError> {
    if let Source::Path(dir) | Source::Folder(dir) = source
        && dir.is_dir()
        && !dir.join("oci-layout").is_file()
    {
        return import(dir, name, state, replace, tell);
    }
    check_name(name).map_err(|error| JobError::new(error.to_string()))?;
    let _lock = lock(state, name)?;
    bring(source, wanted, (name, state, replace), tell)
}

/// Makes an image `name` of the tree `dir`, which stays where it is: the image has a link to it, and an archive of its own. Nothing is
/// written into the tree.
///
/// # Errors
/// A sentence: the name cannot be used or is taken, there is no shell in the tree, a file cannot be read.
pub fn link(
    dir: &Path,
    name: &str,
    state: &Path,
    tell: &mut Tell<'_>,
) -> Result<Imported, JobError> {
    let from = root(dir, name)?;
    let _lock = lock(state, name)?;
    let target = folder(state, name);
    if fs::symlink_metadata(&target).is_ok() {
        return Err(JobError::new(format!("there is an image {name} already")));
    }
    let beside = Scratch::new(state.join("images").join(format!(".{name}.import")))?;
    let rootfs = beside.path.join("rootfs");
    symlink(&from, &rootfs).map_err(|e| JobError::io("cannot make", &rootfs, &e))?;
    build::pack_into(&from, &beside.path, tell)?;
    appear(&beside.path, &target)?;
    Ok(Imported::default())
}

/// The real path of a tree that can be an image `name`.
fn root(dir: &Path, name: &str) -> Result<PathBuf, JobError> {
    check_name(name).map_err(|error| JobError::new(error.to_string()))?;
    let from = fs::canonicalize(dir).map_err(|e| JobError::io("cannot read", dir, &e))?;
    if !from.is_dir() {
        return Err(JobError::new(format!("{} is no folder", from.display())));
    }
    has_shell(&from, &from.display().to_string())?;
    Ok(from)
}

/// The work itself, with the lock held.
fn bring(
    source: &Source,
    wanted: &Wanted,
    (name, state, replace): (&str, &Path, bool),
    tell: &mut Tell<'_>,
) -> Result<Imported, JobError> {
    let target = folder(state, name);
    let taken = fs::symlink_metadata(&target).is_ok();
    if taken && !replace {
        let from = match source {
            Source::Folder(path) => path.display().to_string(),
            source => source.to_string(),
        };
        return Err(JobError::new(format!(
            "there is an image {name} already; to replace it: muster image import --force {from} {name}"
        )));
    }
    let images = state.join("images");
    let real = fs::canonicalize(&images).map_err(|e| JobError::io("cannot read", &images, &e))?;
    if let Source::Folder(from) = source
        && real.starts_with(from)
    {
        return Err(JobError::new(format!(
            "{} holds the folder of images itself",
            from.display()
        )));
    }
    let beside = Scratch::new(images.join(format!(".{name}.import")))?;
    let rootfs = beside.path.join("rootfs");
    let done = source::bring(source, wanted, &rootfs, tell)?;
    has_shell(&rootfs, &source.to_string())?;
    // Scratch space of the source is no part of the image.
    match fs::remove_file(beside.path.join("archive.tar")) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(JobError::io(
                "cannot remove scratch space of",
                &beside.path,
                &e,
            ));
        }
        _ => {}
    }
    if taken {
        build::replace(&rootfs, &target, tell)?;
        return Ok(done);
    }
    build::pack_into(&rootfs, &beside.path, tell)?;
    appear(&beside.path, &target)?;
    Ok(done)
}

/// Whether a tree can be that of an image.
fn has_shell(root: &Path, shown: &str) -> Result<(), JobError> {
    if inside(root, "/bin/sh").is_some_and(|path| path.is_file()) {
        return Ok(());
    }
    Err(JobError::new(format!(
        "{shown} has no /bin/sh, so it is no root file system; give the folder that holds bin, etc and usr"
    )))
}

/// Moves a finished image into its place.
fn appear(made: &Path, target: &Path) -> Result<(), JobError> {
    fs::rename(made, target).map_err(|e| JobError::io("cannot make", target, &e))?;
    if let Some(images) = target.parent().and_then(|images| File::open(images).ok()) {
        // The name is on disk before anybody hears of success.
        images
            .sync_all()
            .map_err(|e| JobError::io("cannot write", target, &e))?;
    }
    Ok(())
}

/// A folder that is removed unless it was renamed.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new(path: PathBuf) -> Result<Self, JobError> {
        // The lock is held, so what lies here was left by a job that died.
        remove(&path);
        fs::DirBuilder::new()
            .mode(0o755)
            .create(&path)
            .map_err(|e| JobError::io("cannot make", &path, &e))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Also folders without write permission for their owner, which only matter when not root.
fn remove(path: &Path) {
    if fs::symlink_metadata(path).is_ok() && fs::remove_dir_all(path).is_err() {
        open_up(path);
        if let Err(error) = fs::remove_dir_all(path) {
            tracing::warn!("{} could not be removed: {error}", path.display());
        }
    }
}

fn open_up(path: &Path) {
    if fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir()) {
        let _ = fs::set_permissions(path, Permissions::from_mode(0o700));
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            open_up(&entry.path());
        }
    }
}
