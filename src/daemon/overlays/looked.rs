//! One overlay as it is on the disk or in the binary now, beside what is shipped under its name.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::Overlays;
use crate::api::{FileKind, FileRow, Language, Origin, Refusal, Standing};
use crate::daemon::files::Disk;
use crate::kit::diff::{self, Fate};
use crate::kit::suggest;
use crate::model::Fault;
use crate::overlay::{self, Body, Files, Found, Home, Item, Kind};

/// Larger files are not looked into: no overlay may hold more.
const LARGEST: u64 = 64 << 20;

/// An overlay that was looked at.
pub(super) struct Looked {
    pub(super) name: Arc<str>,
    pub(super) home: Home,
    /// What is shipped under its name, whether or not this is it.
    pub(super) shipped: Option<BTreeMap<Vec<u8>, Item>>,
}

impl Overlays {
    /// The overlay of that name.
    ///
    /// # Errors
    /// There is none, or its folder cannot be looked at.
    pub(super) fn look(&self, name: &str) -> Result<Looked, Refusal> {
        let sources = self.archives.sources();
        let home = sources.home(name, &Disk).map_err(|e| unread(name, &e))?;
        let Some(home) = home else {
            return Err(self.absent(name));
        };
        Ok(Looked {
            name: name.into(),
            home,
            shipped: overlay::shipped_items(name),
        })
    }

    /// That there is no overlay of that name, and which may have been meant.
    pub(super) fn absent(&self, name: &str) -> Refusal {
        if !overlay::is_name(name) {
            return Refusal {
                what: format!("`{}` cannot be the name of an overlay", name.escape_debug()).into(),
                fix: Some("names are letters, digits and `-._:`".into()),
            };
        }
        let known = self.archives.sources().names(&Disk).unwrap_or_default();
        let near = suggest::hint(name, known.iter().map(|(name, _)| name.as_ref()));
        Refusal {
            what: format!("there is no overlay {name}").into(),
            fix: Some(near.map_or_else(|| "`muster overlay list` lists them".into(), Into::into)),
        }
    }
}

/// That an overlay cannot be read.
pub(super) fn unread(name: &str, error: &io::Error) -> Refusal {
    Refusal {
        what: format!("overlay {name} cannot be read: {error}").into(),
        fix: None,
    }
}

impl Looked {
    pub(super) fn origin(&self) -> Origin {
        match (&self.home, &self.shipped) {
            (Home::Shipped, _) => Origin::Shipped,
            (Home::Site(_), Some(_)) => Origin::Copy,
            (Home::Site(_), None) => Origin::Site,
        }
    }

    /// Every path, parents before children, and whether that is all.
    pub(super) fn entries(&self) -> io::Result<(Vec<Found>, bool)> {
        match &self.home {
            Home::Site(root) => overlay::walk(root, &Disk),
            Home::Shipped => {
                let all = self.shipped.iter().flatten();
                let mut all: Vec<_> = all.map(|(path, item)| Found::of(path, item)).collect();
                all.sort_by_cached_key(overlay::order);
                Ok((all, true))
            }
        }
    }

    /// What is at `path`, which is a proper one; none when nothing is.
    pub(super) fn entry(&self, path: &str) -> io::Result<Option<Found>> {
        match &self.home {
            Home::Site(root) => overlay::found_at(root, path, &Disk),
            Home::Shipped => Ok(self.item(path).map(|item| Found::of(path.as_bytes(), item))),
        }
    }

    /// What is shipped at `path`.
    pub(super) fn item(&self, path: &str) -> Option<&Item> {
        self.shipped.as_ref()?.get(path.as_bytes())
    }

    /// The content of the regular file that `entry` is.
    pub(super) fn content(&self, entry: &Found) -> io::Result<Bytes> {
        use std::os::unix::ffi::OsStrExt;
        match &self.home {
            Home::Site(root) => {
                let path: PathBuf = root.join(std::ffi::OsStr::from_bytes(&entry.path));
                Disk.read(&path, LARGEST).map(Bytes::from)
            }
            Home::Shipped => {
                let item = self.shipped.iter().flatten();
                let mut item = item.filter(|(path, _)| **path == entry.path);
                Ok(item.next().map_or_else(Bytes::new, |(_, item)| data(item)))
            }
        }
    }

    /// Where its files are, as faults name them.
    pub(super) fn place(&self) -> String {
        match &self.home {
            Home::Site(root) => root.display().to_string(),
            Home::Shipped => overlay::shipped_place(&self.name),
        }
    }

    /// How what is at a path stands to what is shipped there, and how many lines are gone of that and have come.
    pub(super) fn standing(&self, entry: &Found) -> (Standing, Lines) {
        let (Home::Site(_), Some(shipped)) = (&self.home, &self.shipped) else {
            return (Standing::Own, (0, 0));
        };
        let is_file = entry.kind == Kind::File;
        let Some(item) = shipped.get(&entry.path) else {
            let ours = is_file.then(|| self.content(entry).unwrap_or_default());
            return (Standing::Added, lines(b"", &ours.unwrap_or_default()));
        };
        let theirs = Found::of(&entry.path, item);
        let lines = if is_file && theirs.kind == Kind::File {
            lines(&data(item), &self.content(entry).unwrap_or_default())
        } else {
            (0, 0)
        };
        // The bytes of a folder or of a link say nothing, and those of equal files are as many.
        let alike = theirs == *entry && lines == (0, 0);
        let standing = if alike {
            Standing::Same
        } else {
            Standing::Changed
        };
        (standing, lines)
    }

    /// What is shipped and not there.
    pub(super) fn missing<'a>(
        &'a self,
        entries: &[Found],
    ) -> impl Iterator<Item = (Found, Lines)> + use<'a> {
        let there: HashSet<Vec<u8>> = entries.iter().map(|entry| entry.path.clone()).collect();
        let copied = matches!(self.home, Home::Site(_));
        let shipped = self.shipped.iter().flatten();
        shipped
            .filter(move |(path, _)| copied && !there.contains(*path))
            .map(|(path, item)| (Found::of(path, item), lines(&data(item), b"")))
    }

    /// Why a template cannot be used, asked without a node; nothing is wrong with what is none.
    pub(super) fn broken(&self, found: &Found) -> Vec<Fault> {
        if !matches!(kind(found), FileKind::Template(_)) {
            return Vec::new();
        }
        let path = String::from_utf8_lossy(&found.path);
        match self.content(found) {
            Ok(data) => overlay::check(&self.place(), &path, data),
            Err(error) => vec![Fault::error(format!("{path} cannot be read: {error}"))],
        }
    }

    /// Every template that cannot be used, and how many templates there are.
    pub(super) fn compiled(&self) -> (Vec<Fault>, usize) {
        let entries = match self.entries() {
            Ok((entries, _)) => entries,
            Err(error) => {
                let what = format!("overlay {} cannot be read: {error}", self.name);
                return (vec![Fault::error(what)], 0);
            }
        };
        let templates = entries
            .iter()
            .filter(|found| matches!(kind(found), FileKind::Template(_)));
        let templates: Vec<&Found> = templates.collect();
        let faults = templates
            .iter()
            .flat_map(|found| self.broken(found))
            .collect();
        (faults, templates.len())
    }

    /// One path as clients show it.
    pub(super) fn row(&self, entry: &Found, standing: Standing) -> FileRow {
        row(entry, standing)
    }
}

/// One path as clients show it.
pub(super) fn row(entry: &Found, standing: Standing) -> FileRow {
    FileRow {
        path: String::from_utf8_lossy(&entry.path).into(),
        kind: kind(entry),
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        size: entry.size,
        standing,
    }
}

/// What a path is.
fn kind(entry: &Found) -> FileKind {
    let path = String::from_utf8_lossy(&entry.path);
    match entry.kind {
        Kind::Folder => FileKind::Folder,
        Kind::Symlink => {
            let target = entry.target.as_deref().unwrap_or_default();
            FileKind::Symlink(String::from_utf8_lossy(target).into())
        }
        Kind::Fifo => FileKind::Special("pipe".into()),
        Kind::Char(major, minor) => {
            FileKind::Special(format!("character device {major}:{minor}").into())
        }
        Kind::Block(major, minor) => {
            FileKind::Special(format!("block device {major}:{minor}").into())
        }
        Kind::File | Kind::Other if !overlay::is_template(&path) => FileKind::File,
        Kind::File | Kind::Other if path.ends_with(".ww") => FileKind::Template(Language::Ww),
        Kind::File | Kind::Other => FileKind::Template(Language::Tera),
    }
}

/// The content of a file, nothing of anything else.
pub(super) fn data(item: &Item) -> Bytes {
    match &item.body {
        Body::File(data) => data.clone(),
        _ => Bytes::new(),
    }
}

/// Lines that went and came; of what is no text one of each, if it differs.
type Lines = (u32, u32);

fn lines(old: &[u8], new: &[u8]) -> Lines {
    if old == new {
        return (0, 0);
    }
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else {
        return (u32::from(!old.is_empty()), u32::from(!new.is_empty()));
    };
    let hunks = diff::lines(old, new, 0);
    let fates = hunks.iter().flat_map(|hunk| &hunk.lines);
    fates.fold((0, 0), |(gone, came), line| match line.fate {
        Fate::Gone => (gone + 1, came),
        Fate::Came => (gone, came + 1),
        Fate::Kept => (gone, came),
    })
}

/// What a change of a file takes as its base.
pub(super) fn digest(data: &[u8]) -> Arc<str> {
    let digest = Sha256::digest(data);
    data_encoding::HEXLOWER.encode(&digest).into()
}
