//! What each step makes of the draft.

use bytes::Bytes;

use super::draft::{Draft, join, parents};
use super::ground::Powers;
use super::piece::Piece;
use super::step::Step;
use crate::kit::suggest;
use crate::model::Fault;
use crate::model::field::bad_text;
use crate::overlay::found::proper;
use crate::overlay::layout::Body;
use crate::overlay::tree::DEEPEST;

/// Longest target of a link (symlink(2): PATH_MAX with its NUL).
const LONGEST_TARGET: usize = 4095;

/// The draft, where its files begin, and what may be given to whom.
pub(super) struct Act<'d, 'a> {
    pub(super) draft: &'d mut Draft<'a>,
    /// `rootfs`, or nothing.
    pub(super) root: &'static str,
    /// The overlay.
    pub(super) name: &'d str,
    /// Faults besides the one that a step fails with.
    pub(super) more: Vec<Fault>,
    /// Version of this muster.
    pub(super) version: &'d str,
    pub(super) powers: &'d Powers,
}

impl Act<'_, '_> {
    /// Does one step. What is about the whole overlay is done elsewhere.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), Fault> {
        if let Some(path) = step.path() {
            checked(path)?;
        }
        match step {
            Step::Create | Step::Copy | Step::Delete => Ok(()),
            Step::Write { path, data, mode } => self.write(path, data, *mode),
            Step::Mkdir { path, mode } => self.mkdir(path, *mode),
            Step::Symlink { path, target } => self.symlink(path, target),
            Step::Mode { path, mode } => self.mode(path, *mode),
            Step::Owner { path, uid, gid } => self.owner(path, *uid, *gid),
            Step::Move { path, to } => self.relocate(path, to),
            Step::Remove { path } => self.remove(path),
            Step::Merge { path, side } => self.merge(path.as_deref(), *side),
        }
    }

    /// Where a path of the overlay is below the overlay's folder.
    fn inner(&self, path: &str) -> String {
        join(self.root, path)
    }

    pub(super) fn at(&self, path: &str) -> Result<Option<Piece>, Fault> {
        self.draft.get(&self.inner(path))
    }

    pub(super) fn put(&mut self, path: &str, piece: Option<Piece>) {
        let inner = self.inner(path);
        self.draft.put(&inner, piece);
    }

    /// What is at a path; that nothing is is a fault.
    fn there(&self, path: &str) -> Result<Piece, Fault> {
        for parent in parents(path) {
            if let Some(piece) = self.at(parent)? {
                passable(parent, &piece)?;
            }
        }
        self.at(path)?.ok_or_else(|| self.absent(path))
    }

    /// That nothing is there, and what may have been meant.
    fn absent(&self, path: &str) -> Fault {
        let fault = Fault::error(format!("there is no {path}"));
        let all = self.draft.below(self.root).unwrap_or_default();
        let strip = |inner: &str| {
            let rest = inner.strip_prefix(self.root)?;
            let rest = rest.strip_prefix('/').unwrap_or(rest);
            (!rest.is_empty()).then(|| rest.to_owned())
        };
        let all: Vec<String> = all.iter().filter_map(|inner| strip(inner)).collect();
        let template = [".tera", ".ww"].map(|suffix| format!("{path}{suffix}"));
        let template = all.iter().find(|one| template.contains(one));
        let hint = match template {
            Some(template) => Some(format!("did you mean `{template}`?")),
            None => suggest::hint(path, all.iter().map(String::as_str)),
        };
        match hint {
            Some(hint) => fault.hint(hint),
            None => fault,
        }
    }

    /// Makes the folders above a path that is to be, where they are not.
    pub(super) fn open(&mut self, path: &str) -> Result<(), Fault> {
        // What has such a name already may be changed, and removed.
        if let (Some(why), None) = (bad_text(path), self.at(path)?) {
            return Err(Fault::error(format!("`{}` {why}", path.escape_debug())));
        }
        for parent in parents(path) {
            match self.at(parent)? {
                Some(piece) => passable(parent, &piece)?,
                None => {
                    let folder = Piece::folder(0o755, self.powers.owner());
                    self.put(parent, Some(folder));
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, path: &str, data: &Bytes, mode: Option<u32>) -> Result<(), Fault> {
        self.open(path)?;
        let old = self.at(path)?;
        let fresh = |data: &Bytes| {
            let mode = if data.starts_with(b"#!") {
                0o755
            } else {
                0o644
            };
            Piece::of(Body::File(data.clone()), mode, self.powers.owner())
        };
        let mut piece = match old {
            None => fresh(data),
            Some(old) => match &old.body {
                Body::File(before) => Piece {
                    mtime: old.mtime.filter(|_| before == data),
                    body: Body::File(data.clone()),
                    ..old
                },
                Body::Folder => return Err(Fault::error(format!("{path} is a folder"))),
                Body::Symlink(target) => {
                    let target = String::from_utf8_lossy(target);
                    let what = format!("{path} is a link to {target}, and is not written through");
                    return Err(
                        Fault::error(what).hint("write that file, or remove the link first")
                    );
                }
                _ => return Err(Fault::error(format!("{path} is no regular file"))),
            },
        };
        if let Some(mode) = mode {
            piece.mode = bits(mode)?;
        }
        self.put(path, Some(piece));
        Ok(())
    }

    fn mkdir(&mut self, path: &str, mode: Option<u32>) -> Result<(), Fault> {
        self.open(path)?;
        match self.at(path)? {
            None => {
                let mode = bits(mode.unwrap_or(0o755))?;
                let folder = Piece::folder(mode, self.powers.owner());
                self.put(path, Some(folder));
            }
            Some(piece) if !piece.is_folder() => {
                return Err(Fault::error(format!("{path} is there, and is no folder")));
            }
            Some(piece) => {
                if let Some(mode) = mode {
                    let mode = bits(mode)?;
                    self.put(path, Some(Piece { mode, ..piece }));
                }
            }
        }
        Ok(())
    }

    fn symlink(&mut self, path: &str, target: &str) -> Result<(), Fault> {
        if target.is_empty() || target.len() > LONGEST_TARGET || target.contains('\0') {
            let what = format!("a link cannot point to `{}`", target.escape_debug());
            return Err(Fault::error(what));
        }
        self.open(path)?;
        let owner = match self.at(path)? {
            Some(old) if old.is_folder() => {
                let what = format!("{path} is a folder; a link does not take its place");
                return Err(Fault::error(what).hint("remove it first"));
            }
            Some(old) => (old.uid, old.gid),
            None => self.powers.owner(),
        };
        let target = Body::Symlink(Bytes::copy_from_slice(target.as_bytes()));
        self.put(path, Some(Piece::of(target, 0o777, owner)));
        Ok(())
    }

    fn mode(&mut self, path: &str, mode: u32) -> Result<(), Fault> {
        let piece = self.there(path)?;
        if matches!(piece.body, Body::Symlink(_)) {
            let what = format!("{path} is a link, which has no mode of its own");
            return Err(Fault::error(what));
        }
        let mode = bits(mode)?;
        self.put(path, Some(Piece { mode, ..piece }));
        Ok(())
    }

    fn owner(&mut self, path: &str, uid: Option<u32>, gid: Option<u32>) -> Result<(), Fault> {
        let piece = self.there(path)?;
        // chown(2) takes the highest number for "leave it".
        if uid == Some(u32::MAX) || gid == Some(u32::MAX) {
            return Err(Fault::error(format!("{} is nobody's number", u32::MAX)));
        }
        let (uid, gid) = (uid.unwrap_or(piece.uid), gid.unwrap_or(piece.gid));
        if (uid, gid) != (piece.uid, piece.gid) {
            self.powers.may_give(uid, gid)?;
        }
        self.put(path, Some(Piece { uid, gid, ..piece }));
        Ok(())
    }

    fn relocate(&mut self, path: &str, to: &str) -> Result<(), Fault> {
        checked(to)?;
        self.there(path)?;
        if to == path
            || to
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        {
            let what = format!("{path} cannot be moved into itself");
            return Err(Fault::error(what));
        }
        self.open(to)?;
        if self.at(to)?.is_some() {
            let what = format!("{to} is there already");
            return Err(Fault::error(what).hint("remove it first"));
        }
        let (from, to) = (self.inner(path), self.inner(to));
        let all = self.draft.below(&from)?;
        for old in &all {
            let new = format!("{to}{}", old.strip_prefix(&from).unwrap_or_default());
            let piece = self.draft.get(old)?;
            self.draft.put(&new, piece);
        }
        for old in &all {
            self.draft.put(old, None);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str) -> Result<(), Fault> {
        self.there(path)?;
        for path in self.draft.below(&self.inner(path))? {
            self.draft.put(&path, None);
        }
        Ok(())
    }
}

/// A path that may be one in an overlay.
fn checked(path: &str) -> Result<(), Fault> {
    proper(path).map_err(Fault::error)?;
    if path.split('/').count() > DEEPEST {
        let what = format!("{path} is nested more than {DEEPEST} folders deep");
        return Err(Fault::error(what));
    }
    Ok(())
}

/// Only folders are passed: a link would lead out of the overlay on this server, and elsewhere on the node.
fn passable(path: &str, piece: &Piece) -> Result<(), Fault> {
    match &piece.body {
        Body::Folder => Ok(()),
        Body::Symlink(target) => {
            let target = String::from_utf8_lossy(target);
            let what = format!("{path} is a link to {target}, and nothing is done through it");
            Err(Fault::error(what).hint("name the folder that is meant on the node"))
        }
        _ => Err(Fault::error(format!("{path} is no folder"))),
    }
}

fn bits(mode: u32) -> Result<u32, Fault> {
    if mode > 0o7777 {
        let what = format!("{mode:o} is no mode: it has four octal digits at most");
        return Err(Fault::error(what));
    }
    Ok(mode)
}
