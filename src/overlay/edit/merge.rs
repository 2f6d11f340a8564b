//! What is shipped otherwise by now, put into the site's copy beside what the site changed.

use super::act::Act;
use super::behind::{RECORD, Shipped, moved_on};
use super::piece::Piece;
use super::rows;
use super::step::Side;
use crate::kit::merge;
use crate::model::Fault;
use crate::overlay::layout::Body;
use crate::overlay::shipped;

impl Act<'_, '_> {
    /// Merges one file, or everything. All of it, or nothing.
    pub(super) fn merge(&mut self, only: Option<&str>, side: Option<Side>) -> Result<(), Fault> {
        let mut then = self.made_from()?;
        let now = Shipped::now(self.name, self.version);
        let mut paths = moved_on(self.name, &then);
        if let Some(only) = only {
            if !now.files.contains_key(only) && !then.files.contains_key(only) {
                return Err(Fault::error(format!(
                    "no {only} is shipped in overlay {}",
                    self.name
                )));
            }
            paths.retain(|path| path == only);
        }
        let pieces = rows::shipped(self.name, self.powers);
        // What goes does so after what comes, and files before the folders that they are in.
        paths.sort_by_key(|path| !now.files.contains_key(path));
        let goes = paths.partition_point(|path| now.files.contains_key(path));
        paths[goes..].reverse();
        let mut clash = None;
        for path in paths {
            let was = then.files.get(&path);
            let was = was.and_then(|was| was.piece(self.powers.owner()));
            if let Err(fault) = self.merge_one(&path, was.as_ref(), pieces.get(&path), side) {
                self.more.extend(clash.replace(fault));
                continue;
            }
            match now.files.get(&path) {
                Some(now) => then.files.insert(path, now.clone()),
                None => then.files.remove(&path),
            };
        }
        if let Some(fault) = clash {
            return Err(fault);
        }
        if then.files == now.files {
            then.version = now.version;
        }
        let record = Body::File(then.text().into());
        let piece = self.draft.get(RECORD)?;
        let piece = piece.map(|piece| Piece {
            body: record,
            ..piece
        });
        self.draft.put(RECORD, piece);
        Ok(())
    }

    /// What was shipped when the copy was made.
    fn made_from(&self) -> Result<Shipped, Fault> {
        let name = self.name;
        if !shipped::has(name) {
            let what =
                format!("overlay {name} is the site's own: nothing is shipped under that name");
            return Err(Fault::error(what));
        }
        let record = self.draft.get(RECORD)?;
        let record = record
            .as_ref()
            .and_then(Piece::data)
            .and_then(|data| Shipped::parse(data));
        record.ok_or_else(|| {
            let what = format!("what the copy of overlay {name} was made from is not known");
            let hint = format!("`muster overlay diff {name}` tells how it differs; take over by hand what is wanted");
            Fault::error(what).hint(hint)
        })
    }

    fn merge_one(
        &mut self,
        path: &str,
        was: Option<&Piece>,
        theirs: Option<&Piece>,
        side: Option<Side>,
    ) -> Result<(), Fault> {
        let ours = self.at(path)?;
        if like(ours.as_ref(), theirs) || side == Some(Side::Ours) {
            return Ok(());
        }
        if like(ours.as_ref(), was) || side == Some(Side::Theirs) {
            return self.take(path, ours, theirs);
        }
        let (Some(was), Some(ours), Some(theirs)) = (was, ours, theirs) else {
            let what =
                format!("{path} came or went in what is shipped, and is another in the copy");
            return Err(self.both(path, what));
        };
        let text =
            |piece: &'_ Piece| -> Option<String> { String::from_utf8(piece.data()?.to_vec()).ok() };
        let (Some(old), Some(mine), Some(new)) = (text(was), text(&ours), text(theirs)) else {
            let what = format!("{path} is no text on all sides, and was changed on both");
            return Err(self.both(path, what));
        };
        let merged = merge::three(&old, &mine, &new).map_err(|lines| {
            let shown: Vec<String> = lines.iter().take(8).map(ToString::to_string).collect();
            let shown = shown.join(", ");
            let what = format!(
                "{path} was changed in the same lines here and in what is shipped: at line {shown}"
            );
            self.both(path, what)
        })?;
        let mode = if ours.mode == was.mode {
            theirs.mode
        } else {
            ours.mode
        };
        let body = Body::File(merged.into());
        self.put(
            path,
            Some(Piece {
                body,
                mode,
                mtime: None,
                ..ours
            }),
        );
        Ok(())
    }

    /// Takes what is shipped; who owns the copy's file goes on owning it.
    fn take(
        &mut self,
        path: &str,
        ours: Option<Piece>,
        theirs: Option<&Piece>,
    ) -> Result<(), Fault> {
        let Some(theirs) = theirs else {
            let inner = super::draft::join(self.root, path);
            // What the site put into a folder stays, and the folder with it.
            let folder = ours.as_ref().is_some_and(Piece::is_folder);
            if ours.is_none() || folder && !self.draft.names(&inner)?.is_empty() {
                return Ok(());
            }
            return self.remove(path);
        };
        if ours
            .as_ref()
            .is_some_and(|ours| ours.is_folder() != theirs.is_folder())
        {
            self.remove(path)?;
        }
        self.open(path)?;
        let owner = ours
            .as_ref()
            .map_or(self.powers.owner(), |ours| (ours.uid, ours.gid));
        let (uid, gid) = owner;
        let xattrs = ours.map(|ours| ours.xattrs).unwrap_or_default();
        self.put(
            path,
            Some(Piece {
                uid,
                gid,
                xattrs,
                ..theirs.clone()
            }),
        );
        Ok(())
    }

    /// That both sides changed something.
    fn both(&self, path: &str, what: String) -> Fault {
        let hint = format!(
            "mend it by hand and say `muster overlay merge {0} {path} --ours`, or --theirs for the shipped one",
            self.name
        );
        Fault::error(what).hint(hint)
    }
}

/// Whether two pieces are the same, whoever owns them.
fn like(one: Option<&Piece>, other: Option<&Piece>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => {
            let link = matches!(one.body, Body::Symlink(_));
            one.body == other.body && (link || one.mode == other.mode)
        }
        _ => false,
    }
}
