//! Drafts on disk: one small file each, in a folder of the person's that nobody else can open, since templates may hold secrets.
//! What cannot be read there counts as not kept: a file from another version never keeps the console from starting.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::writing::Kept;

/// Largest file that is read back, in bytes.
const LARGEST: u64 = 64 << 20;

/// The file of a draft. Names of overlays and paths may be longer than names of files.
fn file(folder: &Path, name: &str, path: &str) -> PathBuf {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([0])
        .chain_update(path)
        .finalize();
    let name = HEXLOWER.encode(digest.get(..16).unwrap_or_default());
    folder.join(name).with_extension("json")
}

/// All that are kept.
#[must_use]
pub fn read(folder: &Path) -> Vec<Kept> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let small = |path: &PathBuf| fs::metadata(path).is_ok_and(|meta| meta.len() <= LARGEST);
    let mut kept: Vec<Kept> = files
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .filter(small)
        .filter_map(|path| serde_json::from_slice(&fs::read(path).ok()?).ok())
        .collect();
    kept.sort_by_key(|kept| kept.at);
    kept
}

/// Keeps one, in the place of an earlier one of the same file.
///
/// # Errors
/// When it cannot be written; what was kept before is still there then.
pub fn keep(folder: &Path, kept: &Kept) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let path = file(folder, &kept.name, &kept.path);
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let bytes = serde_json::to_vec(kept)?;
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)
        .and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&new, &path));
    if written.is_err() {
        // The disk may be full: nothing of the attempt stays.
        let _gone = fs::remove_file(&new);
    }
    written
}

/// Forgets that of a file, if there is one.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn forget(folder: &Path, name: &str, path: &str) -> io::Result<()> {
    match fs::remove_file(file(folder, name, path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
