//! A change as it is kept in the log: what every path was and became, contents by their digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kit::Stamp;
use crate::overlay::Body;
use crate::overlay::edit::{Piece, Plan, Shift, Way};

/// One change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// When it was made.
    pub(super) at: Stamp,
    /// Who made it.
    pub(super) by: Arc<str>,
    /// The overlay.
    pub(super) overlay: Arc<str>,
    /// It in one line.
    pub(super) summary: Arc<str>,
    /// What its author said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Arc<str>>,
    /// `in-place`, `make` or `drop`.
    way: String,
    /// The paths in the overlay that it touched.
    pub(super) paths: Vec<Arc<str>>,
    /// What it did to every path below the overlay's folder.
    shifts: Vec<Turned>,
}

/// What one path was and became.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Turned {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Was>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Was>,
}

/// What is at a path, without the content of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Was {
    kind: Kind,
    mode: u32,
    uid: u32,
    gid: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    xattrs: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mtime: Option<(i64, i64)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A file, by the digest of its content.
    File(String),
    Folder,
    /// A link, its target in base64: it may be any bytes.
    Symlink(String),
    Fifo,
    Char(u32, u32),
    Block(u32, u32),
}

const WAYS: [(Way, &str); 3] = [
    (Way::InPlace, "in-place"),
    (Way::Make, "make"),
    (Way::Drop, "drop"),
];

/// Gives the content of a digest; none when it is not kept any more.
pub(super) type Read<'r> = &'r dyn Fn(&str) -> Result<Option<Vec<u8>>, String>;

/// Contents by digest.
pub(super) type Contents = BTreeMap<String, Bytes>;

impl Record {
    /// Of a plan that is about to be carried out, and the contents that it speaks of.
    pub(super) fn of(
        plan: &Plan,
        overlay: &Arc<str>,
        (by, at): (&Arc<str>, Stamp),
        note: Option<Arc<str>>,
    ) -> (Self, Contents) {
        let mut contents = Contents::new();
        let mut was =
            |piece: &Option<Piece>| piece.as_ref().map(|piece| Was::of(piece, &mut contents));
        let shifts = plan.shifts.iter().map(|shift| Turned {
            path: shift.path.clone(),
            before: was(&shift.before),
            after: was(&shift.after),
        });
        let shifts = shifts.collect();
        let way = WAYS.iter().find(|(way, _)| *way == plan.way);
        let record = Self {
            at,
            by: by.clone(),
            overlay: overlay.clone(),
            summary: plan.summary.as_str().into(),
            note,
            way: way.map_or_else(String::new, |(_, word)| (*word).to_owned()),
            paths: plan
                .rows
                .iter()
                .map(|row| row.path.as_str().into())
                .collect(),
            shifts,
        };
        (record, contents)
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As it was written.
    ///
    /// # Errors
    /// It was not written by a muster that this one knows.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|e| format!("the log makes no sense there: {e}"))
    }

    /// How it was carried out.
    pub(super) fn way(&self) -> Way {
        let way = WAYS.iter().find(|(_, word)| *word == self.way);
        way.map_or(Way::InPlace, |(way, _)| *way)
    }

    /// What it did, with the contents that `read` gives for digests.
    ///
    /// # Errors
    /// A content is not kept any more, or what `read` says.
    pub(super) fn shifts(&self, read: Read<'_>) -> Result<Vec<Shift>, String> {
        let piece = |path: &str, was: &Option<Was>| {
            let made = was.as_ref().map(|was| was.piece(read));
            made.transpose().map_err(|why| format!("{path}: {why}"))
        };
        let shift = |turned: &Turned| {
            Ok(Shift {
                path: turned.path.clone(),
                before: piece(&turned.path, &turned.before)?,
                after: piece(&turned.path, &turned.after)?,
            })
        };
        self.shifts.iter().map(shift).collect()
    }

    /// What was at a path of the overlay before it, or after it. None when it did not touch that path.
    ///
    /// # Errors
    /// As [`Record::shifts`].
    pub(super) fn side(
        &self,
        path: &str,
        before: bool,
        read: Read<'_>,
    ) -> Result<Option<Option<Piece>>, String> {
        let inner = format!("rootfs/{path}");
        let of = |path: &str| self.shifts.iter().find(|turned| turned.path == path);
        let Some(turned) = of(&inner).or_else(|| of(path)) else {
            return Ok(None);
        };
        let side = if before {
            &turned.before
        } else {
            &turned.after
        };
        side.as_ref()
            .map(|was| was.piece(read))
            .transpose()
            .map(Some)
    }
}

impl Was {
    fn of(piece: &Piece, contents: &mut Contents) -> Self {
        let kind = match &piece.body {
            Body::File(data) => {
                let digest = HEXLOWER.encode(&Sha256::digest(data));
                contents.insert(digest.clone(), data.clone());
                Kind::File(digest)
            }
            Body::Folder => Kind::Folder,
            Body::Symlink(target) => Kind::Symlink(BASE64.encode(target)),
            Body::Fifo => Kind::Fifo,
            Body::Char(major, minor) => Kind::Char(*major, *minor),
            Body::Block(major, minor) => Kind::Block(*major, *minor),
        };
        let xattrs = piece.xattrs.iter();
        Self {
            kind,
            mode: piece.mode,
            uid: piece.uid,
            gid: piece.gid,
            xattrs: xattrs
                .map(|(name, value)| (name.clone(), BASE64.encode(value)))
                .collect(),
            mtime: piece.mtime,
        }
    }

    fn piece(&self, read: Read<'_>) -> Result<Piece, String> {
        let bytes = |text: &str| BASE64.decode(text.as_bytes()).unwrap_or_default();
        let body = match &self.kind {
            Kind::File(digest) => match read(digest)? {
                Some(data) => Body::File(data.into()),
                None => return Err("what was in it is not kept any more".into()),
            },
            Kind::Folder => Body::Folder,
            Kind::Symlink(target) => Body::Symlink(bytes(target).into()),
            Kind::Fifo => Body::Fifo,
            Kind::Char(major, minor) => Body::Char(*major, *minor),
            Kind::Block(major, minor) => Body::Block(*major, *minor),
        };
        let xattrs = self.xattrs.iter();
        Ok(Piece {
            body,
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            xattrs: xattrs
                .map(|(name, value)| (name.clone(), bytes(value)))
                .collect(),
            mtime: self.mtime,
        })
    }
}
