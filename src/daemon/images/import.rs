//! Importing a tree as an image: copied as it is into a folder beside, then moved into place in one step.

use std::collections::HashMap;
use std::fs::{self, File, Metadata, Permissions};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::sys::stat::{Mode, SFlag, mknod};

use super::inside::inside;
use super::lock::lock;
use super::{JobError, Progress, folder};
use crate::image::check_name;

/// Deeper folders are a loop or a mistake.
const DEEPEST: usize = 200;

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Counts.
    pub progress: Progress,
    /// What could not be kept, in sentences.
    pub warnings: Vec<String>,
}

/// Copies the tree `dir` to image `name`: modes, owners, times, hard links, devices and pipes are kept, links copied as they
/// are, sockets and other file systems left out. When it fails, nothing stays behind.
///
/// # Errors
/// A sentence: the name cannot be used or is taken, there is no shell in the tree, a file cannot be copied.
pub fn import(
    dir: &Path,
    name: &str,
    state: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, JobError> {
    check_name(name).map_err(|error| JobError::new(error.to_string()))?;
    let from = fs::canonicalize(dir).map_err(|e| JobError::io("cannot read", dir, &e))?;
    if !from.is_dir() {
        return Err(JobError::new(format!("{} is no folder", from.display())));
    }
    if !inside(&from, "/bin/sh").is_some_and(|path| path.is_file()) {
        return Err(JobError::new(format!(
            "{} has no /bin/sh, so it is no root file system; give the folder that holds bin, etc and usr",
            from.display()
        )));
    }
    let _lock = lock(state, name)?;
    let target = folder(state, name);
    if fs::symlink_metadata(&target).is_ok() {
        return Err(JobError::new(format!("there is an image {name} already")));
    }
    let images = state.join("images");
    let real = fs::canonicalize(&images).map_err(|e| JobError::io("cannot read", &images, &e))?;
    if real.starts_with(&from) {
        return Err(JobError::new(format!(
            "{} holds the folder of images itself",
            from.display()
        )));
    }
    let beside = Scratch::new(images.join(format!(".{name}.import")))?;
    let mut copy = Copy {
        device: stat(&from)?.dev(),
        links: HashMap::new(),
        done: Imported::default(),
        owners: 0,
        progress,
    };
    copy.folder(&from, &beside.path.join("rootfs"), 0)?;
    let mut done = copy.done;
    if copy.owners > 0 {
        done.warnings.push(format!(
            "{} files belong to you instead of their owners, because only root can give files away",
            copy.owners
        ));
    }
    fs::rename(&beside.path, &target).map_err(|e| JobError::io("cannot make", &target, &e))?;
    if let Ok(images) = File::open(&images) {
        // The name is on disk before anybody hears of success.
        images
            .sync_all()
            .map_err(|e| JobError::io("cannot write", &target, &e))?;
    }
    Ok(done)
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

struct Copy<'a> {
    device: u64,
    links: HashMap<u64, PathBuf>,
    done: Imported,
    owners: u64,
    progress: &'a mut dyn FnMut(Progress),
}

impl Copy<'_> {
    fn folder(&mut self, from: &Path, to: &Path, depth: usize) -> Result<(), JobError> {
        if depth > DEEPEST {
            return Err(JobError::new(format!(
                "{} is nested more than {DEEPEST} folders deep",
                from.display()
            )));
        }
        let meta = stat(from)?;
        fs::create_dir(to).map_err(|e| JobError::io("cannot make", to, &e))?;
        // Another file system's folder stays, empty, as a place to mount on.
        if meta.dev() == self.device {
            for entry in list(from)? {
                let (from, to) = (from.join(&entry), to.join(&entry));
                let meta = stat(&from)?;
                if meta.is_dir() {
                    self.folder(&from, &to, depth + 1)?;
                } else {
                    self.leaf(&from, &to, &meta)?;
                }
            }
        }
        self.finish(to, &meta)
    }

    fn leaf(&mut self, from: &Path, to: &Path, meta: &Metadata) -> Result<(), JobError> {
        let kind = meta.file_type();
        if kind.is_socket() {
            return Ok(());
        }
        if meta.nlink() > 1 {
            if let Some(first) = self.links.get(&meta.ino()) {
                return fs::hard_link(first, to).map_err(|e| JobError::io("cannot link", to, &e));
            }
            self.links.insert(meta.ino(), to.to_owned());
        }
        if kind.is_symlink() {
            let target = fs::read_link(from).map_err(|e| JobError::io("cannot read", from, &e))?;
            symlink(target, to).map_err(|e| JobError::io("cannot make", to, &e))?;
        } else if kind.is_file() {
            let bytes = fs::copy(from, to).map_err(|e| JobError::io("cannot copy", from, &e))?;
            self.done.progress.bytes += bytes;
        } else if !self.node(to, meta)? {
            return Ok(());
        }
        self.finish(to, meta)
    }

    /// A device or pipe; false if it was left out.
    fn node(&mut self, to: &Path, meta: &Metadata) -> Result<bool, JobError> {
        let format = SFlag::from_bits_truncate(meta.mode() & SFlag::S_IFMT.bits());
        match mknod(to, format, Mode::from_bits_truncate(0o600), meta.rdev()) {
            Ok(()) => Ok(true),
            Err(nix::errno::Errno::EPERM) => {
                let text = format!("{} was left out: only root can make devices", to.display());
                self.done.warnings.push(text);
                Ok(false)
            }
            Err(errno) => Err(JobError::io("cannot make", to, &errno.into())),
        }
    }

    /// Owner first: changing it takes away the set-user-id bits that the mode then brings back.
    fn finish(&mut self, to: &Path, meta: &Metadata) -> Result<(), JobError> {
        match lchown(to, Some(meta.uid()), Some(meta.gid())) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => self.owners += 1,
            Err(error) => return Err(JobError::io("cannot give away", to, &error)),
        }
        if !meta.is_symlink() {
            let mode = Permissions::from_mode(meta.mode() & 0o7777);
            fs::set_permissions(to, mode).map_err(|e| JobError::io("cannot change", to, &e))?;
        }
        if meta.is_file() || meta.is_dir() {
            keep_time(to, meta);
        }
        self.done.progress.files += 1;
        if self.done.progress.files.is_multiple_of(256) {
            (self.progress)(self.done.progress);
        }
        Ok(())
    }
}

/// Times are kept where they can be: a file that cannot be opened keeps the time of the import, which harms nothing.
fn keep_time(path: &Path, meta: &Metadata) {
    if let (Ok(file), Ok(time)) = (File::open(path), meta.modified()) {
        let times = fs::FileTimes::new()
            .set_modified(time)
            .set_accessed(SystemTime::now().min(time));
        let _ = file.set_times(times);
    }
}

/// The names in a folder, sorted.
pub(super) fn list(path: &Path) -> Result<Vec<std::ffi::OsString>, JobError> {
    let entries = fs::read_dir(path).map_err(|e| JobError::io("cannot list", path, &e))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(
            entry
                .map_err(|e| JobError::io("cannot list", path, &e))?
                .file_name(),
        );
    }
    names.sort();
    Ok(names)
}

pub(super) fn stat(path: &Path) -> Result<Metadata, JobError> {
    fs::symlink_metadata(path).map_err(|e| JobError::io("cannot read", path, &e))
}
