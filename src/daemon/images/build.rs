//! Building the archive of an image: walk, cpio, gzip, and then in one step the new one is the one that nodes load.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::sys::stat::{major, minor};

use super::import::{list, stat};
use super::inside::inside;
use super::lock::lock;
use super::pack::{self, Packed};
use super::scan::{self, Current};
use super::{JobError, Progress, folder};
use crate::image::{BootArchive, Excludes, check_name};
use crate::wire::cpio;

/// Compression: the point from which more time hardly saves bytes.
const LEVEL: u32 = 6;
/// Archives kept besides the current one.
const KEEP_OLD: usize = 2;

/// Builds the archive of image `name` and makes it current. The same tree gives the same file name and bytes.
///
/// # Errors
/// A sentence that names the file; the archive that was current stays so.
pub fn build(
    name: &str,
    state: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<BootArchive, JobError> {
    check_name(name).map_err(|error| JobError::new(error.to_string()))?;
    let folder = folder(state, name);
    let root = folder.join("rootfs");
    if !root.is_dir() {
        return Err(JobError::new(format!(
            "there is no image {name}: {} is missing",
            root.display()
        )));
    }
    let _lock = lock(state, name)?;
    let versions = folder.join("versions");
    private_folder(&versions)?;
    let half = versions.join(".half");
    let built = write(&root, &half, progress).and_then(|packed| publish(&folder, &half, packed));
    if built.is_err() {
        let _ = fs::remove_file(&half);
    }
    built
}

fn write(
    root: &Path,
    half: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Packed, JobError> {
    let file = private_file(half)?;
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut failed = None;
    let fill = |to: &mut dyn Write| -> io::Result<()> {
        let mut walk = Walk {
            excludes: excludes(root),
            device: 0,
            writer: cpio::Writer::new(to),
            done: Progress::default(),
            progress,
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
        io::BufWriter::with_capacity(1 << 20, &file),
        LEVEL,
        threads,
        fill,
    );
    if let Some(error) = failed {
        return Err(error);
    }
    let packed = packed.map_err(|e| JobError::io("cannot write", half, &e))?;
    file.sync_all()
        .map_err(|e| JobError::io("cannot write", half, &e))?;
    Ok(packed)
}

/// Gives the finished file its name, then names it as current, then drops what is older than the last two.
fn publish(folder: &Path, half: &Path, packed: Packed) -> Result<BootArchive, JobError> {
    let versions = folder.join("versions");
    let path = versions.join(format!("{}.img.gz", packed.digest));
    fs::rename(half, &path).map_err(|e| JobError::io("cannot make", &path, &e))?;
    let built = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let current = Current {
        digest: packed.digest,
        size: packed.size,
        unpacked: packed.plain,
        built: u64::try_from(built.as_millis()).unwrap_or(u64::MAX),
    };
    let text = serde_json::to_vec_pretty(&current).map_err(|e| JobError::new(e.to_string()))?;
    let (next, place) = (folder.join(".current.json"), folder.join("current.json"));
    let saved = File::create(&next)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&next, &place))
        .and_then(|()| File::open(&versions)?.sync_all())
        .and_then(|()| File::open(folder)?.sync_all());
    saved.map_err(|e| JobError::io("cannot write", &place, &e))?;
    sweep(&versions, &path);
    let archive = scan::current(folder).map_err(JobError::new)?;
    archive.ok_or_else(|| JobError::new(format!("{} vanished", place.display())))
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

fn excludes(root: &Path) -> Excludes {
    let path = inside(root, "/etc/warewulf/excludes").filter(|path| path.is_file());
    let text = path.and_then(|path| fs::read(path).ok());
    text.map_or_else(Excludes::default, |text| Excludes::parse(&text))
}

struct Walk<'a, 'w> {
    excludes: Excludes,
    device: u64,
    writer: cpio::Writer<&'w mut dyn Write>,
    done: Progress,
    progress: &'a mut (dyn FnMut(Progress) + Send),
}

impl Walk<'_, '_> {
    /// `path` is the folder's path inside the image; the root itself is not written, so the node keeps its own.
    fn folder(&mut self, at: &Path, path: &mut Vec<u8>) -> Result<(), JobError> {
        for name in list(at)? {
            let before = path.len();
            if before > 0 {
                path.push(b'/');
            }
            path.extend_from_slice(name.as_bytes());
            if !self.excludes.matches(path) {
                self.entry(&at.join(&name), path)?;
            }
            path.truncate(before);
        }
        Ok(())
    }

    fn entry(&mut self, at: &Path, path: &mut Vec<u8>) -> Result<(), JobError> {
        let meta = stat(at)?;
        let kind = meta.file_type();
        if kind.is_socket() {
            return Ok(());
        }
        let device = kind.is_char_device() || kind.is_block_device();
        let rdev = (major(meta.rdev()) as u32, minor(meta.rdev()) as u32);
        let head = cpio::Head {
            name: path.clone(),
            mode: meta.mode(),
            uid: meta.uid(),
            gid: meta.gid(),
            mtime: u32::try_from(meta.mtime().max(0)).unwrap_or(u32::MAX),
            rdev: if device { rdev } else { (0, 0) },
            nlink: if kind.is_dir() {
                2
            } else {
                u32::try_from(meta.nlink()).unwrap_or(1)
            },
            group: (kind.is_file() && meta.nlink() > 1).then(|| (meta.dev(), meta.ino())),
        };
        let failed = |error: io::Error| JobError::io("cannot pack", at, &error);
        if kind.is_file() {
            let options = OpenOptions::new()
                .read(true)
                .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits())
                .open(at);
            let mut file = options.map_err(failed)?;
            self.writer
                .stream(&head, meta.len(), &mut file)
                .map_err(failed)?;
            self.done.bytes += meta.len();
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
        if self.done.files.is_multiple_of(256) {
            (self.progress)(self.done);
        }
        // Another file system's folder is a place to mount on: it goes along, empty.
        if kind.is_dir() && meta.dev() == self.device {
            self.folder(at, path)?;
        }
        Ok(())
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
