//! What there is in an overlay, without reading it: its paths, and what is shipped under its name.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::files::{Files, Kind};
use super::layout::{Body, Item};
use super::shipped;
use super::sources::{Sources, valid};
use super::tree::DEEPEST;

/// Paths of one overlay that are listed; one with more is no overlay but a whole system.
pub const MOST_LISTED: usize = 50_000;
/// Longest path that Linux takes (limits.h, PATH_MAX).
const LONGEST: usize = 4096;

/// Where an overlay is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// Inside the binary.
    Shipped,
    /// Its files are below this folder of the site.
    Site(PathBuf),
}

/// One path of an overlay as it is found, its content left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path in the overlay, without a leading slash.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes of a file.
    pub size: u64,
    /// Target of a link.
    pub target: Option<Vec<u8>>,
}

impl Found {
    /// Of an item that was read already.
    #[must_use]
    pub fn of(path: &[u8], item: &Item) -> Self {
        let (kind, size, target) = match &item.body {
            Body::File(data) => (Kind::File, data.len() as u64, None),
            Body::Folder => (Kind::Folder, 0, None),
            Body::Symlink(target) => (Kind::Symlink, 0, Some(target.to_vec())),
            Body::Fifo => (Kind::Fifo, 0, None),
            Body::Char(major, minor) => (Kind::Char(*major, *minor), 0, None),
            Body::Block(major, minor) => (Kind::Block(*major, *minor), 0, None),
        };
        Self {
            path: path.to_vec(),
            kind,
            mode: item.mode,
            uid: item.uid,
            gid: item.gid,
            size,
            target,
        }
    }
}

/// Everything that is shipped as the overlay `name`, by path; none when nothing is.
#[must_use]
pub fn shipped_items(name: &str) -> Option<BTreeMap<Vec<u8>, Item>> {
    let tree = shipped::tree(name, &mut Vec::new())?;
    let templates = tree.templates.into_iter();
    let templates = templates.map(|(path, item)| (path.into_bytes(), item));
    Some(tree.plain.into_iter().chain(templates).collect())
}

/// Where faults say that the files of the shipped overlay `name` are.
#[must_use]
pub fn shipped_place(name: &str) -> String {
    shipped::place(name)
}

/// Why `path` cannot be one in an overlay: it has to be relative, plain and short.
///
/// # Errors
/// A sentence.
pub fn proper(path: &str) -> Result<(), String> {
    let shown = path.escape_debug();
    if path.is_empty() || path.ends_with('/') {
        return Err(format!("`{shown}` names no file"));
    }
    if path.starts_with('/') {
        return Err(format!(
            "`{shown}` begins with `/`; paths in an overlay do not"
        ));
    }
    let odd = |part: &str| matches!(part, "" | "." | "..");
    if path.split('/').any(odd) || path.chars().any(char::is_control) {
        return Err(format!("`{shown}` is no plain path"));
    }
    if path.len() >= LONGEST || path.split('/').any(|part| part.len() > 255) {
        return Err("the path is longer than a file system takes".into());
    }
    Ok(())
}

impl Sources {
    /// Where the overlay `name` is; none when there is none.
    ///
    /// # Errors
    /// When the folder of the site cannot be looked at.
    pub fn home(&self, name: &str, files: &dyn Files) -> io::Result<Option<Home>> {
        if !valid(name) {
            return Ok(None);
        }
        let site = self.site_root(name, files)?.map(Home::Site);
        Ok(site.or_else(|| shipped::has(name).then_some(Home::Shipped)))
    }

    /// The folder of the site that holds the overlay `name`, or would.
    #[must_use]
    pub fn folder(&self, name: &str) -> PathBuf {
        self.site.join(name)
    }
}

/// Every path below `root`, parents before children, and whether that is all: [`MOST_LISTED`] is the limit. Links are not followed.
///
/// # Errors
/// When a folder cannot be listed.
pub fn walk(root: &Path, files: &dyn Files) -> io::Result<(Vec<Found>, bool)> {
    let mut found = Vec::new();
    // Folders that are still to be listed, the next one last.
    let mut open: Vec<(PathBuf, Vec<u8>, usize)> = vec![(root.to_owned(), Vec::new(), 0)];
    while let Some((at, prefix, depth)) = open.pop() {
        for name in files.list(&at)? {
            if found.len() >= MOST_LISTED {
                found.sort_by_cached_key(order);
                return Ok((found, false));
            }
            let mut path = prefix.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name.as_bytes());
            let here = at.join(&name);
            let Some(entry) = look(&here, path, files)? else {
                continue;
            };
            if entry.kind == Kind::Folder && depth < DEEPEST {
                open.push((here, entry.path.clone(), depth + 1));
            }
            found.push(entry);
        }
    }
    found.sort_by_cached_key(order);
    Ok((found, true))
}

/// What entries are sorted by, so that what is in a folder comes right after it.
#[must_use]
pub fn order(found: &Found) -> Vec<Vec<u8>> {
    let parts = found.path.split(|byte| *byte == b'/');
    parts.map(<[u8]>::to_vec).collect()
}

/// What is at `path` below `root`, reached without passing a link; none when nothing is.
///
/// # Errors
/// What the file system yields; "not found" is none.
pub fn found_at(root: &Path, path: &str, files: &dyn Files) -> io::Result<Option<Found>> {
    let mut at = root.to_owned();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        if parts.peek().is_some() {
            let meta = files.meta(&at)?;
            if meta.is_none_or(|meta| meta.kind != Kind::Folder) {
                return Ok(None);
            }
        }
    }
    look(&at, path.as_bytes().to_vec(), files)
}

/// None for what is gone, and for what cannot be in an archive.
fn look(at: &Path, path: Vec<u8>, files: &dyn Files) -> io::Result<Option<Found>> {
    let Some(meta) = files.meta(at)? else {
        return Ok(None);
    };
    let target = match meta.kind {
        Kind::Other => return Ok(None),
        Kind::Symlink => Some(files.target(at)?.into_os_string().into_vec()),
        _ => None,
    };
    let is_file = meta.kind == Kind::File;
    Ok(Some(Found {
        path,
        kind: meta.kind,
        mode: meta.mode,
        uid: meta.uid,
        gid: meta.gid,
        size: if is_file { meta.len } else { 0 },
        target,
    }))
}
