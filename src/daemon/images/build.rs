//! Building the archive of an image: walk, cpio, gzip, and then in one step the new one is the one that nodes load.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::sys::stat::{major, minor};

use super::copy::{each, stat};
use super::lock::lock;
use super::pack::{self, Packed};
use super::scan::{self, Current};
use super::survey::{Survey, survey};
use super::{JobError, Progress, Tell, Work, folder};
use crate::daemon::clock::Clock;
use crate::image::{BootArchive, check_name};
use crate::wire::cpio;

/// Compression: the point from which more time hardly saves bytes.
const LEVEL: u32 = 6;
/// Archives kept besides the current one.
const KEEP_OLD: usize = 2;
/// Bytes between two looks at whether to go on.
const PIECE: u64 = 8 << 20;

/// What a build gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// What nodes load now.
    pub archive: BootArchive,
    /// Nothing in the tree had changed since it was built last, so nothing was done.
    pub unchanged: bool,
}

/// Builds the archive of image `name` and makes it current. The same tree gives the same file name and bytes; a tree that has not
/// changed since is not read at all.
///
/// # Errors
/// A sentence that names the file; the archive that was current stays so.
pub fn build(name: &str, state: &Path, tell: &mut Tell<'_>) -> Result<Built, JobError> {
    check_name(name).map_err(|error| JobError::new(error.to_string()))?;
    let folder = folder(state, name);
    let root = folder.join("rootfs");
    if !root.is_dir() {
        return Err(JobError::new(format!(
            "there is no image {name}: {} is missing",
            root.display()
        )));
    }
    // A tree that stayed where it was is behind a link, perhaps on another file system.
    let root = fs::canonicalize(&root).map_err(|e| JobError::io("cannot read", &root, &e))?;
    let _lock = lock(state, name)?;
    let seen = survey(&root, tell)?;
    if let Some(archive) = unchanged(&folder, &seen) {
        return Ok(Built {
            archive,
            unchanged: true,
        });
    }
    let archive = Half::write(&root, &folder, seen, tell)?.publish(&folder)?;
    Ok(Built {
        archive,
        unchanged: false,
    })
}

/// Makes the first archive of the tree `root`, in the folder of an image that nobody knows yet.
///
/// # Errors
/// A sentence that names the file.
pub fn pack_into(root: &Path, folder: &Path, tell: &mut Tell<'_>) -> Result<(), JobError> {
    let seen = survey(root, tell)?;
    Half::write(root, folder, seen, tell)?.publish(folder)?;
    Ok(())
}

/// Makes the tree `fresh` and its archive those of the image in `folder`, whose tree is at `fresh` afterwards. The lock is held.
///
/// # Errors
/// A sentence; tree and archive are then as they were.
pub fn replace(fresh: &Path, folder: &Path, tell: &mut Tell<'_>) -> Result<(), JobError> {
    let seen = survey(fresh, tell)?;
    let half = Half::write(fresh, folder, seen, tell)?;
    let root = folder.join("rootfs");
    // Kernels are served from the tree, their modules from the archive: both change within a moment.
    swap(fresh, &root)?;
    half.publish(folder).map(|_| ()).inspect_err(|_| {
        if let Err(error) = swap(fresh, &root) {
            tracing::error!("the tree before could not be brought back: {error}");
        }
    })
}

/// Exchanges two folders; where the file system cannot do that in one step, in three.
fn swap(fresh: &Path, root: &Path) -> Result<(), JobError> {
    let failed = |error: io::Error| JobError::io("cannot replace", root, &error);
    match renameat2(
        AT_FDCWD,
        fresh,
        AT_FDCWD,
        root,
        RenameFlags::RENAME_EXCHANGE,
    ) {
        Ok(()) => Ok(()),
        Err(Errno::ENOENT) => fs::rename(fresh, root).map_err(failed),
        Err(Errno::EINVAL | Errno::ENOSYS) => {
            let aside = fresh.with_extension("before");
            fs::rename(root, &aside)
                .and_then(|()| fs::rename(fresh, root))
                .and_then(|()| fs::rename(&aside, fresh))
                .map_err(failed)
        }
        Err(errno) => Err(failed(errno.into())),
    }
}

/// The archive that is there already, if it was made of just this tree.
fn unchanged(folder: &Path, seen: &Survey) -> Option<BootArchive> {
    let current = scan::read(folder).ok().flatten()?;
    if current.fingerprint.is_none() || current.fingerprint != seen.fingerprint {
        return None;
    }
    scan::current(folder).ok().flatten()
}

/// An archive that nobody has heard of yet. It is removed unless it is published.
struct Half {
    path: PathBuf,
    packed: Packed,
    fingerprint: Option<String>,
}

impl Drop for Half {
    fn drop(&mut self) {
        // Published, it has another name.
        let _ = fs::remove_file(&self.path);
    }
}

impl Half {
    /// Packs the tree `root` into the folder of an image.
    fn write(
        root: &Path,
        folder: &Path,
        seen: Survey,
        tell: &mut Tell<'_>,
    ) -> Result<Self, JobError> {
        let versions = folder.join("versions");
        private_folder(&versions)?;
        let mut half = Self {
            path: versions.join(".half"),
            packed: Packed::default(),
            fingerprint: seen.fingerprint.clone(),
        };
        let file = private_file(&half.path)?;
        half.packed = fill(root, &half.path, &file, &seen, tell)?;
        Ok(half)
    }

    /// Gives the finished file its name, then names it as current, then drops what is older than the last two.
    fn publish(mut self, folder: &Path) -> Result<BootArchive, JobError> {
        let versions = folder.join("versions");
        let path = versions.join(format!("{}.img.gz", self.packed.digest));
        fs::rename(&self.path, &path).map_err(|e| JobError::io("cannot make", &path, &e))?;
        let current = Current {
            digest: std::mem::take(&mut self.packed.digest),
            size: self.packed.size,
            unpacked: self.packed.plain,
            built: Clock::start().now().0,
            fingerprint: self.fingerprint.take(),
        };
        let text = serde_json::to_vec_pretty(&current).map_err(|e| JobError::new(e.to_string()))?;
        let (next, place) = (folder.join(".current.json"), folder.join("current.json"));
        let saved = File::create(&next)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| File::open(&versions)?.sync_all())
            .and_then(|()| fs::rename(&next, &place))
            .and_then(|()| File::open(folder)?.sync_all());
        saved.map_err(|e| JobError::io("cannot write", &place, &e))?;
        sweep(&versions, &path);
        let archive = scan::current(folder).map_err(JobError::new)?;
        archive.ok_or_else(|| JobError::new(format!("{} vanished", place.display())))
    }
}

fn fill(
    root: &Path,
    path: &Path,
    file: &File,
    seen: &Survey,
    tell: &mut Tell<'_>,
) -> Result<Packed, JobError> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut failed = None;
    let fill = |to: &mut dyn Write| -> io::Result<()> {
        let mut walk = Walk {
            seen,
            device: 0,
            writer: cpio::Writer::new(to),
            told: 0,
            done: Progress {
                work: Work::Pack,
                of: Some(seen.bytes),
                ..Progress::default()
            },
            tell,
        };
        let done = stat(root).and_then(|meta| {
            walk.device = meta.dev();
            walk.folder(root, &mut Vec::new())
        });
        match done {
            Ok(()) => walk.writer.finish(512).map(|_| ()),
            Err(error) => {
                let text = error.to_string();
                failed = Some(error);
                Err(io::Error::other(text))
            }
        }
    };
    let packed = pack::pack(
        io::BufWriter::with_capacity(1 << 20, file),
        LEVEL,
        threads,
        fill,
    );
    if let Some(error) = failed {
        return Err(error);
    }
    let packed = packed.map_err(|e| JobError::io("cannot write", path, &e))?;
    file.sync_all()
        .map_err(|e| JobError::io("cannot write", path, &e))?;
    Ok(packed)
}

/// What is under way to nodes is held open by its sender and outlives its name.
fn sweep(versions: &Path, keep: &Path) {
    let mut old: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(versions).into_iter().flatten().flatten() {
        let path = entry.path();
        let archive = path.to_string_lossy().ends_with(".img.gz") && path != keep;
        if let (true, Ok(time)) = (archive, entry.metadata().and_then(|meta| meta.modified())) {
            old.push((time, path));
        }
    }
    old.sort();
    for (_, path) in old.iter().rev().skip(KEEP_OLD) {
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!("{} could not be removed: {error}", path.display());
        }
    }
}

struct Walk<'a, 'w, 'f> {
    seen: &'a Survey,
    device: u64,
    writer: cpio::Writer<&'w mut dyn Write>,
    /// Bytes at the last word about progress.
    told: u64,
    done: Progress,
    tell: &'a mut Tell<'f>,
}

impl Walk<'_, '_, '_> {
    /// `path` is the folder's path inside the image; the root itself is not written, so the node keeps its own.
    fn folder(&mut self, at: &Path, path: &mut Vec<u8>) -> Result<(), JobError> {
        each(at, path, |at, path| {
            match self.seen.excludes.matches(path) {
                true => Ok(()),
                false => self.entry(at, path),
            }
        })
    }

    fn entry(&mut self, at: &Path, path: &mut Vec<u8>) -> Result<(), JobError> {
        let meta = stat(at)?;
        let kind = meta.file_type();
        if kind.is_socket() {
            return Ok(());
        }
        let device = kind.is_char_device() || kind.is_block_device();
        let rdev = (major(meta.rdev()) as u32, minor(meta.rdev()) as u32);
        let file = (meta.dev(), meta.ino());
        // Names outside of the archive do not count, or a tree with a hard-linked copy beside it gave other bytes.
        let links = self.seen.links.get(&file).copied().unwrap_or(1);
        let head = cpio::Head {
            name: path.clone(),
            mode: meta.mode(),
            uid: meta.uid(),
            gid: meta.gid(),
            mtime: u32::try_from(meta.mtime().max(0)).unwrap_or(u32::MAX),
            rdev: if device { rdev } else { (0, 0) },
            nlink: if kind.is_dir() { 2 } else { links },
            group: (kind.is_file() && links > 1).then_some(file),
        };
        let failed = |error: io::Error| JobError::io("cannot pack", at, &error);
        if kind.is_file() {
            let options = OpenOptions::new()
                .read(true)
                .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits())
                .open(at);
            let mut watched = Watched {
                file: options.map_err(failed)?,
                done: &mut self.done,
                told: &mut self.told,
                tell: &mut *self.tell,
                cancelled: false,
            };
            let written = self.writer.stream(&head, meta.len(), &mut watched);
            if watched.cancelled {
                return Err(JobError::cancelled());
            }
            written.map_err(failed)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(at)
                .map_err(failed)?
                .into_os_string()
                .into_vec();
            self.writer.bytes(&head, &target).map_err(failed)?;
        } else {
            self.writer.bytes(&head, b"").map_err(failed)?;
        }
        self.done.files += 1;
        if self.done.files.is_multiple_of(256) && (self.tell)(self.done).is_break() {
            return Err(JobError::cancelled());
        }
        // Another file system's folder is a place to mount on: it goes along, empty.
        if kind.is_dir() && meta.dev() == self.device {
            self.folder(at, path)?;
        }
        Ok(())
    }
}

/// A file that tells how much of it was read, and ends when the job is cancelled.
struct Watched<'a, 'f> {
    file: File,
    done: &'a mut Progress,
    told: &'a mut u64,
    tell: &'a mut Tell<'f>,
    cancelled: bool,
}

impl Read for Watched<'_, '_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(to)?;
        self.done.bytes += bytes as u64;
        if self.done.bytes - *self.told >= PIECE {
            *self.told = self.done.bytes;
            if (self.tell)(*self.done).is_break() {
                self.cancelled = true;
                return Err(io::Error::other("cancelled"));
            }
        }
        Ok(bytes)
    }
}

/// Archives hold `/etc/shadow`: not for other users of the server.
fn private_folder(path: &Path) -> Result<(), JobError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(path);
    made.map_err(|e| JobError::io("cannot make", path, &e))
}

fn private_file(path: &Path) -> Result<File, JobError> {
    let _ = fs::remove_file(path);
    let file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o640)
        .open(path);
    file.map_err(|e| JobError::io("cannot make", path, &e))
}
