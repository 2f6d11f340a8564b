//! What was shipped when the site's copy was made: kept in the copy's own folder, so that it goes wherever the copy goes. It tells
//! what the site changed from what a later muster ships otherwise, and is what a merge begins with.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::ground::Powers;
use super::piece::Piece;
use super::rows;
use crate::overlay::layout::Body;

/// The file beside `rootfs` that holds it.
pub const RECORD: &str = ".shipped";

/// The shipped overlay as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipped {
    /// The muster that shipped it.
    pub version: String,
    /// Its paths.
    pub files: BTreeMap<String, Was>,
}

/// One path as it was shipped; a folder if it says neither text, nor bytes, nor a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    /// Permission bits in octal digits.
    pub mode: String,
    /// Content that is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Content that is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Target of a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Shipped {
    /// What this muster ships as the overlay `name`.
    #[must_use]
    pub fn now(name: &str, version: &str) -> Self {
        // Owners are not recorded: all of it is root's.
        let pieces = rows::shipped(name, &Powers::default());
        Self {
            version: version.to_owned(),
            files: pieces
                .iter()
                .map(|(path, piece)| (path.clone(), Was::of(piece)))
                .collect(),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// As it was written; none if that makes no sense.
    #[must_use]
    pub fn parse(data: &[u8]) -> Option<Self> {
        serde_json::from_slice(data).ok()
    }
}

impl Was {
    /// As a piece of a copy that belongs to `owner`; none if it makes no sense.
    pub(super) fn piece(&self, owner: (u32, u32)) -> Option<Piece> {
        let mode = u32::from_str_radix(&self.mode, 8).ok()?;
        let body = match (&self.text, &self.base64, &self.link) {
            (Some(text), ..) => Body::File(text.clone().into()),
            (_, Some(bytes), _) => Body::File(BASE64.decode(bytes.as_bytes()).ok()?.into()),
            (.., Some(target)) => Body::Symlink(target.clone().into()),
            _ => Body::Folder,
        };
        Some(Piece::of(body, mode, owner))
    }

    fn of(piece: &Piece) -> Self {
        let mut was = Self {
            mode: format!("{:04o}", piece.mode),
            ..Self::default()
        };
        match &piece.body {
            Body::File(data) => match std::str::from_utf8(data) {
                Ok(text) => was.text = Some(text.to_owned()),
                Err(_) => was.base64 = Some(BASE64.encode(data)),
            },
            Body::Symlink(target) => was.link = Some(String::from_utf8_lossy(target).into_owned()),
            _ => {}
        }
        was
    }
}

/// The paths that this muster ships otherwise than the one that the copy of the overlay `name` was made by: new ones and those that
/// are gone among them.
#[must_use]
pub fn moved_on(name: &str, then: &Shipped) -> Vec<String> {
    let now = Shipped::now(name, "");
    let differs = |path: &&String| now.files.get(*path) != then.files.get(*path);
    let mut paths: Vec<String> = now.files.keys().filter(differs).cloned().collect();
    let gone = then
        .files
        .keys()
        .filter(|path| !now.files.contains_key(*path));
    paths.extend(gone.cloned());
    paths.sort();
    paths
}
