//! One overlay's files as they are found, before templates are rendered.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::files::{Files, Kind, Meta};
use super::layout::{Body, Item};
use super::xattrs::{self, Xattrs};
use crate::model::{Fault, Spot};

/// No overlay may bring more than this in files and templates together.
pub const LIMIT: u64 = 64 << 20;
/// Deeper folders are a loop or a mistake.
pub const DEEPEST: usize = 64;

/// An overlay's files by their path on the node.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Name of the overlay.
    pub name: Arc<str>,
    /// Where its files are, for messages: a folder, or `shipped`.
    pub place: Arc<str>,
    /// Files that are laid as they are, parents before children.
    pub plain: Vec<(Vec<u8>, Item)>,
    /// Templates: path with the suffix, and the item whose body is the template's text.
    pub templates: Vec<(String, Item)>,
    /// When the newest of its files was changed: seconds of Unix.
    pub newest: i64,
}

impl Tree {
    /// The fault `what` in the file `path` of this overlay, at no particular line.
    pub fn fault(&self, path: &str, what: impl Into<String>) -> Fault {
        self.fault_at(path, 1, 1, what)
    }

    /// The fault `what` at a place in the file `path` of this overlay.
    pub fn fault_at(&self, path: &str, line: u32, column: u32, what: impl Into<String>) -> Fault {
        let spot = Spot {
            file: format!("{}/{path}", self.place).into(),
            line,
            column,
        };
        Fault::error(what).at(spot)
    }

    /// Puts a file where it belongs by its suffix.
    pub fn add(&mut self, path: Vec<u8>, item: Item, faults: &mut Vec<Fault>) {
        let is_file = matches!(item.body, Body::File(_));
        let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let ends = |suffix: &[u8]| last.len() > suffix.len() && last.ends_with(suffix);
        if is_file && (ends(b".tera") || ends(b".ww")) {
            match String::from_utf8(path) {
                Ok(path) => self.templates.push((path, item)),
                Err(bad) => {
                    let shown = String::from_utf8_lossy(bad.as_bytes());
                    faults.push(self.fault(&shown, "the name of a template must be UTF-8"));
                }
            }
        } else {
            self.plain.push((path, item));
        }
    }
}

/// Reads a site overlay below `root`.
pub fn read(name: &Arc<str>, root: &Path, files: &dyn Files, faults: &mut Vec<Fault>) -> Tree {
    let mut reading = Reading {
        tree: Tree {
            name: name.clone(),
            place: root.to_string_lossy().into(),
            ..Tree::default()
        },
        files,
        faults,
        left: LIMIT,
    };
    reading.folder(root, &mut Vec::new(), 0);
    reading.tree
}

struct Reading<'a> {
    tree: Tree,
    files: &'a dyn Files,
    faults: &'a mut Vec<Fault>,
    left: u64,
}

impl Reading<'_> {
    fn folder(&mut self, at: &Path, path: &mut Vec<u8>, depth: usize) {
        if depth > DEEPEST {
            return self.complain(path, "folders are nested more than 64 deep");
        }
        let names = match self.files.list(at) {
            Ok(names) => names,
            Err(error) => return self.complain(path, &format!("cannot be listed: {error}")),
        };
        for name in names {
            let before = path.len();
            if before > 0 {
                path.push(b'/');
            }
            path.extend_from_slice(name.as_bytes());
            self.entry(&at.join(&name), path, depth);
            path.truncate(before);
        }
    }

    fn entry(&mut self, at: &Path, path: &mut Vec<u8>, depth: usize) {
        let meta = match self.files.meta(at) {
            Ok(Some(meta)) => meta,
            Ok(None) => return,
            Err(error) => return self.complain(path, &format!("cannot be read: {error}")),
        };
        let Some(body) = self.body(at, path, &meta) else {
            return;
        };
        if meta.kind == Kind::File {
            self.tree.newest = self.tree.newest.max(meta.mtime.0);
        }
        let item = Item {
            body,
            mode: meta.mode,
            uid: meta.uid,
            gid: meta.gid,
            overlay: self.tree.name.clone(),
            shared: true,
            xattrs: self.xattrs(at, path),
        };
        self.tree.add(path.clone(), item, self.faults);
        if meta.kind == Kind::Folder {
            self.folder(at, path, depth + 1);
        }
    }

    fn xattrs(&mut self, at: &Path, path: &[u8]) -> Xattrs {
        match self.files.xattrs(at) {
            Ok(all) => {
                let travels = |(name, _): &(String, Vec<u8>)| xattrs::travels(name);
                all.into_iter().filter(travels).collect()
            }
            Err(error) => {
                self.complain(
                    path,
                    &format!("its extended attributes cannot be read: {error}"),
                );
                Xattrs::default()
            }
        }
    }

    fn body(&mut self, at: &Path, path: &[u8], meta: &Meta) -> Option<Body> {
        match meta.kind {
            Kind::Folder => Some(Body::Folder),
            Kind::Fifo => Some(Body::Fifo),
            Kind::Char(major, minor) => Some(Body::Char(major, minor)),
            Kind::Block(major, minor) => Some(Body::Block(major, minor)),
            Kind::Other => None,
            Kind::Symlink => match self.files.target(at) {
                Ok(target) => {
                    let target = target.into_os_string();
                    Some(Body::Symlink(Bytes::copy_from_slice(target.as_bytes())))
                }
                Err(error) => {
                    self.complain(path, &format!("cannot be read: {error}"));
                    None
                }
            },
            Kind::File => match self.files.read(at, self.left) {
                Ok(data) => {
                    self.left = self.left.saturating_sub(data.len() as u64);
                    Some(Body::File(data.into()))
                }
                Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                    self.complain(path, "the overlay holds more than 64 MiB");
                    None
                }
                Err(error) => {
                    self.complain(path, &format!("cannot be read: {error}"));
                    None
                }
            },
        }
    }

    fn complain(&mut self, path: &[u8], what: &str) {
        let shown = PathBuf::from(OsStr::from_bytes(path));
        let fault = self.tree.fault(&shown.to_string_lossy(), what);
        self.faults.push(fault);
    }
}
