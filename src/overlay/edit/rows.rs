//! What a change comes to, path by path, as the administrator sees it: an overlay that is copied or goes is compared with the shipped
//! one that it hides.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::ground::Powers;
use super::piece::{Piece, same};
use super::plan::{Shift, Way};
use crate::kit::diff::{self, Fate};
use crate::kit::units;
use crate::model::Turn;
use crate::overlay::found::shipped_items;
use crate::overlay::layout::Body;

/// One path that is another afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Path in the overlay.
    pub path: String,
    /// What becomes of it.
    pub turn: Turn,
    /// What that is, in words.
    pub what: String,
    /// As it was.
    pub before: Option<Piece>,
    /// As it is to be.
    pub after: Option<Piece>,
}

impl Row {
    /// What was in the file.
    #[must_use]
    pub fn before_data(&self) -> Option<&Bytes> {
        self.before.as_ref().and_then(Piece::data)
    }

    /// What is to be in the file.
    #[must_use]
    pub fn after_data(&self) -> Option<&Bytes> {
        self.after.as_ref().and_then(Piece::data)
    }
}

/// The shipped overlay `name` by path, as a copy of it is made: what only root may give belongs to whoever makes it.
pub(super) fn shipped(name: &str, powers: &Powers) -> BTreeMap<String, Piece> {
    let items = shipped_items(name).into_iter().flatten();
    items
        .filter_map(|(path, item)| {
            let owner = if powers.root {
                (item.uid, item.gid)
            } else {
                powers.owner()
            };
            let path = String::from_utf8(path).ok()?;
            Some((path, Piece::of(item.body, item.mode, owner)))
        })
        .collect()
}

/// The rows of a change of the overlay `name`, whose files are below `root` in its folder.
pub(super) fn rows(
    name: &str,
    root: &str,
    (way, shifts): (Way, &[Shift]),
    powers: &Powers,
) -> Vec<Row> {
    let visible = |path: &str| -> Option<String> {
        let path = match root {
            "" => path,
            _ => path.strip_prefix(root)?.strip_prefix('/')?,
        };
        (!path.is_empty()).then(|| path.to_owned())
    };
    let hidden = match way {
        Way::InPlace => BTreeMap::new(),
        Way::Make | Way::Drop => shipped(name, powers),
    };
    let mut sides: BTreeMap<String, (Option<Piece>, Option<Piece>)> = BTreeMap::new();
    for shift in shifts {
        if let Some(path) = visible(&shift.path) {
            sides.insert(path, (shift.before.clone(), shift.after.clone()));
        }
    }
    let paths: BTreeSet<String> = sides.keys().chain(hidden.keys()).cloned().collect();
    let mut rows = Vec::new();
    for path in paths {
        let (before, after) = sides.remove(&path).unwrap_or_default();
        let theirs = hidden.get(&path).cloned();
        let (before, after) = match way {
            Way::InPlace => (before, after),
            Way::Make => (theirs, after),
            Way::Drop => (before, theirs),
        };
        if !same(before.as_ref(), after.as_ref()) {
            rows.push(row(path, before, after));
        }
    }
    rows
}

fn row(path: String, before: Option<Piece>, after: Option<Piece>) -> Row {
    let (turn, what) = match (&before, &after) {
        (Some(before), Some(after)) => (Turn::Changed, difference(before, after)),
        (None, Some(piece)) => (Turn::Added, kind(piece)),
        (Some(piece), None) => (Turn::Removed, kind(piece)),
        (None, None) => (Turn::Changed, String::new()),
    };
    Row {
        path,
        turn,
        what,
        before,
        after,
    }
}

/// What something is: `12 lines`, `folder`, `link to ../x`.
fn kind(piece: &Piece) -> String {
    match &piece.body {
        Body::Folder => "folder".into(),
        Body::Symlink(target) => format!("link to {}", String::from_utf8_lossy(target)),
        Body::Fifo => "pipe".into(),
        Body::Char(..) | Body::Block(..) => "device".into(),
        Body::File(data) => match std::str::from_utf8(data) {
            Ok(text) => lines(text.lines().count()),
            Err(_) => units::size(data.len() as u64),
        },
    }
}

fn lines(count: usize) -> String {
    match count {
        1 => "1 line".into(),
        many => format!("{} lines", units::count(many)),
    }
}

/// How two things at one path differ.
fn difference(before: &Piece, after: &Piece) -> String {
    let mut parts = Vec::new();
    if before.body != after.body {
        parts.push(match (before.data(), after.data()) {
            (Some(old), Some(new)) => content(old, new),
            _ => format!("{} → {}", kind(before), kind(after)),
        });
    }
    if before.mode != after.mode && !matches!(after.body, Body::Symlink(_)) {
        parts.push(format!("mode {:04o} → {:04o}", before.mode, after.mode));
    }
    if (before.uid, before.gid) != (after.uid, after.gid) {
        let (old, new) = ((before.uid, before.gid), (after.uid, after.gid));
        parts.push(format!("owner {}:{} → {}:{}", old.0, old.1, new.0, new.1));
    }
    if before.xattrs != after.xattrs {
        parts.push("extended attributes".into());
    }
    parts.join(", ")
}

/// How the contents of two files differ: `+3 −1 lines`.
fn content(old: &Bytes, new: &Bytes) -> String {
    let (Ok(old_text), Ok(new_text)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else {
        let (old, new) = (old.len() as u64, new.len() as u64);
        return format!("{} → {}", units::size(old), units::size(new));
    };
    let (mut gone, mut came) = (0, 0);
    for line in diff::lines(old_text, new_text, 0)
        .iter()
        .flat_map(|hunk| &hunk.lines)
    {
        match line.fate {
            Fate::Kept => {}
            Fate::Gone => gone += 1,
            Fate::Came => came += 1,
        }
    }
    match (gone, came) {
        (0, came) => format!("+{}", lines(came)),
        (gone, 0) => format!("−{}", lines(gone)),
        (gone, came) => format!("+{came} −{gone} lines"),
    }
}
