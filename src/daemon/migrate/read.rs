//! Reading the trees of an installation. Links are followed as far as it reaches, never out of a copy; nothing is opened twice.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::daemon::files::Disk;
use crate::migrate::{Leaf, Tree};
use crate::overlay::{self, Files, Kind};

/// The same limit as for an overlay of muster's.
const LIMIT: u64 = 64 << 20;
/// Deeper folders are a loop or a mistake.
const DEEPEST: usize = 64;
/// More files are no overlay.
const MOST: usize = 20_000;

/// Where a path really is, if that is inside of `fence`, which has no links on its own path.
///
/// # Errors
/// A sentence: nothing is there, or it leads elsewhere.
pub fn inside(path: &Path, fence: &Path) -> Result<PathBuf, String> {
    let real = fs::canonicalize(path).map_err(|e| format!("cannot be read: {e}"))?;
    if real.starts_with(fence) {
        return Ok(real);
    }
    Err(format!("leads out of the tree, to {}", real.display()))
}

/// The names in a folder that are text, sorted; a folder that is not there has none.
///
/// # Errors
/// When it is there and cannot be listed.
pub fn names(folder: &Path) -> io::Result<Vec<String>> {
    if Disk.meta(folder)?.is_none() {
        return Ok(Vec::new());
    }
    let names = Disk.list(folder)?;
    Ok(names
        .into_iter()
        .filter_map(|name| name.into_string().ok())
        .collect())
}

/// Whether a path is a folder, links followed.
pub fn is_folder(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_dir())
}

/// The overlay in `folder`: its `rootfs`, or, as in old installations, the folder itself.
pub fn overlay(name: &str, folder: &Path, fence: &Path) -> Tree {
    let mut tree = Tree {
        name: name.to_owned(),
        root: folder.to_owned(),
        ..Tree::default()
    };
    let below = folder.join("rootfs");
    let root = if is_folder(&below) {
        below
    } else {
        folder.to_owned()
    };
    match inside(&root, fence) {
        Ok(real) => tree.root = real,
        Err(why) => {
            tree.trouble = Some(why);
            return tree;
        }
    }
    let mut walk = Walk {
        leaves: BTreeMap::new(),
        left: LIMIT,
        place: tree.root.display().to_string(),
    };
    let root = tree.root.clone();
    match walk.folder(&root, "", 0) {
        Ok(()) => tree.leaves = walk.leaves,
        Err(why) => tree.trouble = Some(why),
    }
    tree
}

struct Walk {
    leaves: BTreeMap<String, Leaf>,
    left: u64,
    place: String,
}

impl Walk {
    fn folder(&mut self, at: &Path, path: &str, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!(
                "is nested more than {DEEPEST} folders deep at {path}"
            ));
        }
        let names = Disk
            .list(at)
            .map_err(|e| format!("cannot be listed at /{path}: {e}"))?;
        for name in names {
            let Some(text) = name.to_str() else {
                return Err(format!("has a file below /{path} whose name is not UTF-8"));
            };
            let path = if path.is_empty() {
                text.to_owned()
            } else {
                format!("{path}/{text}")
            };
            self.entry(&at.join(&name), path, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, at: &Path, path: String, depth: usize) -> Result<(), String> {
        let failed = |e: io::Error| format!("cannot be read at /{path}: {e}");
        let Some(meta) = Disk.meta(at).map_err(failed)? else {
            return Ok(());
        };
        let mut leaf = Leaf::default();
        let mode = meta.mode;
        leaf.print = match meta.kind {
            Kind::Folder => format!("folder {mode:o}"),
            Kind::Symlink => format!("link {}", Disk.target(at).map_err(failed)?.display()),
            Kind::File => {
                let data = Disk.read(at, self.left).map_err(failed)?;
                self.left = self.left.saturating_sub(data.len() as u64);
                let digest = Sha256::digest(&data);
                leaf.template = overlay::is_template(&path);
                leaf.faults = overlay::check(&self.place, &path, Bytes::from(data));
                format!("file {mode:o} {digest:x?}")
            }
            Kind::Fifo => format!("pipe {mode:o}"),
            Kind::Char(major, minor) => format!("char {mode:o} {major} {minor}"),
            Kind::Block(major, minor) => format!("block {mode:o} {major} {minor}"),
            Kind::Other => return Ok(()),
        };
        if self.leaves.len() >= MOST {
            return Err(format!("has more than {MOST} files"));
        }
        let folder = meta.kind == Kind::Folder;
        self.leaves.insert(path.clone(), leaf);
        if folder {
            self.folder(at, &path, depth + 1)?;
        }
        Ok(())
    }
}
