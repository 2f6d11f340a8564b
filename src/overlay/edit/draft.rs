//! An overlay as it stands, with what is made of it step by step. Paths are those below the overlay's own folder: files of the
//! overlay are below `rootfs/` where there is one, and the folder itself has the empty path.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use super::piece::Piece;
use crate::model::Fault;
use crate::overlay::files::{Files, Kind};
use crate::overlay::layout::Body;
use crate::overlay::tree::DEEPEST;

/// Paths that one overlay may hold; one with more is no overlay but a whole system.
pub const MOST: usize = 50_000;

/// What an overlay is before it is changed.
pub(super) enum Base<'a> {
    /// There is none.
    Nothing,
    /// It is in the binary only: its pieces by path.
    Shipped(BTreeMap<String, Piece>),
    /// It is in this folder.
    Disk(PathBuf, &'a dyn Files),
}

/// The overlay, and what is another now.
pub(super) struct Draft<'a> {
    pub(super) base: Base<'a>,
    pub(super) touched: BTreeMap<String, Option<Piece>>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(base: Base<'a>) -> Self {
        Self {
            base,
            touched: BTreeMap::new(),
        }
    }

    /// What was at a path, whose folders are none but folders.
    pub(super) fn before(&self, path: &str) -> Result<Option<Piece>, Fault> {
        match &self.base {
            Base::Nothing => Ok(None),
            Base::Shipped(pieces) => Ok(pieces.get(path).cloned()),
            Base::Disk(folder, files) => {
                Piece::read(&at(folder, path), *files).map_err(|e| unread(path, &e))
            }
        }
    }

    /// What was at a path; none when it lay below what was no folder.
    pub(super) fn before_through(&self, path: &str) -> Result<Option<Piece>, Fault> {
        for parent in parents(path) {
            if !self.was_folder(parent)? {
                return Ok(None);
            }
        }
        self.before(path)
    }

    /// What is at a path now; none when nothing is, or when it lies below what is no folder.
    pub(super) fn get(&self, path: &str) -> Result<Option<Piece>, Fault> {
        if let Some(piece) = self.touched.get(path) {
            return Ok(piece.clone());
        }
        for parent in parents(path) {
            if !self.is_folder(parent)? {
                return Ok(None);
            }
        }
        self.before(path)
    }

    /// Whether a folder is at a path, that itself lies in folders.
    pub(super) fn is_folder(&self, path: &str) -> Result<bool, Fault> {
        if let Some(piece) = self.touched.get(path) {
            return Ok(piece.as_ref().is_some_and(Piece::is_folder));
        }
        self.was_folder(path)
    }

    fn was_folder(&self, path: &str) -> Result<bool, Fault> {
        Ok(match &self.base {
            Base::Nothing => false,
            Base::Shipped(pieces) => pieces.get(path).is_some_and(Piece::is_folder),
            Base::Disk(folder, files) => {
                let meta = files
                    .meta(&at(folder, path))
                    .map_err(|e| unread(path, &e))?;
                meta.is_some_and(|meta| meta.kind == Kind::Folder)
            }
        })
    }

    pub(super) fn put(&mut self, path: &str, piece: Option<Piece>) {
        self.touched.insert(path.to_owned(), piece);
    }

    /// The names in a folder as it is now.
    pub(super) fn names(&self, folder: &str) -> Result<BTreeSet<String>, Fault> {
        let mut names = BTreeSet::new();
        let below = |path: &str| -> Option<String> {
            let rest = match folder {
                "" => path,
                _ => path.strip_prefix(folder)?.strip_prefix('/')?,
            };
            (!rest.is_empty() && !rest.contains('/')).then(|| rest.to_owned())
        };
        match &self.base {
            Base::Nothing => {}
            Base::Shipped(pieces) => names.extend(pieces.keys().filter_map(|path| below(path))),
            Base::Disk(root, files) => {
                let here = at(root, folder);
                let meta = files.meta(&here).map_err(|e| unread(folder, &e))?;
                if meta.is_some_and(|meta| meta.kind == Kind::Folder) {
                    for name in files.list(&here).map_err(|e| unread(folder, &e))? {
                        names.insert(name.into_string().map_err(|name| {
                            let what = format!("the name {name:?} in {folder}/ is not UTF-8");
                            Fault::error(what).hint("give it another one by hand")
                        })?);
                    }
                }
            }
        }
        for (path, piece) in &self.touched {
            if let Some(name) = below(path) {
                match piece {
                    Some(_) => names.insert(name),
                    None => names.remove(&name),
                };
            }
        }
        Ok(names)
    }

    /// A path and everything below it that there is now, parents before children.
    pub(super) fn below(&self, path: &str) -> Result<Vec<String>, Fault> {
        let mut found = Vec::new();
        let mut open = vec![(path.to_owned(), 0)];
        while let Some((path, depth)) = open.pop() {
            if found.len() >= MOST {
                let what = format!("it holds more than {MOST} files");
                return Err(Fault::error(what));
            }
            if depth > DEEPEST {
                let what = format!("{path} is nested more than {DEEPEST} folders deep");
                return Err(Fault::error(what));
            }
            if self.is_folder(&path)? {
                for name in self.names(&path)?.into_iter().rev() {
                    open.push((join(&path, &name), depth + 1));
                }
            }
            found.push(path);
        }
        Ok(found)
    }

    /// Bytes of all files, and how many paths there are.
    pub(super) fn size(&self) -> Result<(u64, usize), Fault> {
        let all = self.below("")?;
        let mut bytes = 0;
        for path in &all {
            bytes += match self.touched.get(path) {
                Some(piece) => length(piece.as_ref()),
                None => match &self.base {
                    Base::Nothing => 0,
                    Base::Shipped(pieces) => length(pieces.get(path)),
                    Base::Disk(folder, files) => {
                        let meta = files
                            .meta(&at(folder, path))
                            .map_err(|e| unread(path, &e))?;
                        let file = meta.filter(|meta| meta.kind == Kind::File);
                        file.map_or(0, |meta| meta.len)
                    }
                },
            };
        }
        Ok((bytes, all.len()))
    }
}

fn length(piece: Option<&Piece>) -> u64 {
    match piece.map(|piece| &piece.body) {
        Some(Body::File(data)) => data.len() as u64,
        _ => 0,
    }
}

fn at(folder: &std::path::Path, path: &str) -> PathBuf {
    if path.is_empty() {
        folder.to_owned()
    } else {
        folder.join(path)
    }
}

/// That something cannot be read.
pub(super) fn unread(path: &str, error: &io::Error) -> Fault {
    let shown = if path.is_empty() { "its folder" } else { path };
    if error.kind() == io::ErrorKind::FileTooLarge {
        return Fault::error(format!("{shown} is larger than an overlay may be, 64 MiB"));
    }
    Fault::error(format!("{shown} cannot be read: {error}"))
}

/// Every folder above a path, the outermost first; the overlay's own is left out.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// A name in a folder.
pub(super) fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}
